"""Measures the node beside the plain eventsourcing library and beside the floor of the machine."""
