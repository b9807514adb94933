"""Earlier states of the live tables, worked out when somebody asks for one.

A read model is a pure function of one aggregate's records (decision 0004), so the tables of an
earlier state differ from the live ones by the aggregates that got records since, and by nothing
else. For each of them: what it contributes with the records held then, less what it does now.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from domain.directory import Directory, concerns_directory
from services.node.asof.cutoff import (
    MOST_CHANGED,
    Cutoff,
    RecordedUntil,
    ThroughPosition,
    TooFarBackError,
)
from services.node.asof.recent import Recent
from services.node.asof.tables import TablesAsOf
from services.node.contributing import UNREADABLE
from services.node.differences import Differences
from services.node.entities import dump, load
from services.node.eventlog import EventLog
from services.node.generation import Generation
from services.node.generations import Generations, Held
from services.node.reading import Unknown, record_of
from services.node.readmodel import Entity
from services.node.rebuilding.builds import Build, Builds
from services.node.reference import REFERENCE_KINDS, directory_with
from services.node.rowsets import select_keys
from services.node.views import Stream, View

_KEPT_STATES: Final = 4
"""States kept for the next question about them: a page asks for one many times."""
_KEPT_DIRECTORIES: Final = 3
"""That of the whole country takes some tens of MiB."""
_KEPT_ANSWERS: Final = 5_000
_TAIL: Final = 500
"""Events behind the tables that are looked through for changes of the directory."""
_ENTITIES: Final = 500
"""Aggregates read in one statement."""


@dataclass(frozen=True, slots=True)
class _State:
    """What leads from a generation's tables to an earlier state of them."""

    generation: Generation
    differences: Differences
    later: frozenset[int]
    """Positions of records of the directory that came later."""


