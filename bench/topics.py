"""Topics on the real broker, filled as nodes fill them and as a plain producer would."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition

from bench.happenings import Recorded
from bench.stores import SQLiteStore, Where, fill
from infra.backing import KafkaBacking
from services.node.carriers import Carrier, Inbox, Sender
from services.node.carriers.kafka import KafkaCarrier
from services.node.database import Database
from services.node.eventlog import open_log
from services.node.forwarder import Forwarder
from services.node.origins import Origins
from services.node.syncstate import Direction, SyncState

PARTITIONS: Final = 8
_POLL_RECORDS: Final = 2_000
_QUIET_SECONDS: Final = 20.0


class TopicError(RuntimeError):
    """The broker did not bring everything that stands on the topic."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A filled topic."""

    name: str
    events: int
    records: int
    """Kafka records, control messages included."""


def open_carrier(broker: KafkaBacking) -> KafkaCarrier:
    """The node's carrier, set as a node sets it."""
    return KafkaCarrier(
        broker.bootstrap, client_id="bench", partitions=PARTITIONS, compression="lz4"
    )


def forwarded(broker: KafkaBacking, events: Sequence[Recorded]) -> Topic:
    """A topic as the forwarder of a node fills it that holds these events."""
    name = f"bench.runs.{uuid4().hex[:8]}"
    with SQLiteStore().fresh() as where:
        fill(where, events)
        forward(broker, where, name)
    return Topic(name, len(events), _records(broker, name))


def forward(broker: KafkaBacking, where: Where, name: str) -> float:
    """Send everything that a log holds to a topic, as a node does; the seconds it took."""
    log, database = open_log(where.log_url), Database(where.state_url)
    carrier = open_carrier(broker)
    try:
        sync = SyncState(database)
        sync.create_tables()
        forwarder = Forwarder(
            "bench",
            "bench",
            name,
            frozenset({Direction.BELOW}),
            log,
            sync,
            Origins(log, sync, lambda _: Direction.BELOW),
            carrier,
            lambda: datetime.now(UTC),
            announce_seconds=3_600.0,
        )
        carrier.ensure_topics([name])
        started = time.perf_counter()
        while forwarder.run_once():
            pass
        seconds = time.perf_counter() - started
        forwarder.close()
        return seconds
    finally:
        carrier.close()
        database.close()
        log.close()


def one_by_one(broker: KafkaBacking, events: Sequence[Recorded]) -> Topic:
    """A topic with one event a record, as a plain producer fills it."""
    name = f"bench.single.{uuid4().hex[:8]}"
    broker.create_topic(name, PARTITIONS)
    producer = KafkaProducer(
        bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    for event in events:
        producer.send(name, key=str(event.origin).encode(), value=event.raw)
    producer.flush()
    producer.close()
    return Topic(name, len(events), _records(broker, name))


def consume(
    broker: KafkaBacking,
    topic: Topic,
    take: Callable[[Sequence[bytes]], None] = lambda _: None,
    limit: int | None = None,
) -> float:
    """Give the values of a topic to `take`, poll by poll, committing each; the seconds it took.

    Ends after `limit` records, or all. Raises TopicError.
    """
    wanted = topic.records if limit is None else limit
    consumer = _consumer(broker, topic.name, f"bench-{uuid4().hex[:8]}")
    taken, heard = 0, time.monotonic()
    try:
        consumer.end_offsets(list(consumer.assignment()))  # connects, which is none of the work
        started = time.perf_counter()
        while taken < wanted:
            polled = consumer.poll(timeout_ms=500, max_records=min(_POLL_RECORDS, wanted - taken))
            if not polled:
                if time.monotonic() - heard > _QUIET_SECONDS:
                    raise TopicError(f"{taken} of {wanted} records came from {topic.name}")
                continue
            heard = time.monotonic()
            for records in polled.values():
                taken += len(records)
                take([record.value for record in records])
            consumer.commit()
        return time.perf_counter() - started
    finally:
        consumer.close()


def _consumer(broker: KafkaBacking, name: str, group: str) -> Any:
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_bytes=16 * 2**20,
        max_partition_fetch_bytes=4 * 2**20,
    )
    # Assigned, not subscribed: joining a group takes seconds and is none of the work.
    consumer.assign([TopicPartition(name, number) for number in range(PARTITIONS)])
    return consumer


def records(broker: KafkaBacking, topic: Topic) -> list[tuple[bytes, bytes]]:
    """Keys and values of everything that stands on a topic. Raises TopicError."""
    found: list[tuple[bytes, bytes]] = []
    consumer = _consumer(broker, topic.name, f"bench-{uuid4().hex[:8]}")
    heard = time.monotonic()
    try:
        while len(found) < topic.records:
            for polled in consumer.poll(timeout_ms=500).values():
                found += [(record.key, record.value) for record in polled]
                heard = time.monotonic()
            if time.monotonic() - heard > _QUIET_SECONDS:
                raise TopicError(f"{len(found)} of {topic.records} records came from {topic.name}")
        return found
    finally:
        consumer.close()


def _records(broker: KafkaBacking, name: str) -> int:
    consumer = _consumer(broker, name, "bench-count")
    try:
        return sum(consumer.end_offsets(list(consumer.assignment())).values())
    finally:
        consumer.close()


class Opened:
    """A carrier whose inbox is connected already: connecting is none of the work measured."""

    def __init__(self, carrier: Carrier, group: str, topic: str) -> None:
        self._carrier = carrier
        self._inbox = carrier.inbox(group, [topic])

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """The topic is there."""

    def sender(self) -> Sender:
        """See `Carrier`."""
        return self._carrier.sender()

    def inbox(self, group: str, topics: Sequence[str]) -> Inbox:
        """The open inbox, whatever is asked for."""
        del group, topics
        return self._inbox

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """See `Carrier`."""
        self._carrier.erase(raw, tombstone)

    def scrub(self) -> None:
        """See `Carrier`."""
        self._carrier.scrub()

    def close(self) -> None:
        """See `Carrier`."""
        self._carrier.close()
