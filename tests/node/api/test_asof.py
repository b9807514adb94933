"""Figures as of an earlier state, over HTTP and on the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.envelope import format_time
from domain.samples import WARD, WARD_POLICE
from services.node.asof import states
from tests.node.api.serving import Served, World, common, event, meeting

MEASURE = "MeetingHeld.attendees"
QUESTION = {"unit": WARD, "period": "2025-Q1"}


def attendees(ward: Served, **state: Any) -> int:
    found = ward.json("/v1/figures/activity", **QUESTION, **state)
    return int(found["total"]["values"].get(MEASURE, 0))


def record(ward: Served, *events: dict[str, Any]) -> tuple[str, int]:
    """Push and project; the moment and the position after it."""
    assert ward.push_all(list(events)).status_code == 200
    ward.projected()
    return format_time(datetime.now(UTC)), ward.node.projector.position


def correction(target: dict[str, Any], attendees: int) -> dict[str, Any]:
    data = common(WARD, WARD_POLICE, "2025-03-20")
    replacement = target["data"] | {
        "attendees": attendees,
        "source_system": "test.system",
        "source_record_id": target["id"],
    }
    return event(
        "EventCorrected",
        data
        | {
            "target_event_id": target["id"],
            "replacement": replacement,
            "reason": "wrong_figure",
        },
    )


def test_a_figure_as_of_a_moment_or_a_position(fresh: World) -> None:
    ward, first, second = fresh.ward, meeting(attendees=4_200), meeting(attendees=20)
    moment, position = record(ward, first)
    later, _ = record(ward, correction(first, 420), second)
    assert attendees(ward) == 440
    for state in ({"as_of": moment}, {"as_of_position": position}):
        assert attendees(ward, **state) == 4_200
        behind = ward.json("/v1/figures/activity/events", **QUESTION, measure=MEASURE, **state)
        assert [(i["event_id"], i["value"]) for i in behind["items"]] == [(first["id"], 4_200)]
    assert attendees(ward, as_of=later) == 440


def test_before_the_catalogue_there_was_no_unit_to_ask_about(ward: Served) -> None:
    state = {"as_of": "2024-01-01"}
    response = ward.http.get("/v1/figures/activity", params=QUESTION | state)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "unit"
    page = ward.http.get("/", params=state)
    assert page.status_code == 404
    assert "chưa có danh mục" in page.text


def test_the_answer_says_which_state_it_is_of(fresh: World) -> None:
    moment, position = record(fresh.ward, meeting())
    record(fresh.ward, meeting())
    now = fresh.ward.json("/v1/figures/activity", **QUESTION)
    assert now["as_of"] is None
    by_time = fresh.ward.json("/v1/figures/activity", **QUESTION, as_of=moment)
    assert by_time["as_of"] == {"clock": "recorded", "recorded_until": moment, "position": None}
    by_place = fresh.ward.json("/v1/figures/activity", **QUESTION, as_of_position=position)
    assert by_place["as_of"]["clock"] == "position"
    assert by_place["completeness"]["position"] == position


@pytest.mark.parametrize(
    ("state", "parameter"),
    [
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2025-06-20T17:00:00"}, "as_of"),
        ({"as_of": "9999-12-31"}, "as_of"),
        ({"as_of_position": "-1"}, "as_of_position"),
        ({"as_of": "2025-06-20", "as_of_position": "5"}, "as_of_position"),
    ],
)
def test_a_state_that_is_no_state_is_refused(
    ward: Served, state: dict[str, str], parameter: str
) -> None:
    response = ward.http.get("/v1/figures/activity", params=QUESTION | state)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == parameter


def test_too_far_back_says_what_to_do(fresh: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record(fresh.ward, meeting(), meeting())
    monkeypatch.setattr(states, "MOST_CHANGED", 1)
    parameters = QUESTION | {"as_of_position": "0"}
    response = fresh.ward.http.get("/v1/figures/activity", params=parameters)
    assert response.status_code == 422
    assert response.json()["type"] == "urn:antq:problem:too-far-back"
    assert "antq rebuild --as-of" in response.text
    page = fresh.ward.http.get("/", params=parameters)
    assert page.status_code == 422
    assert "antq rebuild --as-of" in page.text


def test_pages_keep_the_state_that_was_chosen(fresh: World) -> None:
    first = meeting(attendees=4_200)
    _, position = record(fresh.ward, first)
    record(fresh.ward, correction(first, 420))
    chosen = {"period": "2025-Q1", "as_of_position": str(position)}
    page = fresh.ward.http.get("/figures/activity", params=chosen).text
    assert "4.200" in page
    assert f"nhật ký đến vị trí {position}" in page
    links = [part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
    within = [link for link in links if link.startswith(("/figures", "/timeline"))]
    back = [link for link in within if "as_of_position" not in parse_qs(urlsplit(link).query)]
    assert len(back) == 1, "the one that leads back to the figures of now"
    assert "420" in fresh.ward.http.get(back[0]).text
    for link in within:
        assert fresh.ward.http.get(link).status_code == 200
    (number,) = [link for link in within if "measure=MeetingHeld.attendees" in link][:1]
    assert "Lượt người dự: 4.200" in fresh.ward.http.get(number).text
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    by_day = fresh.ward.http.get("/", params={"as_of": tomorrow}).text
    assert f'name="as_of" value="{tomorrow}"' in by_day
