"""Stage `ledger`: what trees and checkpoints cost where events are received, in processor time.

The real receiver, from the broker into a fresh store, three times: alone; with trees that grow and
are kept; and with all that a node does with a ledger: every checkpoint from below is checked,
compared with the tree, cosigned, kept, and encoded to go up and down. Processor time is that of
this process, all threads included, and of the database server; the broker's is the same for all.
Checkpoints stand at two densities: one at the end of each of 310 streams, and one for every
thousand events of a stream, which is the default setting where a stream brings so many.

Beside it `antq verify` over the same log, and plain SHA-256 of the same bytes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Final
from uuid import uuid4

from bench.happenings import Recorded, Recorder
from bench.load import meetings, recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.processor import Stopwatch
from bench.sealed import SEAL_EVENTS, Sealed, forwarded_with, messages, sealed
from bench.stores import Store, Where, fill
from bench.topics import Opened, Topic, TopicError, open_carrier
from contracts.control import Alarms, Checkpoints
from domain.forks import ForkBook
from infra.backing import KafkaBacking
from services.node.database import Database
from services.node.eventlog import EventLog, open_log
from services.node.ledger.keys import COSIGNATURE, ED25519, SigningKey
from services.node.ledger.names import node_name
from services.node.notary import Known, Notary, Pace
from services.node.notary.keyring import Keyring
from services.node.notary.trust import is_signature
from services.node.origins import Origins
from services.node.receiver import Receiver
from services.node.syncstate import Direction, SyncState
from services.node.trees import CheckpointStore, GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.patrol import Patrol
from services.node.trees.verifying import Verification
from services.node.worker import Worker

PROCESSOR: Final = "processor µs an event"
TREES: Final = "trees %"
CHECKPOINTS: Final = "checkpoints %"
"""Shares of what receiving takes with everything, in the same turn."""
_PATIENCE_SECONDS: Final = 60.0
_STEP_SECONDS: Final = 0.5
"""How long the ledger's worker gathers between two steps, as in a node."""
_LOOK_SECONDS: Final = 0.05
_NODE: Final = "bench"
_DAY: Final = date(2015, 1, 1)


class Kept(Enum):
    """How much of the ledger is kept, the least first."""

    NOTHING = "receive alone"
    TREES = "receive, with trees"
    ALL = "receive, with trees, checkpoints and cosignatures"


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """Receiving without, with a part and with all of it, at two densities; then verifying."""
    load = recorded(events)
    for part in (load, _of_few_streams(events)):
        below = sealed(part)
        topic = forwarded_with(broker, part, below.notes)
        try:
            yield Case(
                "ledger", _title(part, below), store.name, _turn(store, broker, topic, below)
            )
        finally:
            broker.delete_topic(topic.name)
    yield Case("ledger", "verify a log", store.name, [_verifying(store, load), hashing(load)])


