"""Taking in: what was read becomes durable, part after part, and is then told to whom it concerns.

A part is sorted, appended in one transaction, and only then noted: heads, what waits, what is
evidence. Each part is appended while the next is read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Alarms, Checkpoints, Heads, Ranges
from contracts.envelope import BATCH_MEDIA_TYPE, Envelope, format_time
from contracts.holdings import HoldingsAsked, HoldingsTold
from services.node.arrivals import SLICE_EVENTS, Arrived, Reader
from services.node.carriers import Delivery
from services.node.eventlog import EventLog, NewEvent, PositionTakenError
from services.node.origins import Origins, unit_of
from services.node.sorting import Restoring, Sorted, Sorter
from services.node.syncstate import Direction, OriginState, Quarantined, SyncState

_log = logging.getLogger(__name__)
_ATTEMPTS: Final = 5
_SEEN_SECONDS: Final = 5.0
"""How often what was seen of origins is written: the pages read it from memory."""
_PART_SECONDS: Final = 0.2
"""How long a part should take: what has just come waits for the two that are under way."""
_LEAST_PART: Final = 250


@dataclass(frozen=True, slots=True)
class CarriedIn:
    """What became of what arrived."""

    arrived: int = 0
    """Events."""
    recorded: int = 0
    """Of these and of what had waited for them."""
    waiting: int = 0
    """Kept aside now because an earlier one is missing."""
    forked: frozenset[UUID] = frozenset()
    """Origins that contradicted themselves."""
    damaged: frozenset[UUID] = frozenset()
    """Origins whose stream the log itself holds with a hole."""
    reasons: tuple[str, ...] = ()
    """Why each event was set aside that must not be written here."""

    def __add__(self, other: CarriedIn) -> CarriedIn:
        return CarriedIn(
            self.arrived + other.arrived,
            self.recorded + other.recorded,
            self.waiting + other.waiting,
            self.forked | other.forked,
            self.damaged | other.damaged,
            self.reasons + other.reasons,
        )


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told of what arrived, once the part that it came with is durable."""

    send_again: Callable[[Sequence[Ranges]], None]
    """Serves requests for ranges."""
    on_recorded: Callable[[int], None]
    """How many events."""
    show: Callable[[Checkpoints | Alarms, Direction], None]
    hear: Callable[[Heads, str], None]
    """Announcements, and when they came."""
    holdings: Callable[[HoldingsAsked | HoldingsTold], None]
    """Questions about holdings; answers to them before the events beside them."""
    suspect: Callable[[UUID], None]
    """An origin may miss something."""


@dataclass(frozen=True, slots=True)
class _Underway:
    """A part of a poll whose events are being appended."""

    arrived: Arrived
    todo: Sorted
    at: str
    appended: Future[Sequence[int]]


