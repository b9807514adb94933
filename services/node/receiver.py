"""The receiver: takes what a carrier brings into the log, in order within each origin.

The sequence number of an origin decides, never an offset and never a path: the next number is
recorded; one that is held with the same bytes is ignored; one that is held with other bytes is a
fork, kept as evidence, and the origin stops; one too far waits on disk while the missing range is
asked for. So the same event may come twice, by any way, and the result is the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Alarms, Checkpoints, Heads, Range, Ranges
from contracts.envelope import (
    BATCH_MEDIA_TYPE,
    Envelope,
    MalformedEnvelopeError,
    format_time,
)
from contracts.holdings import HoldingsAsked, HoldingsTold
from services.node.arrivals import SLICE_EVENTS, Arrived, Reader
from services.node.carriers import Carrier, Delivery
from services.node.errors import NodeError
from services.node.eventlog import EventLog, NewEvent, PositionTakenError
from services.node.interleaving import Interleaved
from services.node.origins import Origins, unit_of
from services.node.sorting import NothingRestored, Restoring, Sorted, Sorter
from services.node.syncstate import (
    MAX_WAITING,
    Direction,
    OriginState,
    Quarantined,
    SyncState,
)

_log = logging.getLogger(__name__)
_ATTEMPTS: Final = 5
_SEEN_SECONDS: Final = 5.0
"""How often what was seen of origins is written: the pages read it from memory."""
_ROUND: Final = 120
"""Announcing every head by and by takes so many announcements: ten minutes with usual settings."""
_PART_SECONDS: Final = 0.2
"""How long a part should take: what has just come waits for the two that are under way."""
_LEAST_PART: Final = 250
_ASK_EVENTS: Final = 5_000
"""How much is asked for at once; the next part is asked for when it has come."""


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
class _Underway:
    """A part of a poll whose events are being appended."""

    arrived: Arrived
    todo: Sorted
    at: str
    appended: Future[Sequence[int]]


@dataclass(slots=True)
class _Watch:
    """An origin that may miss something: since when it has not moved, and what was asked for."""

    at: float
    head: int
    asked: int = 0
    """Asked for through this sequence; 0 if not yet."""


class Receiver:
    """Receives from one topic: the children's inbox, or the parent's outbox. Used by one thread.

    A crash at any step loses nothing: offsets are committed after everything a poll brought is
    durable in the log or kept aside, and what is delivered again is recognised.
    """

    def __init__(
        self,
        name: str,
        node: str,
        topic: str,
        direction: Direction,
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        carrier: Carrier,
        now: Callable[[], datetime],
        *,
        ask: Callable[[Sequence[Range]], None],
        send_again: Callable[[Sequence[Ranges]], None],
        on_recorded: Callable[[], None],
        retry_seconds: float,
        commit_seconds: float = 0.0,
        show: Callable[[Checkpoints | Alarms, Direction], None] = lambda _message, _direction: None,
        hear: Callable[[Heads, str], None] = lambda _message, _at: None,
        holdings: Callable[[HoldingsAsked | HoldingsTold], None] = lambda _message: None,
        restoring: Restoring | None = None,
    ) -> None:
        """`ask` sends a range request the other way, one without ranges for the heads;
        `send_again` serves those that arrived here; `show` is given checkpoints and
        alarms that arrived, `hear` announcements and the time, `holdings` questions about holdings
        and answers, these before the events beside them. `restoring`: what comes back after a loss.

        `commit_seconds`: while one small poll follows another, how often the carrier is told what
        need not come again. After a crash so much more comes again, and is recognised."""
        self.name = name
        self._node = node
        self.topic = topic
        self._direction = direction
        self._log = log
        self._sync = sync
        self._origins = origins
        self._carrier = carrier
        self._now = now
        self._ask = ask
        self._send_again = send_again
        self._on_recorded = on_recorded
        self._retry_seconds = retry_seconds
        self._show = show
        self._hear = hear
        self._commit_seconds = commit_seconds
        self._next_commit = 0.0
        self._uncommitted = False
        """Whether something is taken in, all of it, that the carrier has not been told of."""
        self._holdings = holdings
        self._restoring = restoring or NothingRestored()
        self._reader = Reader(name, node, now)
        self._inbox: Interleaved | None = None
        self._appender: ThreadPoolExecutor | None = None
        """Appends one part of a poll while the next is read."""
        self._taking = threading.Lock()
        """A replay comes from another thread than the carrier's deliveries."""
        self._waiting: dict[UUID, tuple[int, int]] | None = None
        """Of each origin with events waiting: how many, and the first of them."""
        self._watched: dict[UUID, _Watch] = {}
        self._suspects: set[UUID] | None = None
        """Origins that may miss something: the only ones that are looked at regularly."""
        self._next_question = 0.0
        self._question_pause = retry_seconds
        """When, and how long after that again, the other side is asked for its heads."""
        self._next_look = 0.0
        self._next_flush = 0.0
        self.received = 0
        """Events recorded since the start."""
        self.damaged: frozenset[UUID] = frozenset()
        """Origins whose stream the log holds with a hole, found since the start."""

    def reconnect(self) -> None:
        """Let go of the inbox; the next step opens a new one, from the last commit on."""
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None
        if self._appender is not None:
            self._appender.shutdown()
            self._appender = None
        self._uncommitted = False
        with self._taking:
            self._look_again()

    close = reconnect

    def keep(self) -> None:
        """Tell the carrier what need not come again, before it is closed; not beside `run_once`."""
        if self._inbox is not None and self._uncommitted:
            with suppress(NodeError):  # then what was polled last comes again
                self._inbox.commit()
            self._uncommitted = False

    def _look_again(self) -> None:
        """A write whose answer was lost may have happened: read heads and waiting events again."""
        self._origins.forget_heads()
        self._waiting = None

    def run_once(self, timeout: float = 0.5) -> int:
        """Take in one poll; the number of events, or of messages if that is more.

        Raises CarrierUnavailableError, StoreUnavailableError; then nothing of it was committed.
        """
        if self._inbox is None:
            self._carrier.ensure_topics([self.topic])
            self._inbox = Interleaved(self._carrier.inbox(self._node, [self.topic]))
            # Perhaps another topic than before, and what was announced on that one is gone.
            self._next_question, self._question_pause = 0.0, self._retry_seconds
        self._load_waiting()
        inbox, taken, events = self._inbox, 0, 0
        if inbox.arrives(timeout):

            def dealt() -> Iterator[Delivery]:
                nonlocal taken
                for delivery in inbox.deal():
                    taken += 1
                    yield delivery

            with self._taking:
                events = self._take(self._reader.read(dealt())).arrived
            self._uncommitted = True
        # A crash before this line: what was dealt since the last time comes again and is recognised
        # as held.
        if self._uncommitted and (not taken or time.monotonic() >= self._next_commit):
            inbox.commit()
            self._uncommitted = False
            self._next_commit = time.monotonic() + self._commit_seconds
        self._look_for_gaps()
        self._ask_for_heads()
        return max(taken, events)

    def _load_waiting(self) -> None:
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

    # -- taking in

    def replay(self, item: Quarantined) -> str | None:
        """Take in quarantined bytes again; None if they were readable, else the reason why not.

        The bytes of one element are taken as a batch of one.
        """
        value = item.raw
        if value[:1] != b"[" and item.content_type.startswith(BATCH_MEDIA_TYPE):
            value = b"[" + value + b"]"
        delivery = Delivery(item.topic, "", value, item.content_type, item.place)
        arrived = Arrived()
        try:
            self._reader.read_one(delivery, arrived)
        except MalformedEnvelopeError as error:
            return str(error)
        if arrived.unreadable:
            return arrived.unreadable[0].reason
        with self._taking:
            self._load_waiting()
            strays = self._take([arrived]).reasons
        return strays[0] if strays else None

    def carry_in(self, deliveries: Sequence[Delivery]) -> CarriedIn:
        """Take in what a person brought, beside what the carrier delivers; all of it is durable
        when this returns. For any thread.

        Raises StoreUnavailableError; then some of it may have been taken in, and taking it in
        again is right.
        """
        taken = CarriedIn()
        for arrived in self._reader.read(deliveries):
            arrived.last = True  # appended at once: the thread beside belongs to the carrier
            with self._taking:
                self._load_waiting()
                try:
                    taken += self._take([arrived])
                except NodeError:
                    self._look_again()
                    raise
        return taken

    def _take(self, parts: Iterable[Arrived]) -> CarriedIn:
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
            self._holdings(told)
        todo = self._sort(arrived, at)
        return _Underway(arrived, todo, at, self._append(todo.accepted, beside=not arrived.last))

    def _sort(self, arrived: Arrived, at: str) -> Sorted:
        first = {run.head.origin: run.head for run, _ in reversed(arrived.runs)}
        self._origins.learn_heads(first)
        self._register(first)
        waiting = self._waiting or {}
        sorter = Sorter(
            self._log, self._sync, self._origins, self._direction, waiting, at, self._restoring
        )
        return sorter.sort(arrived.runs)

    def _append(self, events: Sequence[NewEvent], *, beside: bool) -> Future[Sequence[int]]:
        """Append, in a thread of its own if there is something to do beside it."""
        if beside and events:
            if self._appender is None:
                self._appender = ThreadPoolExecutor(1, f"{self.name}-append")
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
            self._hear(heads, at)
        self._flush()
        if arrived.ranges:
            self._send_again(arrived.ranges)
        for shown in arrived.shown:
            self._show(shown, self._direction)
        for asked in arrived.asked:
            self._holdings(asked)
        if todo.accepted:
            self.received += len(todo.accepted)
            self._on_recorded()
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
                    "%s: FORK: origin %s has two histories; it is stopped", self.name, origin
                )
                self._origins.mark_forked(origin)
        self.damaged |= frozenset(todo.damaged)
        recorded = [origin for origin in todo.heads if origin in (self._waiting or {})]
        for origin in recorded:
            self._sync.drop_waiting(origin, todo.heads[origin])
        self._sync.add_waiting(todo.waiting)
        for origin, _, _ in todo.waiting:
            self._suspect(origin)
        if recorded or todo.waiting:
            self._waiting = dict(self._sync.waiting_counts())

    def _stray(self, raw: bytes, place: str, reason: str) -> Quarantined:
        delivery = Delivery(self.topic, "", b"", BATCH_MEDIA_TYPE, place)
        return self._reader.quarantined(delivery, raw, reason)

    def _suspect(self, origin: UUID) -> None:
        if self._suspects is not None:
            self._suspects.add(origin)

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
                self._suspect(origin)

    def _flush(self) -> None:
        now = time.monotonic()
        if now >= self._next_flush:
            self._origins.flush()
            self._next_flush = now + _SEEN_SECONDS

    # -- what is missing

    def _ask_for_heads(self) -> None:
        """Once the topic is open, and again more and more rarely: the answer, or the question, may
        have been lost with a topic. A sender tells everything by itself in about the longest pause.
        """
        now = time.monotonic()
        if now >= self._next_question:
            self._ask([])
            self._next_question = now + self._question_pause
            self._question_pause = min(self._question_pause * 2, _ROUND * self._retry_seconds)

    def _look_for_gaps(self) -> None:
        """Ask for what is missing: at once before a gap, after a while behind an announced head.

        Events that follow an announcement may simply be on their way.
        """
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + min(0.5, self._retry_seconds / 4)
        if self._suspects is None:
            self._suspects = {
                state.origin
                for state in self._origins.states()
                if state.announced > self._origins.head(state.origin)
            } | set(self._waiting or {})
        self._suspects.update(self._restoring.wanted())
        missing = [r for origin in list(self._suspects) if (r := self._missing(origin, now))]
        if missing:
            _log.info("%s: asks for %d missing range(s)", self.name, len(missing))
            self._ask(missing)
        self._flush()

    def _missing(self, origin: UUID, now: float) -> Range | None:
        """What to ask for of an origin now; None if nothing is missing or it was just asked for."""
        state = self._origins.state(origin)
        head = self._origins.head(origin)
        waiting = (self._waiting or {}).get(origin)
        if (
            state is None
            or state.forked
            or not (state.direction == self._direction or self._restoring.restores(origin))
            or (waiting is None and state.announced <= head)
        ):
            self._watched.pop(origin, None)
            if self._suspects is not None:
                self._suspects.discard(origin)
            return None
        if self._inbox is not None and str(origin) in self._inbox:
            self._watched[origin] = _Watch(now, head)  # it has come, and waits for its turn
            return None
        if not self._is_due(origin, head, now, gap=waiting is not None):
            return None
        if waiting is not None and waiting[0] < MAX_WAITING:
            last = max(waiting[1] - 1, head + 1)
        else:
            last = max(state.announced, head + 1)
        watch = self._watched[origin]
        watch.at, watch.head, watch.asked = now, head, min(last, head + _ASK_EVENTS)
        return Range(origin, head + 1, watch.asked)

    def _is_due(self, origin: UUID, head: int, now: float, *, gap: bool) -> bool:
        """Whether to ask now: at once before a gap, and when what was asked for has come; else only
        after nothing of the origin has moved for a while, because it may simply be on its way."""
        watch = self._watched.get(origin)
        if watch is None:
            self._watched[origin] = _Watch(now, head)
            return gap or self._restoring.restores(origin) > head
        if watch.asked and head >= watch.asked:
            return True
        if head != watch.head:
            watch.at, watch.head = now, head
            return False
        return now - watch.at >= self._retry_seconds
