"""POST /v1/events: every way in, and what is answered when."""

from __future__ import annotations

import gzip
import json
import threading
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from contracts.envelope import decode, digest_of
from domain.samples import WARD
from services.node.api.push_description import PushReport, PushVerdict
from services.node.errors import BusyError, StoreUnavailableError
from services.node.hosting import origin_of
from services.node.recovery import Reason, Standing
from services.node.recovery.texts import refusal
from tests.node.api.serving import BATCH, EVENT, LINES, Event, Served, World, meeting


def held(ward: Served, event_id: str) -> int:
    """How many events of the ward's own stream have this id."""
    raws = ward.node.log.read_stream(origin_of(WARD, "main"), 1, 10**6)
    return sum(decode(logged.raw).event_id == event_id for logged in raws)


def test_a_recorded_event_is_answered_with_its_place(ward: Served) -> None:
    event = meeting()
    answer = ward.push(event)
    assert answer.status_code == 201
    verdict = PushVerdict.model_validate_json(answer.content)
    assert (verdict.outcome, verdict.event_id) == ("recorded", event["id"])
    assert UUID(verdict.origin) == origin_of(WARD, "main")
    assert UUID(verdict.aggregate_id).version == 8
    assert verdict.aggregate_id[:13] == event["id"][:13]
    assert answer.headers["location"] == f"/v1/events/{event['id']}"
    assert answer.headers["etag"] == f'"{verdict.digest}"'
    logged = ward.node.log.read_stream(UUID(verdict.origin), verdict.sequence, verdict.sequence)
    assert digest_of(logged[0].raw) == verdict.digest
    assert decode(logged[0].raw).data["attendees"] == 18


def test_the_same_event_again_gets_the_same_answer(ward: Served) -> None:
    event = meeting()
    first, again = ward.push(event), ward.push(event)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "outcome": "duplicate"}
    assert again.headers["etag"] == first.headers["etag"]
    assert held(ward, event["id"]) == 1


def test_the_same_record_under_a_new_event_id_is_the_same_event(ward: Served) -> None:
    key = str(uuid4())
    first, second = meeting(source_record_id=key), meeting(source_record_id=key)
    recorded, again = ward.push(first).json(), ward.push(second)
    assert again.status_code == 200
    assert again.json()["event_id"] == first["id"]
    assert again.json()["digest"] == recorded["digest"]
    assert held(ward, second["id"]) == 0


def test_a_conflict_names_what_is_recorded(ward: Served) -> None:
    event = meeting()
    recorded = ward.push(event).json()
    problem = ward.push({**event, "data": event["data"] | {"attendees": 1}}).json()
    assert problem["recorded_event_id"] == event["id"]
    assert problem["recorded_origin"] == recorded["origin"]
    assert problem["recorded_sequence"] == recorded["sequence"]


def test_attributes_the_node_assigns_are_ignored_with_a_notice(ward: Served) -> None:
    answer = ward.push(meeting() | {"time": "2025-01-01T00:00:00Z", "traceparent": "00-1"})
    assert answer.status_code == 201
    notice = PushVerdict.model_validate_json(answer.content).notices[0]
    assert notice.code == "attributes-ignored"
    assert "time" in notice.texts.en
    assert notice.detail == notice.texts.vi


def binary(event: Event, **changes: str) -> tuple[bytes, dict[str, str]]:
    headers = {f"ce-{name}": value for name, value in event.items() if name != "data"}
    body = json.dumps(event["data"]).encode()
    return body, {"Content-Type": "application/json", **headers, **changes}