class Intake:
    """Takes in what one receiver was brought. Used by one thread at a time.

    A crash at any step loses nothing: whoever brought it hears that it is taken in only after all
    of it is durable in the log or kept aside, and what is brought again is recognised.
    """

    def __init__(
        self,
        name: str,
        topic: str,
        direction: Direction,
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        reader: Reader,
        now: Callable[[], datetime],
        restoring: Restoring,
        listeners: Listeners,
    ) -> None:
        """`restoring`: what comes back after a loss."""
        self._name = name
        self._topic = topic
        self._direction = direction
        self._log = log
        self._sync = sync
        self._origins = origins
        self._reader = reader
        self._now = now
        self._restoring = restoring
        self._listeners = listeners
        self._appender: ThreadPoolExecutor | None = None
        """Appends one part of a poll while the next is read."""
        self._waiting: dict[UUID, tuple[int, int]] | None = None
        self._next_flush = 0.0
        self.recorded = 0
        """Events recorded since the start."""
        self.damaged: frozenset[UUID] = frozenset()
        """Origins whose stream the log holds with a hole, found since the start."""

    @property
    def waiting(self) -> Mapping[UUID, tuple[int, int]]:
        """Of each origin with events waiting: how many, and the first of them."""
        return self._waiting or {}

    def close(self) -> None:
        """Let go of the thread that appends."""
        if self._appender is not None:
            self._appender.shutdown()
            self._appender = None

    def look_again(self) -> None:
        """A write whose answer was lost may have happened: read heads and waiting events again."""
        self._origins.forget_heads()
        self._waiting = None

    def load_waiting(self) -> None:
        """Read what waits, after a start or a failure; forget what is recorded by now.

        A crash between recording events that waited and forgetting them leaves them in both places.
        """
        if self._waiting is not None:
            return
        waiting = dict(self._sync.waiting_counts())
        self._origins.learn_heads(waiting)
        for origin, (_, first) in waiting.items():
            head = self._origins.head(origin)
            if first <= head:
                self._sync.drop_waiting(origin, head)
        self._waiting = dict(self._sync.waiting_counts())

    def flush_if_due(self) -> None:
        """Write what was seen of origins, every few seconds."""
        now = time.monotonic()
        if now >= self._next_flush:
            self._origins.flush()
            self._next_flush = now + _SEEN_SECONDS

    def take(self, parts: Iterable[Arrived]) -> CarriedIn:
        """Take in what arrived; what became of it.

        Each part is appended while the next is read. A crash in the middle leaves whole parts in
        the log; all of them come again and are recognised.
        """
        taken = CarriedIn()
        underway: _Underway | None = None
        started = time.monotonic(), 0
        try:
            for arrived in parts:
                if underway is not None:
                    ending, underway = underway, None
                    taken += self._finish(ending)
                    started = self._paced(started, taken.arrived)
                underway = self._begin(arrived)
            if underway is not None:
                ending, underway = underway, None
                taken += self._finish(ending)
        finally:
            if underway is not None:  # reading or beginning failed: leave nothing running
                wait_for([underway.appended])
        return taken

    def _paced(self, started: tuple[float, int], arrived: int) -> tuple[float, int]:
        """Fit the size of parts to the machine, given when the last one ended and how many events
        had been taken in by then; the same for the next."""
        now = time.monotonic()
        events, seconds = arrived - started[1], now - started[0]
        if events and seconds > _PART_SECONDS:
            fitting = int(events * _PART_SECONDS / seconds)
            self._reader.slice_events = max(_LEAST_PART, fitting)
        elif events >= self._reader.slice_events:
            self._reader.slice_events = min(2 * self._reader.slice_events, SLICE_EVENTS)
        return now, arrived

    def _begin(self, arrived: Arrived) -> _Underway:
        """Decide about a part of a poll and start to append it."""
        at = format_time(self._now())
        if arrived.unreadable:
            self._sync.quarantine(arrived.unreadable)
        for told in arrived.told:
            self._listeners.holdings(told)
        todo = self._sort(arrived, at)
        return _Underway(arrived, todo, at, self._append(todo.accepted, beside=not arrived.last))

    def _sort(self, arrived: Arrived, at: str) -> Sorted:
        first = {run.head.origin: run.head for run, _ in reversed(arrived.runs)}
        self._origins.learn_heads(first)
        self._register(first)
        sorter = Sorter(
            self._log,
            self._sync,
            self._origins,
            self._direction,
            self.waiting,
            at,
            self._restoring,
        )
        return sorter.sort(arrived.runs)

    def _append(self, events: Sequence[NewEvent], *, beside: bool) -> Future[Sequence[int]]:
        """Append, in a thread of its own if there is something to do beside it."""
        if beside and events:
            if self._appender is None:
                self._appender = ThreadPoolExecutor(1, f"{self._name}-append")
            return self._appender.submit(self._log.append, events)
        done: Future[Sequence[int]] = Future()
        try:
            done.set_result(self._log.append(events))
        except PositionTakenError as error:
            done.set_exception(error)
        return done

    def _finish(self, underway: _Underway) -> CarriedIn:
        """Wait for the append and note what it leaves to note."""
        arrived, todo, at = underway.arrived, underway.todo, underway.at
        appended = underway.appended
        for _ in range(_ATTEMPTS):
            try:
                appended.result()
                break
            except PositionTakenError:
                # Somebody else recorded some of it, or our own append had happened although its
                # answer was lost. Look again: what is held is recognised.
                self._origins.forget_heads()
                todo = self._sort(arrived, at)
                appended = self._append(todo.accepted, beside=False)
        else:
            appended.result()
        self._origins.advance(todo.heads)
        self._keep_aside(todo)
        for origin in {run.head.origin for run, _ in arrived.runs}:
            self._origins.seen(origin, at)
        for heads in arrived.heads:
            self._note_heads(heads, at)
            self._listeners.hear(heads, at)
        self.flush_if_due()
        if arrived.ranges:
            self._listeners.send_again(arrived.ranges)
        for shown in arrived.shown:
            self._listeners.show(shown, self._direction)
        for asked in arrived.asked:
            self._listeners.holdings(asked)
        if todo.accepted:
            self.recorded += len(todo.accepted)
            self._listeners.on_recorded(len(todo.accepted))
        return CarriedIn(
            arrived=sum(len(run.raws) for run, _ in arrived.runs),
            recorded=len(todo.accepted),
            waiting=len(todo.waiting),
            forked=frozenset(fork.origin for fork in todo.forks),
            damaged=frozenset(todo.damaged),
            reasons=tuple(reason for _, _, reason in todo.strays),
        )

    def _register(self, first: Mapping[UUID, Envelope]) -> None:
        """Make the origins that arrived known, each from one of its events."""
        new: list[OriginState] = []
        for origin, envelope in first.items():
            state = self._origins.met(origin, envelope)
            if state is None or not state.unit_id:
                unit_id = unit_of(envelope)
                new.append(
                    OriginState(
                        origin,
                        self._origins.direction_of(envelope, self._direction)
                        if state is None
                        else state.direction,
                        unit_id,
                        0 if state is None else state.announced,
                        "",
                        False,
                    )
                )
        self._origins.register(new)

    def _keep_aside(self, todo: Sorted) -> None:
        """Write what waits and what is evidence, and forget what waited and is recorded now.

        A crash before it: nothing was committed, so all of it is delivered again.
        """
        if todo.strays:
            self._sync.quarantine([self._stray(*stray) for stray in todo.strays])
        if todo.forks:
            self._sync.save_forks(todo.forks)
            for origin in {fork.origin for fork in todo.forks}:
                _log.critical(
                    "%s: FORK: origin %s has two histories; it is stopped", self._name, origin
                )
                self._origins.mark_forked(origin)
        self.damaged |= frozenset(todo.damaged)
        recorded = [origin for origin in todo.heads if origin in self.waiting]
        for origin in recorded:
            self._sync.drop_waiting(origin, todo.heads[origin])
        self._sync.add_waiting(todo.waiting)
        for origin, _, _ in todo.waiting:
            self._listeners.suspect(origin)
        if recorded or todo.waiting:
            self._waiting = dict(self._sync.waiting_counts())

    def _stray(self, raw: bytes, place: str, reason: str) -> Quarantined:
        delivery = Delivery(self._topic, "", b"", BATCH_MEDIA_TYPE, place)
        return self._reader.quarantined(delivery, raw, reason)

    def _note_heads(self, message: Heads, at: str) -> None:
        # Announced before any of it arrived: kept, so that a missing first event is asked for like
        # any other. All in one transaction: a parent may announce ten thousand.
        self._origins.learn_heads(message.heads)
        self._origins.register(
            [
                OriginState(origin, self._direction, "", head, at, False)
                for origin, head in message.heads.items()
                if head >= 1 and self._origins.met(origin) is None
            ]
        )
        for origin, head in message.heads.items():
            if self._origins.met(origin) is None:
                continue
            self._origins.seen(origin, at, head)
            if head > self._origins.head(origin):
                self._listeners.suspect(origin)
