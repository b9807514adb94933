"""Units, figures, synchronisation, quarantine, schemas, operations."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import digest_of, encode, format_time
from contracts.published import published_schema
from contracts.topics import up_topic
from domain.events import EVENTS
from domain.refusals import Text
from domain.samples import CENTRE, WARD, WARD_FRONT, WARD_POLICE
from services.commune.spec import SPEC as COMMUNE
from services.node.api.docs_vi import DESCRIPTIONS
from services.node.errors import StoreUnavailableError
from services.node.eventlog import NewEvent
from services.node.hosting import origin_of
from services.node.problems import published_codes
from services.node.syncstate import Fork, Quarantined
from tests.node.api.serving import (
    Served,
    World,
    common,
    event,
    make_node,
    meeting,
    serve,
    until,
)


def test_units_are_found_by_code_name_parent_and_day(ward: Served) -> None:
    def names(**parameters: Any) -> list[str]:
        return [unit["name"] for unit in ward.json("/v1/units", **parameters)["items"]]

    assert names() == ["Trung ương", "Phường 8"]
    for question in (
        {"code": "27316"},
        {"name": "phuong"},
        {"name": "PHƯỜNG 8"},
        {"parent": CENTRE},
        {"level": "commune"},
    ):
        assert names(**question) == ["Phường 8"], question
    assert names(day="2019-12-31") == []
    assert names(day="2019-12-31", ended=True) == ["Trung ương", "Phường 8"]


def test_units_are_paged(ward: Served) -> None:
    first = ward.json("/v1/units", limit=1)
    second = ward.json("/v1/units", limit=1, cursor=first["next"])
    assert [unit["code"] for unit in first["items"] + second["items"]] == ["00", "27316"]
    assert second["next"] is None


def test_a_unit_is_told_with_everything_dated_about_it(ward: Served) -> None:
    found = ward.json(f"/v1/units/{WARD}", day="2025-01-01")
    assert found["unit"]["active"]
    assert [version["code"] for version in found["versions"]] == ["27316"]
    assert [unit["unit_id"] for unit in found["ancestors"]] == [CENTRE]
    assert {org["org_id"]: org["category"] for org in found["organisations"]} == {
        WARD_POLICE: "police",
        WARD_FRONT: "front",
    }
    above = ward.json(f"/v1/units/{CENTRE}", day="2025-01-01")
    assert [unit["unit_id"] for unit in above["children"]] == [WARD]
    assert not ward.json(f"/v1/units/{WARD}", day="2019-12-31")["unit"]["active"]


def test_a_figure_rolls_up_and_opens_into_its_events(fresh: World) -> None:
    first, second = meeting(attendees=18), meeting(attendees=24, occurred_on="2025-02-01")
    outside = meeting(attendees=99, occurred_on="2025-04-01")
    assert fresh.ward.push_all([first, second, outside]).status_code == 200
    question = {"unit": CENTRE, "period": "2025-Q1"}

    def figure() -> Any:
        return fresh.centre.json("/v1/figures/activity", **question, origins="all")

    measure = "MeetingHeld.attendees"
    until(lambda: figure()["total"]["values"].get(measure) == 42)
    found = figure()
    assert found["period"] == {"code": "2025-Q1", "first": "2025-01-01", "last": "2025-03-31"}
    (row,) = found["children"]
    assert (row["unit"]["unit_id"], row["values"][measure]) == (WARD, 42)
    assert "attendees" not in str(found["own"]["values"])
    assert found["titles"][measure].endswith("Lượt người dự")

    complete = found["completeness"]
    assert complete["units"] == 2
    assert complete["units_heard"] == 2
    (origin,) = [item for item in complete["items"] if item["unit_id"] == WARD]
    assert origin["origin"] == str(origin_of(WARD, "main"))
    assert (origin["received_through"], origin["state"]) == (3, "complete")
    assert origin["last_seen"]
    assert complete["position"] <= fresh.centre.node.log.position()

    question |= {"measure": measure}
    behind = fresh.centre.json("/v1/figures/activity/events", **question, row=WARD)
    assert {item["event_id"]: item["value"] for item in behind["items"]} == {
        first["id"]: 18,
        second["id"]: 24,
    }
    page = fresh.centre.json("/v1/figures/activity/events", **question, limit=1)
    rest = fresh.centre.json(
        "/v1/figures/activity/events", **question, limit=1, cursor=page["next"]
    )
    assert sum(item["value"] for item in page["items"] + rest["items"]) == 42
    raw = fresh.centre.http.get(page["items"][0]["href"])
    assert raw.json()["id"] in (first["id"], second["id"])


def test_a_figure_is_asked_by_category(fresh: World) -> None:
    data = common(WARD, WARD_POLICE, "2025-02-10") | {
        "kind": "register",
        "category": "school",
        "subject_code": "th1",
        "year": 2025,
    }
    assert fresh.ward.push(event("EmulationRegistered", data)).status_code == 201
    fresh.ward.projected()
    listed = {item["name"]: item for item in fresh.ward.json("/v1/figures")["items"]}
    assert listed["standard-rate"]["opening_category"] == "residential_area"
    assert listed["standard-rate"]["categories"]["school"] == "cơ sở giáo dục"
    assert listed["activity"]["categories"] == {}
    question = {"unit": WARD, "period": "2025-Q1"}
    found = {
        category: fresh.ward.json("/v1/figures/standard-rate", **question, category=category)
        for category in ("school", "agency")
    }
    assert {name: answer["category"] for name, answer in found.items()} == {
        "school": "school",
        "agency": "agency",
    }
    assert [answer["total"]["values"]["registered"] for answer in found.values()] == [1, 0]
    opening = fresh.ward.json("/v1/figures/standard-rate", **question)
    assert (opening["category"], opening["total"]["values"]["registered"]) == (
        "residential_area",
        0,
    )
    question |= {"measure": "registered", "category": "school"}
    behind = fresh.ward.json("/v1/figures/standard-rate/events", **question)
    assert (behind["category"], [item["value"] for item in behind["items"]]) == ("school", [1])


def test_figures_are_listed_in_the_readers_language(ward: Served) -> None:
    vietnamese, english = ward.json("/v1/figures"), ward.json("/v1/figures", lang="en")
    assert [f["name"] for f in vietnamese["items"]] == [f.name for f in ward.node.spec.figures]
    assert vietnamese["items"][0]["title"] != english["items"][0]["title"]


def test_what_has_not_arrived_is_told_beside_a_figure(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event behind a gap: the figure is not wrong, it is incomplete, and it says so."""
    unit, origin = str(uuid4()), uuid4()
    node = shared.centre.node
    state = node.origins_sync()[0]
    gap = type(state)(
        origin, unit, state.direction, 3, 9, "2025-01-01T00:00:00.000000Z", waiting=2, forked=False
    )
    behind = type(state)(
        uuid4(), unit, state.direction, 3, 4, "2024-01-01T00:00:00.000000Z", waiting=0, forked=False
    )
    forked = type(state)(uuid4(), unit, state.direction, 3, 3, "", waiting=0, forked=True)
    monkeypatch.setattr(node, "origins_sync", lambda: [gap, behind, forked])
    monkeypatch.setattr(
        "services.node.api.figures.Figure.covered_units", lambda *_: [unit], raising=True
    )
    found = shared.centre.json("/v1/figures/activity", unit=CENTRE, period="2025-Q1")
    complete = found["completeness"]
    assert [item["state"] for item in complete["items"]] == ["waiting", "behind", "forked"]
    assert (complete["waiting"], complete["behind"], complete["forked"]) == (1, 1, 1)
    assert complete["missing_events"] == 7
    assert complete["oldest_last_seen"].startswith("2024")
    sync = shared.centre.json("/v1/sync", state="forked")
    assert [item["origin"] for item in sync["origins"]] == [str(forked.origin)]


