"""What is to be done with events that arrived: by the sequence of their origin and nothing else.

- the next number is recorded, and what waited for it;
- a number that is held, with the same bytes: a duplicate, nothing to do; so it is if either side
  has the event's tombstone, which tells the hash of these bytes;
- a number that is held or waits already, with other bytes: a fork; the evidence is kept and nothing
  more of that origin is taken, not even what came beside it, because it may continue the forgery;
- a number too far waits;
- what continues a stream that this side must not write (this node's own, or one that comes from the
  other side) is set aside.

A stream that the log itself holds damaged is left alone, and only that one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final, Protocol
from uuid import UUID

from contracts.envelope import Run, decode, digest_of
from contracts.tombstone import same_leaf
from services.node.errors import LogDamagedError
from services.node.eventlog import EventLog, NewEvent
from services.node.origins import Origins
from services.node.syncstate import MAX_WAITING, Direction, Fork, SyncState

_log = logging.getLogger(__name__)
_PAGE: Final = 2_000

Arrival = tuple[Run, str]
"""Events and the place at the carrier where they were found."""


class Restoring(Protocol):
    """Which streams come back from the node above after a loss (`services.node.recovery`)."""

    def restores(self, origin: UUID) -> int:
        """Through which sequence its events are taken from above now, though that side does not
        write them; 0 if they are not."""

    def drops(self, origin: UUID) -> bool:
        """Whether its events from above are left for now, without being kept as evidence."""

    def wanted(self) -> Sequence[UUID]:
        """The streams that are asked for."""


class NothingRestored:
    """Nothing was lost."""

    def restores(self, origin: UUID) -> int:
        del origin
        return 0

    def drops(self, origin: UUID) -> bool:
        del origin
        return False

    def wanted(self) -> Sequence[UUID]:
        return ()


@dataclass(frozen=True, slots=True)
class _Event:
    """One event of a run."""

    sequence: int
    type: str
    raw: bytes
    place: str


@dataclass(slots=True)
class Sorted:
    """What is to be done with the events of one poll."""

    accepted: list[NewEvent] = field(default_factory=list)
    heads: dict[UUID, int] = field(default_factory=dict)
    """The new head of each origin of which something is accepted."""
    waiting: list[tuple[UUID, int, bytes]] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    strays: list[tuple[bytes, str, str]] = field(default_factory=list)
    """Events that this side must not write, their places, and why."""
    damaged: list[UUID] = field(default_factory=list)
    """Origins whose stream the log holds with a hole; nothing of them is taken."""


class Sorter:
    """Sorts the events of one poll. Reads the log and what waits; writes nothing."""

    def __init__(
        self,
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        direction: Direction,
        waiting: Mapping[UUID, tuple[int, int]],
        at: str,
        restoring: Restoring,
    ) -> None:
        """`direction`: of the streams this side writes. `waiting`: count and first, by origin."""
        self._log = log
        self._sync = sync
        self._origins = origins
        self._direction = direction
        self._waiting = waiting
        self._at = at
        self._restoring = restoring
        self._sorted = Sorted()

    def sort(self, arrivals: Iterable[Arrival]) -> Sorted:
        """What to do with these events, in the order in which they arrived.

        Raises StoreUnavailableError.
        """
        by_origin: dict[UUID, list[Arrival]] = {}
        for arrival in arrivals:
            by_origin.setdefault(arrival[0].head.origin, []).append(arrival)
        for origin, runs in by_origin.items():
            try:
                self._sort_origin(origin, runs)
            except LogDamagedError as error:
                # The others are not to blame. What is left out is asked for again as soon as the
                # stream is whole.
                _log.critical("%s; its events are left", error)
                self._sorted.damaged.append(origin)
        return self._sorted

    def _sort_origin(self, origin: UUID, runs: Sequence[Arrival]) -> None:
        self._origins.settle(origin, self._direction)
        state = self._origins.state(origin)
        direction = self._direction if state is None else state.direction
        own = direction == Direction.OWN
        head = self._log.head(origin) if own else self._origins.head(origin)
        stopped = state is not None and state.forked
        takes = direction == self._direction
        through = 0 if takes else self._restoring.restores(origin)
        if (
            (takes or runs[-1][0].last <= through)
            and not stopped
            and origin not in self._waiting
            and _follow(runs, head)
        ):
            for run, _ in runs:
                self._accept_run(origin, run)
            return
        events = _events(runs)
        taken = [event for event in events if event.sequence <= head]
        beyond = [event for event in events if event.sequence > head]
        if taken and self._compare_held(origin, taken):
            return
        if not beyond:
            return
        if stopped:
            # Asked for again once a person has decided which history holds.
            _log.error("%d event(s) of the stopped origin %s left", len(beyond), origin)
        elif takes:
            self._accept(origin, head, beyond)
        elif back := [event for event in beyond if event.sequence <= through]:
            self._accept(origin, head, back)  # what lies behind it was never asked for
        elif own and self._restoring.drops(origin):
            _log.info("%d event(s) of the own stream %s left for now", len(beyond), origin)
        else:
            reason = (
                "the stream is this node's own" if own else "the stream comes from the other side"
            )
            self._sorted.strays += [(event.raw, event.place, reason) for event in beyond]

    def _accept_run(self, origin: UUID, run: Run) -> None:
        """Accept what is known to follow the head."""
        self._sorted.accepted += map(
            NewEvent,
            repeat(origin),
            range(run.head.sequence, run.last + 1),
            run.types,
            run.raws,
        )
        self._sorted.heads[origin] = run.last

    def _compare_held(self, origin: UUID, taken: Sequence[_Event]) -> bool:
        """Compare with what is recorded at those places; whether any of it differs."""
        stored = {
            logged.sequence: logged.raw
            for first, last in _spans({event.sequence for event in taken})
            for logged in self._log.read_stream(origin, first, last)
        }
        if len(stored) < len({event.sequence for event in taken}):
            raise LogDamagedError(f"stream {origin} has a hole before its head")
        forks = [
            self._fork(origin, event, stored[event.sequence])
            for event in taken
            if not same_leaf(stored[event.sequence], event.raw)
        ]
        self._sorted.forks += forks
        return bool(forks)

    def _fork(self, origin: UUID, event: _Event, held: bytes) -> Fork:
        return Fork(
            origin,
            event.sequence,
            digest_of(event.raw),
            event.raw,
            digest_of(held),
            event.place,
            self._at,
        )

    def _accept(self, origin: UUID, head: int, beyond: Sequence[_Event]) -> None:
        """Accept what follows the head without a hole, here or among what waits."""
        count, _ = self._waiting.get(origin, (0, 0))
        aside = _Aside(self._sync, origin, head + 1) if count else None
        here: dict[int, _Event] = {}
        forks: list[Fork] = []
        for event in beyond:
            sequence = event.sequence
            known = here.setdefault(sequence, event).raw
            if aside is not None and (waits := aside.get(sequence)) is not None:
                known = waits
            if not same_leaf(known, event.raw):
                forks.append(self._fork(origin, event, known))
        if forks:
            self._sorted.forks += forks
            return
        following = head + 1
        while True:
            found = here.pop(following, None)
            if found is not None:
                kind, raw = found.type, found.raw
            elif aside is not None and (waits := aside.get(following)) is not None:
                kind, raw = decode(waits).type, waits
            else:
                break
            self._sorted.accepted.append(NewEvent(origin, following, kind, raw))
            following += 1
        if following > head + 1:
            self._sorted.heads[origin] = following - 1
        room = max(0, MAX_WAITING - count)
        self._sorted.waiting += [
            (origin, sequence, here[sequence].raw) for sequence in sorted(here)[:room]
        ]


def _follow(runs: Sequence[Arrival], head: int) -> bool:
    """Whether these runs continue the stream one after the other, with nothing twice."""
    for run, _ in runs:
        if run.head.sequence != head + 1:
            return False
        head = run.last
    return True


def _events(runs: Sequence[Arrival]) -> list[_Event]:
    """The events of these runs, one by one."""
    return [
        _Event(sequence, kind, raw, place)
        for run, place in runs
        for sequence, (kind, raw) in enumerate(
            zip(run.types, run.raws, strict=True), start=run.head.sequence
        )
    ]


class _Aside:
    """What waits of one origin, read in pages as it is needed."""

    def __init__(self, sync: SyncState, origin: UUID, first: int) -> None:
        self._sync = sync
        self._origin = origin
        self._page: dict[int, bytes] = {}
        self._first = first
        self._read(first)

    def _read(self, first: int) -> None:
        page = self._sync.waiting_from(self._origin, first, _PAGE)
        self._page = dict(page)
        self._first = first
        self._last = page[-1][0] if len(page) == _PAGE else None
        """The last sequence this page speaks of; None: of all that follow."""

    def get(self, sequence: int) -> bytes | None:
        if sequence < self._first or (self._last is not None and sequence > self._last):
            self._read(sequence)
        return self._page.get(sequence)


def _spans(sequences: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Runs of consecutive numbers, as first and last."""
    first = last = 0
    for sequence in sorted(sequences):
        if last and sequence == last + 1:
            last = sequence
            continue
        if last:
            yield first, last
        first = last = sequence
    if last:
        yield first, last
