"""Comparing two generations: a digest for each table, unit and period.

A digest is the number of rows and the sum of a hash of each row, so it needs no order and is worked
out where the rows are. It tells whether two sets of tables in one database are the same; it is not
made to be kept, or to be compared with another database (`Generation.digests` is).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from services.node.generation import Generation

_PERIODS: Final = ("day", "occurred_on", "period")
"""The columns that say when, of which a table has at most one."""
_MONTH: Final = len("2025-01")
_ROWS: Final = 2_000

Group = tuple[str, str]
"""Unit and period; empty where a table has none."""
Digests = Mapping[Group, tuple[int, int]]
"""The number of rows of a group, and the sum of their hashes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit and a period whose rows differ between two generations."""

    table: str
    unit_id: str
    """Empty where rows belong to no unit."""
    period: str
    """A month, or a report's period; empty where rows belong to none."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared, and what differs."""

    position: int
    """The log position at which both were."""
    tables: tuple[str, ...]
    """Those that were made by the same definition and therefore compared."""
    groups: int
    """Digests compared."""
    rows: int
    differences: tuple[Difference, ...]

    @property
    def differing(self) -> tuple[str, ...]:
        """Tables that differ: a bug, or a damaged table."""
        return tuple(sorted({difference.table for difference in self.differences}))


def certify(
    connection: sa.Connection, old: Generation, new: Generation, names: set[str], position: int
) -> Certificate:
    """Compare the tables named, both within the connection's view."""
    differences: list[Difference] = []
    groups = rows = 0
    compared: list[str] = []
    for name in sorted(names):
        if old.tables[name].name == new.tables[name].name:
            continue  # the same table
        compared.append(name)
        before = table_digests(connection, old.tables[name])
        after = table_digests(connection, new.tables[name])
        groups += len(after)
        rows += sum(count for count, _ in after.values())
        differences += [
            Difference(name, *group)
            for group in sorted(before.keys() | after.keys())
            if before.get(group) != after.get(group)
        ]
    return Certificate(position, tuple(compared), groups, rows, tuple(differences))


def table_digests(connection: sa.Connection, table: sa.Table) -> Digests:
    """The digest of each group of a table's rows."""
    unit = table.c["unit_id"] if "unit_id" in table.c else sa.literal("")
    when = next((table.c[name] for name in _PERIODS if name in table.c), sa.literal(""))
    period = sa.func.substr(when, 1, _MONTH)
    if connection.dialect.name != "sqlite":
        # PostgreSQL's own hash of a row, by the values of its columns.
        row = sa.func.hash_record_extended(sa.literal_column(f'"{table.name}".*'), 0)
        statement = (
            sa.select(unit, period, sa.func.count(), sa.func.sum(row))
            .select_from(table)
            .group_by(sa.text("1"), sa.text("2"))
        )
        return {(u, p): (count, int(total)) for u, p, count, total in connection.execute(statement)}
    found: dict[Group, tuple[int, int]] = {}
    statement = sa.select(unit, period, table).execution_options(yield_per=_ROWS)
    for part in connection.execute(statement).partitions():
        for u, p, *values in part:
            count, total = found.get((u, p), (0, 0))
            found[u, p] = (count + 1, total + _hash(values))
    return found


def _hash(values: list[Any]) -> int:
    plain = orjson.dumps(values, default=lambda value: value.hex())  # bytes
    return int.from_bytes(hashlib.blake2b(plain, digest_size=16).digest())