class EarlierStates:
    """The earlier states of one node's tables."""

    def __init__(
        self,
        log: EventLog,
        generations: Generations,
        streams: Callable[[], Mapping[str, Stream]],
    ) -> None:
        """`streams` tells by origin how far each stream is in the log."""
        self._log = log
        self._generations = generations
        self._streams = streams
        self.answers: Recent[Hashable, Any] = Recent(_KEPT_ANSWERS)
        """Answers about states that never change."""
        self._states: Recent[tuple[object, ...], _State] = Recent(_KEPT_STATES)
        self._directories: Recent[tuple[object, ...], Directory] = Recent(_KEPT_DIRECTORIES)

    def view(
        self,
        connection: sa.Connection,
        held: Held,
        live: Generation,
        directory: Directory,
        cutoff: Cutoff,
    ) -> View:
        """The state within a transaction that may write and is rolled back afterwards.

        Raises TooFarBackError, StoreUnavailableError.
        """
        kept = frozenset(Builds.kept(connection))  # a state may be one of these with changes
        state = self._states.get(
            (held.number, held.position, kept, cutoff),
            lambda: self._state(connection, held, live, cutoff),
        )
        tables = TablesAsOf(connection, state.generation.tables, state.differences)
        return View(
            connection,
            tables,
            self._directory(connection, held, state, directory, cutoff),
            cutoff.through(held.position),
            held.number,
            cutoff,
            streams=partial(self.streams, connection, held, live, cutoff),
        )

    def streams(
        self, connection: sa.Connection, held: Held, live: Generation, cutoff: Cutoff | None
    ) -> Mapping[str, Stream]:
        """By origin: how far each stream is in a state. Raises StoreUnavailableError."""
        streams = self._streams()
        heads = {origin: stream.through for origin, stream in streams.items()}
        position = held.position
        while page := self._log.read(position, _TAIL):  # recorded, and not in the tables yet
            for logged in page:
                origin = str(logged.origin)
                heads[origin] = min(heads.get(origin, 0), logged.sequence - 1)
            position = page[-1].position
        if cutoff is not None:
            heads = dict(cutoff.heads(connection, live.tables["timeline"], heads))
        return {origin: Stream(stream.unit_id, heads[origin]) for origin, stream in streams.items()}

    # -- tables

    def _state(
        self, connection: sa.Connection, held: Held, live: Generation, cutoff: Cutoff
    ) -> _State:
        try:
            return self._from(connection, live, cutoff)
        except TooFarBackError:
            for build in self._kept(connection, cutoff):
                if not _any_between(connection, live, build, held.position, cutoff):
                    generation = self._generations.open(connection, build.number)
                    return self._from(connection, generation, cutoff)
            raise

    def _kept(self, connection: sa.Connection, cutoff: Cutoff) -> list[Build]:
        """Generations of `antq rebuild --as-of` that may hold all of the state, nearest first."""
        by_number = {held.number: held for held in self._generations.held(connection)}
        kept = [
            build
            for build in Builds.kept(connection).values()
            if not build.only
            and self._generations.is_same_code(by_number[build.number])
            and _may_hold(build, cutoff)
        ]
        return sorted(kept, key=lambda build: (build.recorded_until or "~", build.goal))

    def _from(self, connection: sa.Connection, base: Generation, cutoff: Cutoff) -> _State:
        tables = base.tables
        changed = cutoff.changed(connection, tables["timeline"], self._log, MOST_CHANGED)
        if len(changed) > MOST_CHANGED:
            raise TooFarBackError
        # Their timeline may lack the very record that came later and is not understood.
        unreadable = tables[UNREADABLE].c.aggregate_id
        changed.update(connection.execute(sa.select(unreadable)).scalars())
        differences = Differences(base.keys)
        later: set[int] = set()
        for entity in _entities(connection, tables["entities"], sorted(changed)):
            placed = tuple(item for item in entity.placed if cutoff.holds(item))
            if len(placed) == len(entity.placed):
                continue
            if entity.kind in REFERENCE_KINDS:
                later.update(i.position for i in entity.placed if not cutoff.holds(i))
            key = (entity.aggregate_id,)
            differences.remove(base.contributing.of(entity))
            differences.rows["entities"].before[key] = key
            if placed:
                then = Entity(entity.aggregate_id, placed)
                differences.add(base.contributing.of(then))
                differences.rows["entities"].after[key] = dump(then)
        differences.balance(base.balances)
        return _State(base, differences, frozenset(later))

    # -- the directory

    def _directory(
        self,
        connection: sa.Connection,
        held: Held,
        state: _State,
        directory: Directory,
        cutoff: Cutoff,
    ) -> Directory:
        """The directory of that state; `directory` is level with the log, not with the tables."""
        tail, base = self._tail(held.position), state.generation.number
        if base == held.number and not state.later and not tail:
            return directory

        def fold() -> Directory:
            entities = state.generation.tables["entities"]
            rows = connection.execute(
                sa.select(entities).where(entities.c.kind.in_(REFERENCE_KINDS))
            )
            records = [
                item.record for row in rows for item in load(row).placed if cutoff.holds(item)
            ]
            return directory_with(Directory(), records)

        if tail:
            return fold()
        # States between the same two changes of the catalogue share one directory.
        return self._directories.get((directory, base, state.later), fold)

    def _tail(self, position: int) -> bool:
        """Whether the directory may be further than the tables."""
        behind = self._log.read(position, _TAIL)
        if len(behind) == _TAIL:
            return True
        records = (record_of(logged.raw) for logged in behind)
        return any(not isinstance(r, Unknown) and concerns_directory(r) for r in records)


def _entities(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> Iterator[Entity]:
    for start in range(0, len(ids), _ENTITIES):
        keys = [(key,) for key in ids[start : start + _ENTITIES]]
        for row in select_keys(connection, table, keys):
            yield load(row)


def _may_hold(build: Build, cutoff: Cutoff) -> bool:
    """Whether a kept generation holds all of a state that had arrived when it was built."""
    if isinstance(cutoff, ThroughPosition):
        return not build.recorded_until and build.goal >= cutoff.position
    if isinstance(cutoff, RecordedUntil):
        return not build.recorded_until or build.recorded_until >= cutoff.moment
    return False


def _any_between(
    connection: sa.Connection, live: Generation, build: Build, position: int, cutoff: Cutoff
) -> bool:
    """Whether anything that arrived after a generation was built belongs to the state."""
    if not isinstance(cutoff, RecordedUntil) or build.goal >= position:
        return False
    timeline = live.tables["timeline"].c
    late = sa.select(timeline.event_id).where(
        timeline.position > build.goal, timeline.recorded_at <= cutoff.moment
    )
    return connection.execute(late.limit(1)).first() is not None
