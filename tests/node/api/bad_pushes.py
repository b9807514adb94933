"""What must not be pushed, and what each gets: status, code, field and rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from domain.samples import CENTRE, WARD, WARD_FRONT, WARD_POLICE
from tests.node.api.serving import BATCH, EVENT, LINES, Event, Served, common, event, meeting

Bad = Callable[[Served], httpx.Response]
DIGEST = "sha256:" + "0" * 64


def one(make: Callable[[], Event]) -> Bad:
    """Push one event."""
    return lambda ward: ward.push(make())


def raw(body: bytes, content_type: str = EVENT, **headers: str) -> Bad:
    """Push a body as it is."""
    sent = {"Content-Type": content_type, **headers}
    return lambda ward: ward.http.post("/v1/events", content=body, headers=sent)


def changed(**attributes: Any) -> Callable[[], Event]:
    """A meeting with other attributes; None takes one away."""

    def make() -> Event:
        found = meeting() | attributes
        return {name: value for name, value in found.items() if value is not None}

    return make


def reviewed_after_retirement(ward: Served) -> httpx.Response:
    """A review of a model that was retired."""
    fields = common(WARD, WARD_POLICE, "2025-03-14")
    established = event(
        "ModelEstablished",
        fields
        | {
            "code": "MH-01",
            "name": "Tổ tự quản",
            "domain": "self_management",
            "host_org_id": WARD_FRONT,
            "opened_on": "2025-03-14",
        },
        subject=(model := str(uuid4())),
    )
    review = fields | {"rating": "weak", "proposal": "retire", "proposer_org_id": WARD_FRONT}
    retired = fields | {"reason": "not_effective", "proposer_org_id": WARD_FRONT}
    answer = ward.push_all(
        [
            established,
            event("ModelReviewed", review, subject=model),
            event("ModelRetired", retired, subject=model),
        ]
    )
    assert answer.status_code == 200, answer.text
    return ward.push(event("ModelReviewed", review | {"occurred_on": "2025-03-15"}, subject=model))


def conflicting(ward: Served) -> httpx.Response:
    """The same event id with other content."""
    first = meeting()
    assert ward.push(first).status_code == 201
    return ward.push({**first, "data": {**first["data"], "attendees": 19}})


def conflicting_record(ward: Served) -> httpx.Response:
    """The same source record with other content, under another event id."""
    key = str(uuid4())
    assert ward.push(meeting(source_record_id=key)).status_code == 201
    return ward.push(meeting(source_record_id=key, attendees=19))


def corrected_by_another(ward: Served) -> httpx.Response:
    """An organisation corrects what another recorded."""
    first = meeting()
    assert ward.push(first).status_code == 201
    replacement = {**first["data"], "source_system": "test.system", "source_record_id": first["id"]}
    return ward.push(
        event(
            "EventCorrected",
            common(WARD, WARD_FRONT, "2025-03-15")
            | {
                "target_event_id": first["id"],
                "replacement": replacement | {"attendees": 20},
                "reason": "wrong_figure",
            },
        )
    )


BAD: dict[str, tuple[Bad, int, str, str, str]] = {
    "wrong field": (
        one(lambda: meeting(atendees=3)),
        422, "invalid-field", "/data/atendees", "catalogue",
    ),
    "missing field": (
        one(lambda: meeting(attendees=None)),
        422, "invalid-field", "/data/attendees", "catalogue",
    ),
    "wrong kind": (
        one(lambda: meeting(kind="party")),
        422, "invalid-field", "/data/kind", "catalogue",
    ),
    "count as text": (
        one(lambda: meeting(attendees="18")),
        422, "invalid-field", "/data/attendees", "catalogue",
    ),
    "negative count": (
        one(lambda: meeting(attendees=-1)),
        422, "invalid-field", "/data/attendees", "catalogue",
    ),
    "huge count": (
        one(lambda: meeting(attendees=2**53)),
        422, "invalid-field", "/data/attendees", "catalogue",
    ),
    "no such day": (
        one(lambda: meeting(occurred_on="2025-02-30")),
        422, "invalid-field", "/data/occurred_on", "catalogue",
    ),
    "a person's number in a text": (
        one(
            lambda: event(
                "DifficultyRaised",
                common(WARD, WARD_POLICE, "2025-03-14")
                | {"topic": "funding", "document": {"number_raw": "079085012345"}},
            )
        ),
        422, "text-not-allowed", "/data/document/number_raw", "Luật 91/2025/QH15",
    ),
    "unit not active on that day": (
        one(lambda: meeting(occurred_on="2019-12-31")),
        422, "unit-not-active", "/data/unit_id", "catalogue",
    ),
    "unknown unit": (
        one(lambda: meeting(unit_id=str(uuid4()))),
        422, "unknown-unit", "/data/unit_id", "catalogue",
    ),
    "unit of another node": (
        one(lambda: meeting(unit_id=CENTRE)),
        422, "unit-not-hosted", "/data/unit_id", "design: one writer per stream",
    ),
    "unknown organisation": (
        one(lambda: meeting(org_id=str(uuid4()))),
        422, "unknown-organisation", "/data/org_id", "catalogue",
    ),
    "organisation not allowed": (
        corrected_by_another,
        422, "organisation-not-allowed", "/data/org_id", "catalogue",
    ),
    "level not allowed": (
        one(
            lambda: event(
                "UnitReorganised",
                common(WARD, WARD_POLICE, "2025-01-01")
                | {"kind": "abolish", "from": [{"unit_id": WARD}], "effective_on": "2025-01-01"},
            )
        ),
        422, "level-not-allowed", "/data/unit_id", "catalogue",
    ),
    "date in the future": (
        one(lambda: meeting(occurred_on="2199-01-01")),
        422, "date-in-future", "/data/occurred_on", "catalogue",
    ),
    "70 KB payload": (
        one(lambda: meeting(area_tags=[f"tag-{n:05}" + "x" * 80 for n in range(800)])),
        413, "event-too-large", "", "design: one event, one byte string",
    ),
    "broken JSON": (
        raw(b'{"specversion":\n "1.0",,}'),
        400, "malformed-json", "", "RFC 8259",
    ),
    "bad UTF-8": (raw(b'{"id": "\xff"}'), 400, "malformed-json", "", "RFC 8259"),
    "empty body": (raw(b""), 400, "malformed-json", "", "RFC 8259"),
    "empty lines": (raw(b"\n\n", LINES), 400, "malformed-json", "", "RFC 8259"),
    "not an object": (raw(b"[1]"), 400, "not-a-cloudevent", "", "CloudEvents 1.0"),
    "batch that is none": (raw(b"{}", BATCH), 400, "not-a-cloudevent", "", "CloudEvents 1.0"),
    "wrong content type": (
        raw(b"{}", "text/xml"),
        415, "unsupported-media-type", "Content-Type", "CloudEvents HTTP binding 1.0",
    ),
    "no content type": (
        raw(b"{}", ""),
        415, "unsupported-media-type", "Content-Type", "CloudEvents HTTP binding 1.0",
    ),
    "JSON that says nothing of CloudEvents": (
        raw(b"{}", "application/json"),
        415, "unsupported-media-type", "Content-Type", "CloudEvents HTTP binding 1.0",
    ),
    "wrong encoding of characters": (
        raw(b"{}", f"{EVENT}; charset=utf-16"),
        415, "unsupported-media-type", "Content-Type", "CloudEvents HTTP binding 1.0",
    ),
    "unknown compression": (
        raw(b"{}", **{"Content-Encoding": "br"}),
        415, "unsupported-media-type", "Content-Encoding", "RFC 9110",
    ),
    "damaged compression": (
        raw(b"{}", **{"Content-Encoding": "gzip"}),
        400, "malformed-json", "Content-Encoding", "RFC 1952",
    ),
    "bad percent encoding": (
        raw(b"{}", "application/json", **{"ce-id": "%zz", "ce-specversion": "1.0"}),
        400, "not-a-cloudevent", "ce-id", "CloudEvents HTTP binding 1.0",
    ),
    "too much": (
        raw(b"[" + b" " * 17_000_000 + b"]", BATCH),
        413, "request-too-large", "", "design: bounded requests",
    ),
    "too many": (
        raw(b"{}\n" * 10_001, LINES),
        413, "request-too-large", "", "design: bounded requests",
    ),
    "old specversion": (
        one(changed(specversion="0.3")),
        400, "not-a-cloudevent", "/specversion", "CloudEvents 1.0",
    ),
    "id that is no UUID": (
        one(changed(id="1")),
        400, "not-a-cloudevent", "/id", "CloudEvents 1.0",
    ),
    "no data": (one(changed(data=None)), 400, "not-a-cloudevent", "/data", "CloudEvents 1.0"),
    "unknown type": (
        one(changed(type="vn.antq.PartyHeld")),
        422, "unknown-type", "/type", "catalogue",
    ),
    "unknown version": (
        one(changed(dataschema="urn:antq:schema:MeetingHeld:99")),
        422, "unknown-type", "/dataschema", "catalogue",
    ),
    "conflicting duplicate": (conflicting, 409, "key-conflict", "/id", "catalogue"),
    "conflicting record": (
        conflicting_record,
        409, "key-conflict", "/data/source_record_id", "catalogue",
    ),
    "review of a retired model": (reviewed_after_retirement, 422, "not-in-that-state", "", "R21"),
    "change of nothing": (
        one(
            lambda: event(
                "EventRetracted",
                common(WARD, WARD_POLICE, "2025-03-15")
                | {"target_event_id": str(uuid4()), "reason": "never_happened"},
            )
        ),
        422, "no-such-record", "/data/target_event_id", "catalogue",
    ),
}  # fmt: skip
