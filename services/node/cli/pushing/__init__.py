"""Pushing files of events: reading them, sending them, and going on after an interruption."""
