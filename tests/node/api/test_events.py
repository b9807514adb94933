"""Reading events: filters, cursors, following, exact bytes."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.envelope import decode, digest_of, split_batch
from domain.samples import CENTRE, MINISTRY, WARD, WARD_FRONT, WARD_POLICE
from services.node.errors import StoreUnavailableError
from services.node.hosting import origin_of
from tests.node.api.serving import BATCH, LINES, Event, Served, World, event, meeting, until

ORIGIN = origin_of(WARD, "main")


def pages(served: Served, **parameters: Any) -> list[Any]:
    """All items of a list of events, page by page until there are no more."""
    found: list[Any] = []
    while True:
        page = served.json("/v1/events", **parameters)
        found += page["items"]
        if not page["more"]:
            return found
        parameters["cursor"] = page["next"]


@pytest.fixture(scope="module")
def filled(shared: World) -> Served:
    """The shared ward with some events of 2024."""
    ward = shared.ward
    meetings = [meeting(occurred_on=f"2024-0{month}-10") for month in range(1, 7)]
    long = meeting(occurred_on="2024-07-30", occurred_to="2024-08-02")
    front = meeting(occurred_on="2024-09-01", org_id=WARD_FRONT)
    wrong = meeting(occurred_on="2024-10-01")
    retraction = event(
        "EventRetracted",
        {
            **{name: wrong["data"][name] for name in ("unit_id", "org_id", "actor_account")},
            "occurred_on": "2024-10-02",
            "target_event_id": wrong["id"],
            "reason": "never_happened",
        },
    )
    answer = ward.push_all([*meetings, long, front, wrong, retraction])
    assert answer.status_code == 200, answer.text
    ward.projected()
    return ward


def days(items: list[Any]) -> list[str]:
    return [item["occurred_on"] for item in items]


def test_filters(filled: Served) -> None:
    year = {"from": "2024-01-01", "to": "2024-12-31", "type": "MeetingHeld"}
    every = pages(filled, **year)
    assert len(every) == 9
    assert pages(filled, **year, limit=2) == every
    assert pages(filled, **year | {"type": "vn.antq.MeetingHeld"}) == every
    assert days(pages(filled, **year | {"to": "2024-02-10"})) == ["2024-01-10", "2024-02-10"]
    assert days(pages(filled, **{"from": "2024-08-01", "to": "2024-08-01"})) == ["2024-07-30"]
    assert days(pages(filled, **year, org=WARD_FRONT)) == ["2024-09-01"]
    retracted = pages(filled, **year, status="retracted")
    assert days(retracted) == ["2024-10-01"]
    history = pages(filled, aggregate=retracted[0]["aggregate_id"])
    assert [item["type"] for item in history] == ["MeetingHeld", "EventRetracted"]
    assert retracted[0]["changed_by"] == history[1]["event_id"]
    assert pages(filled, unit=str(UUID(int=1))) == []
    assert {item["unit_id"] for item in pages(filled, unit=WARD)} == {WARD}


def test_titles_follow_the_language(filled: Served) -> None:
    parameters = {"from": "2024-09-01", "to": "2024-09-01"}
    assert filled.json("/v1/events", **parameters)["items"][0]["title"].startswith("Họp")
    english = filled.json("/v1/events", **parameters, lang="en")
    assert english["items"][0]["title"] == "Meeting held"


def test_after_a_position(filled: Served) -> None:
    items = pages(filled)
    third = items[2]["position"]
    assert filled.json("/v1/events", after=third, limit=5)["items"] == items[3:8]


def test_exact_bytes_by_batch_and_by_line(filled: Served) -> None:
    parameters = {"from": "2024-01-01", "to": "2024-12-31", "org": WARD_POLICE}
    rows = pages(filled, **parameters)
    batch = filled.http.get("/v1/events", params=parameters, headers={"Accept": BATCH})
    assert batch.headers["content-type"] == BATCH
    raws = [raw for _, raw in split_batch(batch.content)]
    assert [digest_of(raw) for raw in raws] == [row["digest"] for row in rows]
    lines = filled.http.get("/v1/events", params=parameters, headers={"Accept": LINES})
    assert lines.headers["content-type"] == LINES
    assert lines.content == b"".join(raw + b"\n" for raw in raws)


def test_exact_bytes_of_events_that_lie_far_apart(filled: Served) -> None:
    near, far = meeting(occurred_on="2023-01-01"), meeting(occurred_on="2023-01-02")
    assert filled.push(near).status_code == 201
    assert filled.push_all([meeting() for _ in range(120)]).status_code == 200
    assert filled.push(far).status_code == 201
    filled.projected()
    answer = filled.http.get(
        "/v1/events",
        params={"from": "2023-01-01", "to": "2023-12-31"},
        headers={"Accept": BATCH},
    )
    assert [parsed["id"] for parsed, _ in split_batch(answer.content)] == [near["id"], far["id"]]


def test_an_empty_page_of_bytes_is_a_batch_too(filled: Served) -> None:
    answer = filled.http.get("/v1/events", params={"from": "2199-01-01"}, headers={"Accept": BATCH})
    assert answer.content == b"[]"


def test_the_link_header_leads_through_everything(filled: Served) -> None:
    parameters = {"from": "2024-01-01", "to": "2024-12-31", "limit": "4"}
    expected = [row["event_id"] for row in pages(filled, **parameters)]
    found: list[str] = []
    answer = filled.http.get("/v1/events", params=parameters, headers={"Accept": LINES})
    while answer.content:
        found += [decode(line).event_id for line in answer.content.splitlines()]
        answer = filled.http.get(answer.links["next"]["url"], headers={"Accept": LINES})
    assert found == expected


def test_one_event_is_served_as_it_was_recorded(ward: Served) -> None:
    verdict = ward.push(meeting()).json()
    # At once: the answer's Location works before anything is projected.
    answer = ward.http.get(f"/v1/events/{verdict['event_id']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/cloudevents+json"
    assert digest_of(answer.content) == verdict["digest"]
    assert answer.headers["etag"] == f'"{verdict["digest"]}"'
    for tag in (f'"{verdict["digest"]}"', f'W/"other", W/"{verdict["digest"]}"'):
        same = ward.http.get(answer.url, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
    assert ward.http.get(answer.url, headers={"If-None-Match": '"x"'}).status_code == 200


def test_an_event_from_above_is_served_byte_for_byte(shared: World) -> None:
    above = shared.ward.json("/v1/events", type="UnitReorganised")["items"][0]
    path = f"/v1/events/{above['event_id']}"
    assert shared.ward.http.get(path).content == shared.centre.http.get(path).content


def test_a_stream_is_served_byte_for_byte(filled: Served) -> None:
    raws = [logged.raw for logged in filled.node.log.read_stream(ORIGIN, 2, 7)]
    path = f"/v1/streams/{ORIGIN}"
    batch = filled.http.get(path, params={"first": 2, "last": 7})
    assert batch.content == b"[" + b",".join(raws) + b"]"
    assert "next" not in batch.links
    lines = filled.http.get(path, params={"first": 2, "last": 7}, headers={"Accept": LINES})
    assert lines.content.splitlines() == raws
    assert filled.http.get(path, params={"first": 10**9}).content == b"[]"
    assert filled.http.get(path, params={"first": 3, "last": 2}).status_code == 400


def test_a_long_stream_is_paged(filled: Served) -> None:
    assert filled.push_all([meeting() for _ in range(1_100)]).status_code == 200
    head = filled.node.log.head(ORIGIN)
    answer = filled.http.get(f"/v1/streams/{ORIGIN}")
    sequences: list[int] = []
    while True:
        sequences += [int(parsed["sequence"]) for parsed, _ in split_batch(answer.content)]
        if "next" not in answer.links:
            break
        answer = filled.http.get(answer.links["next"]["url"])
    assert sequences == list(range(1, head + 1))


def test_paging_misses_and_repeats_nothing_while_writing_goes_on(fresh: World) -> None:
    ward = fresh.ward
    pushed: list[str] = []
    done = threading.Event()

    def write() -> None:
        for _ in range(40):
            events = [meeting() for _ in range(5)]
            assert ward.push_all(events).status_code == 200
            pushed.extend(event["id"] for event in events)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    found: list[str] = []
    cursor: dict[str, str] = {}
    while not done.is_set() or len(found) < len(pushed):
        last = done.is_set()  # asked before the page: what is recorded after it is on the next
        page = ward.json("/v1/events", unit=WARD, limit=7, wait=10 if last else 0, **cursor)
        found += [item["event_id"] for item in page["items"]]
        cursor = {"cursor": page["next"]}
        if last and not page["items"]:
            break
    assert not ward.json("/v1/events", unit=WARD, limit=7, **cursor)["items"]
    writer.join()
    assert found == pushed


def centre_meeting() -> Event:
    return meeting(unit_id=CENTRE, org_id=MINISTRY)


def test_following_answers_as_soon_as_there_is_something(fresh: World) -> None:
    ward = fresh.ward
    cursor = ward.json("/v1/events", unit=WARD)["next"]
    answers: list[Any] = []

    def follow() -> None:
        answers.append(ward.json("/v1/events", unit=WARD, cursor=cursor, wait=15))

    started = time.monotonic()
    thread = threading.Thread(target=follow)
    thread.start()
    # Something else comes first, from above: it does not end the wait.
    assert fresh.centre.push(centre_meeting()).status_code == 201
    until(lambda: len(ward.json("/v1/events", type="MeetingHeld")["items"]) == 1)
    assert not answers
    awaited = meeting()
    assert ward.push(awaited).status_code == 201
    thread.join()
    assert time.monotonic() - started < 10
    assert [item["event_id"] for item in answers[0]["items"]] == [awaited["id"]]


def test_following_in_vain_ends_with_an_empty_page(ward: Served) -> None:
    cursor = ward.json("/v1/events", **{"from": "2199-01-01"})["next"]
    started = time.monotonic()
    page = ward.json("/v1/events", **{"from": "2199-01-01"}, cursor=cursor, wait=0.3)
    assert page["items"] == []
    assert time.monotonic() - started >= 0.3


def test_a_follower_that_goes_away_frees_its_place(ward: Served) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ward.http.get("/v1/events", params={"from": "2199-01-01", "wait": 30}, timeout=0.2)
    assert ward.json("/healthz") == {"status": "alive"}


def test_a_store_that_is_away_is_told(ward: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(ward.node.projector, "view", away)
    answer = ward.http.get("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
    assert "retry-after" in answer.headers
