"""A plain Kafka consumer and the CloudEvents library from PyPI read what the nodes exchange and
answer, told nothing of this system."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import KafkaConsumer, TopicPartition

from tests.e2e.places import ident
from tests.e2e.pushing import Place, batch
from tests.e2e.traffic import meeting
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

_BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def pushed(world: World) -> dict[str, Place]:
    """Some meetings that have arrived everywhere: by event id, their places."""
    events = [meeting("town-2", "2024-02-05", attendees=n) for n in range(30)]
    with world.pusher("towns") as pusher:
        places = pusher.push(batch(events))
    world.settle()
    return {event["id"]: place for event, place in zip(events, places, strict=True)}


def test_every_record_of_every_topic_is_cloudevents(world: World, pushed: dict[str, Place]) -> None:
    topics = world.topics()
    found: dict[str, set[str]] = {topic: set() for topic in topics}
    for topic in topics:
        for message in _records(world.kafka.bootstrap, topic):
            for event in _events_of(message):
                found[topic].add(event.get_id())
                assert event.get_specversion() == "1.0"
                assert event.get_source().startswith("urn:")
                assert event.get_type().startswith("vn.antq.")
                assert event.get_time() is not None
                assert isinstance(event.get_data(), dict)

    for parent in ("city", "central"):
        assert set(pushed) <= found[f"antq.v1.up.{world.node_name(parent)}"]


def test_every_answer_of_the_api_is_cloudevents(world: World, pushed: dict[str, Place]) -> None:
    central = world.nodes["central"]
    origin = next(iter(pushed.values())).origin
    for event_id, place in pushed.items():
        answer = central.response(f"/v1/events/{event_id}")
        event = from_http_event(HTTPMessage(dict(answer.headers), answer.content))
        assert event.get_id() == event_id
        assert event.get_source() == f"urn:uuid:{place.origin}"
        assert event.get_extension("sequence") == f"{place.sequence:010d}"
    for path, parameters in (
        ("/v1/events", {"unit": ident("town-2"), "from": "2024-02-05", "to": "2024-02-05"}),
        (f"/v1/streams/{origin}", {}),
    ):
        answer = central.response(path, headers={"Accept": _BATCH}, **parameters)
        assert answer.headers["content-type"].startswith(_BATCH)
        elements = json.loads(answer.content)
        events = [JSONFormat().read(None, json.dumps(element)) for element in elements]
        assert set(pushed) <= {event.get_id() for event in events}


@pytest.mark.parametrize("encode", [to_structured_event, to_binary_event])
def test_what_the_library_writes_is_taken(
    world: World, encode: Callable[[BaseCloudEvent], HTTPMessage]
) -> None:
    made = meeting("town-2", "2024-02-06")
    attributes = {key: value for key, value in made.items() if key != "data"}
    attributes["datacontenttype"] = "application/json"
    message = encode(CloudEvent(attributes, made["data"]))
    answer = httpx.post(
        f"{world.nodes['towns'].url}/v1/events", content=message.body, headers=message.headers
    )

    assert answer.status_code == 201, answer.text
    world.settle()
    stored = world.nodes["central"].response(f"/v1/events/{made['id']}")
    event = from_http_event(HTTPMessage(dict(stored.headers), stored.content))
    data = event.get_data()
    assert isinstance(data, dict)
    assert made["data"].items() <= data.items()


def _records(bootstrap: str, topic: str) -> Iterator[KafkaMessage]:
    """Everything that stands on a topic now."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    try:
        places = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
        consumer.assign(places)
        left = {place: end for place, end in consumer.end_offsets(places).items() if end > 0}
        while left:
            record = next(consumer)
            yield KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value)
            place = TopicPartition(record.topic, record.partition)
            if place in left and record.offset + 1 >= left[place]:
                del left[place]
    finally:
        consumer.close()


def _events_of(message: KafkaMessage) -> list[BaseCloudEvent]:
    """The library has no batches: an element of one is given to it as an event of its own."""
    if message.headers["content-type"].startswith(_BATCH.encode()):
        return [JSONFormat().read(None, json.dumps(e)) for e in json.loads(message.value)]
    return [from_kafka_event(message)]
