"""Comparing two generations: a digest for each table, unit and period.

A digest is the number of rows and the sum of a hash of each row, so it needs no order and is worked
out where the rows are. It tells whether two sets of tables in one database are the same; it is not
made to be kept, or to be compared with another database (`Generation.digests` is).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson
import sqlalchemy as sa

from services.node.generation import Generation

_PERIODS: Final = ("day", "occurred_on", "period")
"""The columns that say when, of which a table has at most one."""
_MONTH: Final = len("2025-01")
_ROWS: Final = 2_000

Group = tuple[str, str]
"""Unit and period; empty where a table has none."""


class Digest(NamedTuple):
    """What stands for the rows of a group."""

    group: Group
    rows: int
    total: int
    """The sum of their hashes."""


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
    """Compare the tables named, both within the connection's view.

    Groups are as many as units and months, so they come in order, one of each table at a time, and
    only those that differ are kept.
    """
    differences: list[Difference] = []
    groups = rows = 0
    compared: list[str] = []
    for name in sorted(names):
        if old.tables[name].name == new.tables[name].name:
            continue  # the same table
        compared.append(name)
        before = ((digest, False) for digest in table_digests(connection, old.tables[name]))
        after = ((digest, True) for digest in table_digests(connection, new.tables[name]))
        for group, found in groupby(merge(before, after), key=lambda each: each[0].group):
            here = list(found)
            groups += any(is_new for _, is_new in here)
            rows += sum(digest.rows for digest, is_new in here if is_new)
            if len(here) == 1 or here[0][0] != here[1][0]:
                differences.append(Difference(name, *group))
    return Certificate(position, tuple(compared), groups, rows, tuple(differences))


def table_digests(connection: sa.Connection, table: sa.Table) -> Iterator[Digest]:
    """The digest of each group of a table's rows, by unit and period."""
    unit: sa.ColumnElement[str]
    unit = table.c["unit_id"] if "unit_id" in table.c else sa.literal("", sa.Text)
    when = next((table.c[name] for name in _PERIODS if name in table.c), sa.literal("", sa.Text))
    period: sa.ColumnElement[str] = sa.func.substr(when, 1, _MONTH)
    if connection.dialect.name != "sqlite":
        unit, period = sa.collate(unit, "C"), sa.collate(period, "C")
        # PostgreSQL's own hash of a row, by the values of its columns.
        row = sa.func.hash_record_extended(sa.literal_column(f'"{table.name}".*'), 0)
        statement = (
            sa.select(unit, period, sa.func.count(), sa.func.sum(row))
            .select_from(table)
            .group_by(sa.text("1"), sa.text("2"))
            .order_by(sa.text("1"), sa.text("2"))
        )
        for u, p, count, total in _streamed(connection, statement):
            yield Digest((u, p), count, int(total))
        return
    ordered = sa.select(unit, period, table)
    if "unit_id" in table.c:  # else all rows are one group
        ordered = ordered.order_by(sa.text("1"), sa.text("2"))
    for group, found in groupby(_streamed(connection, ordered), key=lambda each: each[:2]):
        count = total = 0
        for _, _, *values in found:
            count, total = count + 1, total + _hash(values)
        yield Digest((group[0], group[1]), count, total)


def _streamed(
    connection: sa.Connection, statement: sa.Select[*tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    for part in connection.execute(statement.execution_options(yield_per=_ROWS)).partitions():
        yield from map(tuple, part)


def _hash(values: list[Any]) -> int:
    plain = orjson.dumps(values, default=lambda value: value.hex())  # bytes
    return int.from_bytes(hashlib.blake2b(plain, digest_size=16).digest())
