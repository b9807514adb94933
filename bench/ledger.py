"""Stage `ledger`: what the Merkle trees cost where events are received, in processor time.

The real receiver, from the carrier of one machine into a fresh store, with trees that grow and are
kept, and without. Beside it `antq verify` over the same log, and plain SHA-256 of the same bytes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.load import Recorded, recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.processor import Stopwatch
from bench.stores import Store, Where, fill
from contracts.envelope import BATCH_MEDIA_TYPE
from services.node.carriers.local import LocalCarrier
from services.node.database import Database
from services.node.eventlog import EventLog, Logged, open_log
from services.node.origins import Origins
from services.node.receiver import Receiver
from services.node.runs import by_origin, runs
from services.node.syncstate import Direction, SyncState
from services.node.trees import CheckpointStore, GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.verifying import Verification

_WINDOW: Final = 2_000
"""Events of a forwarder's window: what becomes runs together."""
_TOPIC: Final = "bench"
_FLUSH_SECONDS: Final = 0.5
PROCESSOR: Final = "processor µs an event"


def cases(store: Store, events: int) -> Iterator[Case]:
    """Receiving with and without, then verifying."""
    load = recorded(events)
    with TemporaryDirectory(prefix="antq-bench-") as folder:
        carrier = Path(folder) / "carrier.db"
        _send(carrier, load)
        yield Case(
            "ledger",
            "receive, with trees and without",
            store.name,
            [
                _receiving(store, carrier, events, trees=True),
                _receiving(store, carrier, events, trees=False),
            ],
        )
    yield Case("ledger", "verify a log", store.name, [_verifying(store, load), hashing(load)])


def _send(file: Path, load: Sequence[Recorded]) -> None:
    carrier = LocalCarrier(file)
    carrier.ensure_topics([_TOPIC])
    sender = carrier.sender()
    for start in range(0, len(load), _WINDOW):
        window = [Logged(0, e.origin, e.sequence, e.raw) for e in load[start : start + _WINDOW]]
        sender.send([m for s in by_origin(window) for m in runs(_TOPIC, s, BATCH_MEDIA_TYPE)])
    sender.close()
    carrier.close()


def _receiving(store: Store, file: Path, events: int, *, trees: bool) -> Contender:
    def run() -> Sample:
        with store.fresh() as where, _receiver(where, file, trees=trees) as (receiver, flush):

            def work() -> None:
                kept = time.monotonic()
                while receiver.received < events:
                    receiver.run_once(timeout=0)
                    if time.monotonic() - kept > _FLUSH_SECONDS:
                        flush()
                        kept = time.monotonic()
                flush()

            wall, processor = _timed(where, work)
            return Sample(events, wall, {PROCESSOR: processor / events * 1e6})

    role = Role.NODE if trees else Role.PART
    return Contender(role, "with trees" if trees else "without", run)


@contextmanager
def _receiver(
    where: Where, file: Path, *, trees: bool
) -> Iterator[tuple[Receiver, Callable[[], None]]]:
    plain, database, carrier = (
        open_log(where.log_url),
        Database(where.state_url),
        LocalCarrier(file),
    )
    sync = SyncState(database)
    sync.create_tables()
    create_ledger_tables(database)
    grown = Trees(plain, TreeStore(database))
    log: EventLog = GrowingLog(plain, grown) if trees else plain
    receiver = Receiver(
        "bench",
        f"bench-{time.monotonic_ns()}",
        _TOPIC,
        Direction.BELOW,
        log,
        sync,
        Origins(log, sync, lambda _: Direction.BELOW),
        carrier,
        lambda: datetime.now(UTC),
        ask=lambda _: None,
        send_again=lambda _: None,
        on_recorded=lambda: None,
        retry_seconds=3_600.0,
    )
    try:
        yield receiver, grown.flush
    finally:
        receiver.close()
        carrier.close()
        database.close()
        plain.close()


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