def _of_few_streams(events: int) -> list[Recorded]:
    """Meetings of so few communes that each stream brings what a seal waits for."""
    streams = max(events // SEAL_EVENTS, 1)
    return meetings([number % streams for number in range(events)], Recorder(), _DAY)


def _title(load: Sequence[Recorded], below: Sealed) -> str:
    checkpoints = len(below.notes)
    return (
        f"receive {len(load):,} events and {checkpoints:,} checkpoints,"
        f" one for {len(load) / checkpoints:,.0f} events of a stream"
    )


def _turn(store: Store, broker: KafkaBacking, topic: Topic, below: Sealed) -> list[Contender]:
    """The three ways, the one with everything last: it tells what the others left over."""
    taken: dict[Kept, float] = {}

    def receiving(kept: Kept) -> Contender:
        def run() -> Sample:
            # Signatures that were found right are remembered; here they are those of another run.
            is_signature.cache_clear()
            with (
                store.fresh() as where,
                closing(_Station(where, broker, topic, below, kept)) as station,
            ):
                wall, processor = _timed(where, station.work)
                station.check()
            taken[kept] = processor / topic.events * 1e6
            return Sample(topic.events, wall, {PROCESSOR: taken[kept], **shares(kept)})

        return Contender(Role.NODE if kept is Kept.ALL else Role.PART, kept.value, run)

    def shares(kept: Kept) -> Mapping[str, float]:
        if kept is not Kept.ALL or len(taken) < len(Kept):
            return {}
        alone, trees, everything = (taken[one] for one in Kept)
        return {
            TREES: 100 * (trees - alone) / everything,
            CHECKPOINTS: 100 * (everything - trees) / everything,
        }

    return [receiving(kept) for kept in Kept]


class _Station:
    """A node's receiving side, as much of it as is measured."""

    def __init__(
        self, where: Where, broker: KafkaBacking, topic: Topic, below: Sealed, kept: Kept
    ) -> None:
        self._topic = topic
        self._goal = len(below.notes) if kept is Kept.ALL else 0
        self._shown = 0
        self._plain, self._database = open_log(where.log_url), Database(where.state_url)
        sync = SyncState(self._database)
        sync.create_tables()
        create_ledger_tables(self._database)
        self._trees = Trees(self._plain, TreeStore(self._database))
        grown = GrowingLog(self._plain, self._trees)
        log: EventLog = self._plain if kept is Kept.NOTHING else grown
        origins = Origins(log, sync, lambda _: Direction.BELOW)
        self._notary: Notary | None = None
        step = self._flush
        if kept is Kept.ALL:
            self._notary = _notary(grown, self._trees, self._database, sync, origins, below)
            step = self._notary.run_once
        self._worker = Worker("ledger", step, idle_seconds=0.5, gather_seconds=_STEP_SECONDS)
        group = f"bench-{uuid4().hex[:8]}"
        self._carrier = Opened(open_carrier(broker), group, topic.name)
        self._receiver = Receiver(
            _NODE,
            group,
            topic.name,
            Direction.BELOW,
            log,
            sync,
            origins,
            self._carrier,
            lambda: datetime.now(UTC),
            ask=lambda _: None,
            send_again=lambda _: None,
            on_recorded=lambda _: None,
            retry_seconds=3_600.0,
            show=self._show,
        )

    def work(self) -> None:
        """Receive everything, and vouch for it. Raises TopicError if it does not come."""
        self._worker.start()
        heard = time.monotonic()
        try:
            while not self._is_done():
                before = self._progress()
                if self._has_received():
                    time.sleep(_LOOK_SECONDS)  # polling for nothing is none of the ledger's work
                else:
                    self._receiver.run_once(timeout=0.05)
                self._hand_on()
                if self._progress() != before:
                    heard = time.monotonic()
                if time.monotonic() - heard > _PATIENCE_SECONDS:
                    raise TopicError(f"only {self._receiver.received} events came")
        finally:
            self._worker.stop()
        self._trees.flush()

    def check(self) -> None:
        """Raise RuntimeError unless every stream was vouched for at its end."""
        if self._notary is None:
            return
        for origin, kept in self._notary.checkpoints.all_latest().items():
            own, *others = kept.note.signatures
            if kept.checkpoint.size != self._plain.head(origin) or len(others) != 1:
                raise RuntimeError(f"{own.name} is not vouched for at its end")

    def close(self) -> None:
        self._receiver.close()
        self._carrier.close()
        self._database.close()
        self._plain.close()

    def _flush(self) -> int:
        self._trees.flush()
        return 0

    def _show(self, message: Checkpoints | Alarms, direction: Direction) -> None:
        if self._notary is not None:
            self._notary.show(message, direction)
        if isinstance(message, Checkpoints):
            self._shown += len(message.notes)

    def _has_received(self) -> bool:
        return self._receiver.received >= self._topic.events and self._shown >= self._goal

    def _is_done(self) -> bool:
        judged = self._notary is None or not self._notary.mirror.waiting
        return self._has_received() and judged

    def _progress(self) -> tuple[int, int, int]:
        waiting = 0 if self._notary is None else self._notary.mirror.waiting
        return self._receiver.received, self._shown, waiting

    def _hand_on(self) -> None:
        """Encode what goes up and down, as forwarders do."""
        if self._notary is not None:
            for way in (self._notary.take_up(), self._notary.take_down()):
                for notes in way.values():
                    messages(notes)


def _notary(
    log: GrowingLog,
    trees: Trees,
    database: Database,
    sync: SyncState,
    origins: Origins,
    below: Sealed,
) -> Notary:
    name = node_name(_NODE)
    return Notary(
        _NODE,
        log,
        trees,
        database,
        sync,
        origins,
        Known(lambda: below.book, ForkBook),
        Keyring(SigningKey.generate(name, ED25519), SigningKey.generate(name, COSIGNATURE)),
        lambda: datetime.now(UTC),
        Pace(seal_events=SEAL_EVENTS, seal_seconds=5.0, repeat_seconds=3_600.0),
        Patrol(
            lambda: Verification(log, TreeStore(database), CheckpointStore(database)), hours=24.0
        ),
        announce=lambda _origin, _vkey: None,
        announce_cosigner=lambda: None,
        receipt=lambda _heads: None,
        has_parent=True,
        has_children=True,
    )


def _timed(where: Where, work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, the database server's included where seen."""
    if where.database is not None:
        taken = Stopwatch(where.database).timed(work)
        if taken.processor is not None:
            return taken.wall / 1_000, taken.processor / 1_000
    started, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - own


def _verifying(store: Store, load: Sequence[Recorded]) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            log, database = open_log(where.log_url), Database(where.state_url)
            create_ledger_tables(database)
            trees = TreeStore(database)
            Trees(log, trees).start()
            try:
                started = time.perf_counter()
                found = Verification(log, trees, CheckpointStore(database)).run()
                seconds = time.perf_counter() - started
                if found.findings or found.events != len(load):
                    raise RuntimeError(f"an untouched log does not verify: {found.findings[:3]}")
                return Sample(len(load), seconds)
            finally:
                database.close()
                log.close()

    return Contender(Role.NODE, "antq verify", run)


def hashing(load: Sequence[Recorded]) -> Contender:
    """The floor of all checking."""

    def run() -> Sample:
        started = time.perf_counter()
        for event in load:
            hashlib.sha256(event.raw).digest()
        return Sample(len(load), time.perf_counter() - started)

    return Contender(Role.FLOOR, "SHA-256 of the same bytes", run)