def test_sync_tells_how_the_node_stands(fresh: World) -> None:
    assert fresh.ward.push(meeting()).status_code == 201
    origin = str(origin_of(WARD, "main"))

    def arrived() -> bool:
        found = fresh.centre.json("/v1/sync", unit=WARD)["origins"]
        return bool(found) and found[0]["received_through"] == 1

    until(arrived)
    found = fresh.centre.json("/v1/sync", direction="below")
    assert [item["origin"] for item in found["origins"]] == [origin]
    assert (found["node"], found["level"], found["parent"]) == ("centre", "central", None)
    assert found["ready"] is True
    assert found["generation"] == 1
    ward = fresh.ward.json("/v1/sync")
    assert set(ward["backlog"]) == {"projector", "forward-up"}
    assert {item["direction"] for item in ward["origins"]} == {"own", "above"}
    assert fresh.ward.json("/v1/sync", state="incomplete")["origins"] == []


def quarantined(raw: bytes, topic: str) -> Quarantined:
    return Quarantined(
        digest_of(raw),
        topic,
        "0:1",
        "application/cloudevents-batch+json",
        "not JSON",
        raw,
        "2025-01-01T00:00:00.000000Z",
        1,
        None,
    )


def test_quarantine_shows_bytes_and_reason_and_takes_in_again(fresh: World) -> None:
    node = fresh.centre.node
    topic = up_topic("centre")
    readable = encode(
        event_id=str(uuid4()),
        origin=UUID(int=7),
        sequence=1,
        type="MeetingHeld",
        version=1,
        aggregate_id=str(uuid4()),
        recorded_at=format_time(node.now()),
        data=meeting(source_system="x", source_record_id="1", aggregate_version=1)["data"],
    )
    broken, fine = quarantined(b"{", topic), quarantined(b"[" + readable + b"]", topic)
    node.sync.quarantine([broken, fine])

    listed = fresh.centre.json("/v1/quarantine")
    assert listed["total"] == 2
    assert {item["reason"] for item in listed["items"]} == {"not JSON"}
    first = fresh.centre.json("/v1/quarantine", limit=1)
    second = fresh.centre.json("/v1/quarantine", limit=1, cursor=first["next"])
    assert first["items"] + second["items"] == listed["items"]

    raw = fresh.centre.http.get(f"/v1/quarantine/{broken.digest}")
    assert raw.content == b"{"
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["x-content-type-options"] == "nosniff"

    again = fresh.centre.http.post(f"/v1/quarantine/{broken.digest}/replay").json()
    assert again["outcome"] == "still_unreadable"
    assert again["reason"]
    taken = fresh.centre.http.post(f"/v1/quarantine/{fine.digest}/replay").json()
    assert taken == {"digest": fine.digest, "outcome": "replayed", "reason": ""}
    assert node.log.head(UUID(int=7)) == 1
    assert fresh.centre.json("/v1/quarantine")["total"] == 1
    released = fresh.centre.json("/v1/quarantine", released=True)["items"]
    assert [item["digest"] for item in released] == [fine.digest]


