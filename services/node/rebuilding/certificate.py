"""Comparing two generations: a digest for each table and, where two differ, each unit and period.

A digest is the number of rows and the sum of a hash of each row, so it needs no order and is worked
out where the rows are. The digest of a table is the sum of those of its units and periods: where it
is the same, asking for those would tell nothing more, at six times the cost. It tells whether two
sets of tables in one database are the same; it is not made to be kept, or to be compared with
another database (`Generation.digests` is).
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
_ALL: Final[Group] = ("", "")


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
    rows = 0
    compared: list[str] = []
    for name in sorted(names):
        before, after = old.tables[name], new.tables[name]
        if before.name == after.name:
            continue  # the same table
        compared.append(name)
        whole = _whole(connection, after)
        rows += whole.rows
        if _whole(connection, before) != whole:
            differences += (
                Difference(name, *group) for group in _differing(connection, before, after)
            )
    return Certificate(position, tuple(compared), rows, tuple(differences))


def _differing(connection: sa.Connection, before: sa.Table, after: sa.Table) -> Iterator[Group]:
    """The groups whose digests differ.

    Groups are as many as units and months, so they come in order, one of each table at a time.
    """
    found = merge(table_digests(connection, before), table_digests(connection, after))
    for group, digests in groupby(found, key=lambda digest: digest.group):
        here = list(digests)
        if len(here) == 1 or here[0] != here[1]:
            yield group


def _whole(connection: sa.Connection, table: sa.Table) -> Digest:
    """The digest of all rows of a table."""
    if connection.dialect.name != "sqlite":
        statement = sa.select(sa.func.count(), sa.func.sum(_row_hash(table))).select_from(table)
        rows, total = connection.execute(statement).one()
        return Digest(_ALL, rows, int(total or 0))  # no rows, no sum
    count = result = 0
    for row in _streamed(connection, sa.select(table)):
        count, result = count + 1, result + _hash(list(row))
    return Digest(_ALL, count, result)


def table_digests(connection: sa.Connection, table: sa.Table) -> Iterator[Digest]:
    """The digest of each group of a table's rows, by unit and period."""
    unit: sa.ColumnElement[str]
    unit = table.c["unit_id"] if "unit_id" in table.c else sa.literal("", sa.Text)
    when = next((table.c[name] for name in _PERIODS if name in table.c), sa.literal("", sa.Text))
    period: sa.ColumnElement[str] = sa.func.substr(when, 1, _MONTH)
    if connection.dialect.name != "sqlite":
        unit, period = sa.collate(unit, "C"), sa.collate(period, "C")
        statement = (
            sa.select(unit, period, sa.func.count(), sa.func.sum(_row_hash(table)))
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


def _row_hash(table: sa.Table) -> sa.ColumnElement[int]:
    """PostgreSQL's own hash of a row, by the values of its columns."""
    return sa.func.hash_record_extended(sa.literal_column(f'"{table.name}".*'), 0)


def _streamed(
    connection: sa.Connection, statement: sa.Select[*tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    for part in connection.execute(statement.execution_options(yield_per=_ROWS)).partitions():
        yield from map(tuple, part)


def _hash(values: list[Any]) -> int:
    plain = orjson.dumps(values, default=lambda value: value.hex())  # bytes
    return int.from_bytes(hashlib.blake2b(plain, digest_size=16).digest())
