"""Other clients of the same broker, with the same records: what carrying alone takes.

kafka-python as a plain user would write it, confluent-kafka (librdkafka, in C), and the tools that
Kafka itself is measured with.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import confluent_kafka
from kafka import KafkaProducer

from bench.measuring import Contender, Role, Sample
from bench.topics import PARTITIONS, Topic, TopicError, consume, records
from infra.backing import KafkaBacking
from infra.backing.commands import run
from infra.backing.java import java
from infra.backing.kafka_artifacts import jars

_TOOL_SECONDS: Final = 300.0
_QUIET_SECONDS: Final = 20.0
_LARGEST: Final = 4 * 2**20
_BATCH: Final = 2**20
_SENT: Final = re.compile(r"(\d+) records sent, ([\d.]+) records/sec")

Records = Sequence[tuple[bytes, bytes]]


def contenders(broker: KafkaBacking, topic: Topic) -> list[Contender]:
    """Each client producing the records of this topic, and consuming it."""
    found = records(broker, topic)

    def produced(name: str, produce: Callable[[KafkaBacking, str, Records], float]) -> Contender:
        def once() -> Sample:
            with _topic(broker) as empty:
                return Sample(topic.events, produce(broker, empty, found))

        return Contender(Role.PART, f"{name}, produce", once)

    def consumed(name: str, take: Callable[[], float]) -> Contender:
        return Contender(Role.PART, f"{name}, consume", lambda: Sample(topic.events, take()))

    return [
        produced("kafka-python", _kafka_python),
        consumed("kafka-python", lambda: consume(broker, topic)),
        produced("confluent-kafka", _confluent),
        consumed("confluent-kafka", lambda: _confluent_consume(broker, topic)),
        produced("Kafka's ProducerPerformance", _java_produce),
        consumed("Kafka's ConsumerPerformance", lambda: _java_consume(broker, topic)),
    ]


@contextmanager
def _topic(broker: KafkaBacking) -> Iterator[str]:
    name = f"bench.peers.{uuid4().hex[:8]}"
    broker.create_topic(name, PARTITIONS)
    try:
        yield name
    finally:
        broker.delete_topic(name)


def _kafka_python(broker: KafkaBacking, topic: str, values: Records) -> float:
    producer = KafkaProducer(
        bootstrap_servers=broker.bootstrap,
        acks="all",
        enable_idempotence=True,
        batch_size=_BATCH,
        max_request_size=_LARGEST,
    )
    try:
        producer.partitions_for(topic)  # connects, which is none of the work
        started = time.perf_counter()
        for key, value in values:
            producer.send(topic, key=key, value=value)
        producer.flush()
        return time.perf_counter() - started
    finally:
        producer.close()


def _confluent(broker: KafkaBacking, topic: str, values: Records) -> float:
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": broker.bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "batch.size": _BATCH,
            "message.max.bytes": _LARGEST,
        }
    )
    producer.list_topics(topic, timeout=_QUIET_SECONDS)
    failed: list[Any] = []

    def delivered(error: Any, _: Any) -> None:
        if error is not None:
            failed.append(error)

    started = time.perf_counter()
    for key, value in values:
        while True:
            try:
                producer.produce(topic, key=key, value=value, on_delivery=delivered)
            except BufferError:  # its queue is full
                producer.poll(0.01)
            else:
                break
    left = producer.flush(_TOOL_SECONDS)
    if failed or left:
        raise TopicError(f"confluent-kafka: {len(failed)} failed, {left} left: {failed[:1]}")
    return time.perf_counter() - started


def _confluent_consume(broker: KafkaBacking, topic: Topic) -> float:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": f"bench-{uuid4().hex[:8]}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    taken, heard = 0, time.monotonic()
    try:
        consumer.list_topics(topic.name, timeout=_QUIET_SECONDS)
        started = time.perf_counter()
        consumer.assign(
            [
                confluent_kafka.TopicPartition(topic.name, number, confluent_kafka.OFFSET_BEGINNING)
                for number in range(PARTITIONS)
            ]
        )
        while taken < topic.records:
            polled = consumer.consume(1_000, timeout=0.1)
            if not polled and time.monotonic() - heard > _QUIET_SECONDS:
                raise TopicError(f"confluent-kafka took {taken} of {topic.records} records")
            if polled:
                heard = time.monotonic()
                taken += sum(message.error() is None for message in polled)
                consumer.commit(asynchronous=False)
        return time.perf_counter() - started
    finally:
        consumer.close()


def _java_produce(broker: KafkaBacking, topic: str, values: Records) -> float:
    with tempfile.TemporaryDirectory(prefix="antq-bench-") as folder:
        payloads = Path(folder) / "payloads"
        # It draws from these at random; none holds a line's end, which JSON writes as \n.
        payloads.write_bytes(b"\n".join(value for _, value in values))
        said = _tool(
            "ProducerPerformance",
            ["--topic", topic, "--num-records", str(len(values)), "--throughput", "-1"],
            ["--payload-file", str(payloads), "--producer-props"],
            [f"bootstrap.servers={broker.bootstrap}", "acks=all"],
            [f"batch.size={_BATCH}", f"max.request.size={_LARGEST}"],
        )
    sent = [(int(count), float(rate)) for count, rate in _SENT.findall(said)]
    if not sent or sent[-1][0] != len(values):
        raise TopicError(f"ProducerPerformance: {said[-500:]}")
    return sent[-1][0] / sent[-1][1]


def _java_consume(broker: KafkaBacking, topic: Topic) -> float:
    said = _tool(
        "ConsumerPerformance",
        ["--topic", topic.name, "--bootstrap-server", broker.bootstrap],
        ["--num-records", str(topic.records), "--timeout", str(int(_QUIET_SECONDS * 1_000))],
        ["--group", f"bench-{uuid4().hex[:8]}"],
    )
    lines = [line.split(", ") for line in said.splitlines() if line.count(", ") >= 9]
    if len(lines) < 2:
        raise TopicError(f"ConsumerPerformance: {said[-500:]}")
    row = dict(zip(lines[0], lines[1], strict=False))
    # Without the time to join a group, which the others do not do.
    return float(row["fetch.time.ms"]) / 1_000


def _tool(name: str, *arguments: Sequence[str]) -> str:
    classes = f"{jars()}/*"
    given = [argument for part in arguments for argument in part]
    command = [str(java()), "-cp", classes, f"org.apache.kafka.tools.{name}", *given]
    return run(command, seconds=_TOOL_SECONDS)
