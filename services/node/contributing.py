"""What an aggregate contributes to every table; nothing at all if its events cannot be understood.

An event of a known type was checked by the node that recorded it, but a node holds what other nodes
recorded, and one of them may have been wrong. Such an event is stored, forwarded and shown; it must
neither stop the figures of everybody else nor make them depend on how the log was cut into batches.
So whether an aggregate can be folded is a pure function of its records, like all it contributes.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

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

_TOGETHER: Final = 500
"""Aggregates that are worked out and checked together; one that cannot be understood has as many
worked out again, each by itself."""

_UNASSIGNED: Final = ("",)
"""What stands behind a cell's keys where nothing was assigned after a split."""

UNREADABLE: Final = "unreadable"
_UNITS: Final = "entity_units"

Row = tuple[Any, ...]
"""A table's values in the order of its columns, of which those of the primary key come first."""
Key = tuple[Any, ...]
Fit = tuple[type, int]
"""The Python type of a column's values, and how long or large they may be."""


class UnfitError(ValueError):
    """A value that its column cannot hold."""


class Contributed:
    """What some aggregates contribute, table by table."""

    __slots__ = ("cells", "rows")

    def __init__(self) -> None:
        self.cells: dict[str, list[tuple[Key, int]]] = defaultdict(list)
        """By table: what is added to which cell."""
        self.rows: dict[str, list[Row]] = defaultdict(list)

    def extend(self, other: Contributed) -> None:
        """Add what other aggregates contribute."""
        for name, cells in other.cells.items():
            self.cells[name] += cells
        for name, rows in other.rows.items():
            self.rows[name] += rows


class Grown(NamedTuple):
    """An aggregate that has grown (`entities.grown_by`)."""

    before: Entity
    after: Entity
    added: Entity
    """The new records alone."""


def unreadable_table(metadata: sa.MetaData, suffix: str) -> sa.Table:
    """Aggregates whose events cannot be understood, and why: for the operator."""
    return sa.Table(
        f"{UNREADABLE}{suffix}",
        metadata,
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
        sa.Column("reason", sa.String(_MAX_REASON), nullable=False),
    )


class _Column:
    """What the values of one column must be, so that every database takes them and all take the
    same."""

    def __init__(self, column: sa.Column[Any]) -> None:
        self._fit = _fit(column)
        self._optional = bool(column.nullable)

    def check(self, values: Sequence[object]) -> None:
        """Raise UnfitError if one of them does not fit."""
        if self._optional:
            values = [value for value in values if value is not None]
        if values and not _all_fit(values, self._fit):
            for value in values:  # the slow way says which it is
                _check(value, self._fit)


class _Form:
    """What the rows, or the keys of the cells, of one table must be."""

    def __init__(self, table: sa.Table, names: Iterable[str]) -> None:
        """Of the columns named, in this order."""
        self._columns = [_Column(table.columns[name]) for name in names]

    def check(self, rows: Sequence[Sequence[object]]) -> None:
        """Raise UnfitError for a value that does not fit, ValueError for rows of another width.

        Column by column: what is the same for all values of a column is then asked once for all.
        """
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
            column.check(values)


