"""An SDK that nobody here wrote speaks with the API."""

from __future__ import annotations

import json
from datetime import datetime

from cloudevents.core.bindings.http import HTTPMessage, from_http, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.node.api.serving import BATCH, LINES, Served, meeting


def sdk_event() -> CloudEvent:
    event = meeting()
    data = event.pop("data")
    return CloudEvent({**event, "datacontenttype": "application/json"}, data)


def send(ward: Served, message: HTTPMessage) -> tuple[int, str]:
    answer = ward.http.post("/v1/events", content=message.body, headers=message.headers)
    return answer.status_code, answer.json()["event_id"]


def test_the_sdk_sends_in_structured_mode(ward: Served) -> None:
    event = sdk_event()
    assert send(ward, to_structured(event, JSONFormat())) == (201, event.get_id())


def test_the_sdk_sends_in_binary_mode(ward: Served) -> None:
    event = sdk_event()
    assert send(ward, to_binary(event, JSONFormat())) == (201, event.get_id())
    assert send(ward, to_structured(event, JSONFormat())) == (200, event.get_id())


def test_the_sdk_reads_what_the_api_returns(ward: Served) -> None:
    event = sdk_event()
    send(ward, to_structured(event, JSONFormat()))
    answer = ward.http.get(f"/v1/events/{event.get_id()}")
    found = from_http(HTTPMessage(dict(answer.headers), answer.content), JSONFormat())
    assert found.get_id() == event.get_id()
    assert found.get_type() == "vn.antq.MeetingHeld"
    assert found.get_source().startswith("urn:uuid:")
    assert found.get_subject() == answer.json()["subject"]
    assert isinstance(found.get_time(), datetime)
    assert found.get_extension("sequence").isdigit()
    data = found.get_data()
    assert isinstance(data, dict)
    assert data["attendees"] == 18


def test_the_sdk_reads_batches_and_lines(ward: Served) -> None:
    ward.push_all([meeting(), meeting()])
    ward.projected()
    for accept in (BATCH, LINES):
        answer = ward.http.get("/v1/events", headers={"Accept": accept})
        elements = (
            answer.content.splitlines()
            if accept == LINES
            else [json.dumps(element).encode() for element in json.loads(answer.content)]
        )
        found = [JSONFormat().read(CloudEvent, element) for element in elements]
        assert len(found) >= 8
        assert {event.get_specversion() for event in found} == {"1.0"}
