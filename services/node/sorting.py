"""What is to be done with events that arrived: by the sequence of their origin and nothing else.

- the next number is recorded, and what waited for it;
- a number that is held, with the same bytes: a duplicate, nothing to do;
- a number that is held or waits already, with other bytes: a fork; the evidence is kept and nothing
  more of that origin is taken, not even what came beside it, because it may continue the forgery;
- a number too far waits;
- what continues a stream that this side must not write (this node's own, or one that comes from the
  other side) is set aside.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from contracts.envelope import Envelope, decode, digest_of
from services.node.errors import LogDamagedError
from services.node.eventlog import EventLog, NewEvent
from services.node.origins import Origins
from services.node.syncstate import MAX_WAITING, Direction, Fork, SyncState

_log = logging.getLogger(__name__)
_PAGE: Final = 2_000

Arrival = tuple[Envelope, str]
"""An envelope and the place at the carrier where it was found."""


@dataclass(slots=True)
class Sorted:
    """What is to be done with the events of one poll."""

    accepted: list[NewEvent] = field(default_factory=list)
    heads: dict[UUID, int] = field(default_factory=dict)
    """The new head of each origin of which something is accepted."""
    waiting: list[tuple[UUID, int, bytes]] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    strays: list[tuple[Envelope, str, str]] = field(default_factory=list)
    """Events that this side must not write, their places, and why."""


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
    ) -> None:
        """`direction`: of the streams this side writes. `waiting`: count and first, by origin."""
        self._log = log
        self._sync = sync
        self._origins = origins
        self._direction = direction
        self._waiting = waiting
        self._at = at
        self._sorted = Sorted()

    def sort(self, events: Iterable[Arrival]) -> Sorted:
        """What to do with these events, in the order in which they arrived.

        Raises StoreUnavailableError.
        """
        by_origin: dict[UUID, list[Arrival]] = {}
        for arrival in events:
            by_origin.setdefault(arrival[0].origin, []).append(arrival)
        for origin, arrivals in by_origin.items():
            self._sort_origin(origin, arrivals)
        return self._sorted

    def _sort_origin(self, origin: UUID, arrivals: Sequence[Arrival]) -> None:
        self._origins.settle(origin, self._direction)
        state = self._origins.state(origin)
        direction = self._direction if state is None else state.direction
        own = direction == Direction.OWN
        head = self._log.head(origin) if own else self._origins.head(origin)
        taken = [arrival for arrival in arrivals if arrival[0].sequence <= head]
        beyond = [arrival for arrival in arrivals if arrival[0].sequence > head]
        if taken and self._compare_held(origin, taken):
            return
        if not beyond:
            return
        if state is not None and state.forked:
            # Asked for again once a person has decided which history holds.
            _log.error("%d event(s) of the stopped origin %s left", len(beyond), origin)
        elif direction != self._direction:
            reason = (
                "the stream is this node's own" if own else "the stream comes from the other side"
            )
            self._sorted.strays += [(envelope, place, reason) for envelope, place in beyond]
        else:
            self._accept(origin, head, beyond)

    def _compare_held(self, origin: UUID, taken: Sequence[Arrival]) -> bool:
        """Compare with what is recorded at those places; whether any of it differs."""
        stored = {
            logged.sequence: logged.raw
            for first, last in _spans({envelope.sequence for envelope, _ in taken})
            for logged in self._log.read_stream(origin, first, last)
        }
        if len(stored) < len({envelope.sequence for envelope, _ in taken}):
            raise LogDamagedError(f"stream {origin} has a hole before its head")
        forks = [
            self._fork(envelope, place, stored[envelope.sequence])
            for envelope, place in taken
            if stored[envelope.sequence] != envelope.raw
        ]
        self._sorted.forks += forks
        return bool(forks)

    def _fork(self, envelope: Envelope, place: str, held: bytes) -> Fork:
        return Fork(
            envelope.origin,
            envelope.sequence,
            envelope.digest,
            envelope.raw,
            digest_of(held),
            place,
            self._at,
        )

    def _accept(self, origin: UUID, head: int, beyond: Sequence[Arrival]) -> None:
        """Accept what follows the head without a hole, here or among what waits."""
        count, _ = self._waiting.get(origin, (0, 0))
        aside = _Aside(self._sync, origin, head + 1) if count else None
        here: dict[int, Envelope] = {}
        forks: list[Fork] = []
        for envelope, place in beyond:
            sequence = envelope.sequence
            known = here.setdefault(sequence, envelope).raw
            if aside is not None and (waits := aside.get(sequence)) is not None:
                known = waits
            if known != envelope.raw:
                forks.append(self._fork(envelope, place, known))
        if forks:
            self._sorted.forks += forks
            return
        following = head + 1
        while True:
            found = here.pop(following, None)
            if found is None and aside is not None and (raw := aside.get(following)) is not None:
                found = decode(raw)
            if found is None:
                break
            self._sorted.accepted.append(NewEvent(origin, following, found.type, found.raw))
            following += 1
        if following > head + 1:
            self._sorted.heads[origin] = following - 1
        room = max(0, MAX_WAITING - count)
        self._sorted.waiting += [
            (origin, sequence, here[sequence].raw) for sequence in sorted(here)[:room]
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