def test_forks_are_shown_with_their_evidence(fresh: World) -> None:
    fork = Fork(UUID(int=5), 3, "sha256:b", b"other", "sha256:a", "up", "2025-01-01T00:00:00Z")
    fresh.ward.node.sync.save_forks([fork])
    (found,) = fresh.ward.json("/v1/forks")["items"]
    assert (found["sequence"], found["held_digest"], found["other_digest"]) == (
        3,
        "sha256:a",
        "sha256:b",
    )
    assert fresh.ward.http.get(found["href"]).content == b"other"
    assert fresh.ward.json("/v1/forks", origin=str(UUID(int=6)))["items"] == []


def test_what_cannot_be_understood_is_counted_listed_and_paged(fresh: World) -> None:
    """Another node recorded it wrongly; an operator learns which aggregates it is."""
    node = fresh.centre.node
    data = meeting(source_system="x", source_record_id="1", aggregate_version=1)["data"]
    aggregates = sorted(str(uuid4()) for _ in range(2))
    wrong = [
        encode(
            event_id=str(uuid4()),
            origin=UUID(int=8),
            sequence=number,
            type="MeetingHeld",
            version=1,
            aggregate_id=aggregate,
            recorded_at=format_time(node.now()),
            data={**data, "source_record_id": str(number), "kind": ["?"]},
        )
        for number, aggregate in enumerate(aggregates, 1)
    ]
    later = wrong[0].replace(b"MeetingHeld:1", b"MeetingHeld:9")
    events = [*wrong, later.replace(b'"0000000001"', b'"0000000003"')]
    node.log.append(
        [NewEvent(UUID(int=8), number, "MeetingHeld", raw) for number, raw in enumerate(events, 1)]
    )
    fresh.centre.projected()

    sync = fresh.centre.json("/v1/sync")
    assert (sync["unreadable"], sync["unprojected"]) == (2, 1)
    first = fresh.centre.json("/v1/unreadable", limit=1)
    second = fresh.centre.json("/v1/unreadable", limit=1, after=first["next"])
    assert [i["aggregate_id"] for i in first["items"] + second["items"]] == aggregates
    assert second["next"] is None
    assert first["items"][0]["reason"]
    assert fresh.centre.http.get(first["items"][0]["href"]).status_code == 200
    text = fresh.centre.http.get("/metrics").text
    assert "antq_unreadable_aggregates 2.0" in text
    assert "antq_unprojected_events 1.0" in text


