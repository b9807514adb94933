"""The published files beside this module, as they were committed."""

from __future__ import annotations

from importlib.resources import files


def published_schema(name: str, version: int) -> bytes:
    """The schema file of an event type's version. Raises FileNotFoundError if there is none."""
    return files("contracts").joinpath("schemas", f"{name}.v{version}.json").read_bytes()
