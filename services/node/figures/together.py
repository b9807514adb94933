"""Cells added up in the database by where their units stand, of an area with thousands of units.

A country has 11,000 units and a page some thirty rows. What units that stand alike did is of no
interest one by one to a figure that only adds up, so the database adds it up, and a handful of rows
for each row of the page comes back instead of a handful for each unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from domain.levels import Level
from services.node.figures.placement import Placement


def stand_ins(placement: Placement) -> dict[str, str]:
    """By unit whose records may stand here, the one that all units with the same home are added up
    under. A split unit stands for itself: where its records stand is decided one by one."""
    found = {unit: unit for unit in placement.split}
    first: dict[tuple[str, Level], str] = {}
    for unit, home in placement.homes.items():
        if unit not in placement.split:
            found[unit] = first.setdefault((home.row, home.level), unit)
    return found


def added_up(sums: sa.Select[Any], stand_ins: Mapping[str, str], dialect: str) -> sa.Select[Any]:
    """The same numbers by the units that stand in; of other units none.

    `sums` selects the unit as `unit`, the cell's other keys, and the numbers `everything` and
    `within`.
    """
    cells = sums.subquery()
    # One parameter, whatever the number of units; each database takes it apart by itself.
    pairs = sa.bindparam("stand_ins", orjson.dumps(stand_ins).decode(), sa.String)
    if dialect == "sqlite":
        given = sa.func.json_each(pairs)
    else:
        given = sa.func.json_each_text(sa.cast(pairs, postgresql.JSON))
    standing = given.table_valued("key", "value").alias("standing")
    numbers = ("everything", "within")
    keys = [column for column in cells.c if column.name not in ("unit", *numbers)]
    return (
        sa.select(standing.c.value, *keys, *(sa.func.sum(cells.c[name]) for name in numbers))
        .join(standing, standing.c.key == cells.c.unit)
        .group_by(standing.c.value, *keys)
    )
