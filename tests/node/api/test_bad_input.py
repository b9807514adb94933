"""What bad input gets: a problem document with a stable type, the field, the rule, what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.samples import CENTRE, WARD, WARD_FRONT, WARD_POLICE
from services.node.problems import published_codes
from tests.node.api.serving import BATCH, EVENT, LINES, Event, Served, World, common, event, meeting

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


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_problem_that_helps(ward: Served, name: str) -> None:
    push, status, code, field, rule = BAD[name]
    before = ward.node.log.position()
    answer = push(ward)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["rule"]) == (code, rule)
    if field:
        assert problem["field"] == field
    check_document(problem, status, answer.headers["x-request-id"])
    if push.__name__ == "<lambda>":  # the others record something first
        assert ward.node.log.position() == before


def check_document(problem: dict[str, Any], status: int, request_id: str) -> None:
    """Everything a problem document must have, whatever happened."""
    assert problem["type"] == f"urn:antq:problem:{problem['code']}"
    assert problem["code"] in published_codes()
    assert problem["status"] == status
    assert problem["instance"] == f"urn:antq:request:{request_id}"
    for part in ("title", "detail", "remedy"):
        vi, en = problem["texts"]["vi"][part], problem["texts"]["en"][part]
        assert vi
        assert en
        assert vi != en
        assert problem[part] == vi
    for error in problem["errors"]:
        assert error["texts"]["vi"] != error["texts"]["en"]
        assert error["detail"] == error["texts"]["vi"]


def test_a_return_of_a_report_nobody_sent_is_refused(shared: World) -> None:
    fields = {
        "unit_id": CENTRE,
        "actor_account": "test.account",
        "occurred_on": "2025-06-14",
        "org_id": next(iter(shared.centre.node.directory.organisations_of(CENTRE))),
        "report_digest": DIGEST,
        "reasons": ["incomplete"],
        "resubmit_by": "2025-06-18",
    }
    answer = shared.centre.push(event("ReportReturned", fields, subject=str(uuid4())))
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["rule"]) == ("no-such-record", "R59")
    check_document(problem, 422, answer.headers["x-request-id"])


def test_every_wrong_field_is_named(ward: Served) -> None:
    answer = ward.push(meeting(attendees=-1, kind="party", mode=None))
    problem = answer.json()
    assert [error["pointer"] for error in problem["errors"]] == [
        "/data/kind",
        "/data/attendees",
        "/data/mode",
    ]
    assert problem["field"] == "/data/kind"


def test_broken_json_is_shown_with_its_place(ward: Served) -> None:
    problem = raw(b'{"specversion":\n "1.0",,}')(ward).json()
    assert (problem["line"], problem["column"]) == (2, 8)
    assert "Dòng 2, cột 8" in problem["detail"]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "vi"),
        ("", "en", "en"),
        ("", "en-US,en;q=0.9,vi;q=0.8", "en"),
        ("", "vi,en;q=0.9", "vi"),
        ("", "fr", "vi"),
        ("", "*", "vi"),
        ("", "en;q=x", "vi"),
        ("lang=en", "vi", "en"),
        ("lang=vi", "en", "vi"),
        ("lang=fr", "en", "en"),
    ],
)
def test_the_reader_chooses_the_language(
    ward: Served, query: str, header: str | None, language: str
) -> None:
    headers = {"Content-Type": EVENT} | ({"Accept-Language": header} if header else {})
    answer = ward.http.post(f"/v1/events?{query}", json=meeting(attendees=-1), headers=headers)
    problem = answer.json()
    assert answer.headers["content-language"] == language
    assert problem["title"] == problem["texts"][language]["title"]
    assert problem["errors"][0]["detail"] == problem["errors"][0]["texts"][language]


NOBODY = UUID(int=0)
"""Held by nobody; always the same, because these ids name the tests."""


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "field"),
    [
        ("GET", "/nowhere", 404, "not-found", ""),
        ("GET", "/v1/events/", 404, "not-found", ""),
        ("PUT", "/v1/events", 405, "method-not-allowed", ""),
        ("DELETE", "/v1/units", 405, "method-not-allowed", ""),
        ("GET", "/v1/events?limit=0", 400, "invalid-parameter", "limit"),
        ("GET", "/v1/events?limit=ten", 400, "invalid-parameter", "limit"),
        ("GET", "/v1/events?unit=8", 400, "invalid-parameter", "unit"),
        ("GET", "/v1/events?from=yesterday", 400, "invalid-parameter", "from"),
        ("GET", "/v1/events?to=0001-01-01", 400, "invalid-parameter", "to"),
        ("GET", "/v1/events?type=PartyHeld", 400, "invalid-parameter", "type"),
        ("GET", "/v1/events?status=new", 400, "invalid-parameter", "status"),
        ("GET", "/v1/events?cursor=abc", 400, "invalid-parameter", "cursor"),
        ("GET", "/v1/events?cursor=W10", 400, "invalid-parameter", "cursor"),
        ("GET", "/v1/events?after=1&cursor=W10", 400, "invalid-parameter", "after"),
        ("GET", "/v1/events?untl=2025-01-01", 400, "invalid-parameter", "untl"),
        ("GET", "/v1/events?wait=nan", 400, "invalid-parameter", "wait"),
        ("GET", "/v1/events?after=99999999999999999999", 400, "invalid-parameter", "after"),
        ("GET", "/v1/events/8", 400, "invalid-parameter", "event_id"),
        ("GET", f"/v1/events/{NOBODY}", 404, "not-found", ""),
        ("GET", f"/v1/streams/{NOBODY}", 404, "not-found", ""),
        ("GET", f"/v1/units/{NOBODY}", 404, "not-found", ""),
        ("GET", "/v1/units?level=village", 400, "invalid-parameter", "level"),
        ("GET", "/v1/units?day=99", 400, "invalid-parameter", "day"),
        ("GET", "/v1/units?cursor=WyJ1bml0cyIsMSwyXQ", 400, "invalid-parameter", "cursor"),
        ("GET", "/v1/figures/happiness?unit=8", 400, "invalid-parameter", "unit"),
        ("GET", f"/v1/figures/happiness?unit={WARD}&period=2025", 404, "not-found", ""),
        ("GET", f"/v1/figures/activity?unit={WARD}", 400, "invalid-parameter", "period"),
        (
            "GET",
            f"/v1/figures/activity?unit={WARD}&period=2025-Q1&category=school",
            400,
            "invalid-parameter",
            "category",
        ),
        (
            "GET",
            f"/v1/figures/activity/events?unit={WARD}&period=2025-Q1&measure=no&organisation=x",
            400,
            "invalid-parameter",
            "organisation",
        ),
        ("GET", f"/v1/figures/activity?unit={WARD}&period=H1", 400, "invalid-parameter", "period"),
        (
            "GET",
            f"/v1/figures/activity?unit={WARD}&period=2025",
            400,
            "invalid-parameter",
            "period",
        ),
        (
            "GET",
            f"/v1/figures/activity?unit={WARD}&period=0001-01",
            400,
            "invalid-parameter",
            "period",
        ),
        (
            "GET",
            f"/v1/figures/activity?unit={WARD}&period=2025-13",
            400,
            "invalid-parameter",
            "period",
        ),
        (
            "GET",
            f"/v1/figures/activity?unit={WARD}&period=9999-12",
            400,
            "invalid-parameter",
            "period",
        ),
        (
            "GET",
            f"/v1/figures/activity?unit={NOBODY}&period=2025-Q1",
            400,
            "invalid-parameter",
            "unit",
        ),
        (
            "GET",
            f"/v1/figures/activity/events?unit={WARD}&period=2025-Q1&measure=no",
            400,
            "invalid-parameter",
            "measure",
        ),
        ("GET", f"/v1/quarantine/{DIGEST}", 404, "not-found", ""),
        ("POST", f"/v1/quarantine/{DIGEST}/replay", 404, "not-found", ""),
        ("GET", f"/v1/forks/{NOBODY}/1/{DIGEST}", 404, "not-found", ""),
        ("GET", "/v1/schemas/PartyHeld/1", 404, "not-found", ""),
        ("GET", "/v1/schemas/MeetingHeld/2", 404, "not-found", ""),
        ("GET", "/v1/schemas/MeetingHeld/x", 400, "invalid-parameter", "version"),
        ("GET", "/v1/figures?lang=fr", 400, "invalid-parameter", "lang"),
    ],
)
def test_bad_requests_get_problem_documents(
    ward: Served, method: str, path: str, status: int, code: str, field: str
) -> None:
    answer = ward.http.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["field"]) == (code, field)
    check_document(problem, status, answer.headers["x-request-id"])


def test_a_refused_method_says_which_are_taken(ward: Served) -> None:
    assert ward.http.put("/v1/events").headers["allow"] == "GET, POST"


def test_fuzzed_bodies_never_end_in_an_internal_error(ward: Served) -> None:
    pieces: list[Any] = [None, True, 0, -1, 1.5, "", "a" * 300, [], {}, [[]], {"unit_id": 1}]
    template = meeting()
    for piece in pieces:
        for name in template:
            answer = ward.push({**template, "id": str(uuid4()), name: piece})
            assert answer.status_code in (201, 400, 422), (name, piece, answer.text)
        for name in template["data"]:
            data = {**template["data"], name: piece}
            answer = ward.push({**template, "id": str(uuid4()), "data": data})
            assert answer.status_code in (201, 400, 422), (name, piece, answer.text)


def test_deep_nesting_is_refused(ward: Served) -> None:
    body = json.dumps(meeting()).replace("18", "[" * 5000 + "]" * 5000)
    assert raw(body.encode())(ward).status_code == 400


@pytest.mark.parametrize(
    ("body", "vi", "en"),
    [
        (b"[1]", "Sự kiện phải là một đối tượng JSON; nhận được 1.", "got 1."),
        (b"[null]", "Sự kiện phải là một đối tượng JSON; nhận được null.", "got null."),
        (b"[[]]", "Sự kiện phải là một đối tượng JSON; nhận được […].", "The event must be a JSON"),
        (b'[{"specversion": true}]', '/specversion phải là "1.0"; nhận được true.', "got true."),
        (b"[{}]", 'Thiếu /specversion: phải là "1.0".', "/specversion is missing: it must be"),
    ],
)
def test_values_are_told_as_json_writes_them(shared: World, body: bytes, vi: str, en: str) -> None:
    """Whoever pushes need not know in which language the node is written."""
    answer = shared.ward.http.post("/v1/events", content=body, headers={"Content-Type": BATCH})
    (item,) = answer.json()["items"]
    assert item["problem"]["detail"] == vi
    assert en in item["problem"]["texts"]["en"]["detail"]


def test_numbers_are_grouped_as_each_language_does(shared: World) -> None:
    too_many = b"[" + b"{}," * 10_000 + b"{}]"
    answer = shared.ward.http.post("/v1/events", content=too_many, headers={"Content-Type": BATCH})
    assert answer.status_code == 413
    assert "hơn 10.000 sự kiện" in answer.json()["detail"]
    assert "more than 10,000 events" in answer.json()["texts"]["en"]["detail"]
    field = meeting() | {"data": meeting()["data"] | {"attendees": True}}
    told = shared.ward.push(field).json()["detail"]
    assert told.endswith("Phải là số nguyên (không để trong dấu ngoặc kép): true.")
