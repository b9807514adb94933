"""asyncapi.yaml says what the code does: names, keys, content types, and forms of every message."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from jsonschema import Draft7Validator

import contracts
from contracts import control, envelope
from contracts.holdings import HeldStream, HoldingsAsked, HoldingsTold
from contracts.topics import down_topic, is_node_name, up_topic
from domain.catalogue import EVENTS
from services.node.carriers.kafka import CONTENT_TYPE_HEADER, MAX_RECORD_BYTES

FOLDER = Path(contracts.__file__).parent
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text("utf-8"))
    return loaded


def found(document: Mapping[str, Any], pointer: str) -> Any:
    """What a reference inside the document points at. Raises KeyError."""
    place: Any = document
    for step in pointer.removeprefix("#/").split("/"):
        place = place[step]
    return place


def resolved(document: Mapping[str, Any], place: Any) -> Any:
    while isinstance(place, Mapping) and "$ref" in place:
        place = found(document, place["$ref"])
    return place


def references(place: Any) -> Iterator[str]:
    if isinstance(place, Mapping):
        if "$ref" in place:
            yield place["$ref"]
        for inner in place.values():
            yield from references(inner)
    elif isinstance(place, list):
        for inner in place:
            yield from references(inner)


def payload(document: Mapping[str, Any], message: str) -> Draft7Validator:
    """A validator of a message's payload."""
    return Draft7Validator(
        {
            **found(document, f"#/components/messages/{message}/payload"),
            "components": document["components"],
        }
    )


def event(origin: UUID, sequence: int) -> bytes:
    return envelope.encode(
        event_id=str(uuid4()),
        origin=origin,
        sequence=sequence,
        type="MeetingHeld",
        version=1,
        aggregate_id=str(uuid4()),
        recorded_at=envelope.format_time(NOW),
        data={"attendance": 40},
    )


def test_it_is_an_asyncapi_document_whose_references_all_lead_somewhere(
    document: Mapping[str, Any],
) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    pointers = list(references(document))
    assert pointers
    for pointer in pointers:
        assert found(document, pointer)
    used = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    assert used == {f"#/channels/{name}" for name in document["channels"]}


def test_its_channels_are_the_topics(document: Mapping[str, Any]) -> None:
    addresses = {name: c["address"] for name, c in document["channels"].items()}
    named = {name: address.replace("{node}", "h-001") for name, address in addresses.items()}
    assert named == {"up": up_topic("h-001"), "down": down_topic("h-001")}
    for channel in document["channels"].values():
        node = resolved(document, channel["parameters"]["node"])
        assert all(is_node_name(example) for example in node["examples"])
        topic = resolved(document, channel["bindings"])["kafka"]["topicConfiguration"]
        assert topic["max.message.bytes"] == MAX_RECORD_BYTES
        carried = {resolved(document, m)["name"] for m in channel["messages"].values()}
        is_down = channel["address"] == addresses["down"]
        other_way = {"AlarmsRaised", "HoldingsAsked"} if is_down else {"HoldingsTold"}
        assert carried == set(document["components"]["messages"]) - other_way


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("EventRun", envelope.BATCH_MEDIA_TYPE),
        ("HeadsAnnounced", envelope.EVENT_MEDIA_TYPE),
        ("RangeRequested", envelope.EVENT_MEDIA_TYPE),
        ("CheckpointsShown", envelope.EVENT_MEDIA_TYPE),
        ("HoldingsAsked", envelope.EVENT_MEDIA_TYPE),
        ("HoldingsTold", envelope.EVENT_MEDIA_TYPE),
        ("AlarmsRaised", envelope.EVENT_MEDIA_TYPE),
    ],
)
def test_the_content_type_stands_in_the_header_that_the_carrier_writes(
    document: Mapping[str, Any], name: str, content_type: str
) -> None:
    message = document["components"]["messages"][name]
    assert message["contentType"] == content_type
    headers = resolved(document, message["headers"])
    assert headers["required"] == [CONTENT_TYPE_HEADER]
    assert set(headers["properties"]) == {CONTENT_TYPE_HEADER}
    described = Draft7Validator(headers)
    assert described.is_valid({CONTENT_TYPE_HEADER: content_type})
    assert not described.is_valid({CONTENT_TYPE_HEADER: f"{content_type}; charset=utf-8"})
    answer = {CONTENT_TYPE_HEADER: control.addressed(content_type, "h-001")}
    assert described.is_valid(answer) == (name in ("EventRun", "CheckpointsShown", "HoldingsTold"))


def test_keys_are_the_origin_or_the_name_of_control(document: Mapping[str, Any]) -> None:
    keys = {
        name: resolved(document, message["bindings"])["kafka"]["key"]
        for name, message in document["components"]["messages"].items()
    }
    assert Draft7Validator(keys["EventRun"]).is_valid(str(uuid4()))
    assert not Draft7Validator(keys["EventRun"]).is_valid(control.CONTROL_KEY)
    del keys["EventRun"]
    # A question about a stream stands behind everything that was sent of it.
    assert Draft7Validator(keys.pop("HoldingsAsked")).is_valid(str(uuid4()))
    assert all(key == {"const": control.CONTROL_KEY} for key in keys.values())


