"""A CloudEvents library that nobody here wrote reads what the carrier puts on a topic."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.formats.json import JSONFormat
from kafka import KafkaConsumer, TopicPartition

from contracts import control, envelope
from services.node.carriers import Message
from services.node.carriers.kafka import KafkaCarrier

if TYPE_CHECKING:
    from infra.backing import KafkaBacking

pytestmark = pytest.mark.integration


def _event(origin: UUID, sequence: int) -> bytes:
    return envelope.encode(
        event_id=str(uuid4()),
        origin=origin,
        sequence=sequence,
        type="MeetingHeld",
        version=1,
        aggregate_id=str(uuid4()),
        recorded_at="2026-03-01T07:30:00.000000Z",
        data={"title": 'Họp tổ "Tự quản", đợt {1}', "attendance": 40 + sequence, "notes": None},
    )


def _read_plainly(bootstrap: str, topic: str, count: int) -> list[KafkaMessage]:
    """What an ordinary consumer, told nothing of this system, finds on the topic."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [
            KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
            for record in islice(consumer, count)
        ]
    finally:
        consumer.close()


def test_the_sdk_reads_every_event_and_every_control_message(kafka: KafkaBacking) -> None:
    topic, origin = f"antq.v1.up.test-{uuid4()}", uuid4()
    events = [_event(origin, n) for n in range(1, 51)]
    announced = control.encode_heads(
        control.Heads("commune-1", {origin: 50}),
        message_id=uuid4(),
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    carrier = KafkaCarrier(kafka.bootstrap, client_id="test", partitions=1)
    carrier.ensure_topics([topic])
    carrier.sender().send(
        [
            Message(topic, str(origin), envelope.join_batch(events), envelope.BATCH_MEDIA_TYPE),
            Message(topic, control.CONTROL_KEY, announced, envelope.EVENT_MEDIA_TYPE),
        ]
    )
    carrier.close()

    run, single = _read_plainly(kafka.bootstrap, topic, 2)

    assert run.key == str(origin).encode()
    assert run.headers == {"content-type": b"application/cloudevents-batch+json"}
    elements = json.loads(run.value)
    assert len(elements) == 50
    reader = JSONFormat()
    for raw, element in zip(events, elements, strict=True):
        # The SDK has no batch mode: it gets each element, and the bytes we signed for as well.
        for source in (json.dumps(element, ensure_ascii=False), raw):
            event = reader.read(None, source)
            ours = envelope.decode(raw)
            assert event.get_specversion() == "1.0"
            assert event.get_id() == ours.event_id
            assert event.get_source() == f"urn:uuid:{origin}"
            assert event.get_type() == "vn.antq.MeetingHeld"
            assert event.get_subject() == ours.aggregate_id
            assert event.get_extension("sequence") == f"{ours.sequence:010d}"
            assert event.get_datacontenttype() == "application/json"
            assert event.get_dataschema() == "urn:antq:schema:MeetingHeld:1"
            assert event.get_time() == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
            assert event.get_data() == ours.data

    assert single.headers == {"content-type": b"application/cloudevents+json"}
    heads = from_kafka_event(single)
    assert heads.get_type() == control.HEADS_TYPE
    assert heads.get_source() == "urn:antq:node:commune-1"
    assert heads.get_data() == {"heads": {str(origin): 50}}
