"""An event pushed at a commune is a figure at the centre; what the centre and the superiors record
comes down; every number opens into the exact bytes behind it.

Each test uses days of its own, so none needs another's events.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from domain.reports import report_id
from tests.e2e.figures import check_figures
from tests.e2e.logs import check_logs
from tests.e2e.places import COMMUNES, SERVICES, UNITS, Event, event, ident, service_of
from tests.e2e.pushing import Place, batch, single
from tests.e2e.receipts import check_proof, check_receipts
from tests.e2e.traffic import meeting
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

_LEVELS = (("ward", "ward-4"), ("district", "district"), ("city", "city"), ("central", "centre"))
"""From a ward up: services, and the units whose figures they are asked for."""


def figure(world: World, service: str, name: str, unit: str, period: str) -> Any:
    """A figure of a unit as a service answers it; nothing announced may be missing there."""
    answer = world.nodes[service].get(f"/v1/figures/{name}", unit=ident(unit), period=period)
    assert answer["completeness"]["missing_events"] == 0
    return answer


def total(world: World, service: str, name: str, unit: str, period: str) -> dict[str, int]:
    """The numbers of a figure that are not 0."""
    values = figure(world, service, name, unit, period)["total"]["values"]
    return {measure: number for measure, number in values.items() if number}


def push(world: World, *events: Event) -> list[Place]:
    """Push events at the service of the first one's unit, which all must take."""
    unit_id = events[0]["data"]["unit_id"]
    unit = next(u for s in SERVICES.values() for u in s.units if ident(u) == unit_id)
    with world.pusher(service_of(unit)) as pusher:
        return pusher.push(single(events[0]) if len(events) == 1 else batch(events))


def test_what_a_commune_pushes_is_a_figure_at_every_level(world: World) -> None:
    model = ident("model of the main job")
    points = [
        event(
            "ModelReplicated",
            "ward-4",
            f"point {n}",
            "2023-02-20",
            subject=model,
            point_id=ident(f"main point {n}"),
            group_count=groups,
            member_count=12,
        )
        for n, groups in enumerate((2, 3, 1))
    ]
    push(
        world,
        meeting("ward-4", "2023-01-10", 18, "committee_periodic"),
        meeting("ward-4", "2023-02-10", 20, "committee_periodic"),
        meeting("ward-4", "2023-02-14", 640),
        event(
            "ModelEstablished",
            "ward-4",
            "model",
            "2023-02-15",
            subject=model,
            code="MH-01",
            name="Tổ dân phố tự quản",
            domain="self_management",
            host_org_id=ident("ward-4 front"),
            opened_on="2023-02-15",
        ),
        *points,
        event(
            "ReportSubmitted",
            "ward-4",
            "report",
            "2023-06-15",
            kind="half_year",
            period="2023-H1",
            report_version=1,
        ),
    )
    push(world, meeting("town-1", "2023-01-12", 11, "committee_periodic"))
    world.settle()

    of_the_ward = {
        "MeetingHeld.events": 3,
        "MeetingHeld.attendees": 678,
        "ModelEstablished.events": 1,
        "ModelReplicated.events": 3,
        "ModelReplicated.group_count": 6,
        "ModelReplicated.member_count": 36,
    }
    with_the_town = of_the_ward | {"MeetingHeld.events": 4, "MeetingHeld.attendees": 689}
    due = {"ward": 3, "district": 12, "city": 18, "central": 18}
    for service, unit in _LEVELS:
        town = service in ("city", "central")
        activity = total(world, service, "activity", unit, "2023-Q1")
        assert activity == (with_the_town if town else of_the_ward), service
        f1 = total(world, service, "meeting-compliance", unit, "2023-Q1")
        assert (f1["due"], f1["met"]) == (due[service], 3 if town else 2), service
        f5 = total(world, service, "model-stock", unit, "2023-Q1")
        assert (f5["models"], f5["points"], f5["groups"]) == (1, 3, 6), service
    expected = {"ward": 1, "district": 4, "city": 6, "central": 6}
    for service, unit in _LEVELS:
        f2 = total(world, service, "report-status", unit, "2023-H1")
        assert (f2["expected"], f2["actual"], f2["on_time"]) == (expected[service], 1, 1), service
    districts = figure(world, "city", "meeting-compliance", "city", "2023-Q1")["children"]
    met = {row["unit"]["unit_id"]: row["values"]["met"] for row in districts}
    assert met == {ident("district"): 2, ident("town-1"): 1, ident("town-2"): 0}