class Contributing:
    """Works out contributions to some tables."""

    def __init__(self, models: Sequence[ReadModel], tables: Mapping[str, sa.Table]) -> None:
        self._has_units = _UNITS in tables
        self._cells_of = lru_cache(_KINDS)(partial(_cells_of, models))
        self._rows_of = lru_cache(_KINDS)(partial(_rows_of, models))
        self._forms = {
            model.name: _Form(
                tables[model.name],
                [name for name, _ in model.columns]
                if isinstance(model, CellModel)
                else tables[model.name].columns.keys(),
            )
            for model in models
        }
        if self._has_units:
            self._forms[_UNITS] = _Form(tables[_UNITS], tables[_UNITS].columns.keys())

    def of(self, entity: Entity) -> Contributed:
        """What the aggregate contributes; a row in "unreadable" if it cannot be understood."""
        try:
            return self._of([entity])
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
                contributed = self._of([Entity(entity.aggregate_id, rest)])
        contributed.rows[UNREADABLE].append((entity.aggregate_id, reason))
        return contributed

    def of_all(self, entities: Sequence[Entity]) -> Contributed:
        """What these aggregates contribute: that of each, as `of` tells it, and in no order."""
        result = Contributed()
        for start in range(0, len(entities), _TOGETHER):
            part = entities[start : start + _TOGETHER]
            try:
                result.extend(self._of(part))
            except Exception:  # `of` finds out which it is, and says why
                for entity in part:
                    result.extend(self.of(entity))
        return result

    def of_grown(self, grown: Sequence[Grown]) -> tuple[Contributed, Contributed]:
        """What aggregates that grew contributed before, and what they contribute now; of models
        that read each record by itself only what is new.

        None of them may have been beyond understanding before.
        """
        before, after = Contributed(), Contributed()
        for start in range(0, len(grown), _TOGETHER):
            part = grown[start : start + _TOGETHER]
            olds, news = [one.before for one in part], [one.after for one in part]
            try:
                old = self._of(olds, by_record=False)
                new = self._of(news, by_record=False)
                new.extend(self._of([one.added for one in part], by_record=True))
            except Exception:  # now one of them cannot be understood
                old, new = self.of_all(olds), self.of_all(news)
            before.extend(old)
            after.extend(new)
        return before, after

    def _of(self, entities: Iterable[Entity], *, by_record: bool | None = None) -> Contributed:
        """What aggregates contribute that can all be understood; else raises whatever happens.

        To all models, or only to those that read each record by itself, or to the others.
        """
        result = Contributed()
        by_kind: dict[str, list[Entity]] = defaultdict(list)
        for entity in entities:
            by_kind[entity.kind].append(entity)
        for kind, listed in by_kind.items():
            self._add(kind, listed, result, by_record)
        for name, cells in result.cells.items():
            if cells:
                self._forms[name].check([key for key, _ in cells])
        for name, rows in result.rows.items():
            if rows:
                self._forms[name].check(rows)
        return result

    def _add(
        self, kind: str, entities: Sequence[Entity], result: Contributed, by_record: bool | None
    ) -> None:
        """Add what aggregates of one kind contribute, unchecked but for the size of numbers."""
        concerned: set[tuple[str, str]] = set()
        if self._has_units:
            concerned.update(
                (item.record.data["unit_id"], entity.aggregate_id)
                for entity in entities
                for item in entity.placed
            )
        for name, contributions, by_unit in self._cells_of(kind, by_record):
            found = [(entity, part) for entity in entities for part in contributions(entity)]
            cells = [
                (
                    part.key
                    + (_UNASSIGNED if entity.assignments is None else (entity.assigned(part),)),
                    part.value,
                )
                for entity, part in found
            ]
            _check_sizes([value for _, value in cells])
            result.cells[name] += cells
            if by_unit and self._has_units:
                concerned.update((part.key[0], entity.aggregate_id) for entity, part in found)
        if self._has_units:
            result.rows[_UNITS] += [(*pair, kind) for pair in concerned]
        for name, values in self._rows_of(kind, by_record):
            rows = result.rows[name]
            for entity in entities:
                rows += values(entity)


def _cells_of(
    models: Sequence[ReadModel], kind: str, by_record: bool | None
) -> list[tuple[str, Callable[[Entity], Iterable[Contribution]], bool]]:
    """Of each model of cells that reads a kind: name, function, and whether the first value of its
    keys is a unit."""
    return [
        (model.name, model.contributions, model.keys[0][0] == "unit_id")
        for model in models
        if isinstance(model, CellModel)
        and applies(model, kind)
        and by_record in (None, model.by_record)
    ]


def _rows_of(
    models: Sequence[ReadModel], kind: str, by_record: bool | None
) -> list[tuple[str, Callable[[Entity], Iterable[Row]]]]:
    """Of each model of rows that reads a kind: name, and what gives the values of its rows."""
    return [
        (model.name, model.values)
        for model in models
        if isinstance(model, RowModel)
        and applies(model, kind)
        and by_record in (None, model.by_record)
    ]


def _check_sizes(found: Sequence[int]) -> None:
    """Raise UnfitError for a contribution that is too large to add up."""
    if found and not -MAX_CONTRIBUTION <= min(found) <= max(found) <= MAX_CONTRIBUTION:
        raise UnfitError(f"too large to add up: {max(found, key=abs)!r:.60}")


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


def _all_fit(values: Sequence[object], fit: Fit) -> bool:
    """Whether all of them are what a column holds. Says no in doubt; `_check` then decides."""
    kind, bound = fit
    if kind is str:
        try:
            different = set(values)  # units, days and types come again and again
            joined = "".join(different)  # type: ignore[arg-type]  # what is no text raises TypeError
        except TypeError:
            return False
        return "\x00" not in joined and max(map(len, different)) <= bound  # type: ignore[arg-type]  # all are texts here
    if set(map(type, values)) != {kind}:
        return False
    if kind is bool:
        return True
    return -bound <= min(values) and max(values) < bound  # type: ignore[type-var, operator]  # all are numbers here


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
