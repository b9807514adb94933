"""Reading the CSV files, and telling their layouts apart."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from services.node.unitcatalogue.names import clean
from services.node.unitcatalogue.tables import unreadable

_HEAD_ROWS = 5


class Layout(StrEnum):
    """What a file holds."""

    CONVERSION = "conversion"
    """Old to new on 1/7/2025, with `Mã Xã mới` and `Mã Xã cũ`."""
    LISTING = "listing"
    """Units before, with `Mã PX`."""
    EARLIER = "earlier"
    """Lineage through several dates: columns `…_to_DAY`, `code`, `…_from_DAY`, …"""


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with the line each ends on. Raises UnreadableTableError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(
            path, f"không đọc được ({error}).", f"cannot be read ({error})."
        ) from error


def layout_of(path: Path) -> Layout:
    """What the file holds, told by its column names. Raises UnreadableTableError."""
    names: set[str] = set()
    for number, (_, row) in enumerate(rows_of(path)):
        names.update(clean(cell).casefold() for cell in row)
        if number == _HEAD_ROWS:
            break
    if {"mã xã mới", "mã xã cũ"} <= names:
        return Layout.CONVERSION
    if "mã px" in names:
        return Layout.LISTING
    if any("_to_" in name or "_from_" in name for name in names):
        return Layout.EARLIER
    raise unreadable(
        path,
        "không phải bảng của cơ quan thống kê (cần cột Mã Xã mới và Mã Xã cũ, hoặc Mã PX).",
        "is no table of the statistics office (columns Mã Xã mới and Mã Xã cũ, or Mã PX).",
    )
