"""What the command line offers; apart, so that `antq --help` reads no table code."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Which source is imported; the other is compared with it where it is there."""

    PACKAGE = "package"
    CSV = "csv"
