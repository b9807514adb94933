"""Stage `receive`: from the real broker into the log, each origin in order and without holes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import orjson

from bench.ingest import floor_of
from bench.load import recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.plain import Log, environment, happened
from bench.stores import Store
from bench.topics import Opened, Topic, TopicError, consume, forwarded, one_by_one, open_carrier
from contracts.envelope import SOURCE_PREFIX
from infra.backing import KafkaBacking
from services.node.database import Database
from services.node.eventlog import open_log
from services.node.origins import Origins
from services.node.receiver import Receiver
from services.node.syncstate import Direction, SyncState

TRANSACTION: Final = 2_000
"""Events a transaction of the floor: about what one of the receiver's polls brings."""
TIMES: Final = 20
"""Times the events of other stages: joining the group takes the node a quarter of a second, and is
no part of what a backlog costs; with so many it is some five per cent of the time."""
_QUIET: Final = 40


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """One case; its topics are filled before and deleted after it."""
    few = max(events // 10, 1)  # the library needs minutes for more
    load = recorded(events * TIMES)
    runs, single = forwarded(broker, load), one_by_one(broker, load)
    try:
        yield Case(
            "receive",
            f"{len(load) / runs.records:.0f} events a Kafka record",
            store.name,
            [
                node(store, broker, runs),
                _library(store, broker, single, few),
                floor_of(store, load, TRANSACTION),
                _consumer(broker, runs, "kafka-python alone, the node's records"),
                _consumer(broker, single, "kafka-python alone, one event a record"),
            ],
        )
    finally:
        for topic in (runs, single):
            broker.delete_topic(topic.name)


def node(store: Store, broker: KafkaBacking, topic: Topic) -> Contender:
    """The receiver, from a topic into a fresh store."""

    def run() -> Sample:
        with store.fresh() as where:
            log, database = open_log(where.log_url), Database(where.state_url)
            group = f"bench-{uuid4().hex[:8]}"
            carrier = Opened(open_carrier(broker), group, topic.name)
            try:
                sync = SyncState(database)
                sync.create_tables()
                receiver = Receiver(
                    "bench",
                    group,
                    topic.name,
                    Direction.BELOW,
                    log,
                    sync,
                    Origins(log, sync, lambda _: Direction.BELOW),
                    carrier,
                    lambda: datetime.now(UTC),
                    ask=lambda _: None,
                    send_again=lambda _: None,
                    on_recorded=lambda _: None,
                    retry_seconds=3_600.0,
                )
                started = time.perf_counter()
                _receive(receiver, topic.events)
                return Sample(topic.events, time.perf_counter() - started)
            finally:
                carrier.close()
                database.close()
                log.close()

    return Contender(Role.NODE, "node", run)


def _receive(receiver: Receiver, events: int) -> None:
    quiet = 0
    while receiver.received < events:
        quiet = 0 if receiver.run_once() else quiet + 1
        if quiet > _QUIET:
            raise TopicError(f"{receiver.received} of {events} events were received")


def _library(store: Store, broker: KafkaBacking, topic: Topic, events: int) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            app = Log(environment(where))

            def save(values: Sequence[bytes]) -> None:
                for value in values:
                    event = orjson.loads(value)
                    origin = UUID(event["source"].removeprefix(SOURCE_PREFIX))
                    app.save(happened(origin, int(event["sequence"]), event))

            try:
                return Sample(events, consume(broker, topic, save, events))
            finally:
                app.close()

    return Contender(Role.LIBRARY, "kafka-python + Application.save, one event a record", run)


def _consumer(broker: KafkaBacking, topic: Topic, name: str) -> Contender:
    return Contender(Role.PART, name, lambda: Sample(topic.events, consume(broker, topic)))
