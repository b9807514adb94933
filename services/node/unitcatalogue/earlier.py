"""Mergers before 1/7/2025, from a table of lineage with one commune a row.

Columns in pairs of a name and a code: until a day, from the next day on, from 1/7/2025. What
happened on 1/7/2025 is the conversion table's to say; here the first two pairs are read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from services.node.unitcatalogue.csvfiles import rows_of
from services.node.unitcatalogue.names import clean
from services.node.unitcatalogue.tables import Unit, unreadable

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WARD: Final = re.compile(r"P([0-9]+)")


@dataclass(frozen=True, slots=True)
class Merger:
    """Communes that became one on a day before the reform."""

    day: date
    code: str
    """Of the commune they became; it may be that of one of them."""
    members: Sequence[Unit]


def read_earlier(path: Path) -> tuple[Merger, ...]:
    """The mergers of the table. Raises UnreadableTableError."""
    rows = [[clean(cell) for cell in row] for _, row in rows_of(path)]
    days = _DAY.findall(rows[0][2]) if rows and len(rows[0]) >= 4 else []
    if not days:
        raise unreadable(
            path, "không có ngày ở tên cột thứ ba.", "the third column's name holds no day."
        )
    members: defaultdict[str, list[Unit]] = defaultdict(list)
    for row in rows[1:]:
        if len(row) >= 4 and row[1] and row[3]:
            members[row[3]].append(Unit(row[1], _WARD.sub(r"Phường \1", row[0])))
    day = date.fromisoformat(days[0])
    return tuple(Merger(day, code, found) for code, found in members.items() if len(found) > 1)