def test_binary_mode(ward: Served) -> None:
    event = meeting()
    body, headers = binary(event)
    answer = ward.http.post("/v1/events", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert ward.push(event).json()["outcome"] == "duplicate"


def test_binary_mode_decodes_headers(ward: Served) -> None:
    event = meeting()
    encoded = "".join(f"%{ord(c):02X}" for c in event["id"])
    body, headers = binary(event, **{"ce-id": encoded, "ce-source": '"test\\.system"'})
    answer = ward.http.post("/v1/events", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["event_id"] == event["id"]
    assert ward.push(event).json()["outcome"] == "duplicate"


def test_a_binary_header_that_stands_twice_is_refused(ward: Served) -> None:
    body, headers = binary(meeting())
    answer = ward.http.post(
        "/v1/events", content=body, headers=[*headers.items(), ("ce-id", str(uuid4()))]
    )
    assert (answer.status_code, answer.json()["field"]) == (400, "ce-id")


@pytest.mark.parametrize("content_type", [EVENT, "Application/CloudEvents+JSON; charset=UTF-8"])
def test_structured_mode_with_a_byte_order_mark(ward: Served, content_type: str) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(meeting()).encode()
    answer = ward.http.post("/v1/events", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 201, answer.text


def test_vietnamese_text_in_either_form_is_one_content(ward: Served) -> None:
    key = str(uuid4())
    composed = "Tổ dân phố"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    first = meeting(source_record_id=f"{key}-{composed}")
    again = meeting(source_record_id=f"{key}-{decomposed}")
    assert ward.push(first).status_code == 201
    assert ward.push(again).json()["event_id"] == first["id"]


def test_a_batch_that_is_half_bad_loses_nothing(ward: Served) -> None:
    good, other = meeting(), meeting()
    events: list[Any] = [good, meeting(attendees=-1), 7, good, other, meeting(occurred_on="x")]
    answer = ward.push_all(events)
    assert answer.status_code == 207
    report = PushReport.model_validate_json(answer.content)
    assert [item.outcome for item in report.items] == [
        "recorded",
        "refused",
        "refused",
        "duplicate",
        "recorded",
        "refused",
    ]
    assert [item.index for item in report.items] == list(range(6))
    assert report.summary.model_dump() == {
        "items": 6,
        "recorded": 2,
        "duplicate": 1,
        "refused": 3,
    }
    assert report.items[1].event_id == events[1]["id"]
    problems = [item.problem.code for item in report.items if item.problem]
    assert problems == ["invalid-field", "not-a-cloudevent", "invalid-field"]
    assert report.items[3].sequence == report.items[0].sequence
    assert report.items[4].sequence == (report.items[0].sequence or 0) + 1
    again = ward.push_all([good, other])
    assert again.status_code == 200
    assert again.json()["summary"]["duplicate"] == 2


def test_an_empty_batch_is_taken(ward: Served) -> None:
    answer = ward.push_all([])
    assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_a_large_event_costs_only_itself(ward: Served) -> None:
    large = meeting(area_tags=[f"tag-{n:05}" + "x" * 80 for n in range(800)])
    answer = ward.push_all([meeting(), large, meeting()])
    assert answer.status_code == 207
    items = answer.json()["items"]
    assert [item["outcome"] for item in items] == ["recorded", "refused", "recorded"]
    assert items[1]["problem"]["code"] == "event-too-large"
    assert items[1]["event_id"] == large["id"]


def test_white_space_does_not_make_an_event_too_large(ward: Served) -> None:
    body = json.dumps(meeting(), indent=5000).encode()
    assert len(body) > 70_000
    answer = ward.http.post("/v1/events", content=body, headers={"Content-Type": EVENT})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("content_type", [LINES, "application/jsonl", "application/ndjson"])
def test_a_broken_line_costs_only_itself(ward: Served, content_type: str) -> None:
    first, last = meeting(), meeting()
    body = b"\r\n".join(
        [
            json.dumps(first).encode(),
            b'  {"id": 1,,}',
            b"",
            b'{"id": "\xff"}',
            json.dumps(last).encode(),
        ]
    )
    answer = ward.http.post("/v1/events", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 207, answer.text
    items = answer.json()["items"]
    assert [(item["line"], item["outcome"]) for item in items] == [
        (1, "recorded"),
        (2, "refused"),
        (4, "refused"),
        (5, "recorded"),
    ]
    assert (items[1]["problem"]["line"], items[1]["problem"]["column"]) == (2, 12)
    assert (items[2]["problem"]["line"], items[2]["problem"]["column"]) == (4, 9)


def test_compressed_bodies(ward: Served) -> None:
    events = [meeting() for _ in range(3)]
    body = "\n".join(map(json.dumps, events)).encode()
    half = len(body) // 2
    for packed in (gzip.compress(body), gzip.compress(body[:half]) + gzip.compress(body[half:])):
        answer = ward.http.post(
            "/v1/events",
            content=packed,
            headers={"Content-Type": LINES, "Content-Encoding": "gzip"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["summary"]["items"] == 3


def test_a_small_body_that_hides_a_huge_one_is_refused(ward: Served) -> None:
    packed = gzip.compress(b" " * 400_000_000, compresslevel=1)
    assert len(packed) < 16 * 2**20
    answer = ward.http.post(
        "/v1/events",
        content=packed,
        headers={"Content-Type": BATCH, "Content-Encoding": "gzip"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


def test_a_body_without_a_length_is_bounded_too(ward: Served) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(18):
            yield b" " * 2**20

    answer = ward.http.post("/v1/events", content=endless(), headers={"Content-Type": BATCH})
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


def test_a_client_that_goes_away_in_the_middle_disturbs_nobody(ward: Served) -> None:
    def broken() -> Iterator[bytes]:
        yield b"["
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ward.http.post("/v1/events", content=broken(), headers={"Content-Type": BATCH})
    assert ward.push(meeting()).status_code == 201


def test_thousands_of_events_in_one_request(ward: Served) -> None:
    events = [meeting() for _ in range(2_500)]
    answer = ward.push_all(events)
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [item["event_id"] for item in items] == [event["id"] for event in events]
    sequences = [item["sequence"] for item in items]
    assert sequences == list(range(sequences[0], sequences[0] + 2_500))


def test_many_clients_at_once(ward: Served) -> None:
    answers: list[httpx.Response] = []

    def push_some() -> None:
        answers.extend(ward.push(meeting()) for _ in range(20))

    threads = [threading.Thread(target=push_some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["sequence"] for answer in answers}) == 160


def test_a_correction_follows_its_target_in_one_batch(ward: Served) -> None:
    first = meeting(attendees=4200)
    replacement = first["data"] | {
        "attendees": 420,
        "source_system": "test.system",
        "source_record_id": first["id"],
    }
    correction = meeting()
    correction |= {
        "type": "vn.antq.EventCorrected",
        "data": {
            **{name: first["data"][name] for name in ("unit_id", "org_id", "actor_account")},
            "occurred_on": "2025-03-20",
            "target_event_id": first["id"],
            "replacement": replacement,
            "reason": "wrong_figure",
        },
    }
    answer = ward.push_all([first, correction])
    assert answer.status_code == 200, answer.text
    target, correction = answer.json()["items"]
    assert correction["aggregate_id"] == target["aggregate_id"]


def test_the_answer_comes_after_the_log_has_it(
    fresh: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the log writes, nobody is answered; a failed write is never called recorded."""
    log = fresh.ward.node.log
    append = type(log).append
    writing, go_on = threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        writing.set()
        assert go_on.wait(20)
        return append(*args, **more)

    monkeypatch.setattr(type(log), "append", slow)
    answers: list[httpx.Response] = []
    event = meeting()
    thread = threading.Thread(target=lambda: answers.append(fresh.ward.push(event)))
    thread.start()
    assert writing.wait(20)
    assert not answers
    assert held(fresh.ward, event["id"]) == 0
    go_on.set()
    thread.join()
    assert answers[0].status_code == 201
    assert held(fresh.ward, event["id"]) == 1


@pytest.mark.parametrize("persisted", [False, True])
def test_a_write_whose_answer_was_lost_is_found_out_by_sending_again(
    fresh: World, monkeypatch: pytest.MonkeyPatch, persisted: bool
) -> None:
    log = fresh.ward.node.log
    append = type(log).append

    def failing(*args: Any, **more: Any) -> None:
        if persisted:
            append(*args, **more)
        raise StoreUnavailableError("the disk is gone")

    event = meeting()
    with monkeypatch.context() as patch:
        patch.setattr(type(log), "append", failing)
        failed = fresh.ward.push(event)
        assert failed.status_code == 503
        assert failed.json()["code"] == "store-unavailable"
        assert "retry-after" in failed.headers
        many = fresh.ward.push_all([meeting(), meeting(attendees=-1)])
        assert many.status_code == 207
        assert [item["problem"]["status"] for item in many.json()["items"]] == [503, 422]
        assert "retry-after" in many.headers
    again = fresh.ward.push(event)
    assert again.status_code == (200 if persisted else 201), again.text
    assert held(fresh.ward, event["id"]) == 1
    assert fresh.ward.push(event).json()["sequence"] == again.json()["sequence"]


def test_a_node_that_is_too_busy_says_when_to_come_back(
    ward: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(items: object) -> None:
        raise BusyError("too much")

    monkeypatch.setattr(ward.node, "submit", busy)
    answer = ward.push(meeting())
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def closed(fresh: World) -> Served:
    """A ward that does not record for now."""
    fresh.ward.node.guard.close(refusal(Reason.BEHIND_MARKER, Standing.FETCHING))
    return fresh.ward


@pytest.mark.parametrize("form", ["one", "array", "lines", "lines with a broken one"])
def test_a_closed_node_answers_a_whole_request_with_one_problem(closed: Served, form: str) -> None:
    events = [meeting() for _ in range(3)]
    lines = b"\n".join(map(orjson.dumps, events))
    before = closed.node.log.position()

    def push() -> httpx.Response:
        match form:
            case "one":
                return closed.push(events[0], lang="en")
            case "array":
                return closed.push_all(events)
        broken = b"\n{" if form == "lines with a broken one" else b""
        return closed.http.post(
            "/v1/events", content=lines + broken, headers={"Content-Type": LINES}
        )

    answer = push()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    problem = answer.json()
    assert problem["type"] == "urn:antq:problem:recovering"
    assert (problem["standing"], problem["reason"]) == ("fetching", "behind-marker")
    assert "items" not in problem
    assert closed.node.log.position() == before
    counted = closed.http.get("/metrics").text
    assert 'antq_pushed_events_total{code="recovering",outcome="refused"} 1.0' in counted

    closed.node.guard.open()
    again = push()
    assert again.status_code in (200, 201, 207)
    recorded = 1 if form == "one" else 3
    assert closed.node.log.position() == before + recorded


def test_what_a_closed_node_would_refuse_anyway_is_refused(closed: Served) -> None:
    """What is wrong in itself does not get better by waiting."""
    answer = closed.push({**meeting(), "specversion": "2.0"})
    assert answer.status_code == 400
    answer = closed.push_all([{**meeting(), "specversion": "2.0"}])
    assert [item["outcome"] for item in answer.json()["items"]] == ["refused"]


def test_a_failure_nobody_expected_is_told_with_the_request_id(
    ward: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(items: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ward.node, "submit", broken)
    answer = ward.http.post(
        "/v1/events",
        json=meeting(),
        headers={"Content-Type": EVENT, "X-Request-Id": "given-by-proxy-1"},
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["instance"] == "urn:antq:request:given-by-proxy-1"
    assert answer.headers["x-request-id"] == "given-by-proxy-1"
    assert "given-by-proxy-1" in caplog.text
    assert "a bug" in caplog.text
    assert "a bug" not in answer.text
