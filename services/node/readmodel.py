"""What a read model is: a pure function of the records of one aggregate.

A model says what an aggregate contributes; the projector does the rest. When an aggregate changes,
it takes what the aggregate contributed before, what it contributes now, and writes the difference.
So one definition serves live updates and rebuilds, a correction needs no code of its own, and rows
depend only on which events a node holds, not on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, overload

import sqlalchemy as sa

from domain.assignments import ASSIGNED, Assignments
from domain.effective import effective
from domain.events import EVENTS, Record

ANY_AGGREGATE = "*"
ASSIGNED_TO = "assigned_to"
"""The key column of every cell that names the unit to which the records behind it were assigned."""
TState = TypeVar("TState")


class _once(Generic[TState]):  # noqa: N801 - used like a property
    """A property worked out when it is first asked for. Unlike functools.cached_property of this
    Python it takes no lock, which costs more than the work: an entity belongs to one thread."""

    def __init__(self, work: Callable[[Any], TState]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, entity: None, owner: type) -> _once[TState]: ...
    @overload
    def __get__(self, entity: object, owner: type) -> TState: ...
    def __get__(self, entity: object | None, owner: type) -> _once[TState] | TState:
        if entity is None:
            return self
        value = entity.__dict__[self._work.__name__] = self._work(entity)
        return value


class Placed(NamedTuple):
    """A record and its position in this node's log."""

    record: Record
    position: int
    raw: bytes = b""
    """The event's exact bytes; empty where nobody keeps them."""


@dataclass
class Entity:
    """One aggregate as this node holds it, in `Record.order`. Nobody changes it: it is not frozen
    because that takes three times as long to make."""

    aggregate_id: str
    placed: tuple[Placed, ...]
    """Everything recorded about it, corrections and retractions included."""

    def __post_init__(self) -> None:
        if len(self.placed) == 1:  # more than half of all: what follows is plain to see
            record = self.placed[0].record
            kind = EVENTS[record.type].aggregate
            if kind != ANY_AGGREGATE:
                self.__dict__.update(kind=kind, records=(record,), assignments=None)

    @_once
    def kind(self) -> str:
        """The kind of aggregate; "" while only a correction of it has arrived, not its target."""
        for item in self.placed:
            kind = EVENTS[item.record.type].aggregate
            if kind != ANY_AGGREGATE:
                return kind
        return ""

    @_once
    def history(self) -> tuple[Record, ...]:
        """The records, corrections and retractions included."""
        return tuple(item.record for item in self.placed)

    @_once
    def records(self) -> Sequence[Record]:
        """What holds today: corrected, without what was retracted."""
        return effective(self.history)

    @_once
    def assignments(self) -> Assignments | None:
        """Where its records stand, if any was assigned after a split; else None."""
        for item in self.placed:
            if item.record.type == ASSIGNED:
                return Assignments(self.records) or None
        return None

    def assigned(self, part: Contribution) -> str:
        """The unit to which the record behind a contribution was assigned; "" if to none."""
        found = self.assigned_by(part)
        return "" if found is None else found[0]

    def assigned_by(self, part: Contribution) -> tuple[str, str] | None:
        """The same, with the event that assigned it; None if none did."""
        if self.assignments is None:
            return None
        return self.assignments.of(part.subject or part.event_id, part.key[0])

    @_once
    def _states(self) -> dict[Any, Any]:
        """What folds made of it."""
        return {}

    def state(self, fold: Callable[[Sequence[Record]], TState]) -> TState:
        """What `fold` makes of what holds today; worked out once, whoever asks."""
        if fold not in self._states:
            self._states[fold] = fold(self.records)
        found: TState = self._states[fold]
        return found


class Contribution(NamedTuple):
    """A number an event adds to a cell."""

    key: tuple[Any, ...]
    """Values of the model's key columns, in their order."""
    value: int
    event_id: str
    """The event that adds it: how a figure is opened into the events behind it."""
    subject: str = ""
    """The event whose assignment decides where it stands, if that is another: a point's retirement
    stands where the point does."""


