"""Media types the API reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE

_SHORT: Final = 200
"""Longer headers are nobody's habit and are not remembered."""
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
NDJSON_TYPES: Final = frozenset(
    {
        NDJSON,
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
    }
)

__all__ = [
    "BATCH_MEDIA_TYPE",
    "EVENT_MEDIA_TYPE",
    "JSON",
    "NDJSON",
    "NDJSON_TYPES",
    "accepted",
    "parse",
]


def parse(header: str) -> tuple[str, Mapping[str, str]]:
    """The media type in lower case and its parameters."""
    return _parsed(header) if len(header) < _SHORT else _parsed.__wrapped__(header)


@lru_cache(maxsize=256)
def _parsed(header: str) -> tuple[str, Mapping[str, str]]:
    kind, *parts = header.split(";")
    parameters: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"').lower()
    return kind.strip().lower(), parameters


def accepted(header: str, offered: tuple[str, ...]) -> str:
    """Which of the offered types a client asked for; the first if it named none of them.

    A client that names several gets the one it weighs most, then the one it names first.
    """
    best, weight = offered[0], 0.0
    for part in header.split(","):
        kind, parameters = parse(part)
        if kind in NDJSON_TYPES:
            kind = NDJSON
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        if kind in offered and quality > weight:
            best, weight = kind, quality
    return best