def test_schemas_are_served_as_committed(ward: Served) -> None:
    listed = ward.json("/v1/schemas")["items"]
    assert {row["name"] for row in listed} == set(EVENTS)
    for row in listed:
        answer = ward.http.get(row["href"])
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.content == published_schema(row["name"], row["version"])
    assert ward.http.get("/v1/schemas/vn.antq.MeetingHeld/1").status_code == 200


def test_every_problem_is_published(ward: Served) -> None:
    listed = ward.json("/v1/problems")["items"]
    assert [row["code"] for row in listed] == list(published_codes())


def test_ready_and_alive(ward: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ward.json("/healthz") == {"status": "alive"}
    ready = ward.json("/readyz")
    assert (ready["ready"], ready["reasons"]) == (True, [])
    assert [notice[-14:] for notice in ready["notices"]] == ["antq keys init"]
    health = ward.node.health()
    monkeypatch.setattr(
        ward.node, "health", lambda: type(health)(False, [Text("đang hỏng", "away")])
    )
    answer = ward.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": ["đang hỏng"], "notices": []}
    assert ward.http.get("/readyz?lang=en").json()["reasons"] == ["away"]


def test_a_node_without_the_catalogue_says_so_and_asks_to_come_back(tmp_path: Path) -> None:
    with serve(make_node(tmp_path, "lonely", COMMUNE, WARD)) as lonely:
        ready = lonely.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"]
        answer = lonely.push(meeting())
        assert (answer.status_code, answer.json()["code"]) == (503, "catalogue-not-received")
        assert "retry-after" in answer.headers
        assert lonely.json("/v1/units")["items"] == []


def sample(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_metrics(fresh: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event = meeting()
    fresh.ward.push_all([event, event, meeting(attendees=-1), meeting(org_id=str(uuid4()))])
    fresh.ward.projected()
    text = fresh.ward.http.get("/metrics").text
    for labels, value in (
        ('code="",outcome="recorded"', 1),
        ('code="",outcome="duplicate"', 1),
        ('code="invalid-field",outcome="refused"', 1),
        ('code="unknown-organisation",outcome="refused"', 1),
    ):
        assert sample(text, f"antq_pushed_events_total{{{labels}}}") == value
    route = 'method="POST",route="/v1/events",status="207"'
    assert sample(text, f"antq_request_seconds_count{{{route}}}") == 1
    assert sample(text, "antq_ready") == 1
    assert sample(text, "antq_log_position") == fresh.ward.node.log.position()
    assert sample(text, "antq_projected_position") == sample(text, "antq_log_position")
    assert sample(text, 'antq_backlog_positions{worker="projector"}') == 0
    assert sample(text, 'antq_held_events{direction="own"}') == 1
    assert sample(text, 'antq_forked_origins{direction="above"}') == 0

    fresh.ward.http.get("/nowhere")
    fresh.ward.http.request("PROPFIND", "/v1/units")

    def away() -> int:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(fresh.ward.node.sync, "quarantine_count", away)
    text = fresh.ward.http.get("/metrics").text
    assert sample(text, "antq_store_up") == 0
    assert 'route="other"' in text
    assert 'method="OTHER"' in text
    assert "nowhere" not in text


def test_the_page_of_documentation_lists_everything(ward: Served) -> None:
    document = ward.json("/openapi.json")
    page = ward.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert '<html lang="vi">' in page.text
    for path in document["paths"]:
        assert path in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    english = ward.http.get("/docs?lang=en").text
    assert '<html lang="en">' in english
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert DESCRIPTIONS.keys() == {one["operationId"] for one in operations}
    for operation in operations:
        vietnamese, _, translated = operation["summary"].partition(" / ")
        assert escape(vietnamese) in page.text
        assert escape(translated) in english
    assert "<p>Counters of this process" in english
    assert "<p>Counters of this process" not in page.text
    assert "<code>wait</code>" in page.text
    assert "<code>wait</code>" in english


def test_the_pages_are_served_beside_the_api(ward: Served) -> None:
    answer = ward.http.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