class CellModel:
    """Numbers that add up: a cell's value is the sum of what all aggregates contribute to it.

    A cell whose sum is 0 has no row. Besides its keys a cell has `ASSIGNED_TO`: what was recorded
    of a unit that has been split since, and assigned to a successor, stands in cells of its own.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever `contributions`, `keys` or `balanced` changes; the node then rebuilds by
    itself."""
    kinds: ClassVar[frozenset[str]]
    """Kinds of aggregates it reads; "*" for all."""
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]]
    """Names and types of the key columns; the first is the one most queries restrict."""
    balanced: ClassVar[bool] = False
    """Whether the sums over all days and over each year are kept beside the cells
    (`services/node/balances.py`), for figures that count from the first day on. The first two keys
    are then unit and day."""

    digested: ClassVar[frozenset[str]] = frozenset()
    """Kinds of aggregates of which it reads `Record.digest`, which costs as much as parsing half
    the event; "*" for all. A rebuild leaves it empty where no model reads it."""

    by_record: ClassVar[bool] = False
    """Whether it reads each record by itself: as long as no record of an aggregate amends or
    assigns another, the aggregate contributes what its records would one by one, in cells of
    their own units. Of an
    aggregate that only grew, such a model is asked about the new records alone."""

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        """What this aggregate contributes. Pure."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[tuple[str, sa.types.TypeEngine[Any]], ...]:
        """Names and types of everything that tells its cells apart."""
        return (*self.keys, (ASSIGNED_TO, sa.String(36)))

    def table(self, metadata: sa.MetaData, suffix: str) -> sa.Table:
        """Its table in one generation: the key columns and `value`."""
        table = sa.Table(
            f"{self.name}{suffix}",
            metadata,
            *(sa.Column(name, kind, primary_key=True) for name, kind in self.columns),
            sa.Column("value", sa.BigInteger, nullable=False),
        )
        if self.balanced:
            # A stock of the country asks for some days of all units.
            sa.Index(f"ix_{table.name}_day", table.c.day)
        return table


class RowModel:
    """Rows that belong to one aggregate each."""

    name: ClassVar[str]
    version: ClassVar[int]
    kinds: ClassVar[frozenset[str]]
    columns: ClassVar[tuple[sa.Column[Any], ...]]
    """Columns; those of the primary key come first. A key must name its aggregate: no two
    aggregates may have a row in common. Copied into each generation's table."""
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Columns of further indexes."""

    digested: ClassVar[frozenset[str]] = frozenset()
    """As of a `CellModel`."""

    by_record: ClassVar[bool] = False
    """Whether it reads each record by itself: as long as no record of an aggregate amends or
    assigns another, the aggregate contributes what its records would one by one. Of an
    aggregate that only grew, such a model is asked about the new records alone."""

    _in_order: ClassVar[itemgetter[tuple[Any, ...]]]
    """Gives the values of a row; of several columns, because it has a key and tells something."""

    def __init_subclass__(cls) -> None:
        cls._in_order = itemgetter(*(column.name for column in cls.columns))

    def rows(self, entity: Entity) -> Iterable[Mapping[str, Any]]:
        """The rows of this aggregate, each with all columns. Pure."""
        raise NotImplementedError

    def values(self, entity: Entity) -> Iterable[tuple[Any, ...]]:
        """The same rows, each as its values in the order of the columns."""
        return map(self._in_order, self.rows(entity))

    def table(self, metadata: sa.MetaData, suffix: str) -> sa.Table:
        """Its table in one generation."""
        table = sa.Table(
            f"{self.name}{suffix}", metadata, *(column._copy() for column in self.columns)
        )
        for columns in self.indexes:
            sa.Index(f"ix_{table.name}_{'_'.join(columns)}", *(table.c[name] for name in columns))
        return table


ReadModel = CellModel | RowModel


def digested_types(models: Iterable[ReadModel]) -> frozenset[str]:
    """The types of events whose digest one of the models reads."""
    kinds = frozenset[str]().union(*(model.digested for model in models))
    return frozenset(
        name for name, spec in EVENTS.items() if ANY_AGGREGATE in kinds or spec.aggregate in kinds
    )


def applies(model: ReadModel, kind: str) -> bool:
    """Whether a model reads aggregates of this kind."""
    return kind in model.kinds or ANY_AGGREGATE in model.kinds
