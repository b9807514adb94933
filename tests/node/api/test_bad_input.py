"""What bad input gets: a problem document with a stable type, the field, the rule, what to do."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.samples import CENTRE, WARD
from services.node.problems import published_codes
from tests.node.api.bad_pushes import BAD, DIGEST, raw
from tests.node.api.serving import BATCH, EVENT, Served, World, event, meeting


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