def test_a_return_and_an_acceptance_come_down(world: World) -> None:
    report = str(report_id(ident("ward-1"), "half_year", "2023-H2"))

    def submit(version: int, day: str) -> Place:
        (place,) = push(
            world,
            event(
                "ReportSubmitted",
                "ward-1",
                f"report {version}",
                day,
                kind="half_year",
                period="2023-H2",
                report_version=version,
            ),
        )
        world.settle()
        return place

    def answer(unit: str, type: str, version: Place, day: str, **data: Any) -> None:
        record = f"{type} {version.sequence}"
        push(
            world,
            event(type, unit, record, day, subject=report, report_digest=version.digest, **data),
        )
        world.settle()

    def standing(service: str, unit: str) -> tuple[str, int]:
        lines = figure(world, service, "report-status", unit, "2023-H2")["reports"]
        line = next(one for one in lines if one["report_id"] == report)
        return line["status"], line["version"]

    first = submit(1, "2023-12-16")
    reasons = {"reasons": ["figures_differ"], "resubmit_by": "2023-12-19"}
    answer("district", "ReportReturned", first, "2023-12-17", **reasons)
    assert standing("wards", "ward-1") == standing("district", "district") == ("returned", 1)

    # Only who knows of the return lets the next version pass without naming the one before.
    second = submit(2, "2023-12-18")
    answer("district", "ReportAccepted", second, "2023-12-18", receiver_role="district_committee")
    answer("centre", "ReportAccepted", second, "2023-12-20", receiver_role="v05")
    assert standing("wards", "ward-1") == standing("district", "district") == ("accepted", 2)
    for service, unit in (("wards", "ward-1"), *_LEVELS[1:]):
        f2 = total(world, service, "report-status", unit, "2023-H2")
        assert (f2["returned"], f2["accepted"], f2["on_time"]) == (1, 1, 1), service
        assert "first_pass" not in f2, service


def test_a_correction_changes_the_figures_everywhere(world: World) -> None:
    counted = meeting("ward-4", "2023-07-10", 4200)
    doubled = meeting("ward-4", "2023-07-11", 30, "committee_periodic")
    push(world, counted, doubled, meeting("ward-4", "2023-07-12", 7))
    world.settle()

    def attendees() -> set[int]:
        return {
            total(world, service, "activity", unit, "2023-Q3")["MeetingHeld.attendees"]
            for service, unit in _LEVELS
        }

    def met() -> set[int]:
        return {
            total(world, service, "meeting-compliance", unit, "2023-Q3").get("met", 0)
            for service, unit in _LEVELS
        }

    assert (attendees(), met()) == ({4237}, {1})

    (corrected,) = push(
        world,
        event(
            "EventCorrected",
            "ward-4",
            "correction",
            "2023-07-20",
            target_event_id=counted["id"],
            replacement={**counted["data"], "attendees": 420},
            reason="typing_error",
        ),
    )
    world.settle()
    assert (attendees(), met()) == ({457}, {1})

    # A superior corrects as well, and what it records comes down.
    push(
        world,
        event(
            "EventRetracted",
            "district",
            "retraction",
            "2023-07-21",
            target_event_id=doubled["id"],
            reason="never_happened",
        ),
    )
    world.settle()
    assert (attendees(), met()) == ({427}, {0})
    for service, _ in _LEVELS:
        rows = world.nodes[service].get(
            "/v1/events", unit=ident("ward-4"), **{"from": "2023-07-10", "to": "2023-07-12"}
        )["items"]
        status = {row["event_id"]: row["status"] for row in rows}
        assert status[counted["id"]] == "corrected"
        assert status[doubled["id"]] == "retracted"
    assert corrected.sequence > 3


def test_a_number_at_the_centre_opens_into_the_exact_bytes(world: World) -> None:
    made = [meeting(unit, "2023-10-02", 100 + n) for n, unit in enumerate(("ward-2", "town-2"))]
    places = {one["id"]: push(world, one)[0] for one in made}
    world.settle()

    number = total(world, "central", "activity", "centre", "2023-10")["MeetingHeld.attendees"]
    behind = world.nodes["central"].get(
        "/v1/figures/activity/events",
        unit=ident("centre"),
        period="2023-10",
        measure="MeetingHeld.attendees",
    )["items"]
    assert number == sum(item["value"] for item in behind) == 201
    assert {item["event_id"] for item in behind} == set(places)
    for item in behind:
        place = places[item["event_id"]]
        at_the_centre = world.nodes["central"].response(item["href"])
        pushed = next(one for one in made if one["id"] == item["event_id"])
        home = "wards" if pushed is made[0] else "towns"
        at_home = world.nodes[home].response(item["href"])
        assert at_the_centre.content == at_home.content
        digest = "sha256:" + hashlib.sha256(at_the_centre.content).hexdigest()
        assert digest == place.digest
        assert at_the_centre.headers["etag"] == at_home.headers["etag"] == f'"{digest}"'
        recorded = json.loads(at_the_centre.content)
        assert pushed["data"].items() <= recorded["data"].items()
        assert recorded["source"] == f"urn:uuid:{place.origin}"
        assert int(recorded["sequence"]) == place.sequence


def test_every_level_holds_the_same_bytes_and_counts_the_same(world: World) -> None:
    push(world, meeting("ward-3", "2023-11-02", 5), meeting("ward-3", "2023-11-03", 6))
    world.settle()

    check_logs(world)
    assert check_figures(world) > 100


def test_every_level_vouches_for_what_a_commune_recorded(world: World, tmp_path: Path) -> None:
    made = {unit: meeting(unit, "2023-12-04") for unit in COMMUNES}
    for one in made.values():
        push(world, one)
    world.settle()

    assert check_receipts(world) == len(UNITS)
    check_proof(world, "ward", made["ward-4"]["id"], tmp_path / "meeting.tlog-proof")
