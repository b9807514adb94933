"""What an aggregate contributes to every table; nothing at all if its events cannot be understood.

An event of a known type was checked by the node that recorded it, but a node holds what other nodes
recorded, and one of them may have been wrong. Such an event is stored, forwarded and shown; it must
neither stop the figures of everybody else nor make them depend on how the log was cut into batches.
So whether an aggregate can be folded is a pure function of its records, like all it contributes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import itemgetter, le
from typing import Any, Final

import sqlalchemy as sa

from domain.events import EVENTS, Body, Record
from domain.parse import parse_body
from services.node.readmodel import (
    CellModel,
    Contribution,
    Entity,
    ReadModel,
    RowModel,
    applies,
)

_log = logging.getLogger(__name__)
_BIGINT: Final = 2**63
_INTEGER: Final = 2**31
_MAX_REASON: Final = 300
MAX_CONTRIBUTION: Final = 10**13
"""A cell holds the sum of 900,000 contributions of this size; counts are at most a tenth of it."""

_KINDS: Final = 64
"""Kinds of aggregates whose models are remembered; there are not nearly so many."""

_REMEMBERED: Final = 50_000
"""Texts of a column that are remembered as fitting."""

UNREADABLE: Final = "unreadable"

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Fit = tuple[type, int]
"""The Python type of a column's values, and how long or large they may be."""


class UnfitError(ValueError):
    """A value that its column cannot hold."""


@dataclass(slots=True)
class Contributed:
    """What one aggregate contributes, table by table."""

    cells: list[tuple[str, tuple[Any, ...], int]] = field(default_factory=list)
    rows: list[tuple[str, Row]] = field(default_factory=list)


def unreadable_table(metadata: sa.MetaData, suffix: str) -> sa.Table:
    """Aggregates whose events cannot be understood, and why: for the operator."""
    return sa.Table(
        f"{UNREADABLE}{suffix}",
        metadata,
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("reason", sa.String(_MAX_REASON), nullable=False),
    )


class _Form:
    """What one table's values must be, so that every database takes them and all take the same."""

    def __init__(self, table: sa.Table, names: Sequence[str] | None = None) -> None:
        """Of all columns, or of those named."""
        columns = [table.columns[name] for name in names or [c.name for c in table.columns]]
        self.fits = {column.name: _fit(column) for column in columns}
        self._optional = {column.name for column in columns if column.nullable}
        texts = [
            name
            for name, (kind, _) in self.fits.items()
            if kind is str and name not in self._optional
        ]
        self._bounds = [self.fits[name][1] for name in texts]
        self._others = [name for name in self.fits if name not in texts]
        self._texts: Callable[[Row], Sequence[Any]] = (
            itemgetter(*texts) if len(texts) > 1 else lambda row: [row[name] for name in texts]
        )
        self._columns: list[tuple[set[object], Fit]] = [(set(), fit) for fit in self.fits.values()]

    def check_key(self, key: Sequence[object]) -> None:
        """Raise UnfitError for values, in the order of the columns, that do not fit.

        Units, days and kinds come again and again: a text that fitted is known by itself.
        """
        for value, (seen, fit) in zip(key, self._columns, strict=True):
            if value not in seen:
                _check(value, fit)
                if fit[0] is str and len(seen) < _REMEMBERED:  # what equals a text is a text
                    seen.add(value)

    def check_row(self, row: Row) -> None:
        """Raise UnfitError for a row that does not fit."""
        names: Iterable[str] = self._others
        if not _texts_fit(self._texts(row), self._bounds):
            names = self.fits  # the slow way says which value it is
        for name in names:
            value = row[name]
            if value is not None or name not in self._optional:
                _check(value, self.fits[name])