def test_a_run_has_the_form_it_is_described_in(document: Mapping[str, Any]) -> None:
    validator = payload(document, "EventRun")
    run = json.loads(envelope.join_batch([event(uuid4(), n) for n in range(1, 4)]))
    validator.validate(run)
    assert not validator.is_valid([])
    for attribute in run[0]:
        without = {name: value for name, value in run[0].items() if name != attribute}
        assert not validator.is_valid([*run[1:], without]), attribute
    for change in ({"source": "urn:antq:node:h-001"}, {"sequence": "1"}, {"specversion": "0.3"}):
        assert not validator.is_valid([{**run[0], **change}]), change


def test_every_golden_sample_of_a_recorded_event_is_an_element_of_a_run(
    document: Mapping[str, Any],
) -> None:
    validator = payload(document, "EventRun")
    samples = sorted((FOLDER / "samples").glob("*.v*.json"))
    assert samples
    for sample in samples:
        validator.validate([json.loads(sample.read_bytes())])


def test_control_messages_have_the_form_they_are_described_in(
    document: Mapping[str, Any],
) -> None:
    heads = json.loads(
        control.encode_heads(
            control.Heads("h-001", {uuid4(): 1, uuid4(): 2**53 - 1}), message_id=uuid4(), now=NOW
        )
    )
    ranges = json.loads(
        control.encode_ranges(
            control.Ranges("h-001", [control.Range(uuid4(), 3, 9)]), message_id=uuid4(), now=NOW
        )
    )
    checkpoints = json.loads(
        control.encode_checkpoints(
            control.Checkpoints("h-001", [b"a\n1\nb\n\n"]), message_id=uuid4(), now=NOW
        )
    )
    names = ("HeadsAnnounced", "RangeRequested", "CheckpointsShown")
    validators = {name: payload(document, name) for name in names}
    validators["CheckpointsShown"].validate(checkpoints)
    assert not validators["CheckpointsShown"].is_valid(heads)
    validators["HeadsAnnounced"].validate(heads)
    validators["RangeRequested"].validate(ranges)
    assert not validators["HeadsAnnounced"].is_valid(ranges)
    assert not validators["RangeRequested"].is_valid(heads)
    assert not validators["HeadsAnnounced"].is_valid({**heads, "data": {"heads": {"x": 1}}})
    assert not validators["HeadsAnnounced"].is_valid({**heads, "source": "urn:antq:node:H 1"})
    ranges["data"]["ranges"][0]["first"] = 0
    assert not validators["RangeRequested"].is_valid(ranges)


def test_questions_about_holdings_have_the_form_they_are_described_in(
    document: Mapping[str, Any],
) -> None:
    question, unit = uuid4(), uuid4()
    held = HeldStream(uuid4(), str(unit), 5, 7, bytes(32), "h-001", b"a\n1\nb\n\n")
    asked = HoldingsAsked("h-001", question, [unit])
    told = HoldingsTold("tinh-01", question, [unit], 1, 2, [held])
    raw_asked = control.encode_asked(asked, message_id=uuid4(), now=NOW)
    raw_told = control.encode_told(told, message_id=uuid4(), now=NOW)
    payload(document, "HoldingsAsked").validate(json.loads(raw_asked))
    payload(document, "HoldingsTold").validate(json.loads(raw_told))
    assert control.decode_control(raw_asked) == asked
    assert control.decode_control(raw_told) == told
    for name, wrong in (("known", 4), ("root", "AAAA"), ("head", -1), ("by", None)):
        message = json.loads(raw_told)
        message["data"]["streams"][0][name] = wrong
        with pytest.raises(envelope.MalformedEnvelopeError):
            control.decode_control(json.dumps(message).encode())


def test_the_schema_file_of_every_event_type_is_where_it_says(
    document: Mapping[str, Any],
) -> None:
    described = document["components"]["schemas"]["Event"]
    assert EVENTS
    for spec in EVENTS.values():
        for version in range(1, spec.version + 1):
            path = described["x-event-schema"].format(name=spec.name, version=version)
            schema = json.loads((FOLDER / path).read_bytes())
            expected = described["x-event-schema-id"].format(name=spec.name, version=version)
            assert schema["$id"] == expected


def test_checkpoints_come_back_as_they_were_sent() -> None:
    sent = control.Checkpoints("h-001", ["origin\n1\n…\n\n— k x\n".encode()])
    raw = control.encode_checkpoints(sent, message_id=uuid4(), now=NOW)
    assert control.decode_control(raw) == sent
    damaged = raw.replace(b'"notes":["', b'"notes":[1,"')
    with pytest.raises(envelope.MalformedEnvelopeError):
        control.decode_control(damaged)


def test_alarms_come_back_as_they_were_sent_and_have_their_form(
    document: Mapping[str, Any],
) -> None:
    alarms = [control.Alarm("h-001", uuid4(), 3, 9, "changed")] * (control.MAX_ALARMS + 1)
    sent = control.Alarms("t-01", alarms)
    raw = control.encode_alarms(sent, message_id=uuid4(), now=NOW)
    assert control.decode_control(raw) == control.Alarms("t-01", alarms[: control.MAX_ALARMS])
    described = payload(document, "AlarmsRaised")
    described.validate(json.loads(raw))
    for wrong in (b'"first":-3', b'"first":"3"'):
        damaged = raw.replace(b'"first":3', wrong)
        assert not described.is_valid(json.loads(damaged))
        with pytest.raises(envelope.MalformedEnvelopeError):
            control.decode_control(damaged)
    with pytest.raises(envelope.MalformedEnvelopeError):
        control.decode_control(raw.replace(b'"what":"changed"', b'"what":"<b>"'))
