"""The receiver: takes what a carrier brings into the log, in order within each origin.

The sequence number of an origin decides, never an offset and never a path: the next number is
recorded; one that is held with the same bytes is ignored; one that is held with other bytes is a
fork, kept as evidence, and the origin stops; one too far waits on disk while the missing range is
asked for. So the same event may come twice, by any way, and the result is the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from contracts.control import Alarms, Checkpoints, Heads, Range, Ranges
from contracts.envelope import BATCH_MEDIA_TYPE, MalformedEnvelopeError
from contracts.holdings import HoldingsAsked, HoldingsTold
from services.node.arrivals import Arrived, Reader
from services.node.carriers import Carrier, Delivery
from services.node.errors import NodeError
from services.node.eventlog import EventLog
from services.node.gaps import Gaps
from services.node.interleaving import Interleaved
from services.node.origins import Origins
from services.node.sorting import NothingRestored, Restoring
from services.node.syncstate import Direction, Quarantined, SyncState
from services.node.takingin import CarriedIn, Intake, Listeners


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
        on_recorded: Callable[[int], None],
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
        self._carrier = carrier
        self._commit_seconds = commit_seconds
        self._next_commit = 0.0
        self._uncommitted = False
        """Whether something is taken in, all of it, that the carrier has not been told of."""
        self._began = 0.0
        restoring = restoring or NothingRestored()
        self._reader = Reader(name, node, now)
        self._inbox: Interleaved | None = None
        self._gaps = Gaps(name, direction, origins, restoring, ask, retry_seconds)
        self._intake = Intake(
            name,
            topic,
            direction,
            log,
            sync,
            origins,
            self._reader,
            now,
            restoring,
            Listeners(send_again, on_recorded, show, hear, holdings, self._gaps.suspect),
        )
        self._taking = threading.Lock()
        """A replay comes from another thread than the carrier's deliveries."""

    @property
    def received(self) -> int:
        """Events recorded since the start."""
        return self._intake.recorded

    def began(self) -> float:
        """When something last came, or had been waited for long enough, by `time.monotonic`."""
        return self._began

    @property
    def damaged(self) -> frozenset[UUID]:
        """Origins whose stream the log holds with a hole, found since the start."""
        return self._intake.damaged

    def reconnect(self) -> None:
        """Let go of the inbox; the next step opens a new one, from the last commit on."""
        if self._inbox is not None:
            self._inbox.close()
            self._inbox = None
        self._intake.close()
        self._uncommitted = False
        with self._taking:
            self._intake.look_again()

    close = reconnect

    def keep(self) -> None:
        """Tell the carrier what need not come again, before it is closed; not beside `run_once`."""
        if self._inbox is not None and self._uncommitted:
            with suppress(NodeError):  # then what was polled last comes again
                self._inbox.commit()
            self._uncommitted = False

    def run_once(self, timeout: float = 0.5) -> int:
        """Take in one poll; the number of events, or of messages if that is more.

        Raises CarrierUnavailableError, StoreUnavailableError; then nothing of it was committed.
        """
        if self._inbox is None:
            self._carrier.ensure_topics([self.topic])
            self._inbox = Interleaved(self._carrier.inbox(self._node, [self.topic]))
            self._gaps.reopened()
        self._intake.load_waiting()
        inbox, taken, events = self._inbox, 0, 0
        arrives = inbox.arrives(timeout)
        self._began = time.monotonic()
        if arrives:

            def dealt() -> Iterator[Delivery]:
                nonlocal taken
                for delivery in inbox.deal():
                    taken += 1
                    yield delivery

            with self._taking:
                events = self._intake.take(self._reader.read(dealt())).arrived
            self._uncommitted = True
        # A crash before this line: what was dealt since the last time comes again and is recognised
        # as held.
        if self._uncommitted and (not taken or time.monotonic() >= self._next_commit):
            inbox.commit()
            self._uncommitted = False
            self._next_commit = time.monotonic() + self._commit_seconds
        self._gaps.look(self._intake.waiting, inbox)
        self._intake.flush_if_due()
        self._gaps.ask_for_heads()
        return max(taken, events)

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
            self._intake.load_waiting()
            strays = self._intake.take([arrived]).reasons
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
                self._intake.load_waiting()
                try:
                    taken += self._intake.take([arrived])
                except NodeError:
                    self._intake.look_again()
                    raise
        return taken
