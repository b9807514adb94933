"""The node: the engine that every level runs, whatever its level."""
