"""What contradicts the rules of the subject is refused at the API, each with the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from domain.samples import CENTRE, MINISTRY, WARD, WARD_POLICE
from tests.node.api.serving import Event, Served, World, common, event, meeting, world

Refused = Callable[[World], tuple[Served, Event]]
"""Records what comes before, and answers where to push what, which is to be refused."""

DOCUMENT = {"number_raw": "279/KH-MTTW-BCA"}


def accepted(node: Served, *events: Event) -> None:
    for each in events:
        answer = node.push(each)
        assert answer.status_code == 201, answer.text


def centre(**data: Any) -> dict[str, Any]:
    return common(CENTRE, MINISTRY, "2025-03-14") | data


def ward(day: str = "2025-03-14", **data: Any) -> dict[str, Any]:
    return common(WARD, WARD_POLICE, day) | data


def reorganised(kind: str, on: str, givers: list[Any], takers: list[Any]) -> Event:
    ends = {"from": givers} if givers else {}
    return event("UnitReorganised", centre(kind=kind, effective_on=on) | ends | {"to": takers})


def new(unit_id: str, code: str) -> dict[str, Any]:
    return {
        "unit_id": unit_id,
        "code": code,
        "name": f"Xã {code}",
        "kind": "commune",
        "parent_id": CENTRE,
    }


_codes = iter(range(30_000, 40_000))


def two_communes(node: Served) -> tuple[str, str]:
    """Two communes founded in 2020."""
    first, second = str(uuid4()), str(uuid4())
    created = [new(unit, str(next(_codes))) for unit in (first, second)]
    accepted(node, reorganised("created", "2020-01-01", [], created))
    return first, second


def overlapping_rules(nodes: World) -> tuple[Served, Event]:
    """A second cadence for the whole country, from a day on which the first holds."""
    params = {"every_months": 3, "anchor": "2020-01-01"}
    fields = centre(kind="cadence", scope={"unit_id": CENTRE}, params=params)
    return nodes.centre, event("RuleDefined", fields | {"valid_from": "2024-01-01"})


def report_of_a_period_before_the_unit(nodes: World) -> tuple[Served, Event]:
    """The ward was founded on 1/1/2020; the first half of 2019 ended before."""
    fields = ward(kind="half_year", period="2019-H1", report_version=1)
    return nodes.ward, event("ReportSubmitted", fields)


def recognised_without_registration(nodes: World) -> tuple[Served, Event]:
    subject = {"category": "residential_area", "subject_code": f"kp-{uuid4().hex[:8]}"}
    return nodes.ward, event(
        "StandardDecided",
        ward(
            "2025-11-10",
            **subject,
            year=2025,
            stage="recognised",
            standard_version="circular_124_2021",
            window={"first": "2024-11-01", "last": "2025-10-31"},
            criteria=[],
        ),
    )


def campaign_closed_twice(nodes: World) -> tuple[Served, Event]:
    campaign = str(uuid4())
    opened = centre(
        years=5,
        data_window={"first": "2020-01-01", "last": "2024-12-31"},
        milestones=[],
        exemplar_quota={"collectives": 1, "individuals": 1},
        document=DOCUMENT,
    )
    closed = centre(
        milestones_met=[],
        exemplars={"localities": 1, "collectives": 1, "individuals": 1},
        document=DOCUMENT,
    )
    accepted(
        nodes.centre,
        event("SummaryCampaignOpened", opened, subject=campaign),
        event("SummaryCampaignClosed", closed, subject=campaign),
    )
    return nodes.centre, event("SummaryCampaignClosed", closed, subject=campaign)


def more_resolved_than_received(nodes: World) -> tuple[Served, Event]:
    counts = {"opinions": 5, "petitions_received": 3, "petitions_resolved": 4}
    return nodes.ward, event("ForumHeld", {**ward(kind="front_listens"), **counts})


def merger_of_an_abolished_unit(nodes: World) -> tuple[Served, Event]:
    first, second = two_communes(nodes.centre)
    accepted(
        nodes.centre,
        event(
            "UnitReorganised",
            centre(kind="abolish", effective_on="2024-01-01") | {"from": [{"unit_id": first}]},
        ),
    )
    return nodes.centre, reorganised(
        "merge", "2025-01-01", [{"unit_id": first}], [{"unit_id": second}]
    )


def merger_into_an_abolished_unit(nodes: World) -> tuple[Served, Event]:
    first, second = two_communes(nodes.centre)
    accepted(
        nodes.centre,
        event(
            "UnitReorganised",
            centre(kind="abolish", effective_on="2024-01-01") | {"from": [{"unit_id": second}]},
        ),
    )
    return nodes.centre, reorganised(
        "merge", "2025-01-01", [{"unit_id": first}], [{"unit_id": second}]
    )


def lineage_that_turns_back(nodes: World) -> tuple[Served, Event]:
    """One gives a part to the other, which a year later is to go into the first."""
    first, second = two_communes(nodes.centre)
    part = [{"unit_id": first, "share": "part"}]
    accepted(
        nodes.centre,
        reorganised("split", "2024-01-01", part, [{"unit_id": first}, {"unit_id": second}]),
    )
    return nodes.centre, reorganised(
        "merge", "2025-01-01", [{"unit_id": second}], [{"unit_id": first}]
    )


def amendment(type: str, subject: str, target: str, **fields: Any) -> Event:
    return event(type, ward("2025-03-15", target_event_id=target, **fields), subject=subject)


def retracted_meeting(nodes: World, *, corrected: bool) -> tuple[Event, str, str | None]:
    """A meeting that was retracted, after it had been corrected once or not; its aggregate and the
    correction."""
    first, about = meeting(), str(uuid4())
    first["subject"] = about
    accepted(nodes.ward, first)
    correction = None
    if corrected:
        changed = amendment(
            "EventCorrected",
            about,
            first["id"],
            replacement=replaced(first, 17),
            reason="typing_error",
        )
        accepted(nodes.ward, changed)
        correction = changed["id"]
    accepted(nodes.ward, amendment("EventRetracted", about, first["id"], reason="never_happened"))
    return first, about, correction


def replaced(original: Event, attendees: int) -> Mapping[str, Any]:
    keys = {"source_system": "test.system", "source_record_id": original["id"]}
    data: dict[str, Any] = original["data"]
    return data | keys | {"attendees": attendees}


def correction_of_what_was_retracted(nodes: World) -> tuple[Served, Event]:
    first, about, _ = retracted_meeting(nodes, corrected=False)
    fields = {"replacement": replaced(first, 16), "reason": "typing_error"}
    return nodes.ward, amendment("EventCorrected", about, first["id"], **fields)


def correction_of_a_correction_of_what_was_retracted(nodes: World) -> tuple[Served, Event]:
    first, about, correction = retracted_meeting(nodes, corrected=True)
    assert correction is not None
    fields = {"replacement": replaced(first, 16), "reason": "typing_error"}
    return nodes.ward, amendment("EventCorrected", about, correction, **fields)


BROKEN: Mapping[str, tuple[Refused, str, str, str, str]] = {
    "two overlapping rules of one kind in one scope": (
        overlapping_rules,
        "rule-overlap", "/data/valid_from", "catalogue", "cùng loại, cùng phạm vi",
    ),
    "a report for a period that the unit did not live": (
        report_of_a_period_before_the_unit,
        "unit-not-active", "/data/period", "R53", "ngoài thời gian tồn tại",
    ),
    "recognised without registration": (
        recognised_without_registration,
        "not-in-that-state", "/data/stage", "R70", "chưa đăng ký",
    ),
    "a campaign closed twice": (
        campaign_closed_twice,
        "not-in-that-state", "/aggregate_id", "R58", "đã kết thúc",
    ),
    "more petitions resolved than received": (
        more_resolved_than_received,
        "invalid-field", "/data", "R108", "petitions_received",
    ),
    "a merger that names an abolished unit": (
        merger_of_an_abolished_unit,
        "unit-not-active", "/data/from/0/unit_id", "R102", "không hoạt động",
    ),
    "a merger into an abolished unit": (
        merger_into_an_abolished_unit,
        "unit-not-active", "/data/to/0/unit_id", "R102", "không hoạt động",
    ),
    "a lineage that turns back": (
        lineage_that_turns_back,
        "not-in-that-state", "/data/from/0/unit_id", "R102", "không được vòng lại",
    ),
    "a correction of what was retracted": (
        correction_of_what_was_retracted,
        "not-in-that-state", "/data/target_event_id", "catalogue", "đã bị rút",
    ),
    "a correction of a correction of what was retracted": (
        correction_of_a_correction_of_what_was_retracted,
        "not-in-that-state", "/data/target_event_id", "catalogue", "không đính chính được",
    ),
}  # fmt: skip
"""What is refused: code, field, the source of the rule, and what a Vietnamese reader finds."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of its own: these tests found units."""
    with world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_refused_and_names_it(nodes: World, name: str) -> None:
    make, code, field, rule, words = BROKEN[name]
    node, bad = make(nodes)
    answer = node.push(bad)
    assert answer.status_code in (409, 422), answer.text
    problem = answer.json()
    assert (problem["code"], problem["field"], problem["rule"]) == (code, field, rule)
    for language in ("vi", "en"):
        texts = problem["texts"][language]
        assert texts["title"]
        assert texts["detail"]
        assert texts["remedy"]
    assert words in problem["texts"]["vi"]["detail"]
    assert problem["texts"]["vi"]["detail"] != problem["texts"]["en"]["detail"]
    assert node.http.get(f"/v1/events/{bad['id']}").status_code == 404
