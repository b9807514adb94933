"""Where a state of the log is cut off: which records it holds, and which came later.

Three clocks, because "earlier" means three things (projections, "as of"):

- *recorded*: what had been recorded by a moment, by the clock of whoever recorded it, wherever it
  was by then. The same at every node that holds the same events.
- *position*: what this node knew. A position is a place in one node's log and means nothing to
  another; a record that was made in time and arrived late is not in it.
- *stream*: what another node knew, told by how far it held each stream. Every node that holds those
  streams can cut them off in the same place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from domain.refusals import Text
from services.node.errors import RefusedError
from services.node.eventlog import EventLog
from services.node.reading import Unknown, record_of
from services.node.readmodel import Placed

MOST_CHANGED: Final = 20_000
"""Aggregates that may have changed since a state that is worked out for one question: some seconds.
Beyond, tables are built beside the live ones by `antq rebuild --as-of`."""
_PAGE: Final = 2_000


class TooFarBackError(RefusedError):
    """So much has changed since that the state is not worked out for one question."""

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_CHANGED} aggregates changed since")
        self.text = Text(
            f"Hơn {MOST_CHANGED} hồ sơ đã thay đổi từ mốc đó.",
            f"More than {MOST_CHANGED} aggregates changed since then.",
        )


class Cutoff(Protocol):
    """An earlier state of the log. A value: equal ones hold the same records of the same log."""

    def holds(self, item: Placed) -> bool:
        """Whether the record belongs to that state."""

    def changed(
        self, connection: sa.Connection, timeline: sa.Table, log: EventLog, most: int
    ) -> set[str]:
        """The aggregates of records that came later; more than `most` of them if there are more.

        Aggregates whose later records this code cannot understand may be missing.
        Raises StoreUnavailableError.
        """

    def heads(
        self, connection: sa.Connection, timeline: sa.Table, heads: Mapping[str, int]
    ) -> Mapping[str, int]:
        """How far each stream is in that state, given how far it is in the tables."""

    def through(self, position: int) -> int:
        """The log position that its figures rest on, where the tables are folded to `position`."""


class LaterThan(ABC):
    """A state whose later records a condition on the timeline tells."""

    __slots__ = ()

    @abstractmethod
    def holds(self, item: Placed) -> bool:
        """See `Cutoff.holds`."""

    @abstractmethod
    def later(self, timeline: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that a record came later."""

    def changed(
        self, connection: sa.Connection, timeline: sa.Table, log: EventLog, most: int
    ) -> set[str]:
        """See `Cutoff.changed`."""
        del log
        aggregates = sa.select(timeline.c.aggregate_id).where(self.later(timeline))
        return set(connection.execute(aggregates.distinct().limit(most + 1)).scalars())

    def heads(
        self, connection: sa.Connection, timeline: sa.Table, heads: Mapping[str, int]
    ) -> Mapping[str, int]:
        """See `Cutoff.heads`."""
        first = sa.func.min(timeline.c.sequence)
        statement = sa.select(timeline.c.origin, first).where(self.later(timeline))
        rows = connection.execute(statement.group_by(timeline.c.origin))
        return {**heads, **{origin: min(heads.get(origin, 0), first - 1) for origin, first in rows}}

    def through(self, position: int) -> int:
        """See `Cutoff.through`."""
        return position


@dataclass(frozen=True, slots=True)
class ThroughPosition(LaterThan):
    """What this node held when its log ended at a position."""

    position: int

    def holds(self, item: Placed) -> bool:
        return item.position <= self.position

    def later(self, timeline: sa.Table) -> sa.ColumnElement[bool]:
        return timeline.c.position > self.position

    def through(self, position: int) -> int:
        return min(self.position, position)


@dataclass(frozen=True, slots=True)
class RecordedUntil(LaterThan):
    """What had been recorded by a moment, wherever it was by then."""

    moment: str
    """As `contracts.envelope.format_time` writes it; records of that very moment are held."""

    def holds(self, item: Placed) -> bool:
        return item.record.recorded_at <= self.moment

    def later(self, timeline: sa.Table) -> sa.ColumnElement[bool]:
        return timeline.c.recorded_at > self.moment


@dataclass(frozen=True, slots=True)
class ThroughEvent(LaterThan):
    """What had been recorded when one event of a stream was: that stream by its numbers, all others
    by their recorders' clocks."""

    origin: str
    sequence: int
    """The last event of the stream that is held; 0 for none."""
    moment: str
    """When it was recorded."""

    def holds(self, item: Placed) -> bool:
        record = item.record
        if record.origin == self.origin:
            return record.sequence <= self.sequence
        return record.recorded_at <= self.moment

    def later(self, timeline: sa.Table) -> sa.ColumnElement[bool]:
        columns = timeline.c
        # In one stream recorded_at never goes back: what comes after the event is no older.
        behind = sa.and_(columns.origin == self.origin, columns.sequence > self.sequence)
        return sa.and_(
            columns.recorded_at >= self.moment, sa.or_(columns.recorded_at > self.moment, behind)
        )


@dataclass(frozen=True, slots=True)
class ThroughHeads:
    """What a node held when it held each of these streams so far.

    Of a stream that is not named everything is held: streams that the node could not have named
    are no part of what it counted. One of which it held nothing is named with 0.
    """

    named: tuple[tuple[str, int], ...]
    """Origin and number of the last event held, sorted."""
    _numbers: Mapping[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", dict(self.named))

    @classmethod
    def of(cls, heads: Mapping[str, int]) -> ThroughHeads:
        """The state with these heads."""
        return cls(tuple(sorted(heads.items())))

    def holds(self, item: Placed) -> bool:
        head = self._numbers.get(item.record.origin)
        return head is None or item.record.sequence <= head

    def changed(
        self, connection: sa.Connection, timeline: sa.Table, log: EventLog, most: int
    ) -> set[str]:
        del connection, timeline
        found: set[str] = set()
        for origin, head in self.named:
            for aggregate_id in _later_in(log, UUID(origin), head):
                found.add(aggregate_id)
                if len(found) > most:
                    return found
        return found

    def heads(
        self, connection: sa.Connection, timeline: sa.Table, heads: Mapping[str, int]
    ) -> Mapping[str, int]:
        del connection, timeline
        numbers = self._numbers
        return {origin: min(held, numbers.get(origin, held)) for origin, held in heads.items()}

    def through(self, position: int) -> int:
        return position


def _later_in(log: EventLog, origin: UUID, head: int) -> Iterator[str]:
    """The aggregates of the events of a stream behind `head`."""
    while page := log.read_stream(origin, head + 1, head + _PAGE):
        for logged in page:
            record = record_of(logged.raw)
            if not isinstance(record, Unknown):
                yield record.aggregate_id
        head += _PAGE
