"""Which origins this node holds, from where, and how far: kept in memory, checked against the log.

The log is the truth. The table of origins is written before an origin's first event, so whoever
reads the log knows every direction; if the table is lost, it is worked out again from the events.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from contracts.envelope import Envelope, decode
from services.node.errors import StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.syncstate import Direction, OriginState, SyncState

Infer = Callable[[Envelope], Direction]
"""Says where an origin's events come from, given one of them."""

_FLUSH: Final = 500
_MANY: Final = 8
"""For fewer unknown heads than this the log is asked one by one: all at once reads its index."""


class Origins:
    """Directions, heads and what was announced, of every origin. Thread-safe."""

    def __init__(self, log: EventLog, sync: SyncState, infer: Infer) -> None:
        self._log = log
        self._sync = sync
        self._infer = infer
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        """Held from reading a state in memory until it is written, so that no older state is
        written over a newer one."""
        self._states: dict[UUID, OriginState] = {}
        self._heads: dict[UUID, int] = {}
        self._complete = False
        """Whether every origin that the log held is among them; an origin that is not has none."""
        self._dirty: set[UUID] = set()
        self._inferred: set[UUID] = set()
        """Origins whose direction was worked out from their events."""

    def start(self) -> None:
        """Read what is known. Raises StoreUnavailableError."""
        states = dict(self._sync.origins())
        with self._lock:
            self._states = states
            self._heads.clear()
            self._complete = False
            self._dirty.clear()

    def directions(self, origins: Iterable[UUID]) -> Mapping[UUID, Direction | None]:
        """Where each origin's events come from; None for one that this node does not hold.

        Raises StoreUnavailableError.
        """
        return {
            origin: None if (state := self.state(origin)) is None else state.direction
            for origin in set(origins)
        }

    def state(self, origin: UUID) -> OriginState | None:
        """What is known of an origin; None if this node holds nothing of it."""
        with self._lock:
            state = self._states.get(origin)
        if state is None:
            first = self._log.read_stream(origin, 1, 1)
            if first:
                # Held, but the table does not know it: its own recorder has just met it, or the
                # table was lost.
                envelope = decode(first[0].raw)
                state = OriginState(
                    origin,
                    self._infer(envelope),
                    unit_of(envelope),
                    0,
                    "",
                    False,
                )
                with self._lock:
                    # Not written: who brings its next event knows better, see `settle`.
                    state = self._states.setdefault(origin, state)
                    self._inferred.add(origin)
        return state

    def met(self, origin: UUID, example: Envelope | None = None) -> OriginState | None:
        """As `state`, for an origin that somebody else wrote of, without asking the log if its
        heads are known: a node that starts meets ten thousand.

        `example`: an event of it. One that may be this node's own is looked up all the same,
        because its recorder, perhaps in another process, may have met it after the heads were read.
        """
        with self._lock:
            state = self._states.get(origin)
            new = self._complete and origin not in self._heads
        if state is not None:
            return state
        if new and (example is None or self._infer(example) != Direction.OWN):
            return None
        return self.state(origin)

    def direction_of(self, example: Envelope, side: Direction) -> Direction:
        """Where an origin that is new here belongs, given one of its events and the side that
        brought it: this node's own may come back from above."""
        return Direction.OWN if self._infer(example) == Direction.OWN else side

    def learn_heads(self, origins: Iterable[UUID]) -> None:
        """Read the heads of these together if many are not known. Raises StoreUnavailableError."""
        with self._lock:
            if self._complete or sum(origin not in self._heads for origin in origins) < _MANY:
                return
        heads = self._log.heads()
        with self._lock:
            for origin, head in heads.items():
                self._heads[origin] = max(head, self._heads.get(origin, 0))
            self._complete = True

    def states(self) -> Collection[OriginState]:
        """Everything known, of every origin."""
        with self._lock:
            return list(self._states.values())

    def register(self, states: Iterable[OriginState]) -> None:
        """Make new origins known, durably, before their first event is recorded; also the unit of
        an origin that was only announced so far.

        A crash right after it leaves an origin without events, which is harmless.
        """
        states = list(states)
        with self._lock:
            if all(_adds_nothing(self._states.get(state.origin), state) for state in states):
                return
        with self._saving:
            with self._lock:
                new = [
                    state
                    if (known := self._states.get(state.origin)) is None
                    else replace(known, unit_id=state.unit_id)
                    for state in states
                    if not _adds_nothing(self._states.get(state.origin), state)
                ]
            self._sync.save_origins(new)
            with self._lock:
                self._states.update((state.origin, state) for state in new)

    def seen(self, origin: UUID, at: str, announced: int = 0) -> None:
        """Something of it arrived, or its head was announced. Written by the next `flush`."""
        with self._lock:
            state = self._states.get(origin)
            if state is not None:
                self._states[origin] = replace(
                    state, last_seen=at, announced=max(state.announced, announced)
                )
                self._dirty.add(origin)

    def mark_forked(self, origin: UUID) -> None:
        """Stop an origin, durably."""
        with self._saving:
            with self._lock:
                state = replace(self._states[origin], forked=True)
            # Written first: if that fails, the fork is found again with the next delivery.
            self._sync.save_origins([state])
            with self._lock:
                self._states[origin] = replace(self._states[origin], forked=True)

    def let_go_on(self, origin: UUID) -> None:
        """A person decided that a stopped origin goes on; durably."""
        with self._saving:
            with self._lock:
                state = replace(self._states[origin], forked=False)
            self._sync.save_origins([state])
            with self._lock:
                self._states[origin] = replace(self._states[origin], forked=False)

    def flush(self) -> None:
        """Write what `seen` noted: a crash before it loses only when something was last seen."""
        with self._saving:
            with self._lock:
                changed = [self._states[origin] for origin in self._dirty]
                self._dirty.clear()
            try:
                for start in range(0, len(changed), _FLUSH):
                    self._sync.save_origins(changed[start : start + _FLUSH])
            except StoreUnavailableError:
                with self._lock:
                    self._dirty.update(state.origin for state in changed)
                raise

    def settle(self, origin: UUID, direction: Direction) -> None:
        """An event of it came from that side: this corrects a direction that was worked out."""
        with self._lock:
            if origin in self._inferred:
                self._inferred.discard(origin)
                if self._states[origin].direction != Direction.OWN:
                    self._states[origin] = replace(self._states[origin], direction=direction)
                self._dirty.add(origin)

    def head(self, origin: UUID) -> int:
        """The last sequence held of an origin whose events arrive here; 0 if none."""
        with self._lock:
            head = self._heads.get(origin)
            if head is None and self._complete:
                return 0
        if head is None:
            head = self._log.head(origin)
            with self._lock:
                head = max(head, self._heads.get(origin, 0))
                self._heads[origin] = head
        return head

    def heads(self) -> Mapping[UUID, int]:
        """The head of every origin, own ones read from the log. For a status page."""
        states = self.states()
        self.learn_heads([state.origin for state in states if state.direction != Direction.OWN])
        return {
            state.origin: self._log.head(state.origin)
            if state.direction == Direction.OWN
            else self.head(state.origin)
            for state in states
        }

    def advance(self, heads: Mapping[UUID, int]) -> None:
        """These heads are recorded."""
        with self._lock:
            for origin, head in heads.items():
                self._heads[origin] = max(head, self._heads.get(origin, 0))

    def forget_heads(self) -> None:
        """Read the heads from the log again: something else may have written."""
        with self._lock:
            self._heads.clear()
            self._complete = False

    def of(self, directions: Collection[Direction]) -> list[UUID]:
        """The origins of some directions."""
        with self._lock:
            return [s.origin for s in self._states.values() if s.direction in directions]


def unit_of(envelope: Envelope) -> str:
    """The unit an event belongs to; "" if it names none in the usual form."""
    unit_id = envelope.data.get("unit_id")
    fits = isinstance(unit_id, str) and len(unit_id) == 36 and unit_id.isascii()
    return unit_id if isinstance(unit_id, str) and fits and "\x00" not in unit_id else ""


def _adds_nothing(known: OriginState | None, new: OriginState) -> bool:
    """Whether an origin is known already, and so is its unit or none is told."""
    return known is not None and (bool(known.unit_id) or not new.unit_id)