class Contributing:
    """Works out contributions to some tables."""

    def __init__(self, models: Sequence[ReadModel], tables: Mapping[str, sa.Table]) -> None:
        self._has_units = "entity_units" in tables
        self._cells_of = lru_cache(_KINDS)(partial(_cells_of, models, tables))
        self._rows_of = lru_cache(_KINDS)(partial(_rows_of, models, tables))

    def of(self, entity: Entity) -> Contributed:
        """What the aggregate contributes; a row in "unreadable" if it cannot be understood."""
        try:
            return self._of(entity)
        except Exception as error:  # whatever somebody else's event makes a fold stumble over
            reason = f"{type(error).__name__}: {error}".replace("\x00", "?")[:_MAX_REASON]
        _log.warning(
            "aggregate %s has events that cannot be folded: %s", entity.aggregate_id, reason
        )
        # A malformed event must not take away what others recorded about the same aggregate.
        rest = tuple(item for item in entity.placed if _is_valid(item.record))
        contributed = Contributed()
        if len(rest) < len(entity.placed):
            with suppress(Exception):  # then only the reason is shown
                contributed = self._of(Entity(entity.aggregate_id, rest))
        row = {"aggregate_id": entity.aggregate_id, "reason": reason}
        contributed.rows.append((UNREADABLE, row))
        return contributed

    def _of(self, entity: Entity) -> Contributed:
        result = Contributed()
        cells, rows = result.cells, result.rows
        units = {record.data["unit_id"] for record in entity.history}
        moved = entity.assignments is not None
        for name, contributions, check, by_unit in self._cells_of(entity.kind):
            for part in contributions(entity):
                value = part.value
                key = (*part.key, "" if not moved else entity.assigned(part))
                check(key)
                if not -MAX_CONTRIBUTION <= value <= MAX_CONTRIBUTION:
                    raise UnfitError(f"too large to add up: {value!r:.60}")
                cells.append((name, key, value))
                if by_unit:
                    units.add(key[0])
        for name, rows_of, check_row in self._rows_of(entity.kind):
            for row in rows_of(entity):
                check_row(row)
                rows.append((name, row))
        for unit_id in units if self._has_units else ():
            _check(unit_id, (str, 36))
            row = {"unit_id": unit_id, "aggregate_id": entity.aggregate_id, "kind": entity.kind}
            result.rows.append(("entity_units", row))
        return result


def _cells_of(
    models: Sequence[ReadModel], tables: Mapping[str, sa.Table], kind: str
) -> list[tuple[str, Callable[[Entity], Iterable[Contribution]], Callable[[Key], None], bool]]:
    """Of each model of cells that reads a kind: name, function, check of its keys, and whether
    their first value is a unit."""
    return [
        (
            model.name,
            model.contributions,
            _Form(tables[model.name], [name for name, _ in model.columns]).check_key,
            model.keys[0][0] == "unit_id",
        )
        for model in models
        if isinstance(model, CellModel) and applies(model, kind)
    ]


def _rows_of(
    models: Sequence[ReadModel], tables: Mapping[str, sa.Table], kind: str
) -> list[tuple[str, Callable[[Entity], Iterable[Row]], Callable[[Row], None]]]:
    """Of each model of rows that reads a kind: name, function, and check of its rows."""
    return [
        (model.name, model.rows, _Form(tables[model.name]).check_row)
        for model in models
        if isinstance(model, RowModel) and applies(model, kind)
    ]


def _is_valid(record: Record) -> bool:
    """Whether the record is what its type demands; asked only where folding failed."""
    spec = EVENTS[record.type]
    try:
        return isinstance(parse_body(record.type, spec.version, record.data), Body)
    except Exception:  # so far from the form that even checking it fails
        return False


def _fit(column: sa.Column[Any]) -> Fit:
    """What a column holds: the same in every database, whatever each of them would let pass."""
    kind = column.type
    if isinstance(kind, sa.String):
        return (str, kind.length or _BIGINT)
    if isinstance(kind, sa.Boolean):
        return (bool, 0)
    return (int, _BIGINT if isinstance(kind, sa.BigInteger) else _INTEGER)


def _texts_fit(values: Sequence[Any], bounds: Sequence[int]) -> bool:
    """Whether these are texts within their bounds. Says no in doubt; `_check` then decides."""
    try:
        joined = "".join(values)
    except TypeError:
        return False
    return "\x00" not in joined and all(map(le, map(len, values), bounds))


def _check(value: object, fit: Fit) -> None:
    """Raise UnfitError for what one database would refuse and another might take."""
    kind, bound = fit
    if type(value) is not kind:
        fits = False
    elif kind is str:
        fits = len(value) <= bound and "\x00" not in value  # type: ignore[arg-type, operator]  # str
    else:
        fits = kind is bool or -bound <= value < bound  # type: ignore[operator]  # int
    if not fits:
        raise UnfitError(f"value does not fit: {value!r:.60}")
