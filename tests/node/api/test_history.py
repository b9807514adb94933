"""GET /v1/history: everything that touched one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from domain.reports import report_id
from domain.samples import CENTRE, MINISTRY, WARD, WARD_POLICE
from tests.node.api.serving import Event, Served, World, common, event, meeting, until, world
from tests.node.api.test_asof import correction
from tests.node.api.test_reports import played

COMMITTEE = {
    "kind": "committee_periodic",
    "member_evaluation": {"evaluated": 18, "fulfilled": 17, "not_fulfilled": 1},
}


@dataclass(frozen=True)
class Story:
    """A committee met; the ward corrected the number, the centre corrected the correction and took
    that back."""

    ward: Served
    centre: Served
    meeting: Event
    first: Event
    second: Event
    retraction: Event


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with world(tmp_path_factory.mktemp("history")) as found:
        yield told(found)


def told(found: World) -> Story:
    ward, centre = found.ward, found.centre
    held = meeting(attendees=4200, **COMMITTEE)
    first = correction(held, 420)
    assert ward.push_all([held, first]).status_code == 200
    until(lambda: centre.http.get(f"/v1/events/{first['id']}").status_code == 200)
    centre.projected()
    second = correction(held, 42)
    second["data"] |= common(CENTRE, MINISTRY, "2025-03-21")
    assert centre.push(second).status_code == 201, centre.push(second).text
    back = common(CENTRE, MINISTRY, "2025-03-22") | {
        "target_event_id": second["id"],
        "reason": "never_happened",
    }
    retraction = event("EventRetracted", back)
    assert centre.push(retraction).status_code == 201
    until(lambda: ward.http.get(f"/v1/events/{retraction['id']}").status_code == 200)
    for node in (ward, centre):
        node.projected()
    return Story(ward, centre, held, first, second, retraction)


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["event_id"] for item in answer["items"]]


def test_every_event_that_touched_a_record_at_every_level(story: Story) -> None:
    everything = [e["id"] for e in (story.meeting, story.first, story.second, story.retraction)]
    for node in (story.ward, story.centre):
        answer = node.json(f"/v1/history/{story.meeting['id']}")
        assert ids(answer) == everything
        assert [item["status"] for item in answer["items"]] == [
            "corrected",
            "active",
            "retracted",
            "active",
        ]
        assert answer["next"] is None
        by_amendment = node.json(f"/v1/history/{story.second['id']}")
        by_aggregate = node.json(f"/v1/history/{answer['aggregate_id']}")
        assert ids(by_amendment) == ids(by_aggregate) == everything


def test_who_recorded_it_for_whom_and_from_what(story: Story) -> None:
    held, _, second, _ = story.centre.json(f"/v1/history/{story.meeting['id']}")["items"]
    assert (held["organisation"], held["account"]) == ("Công an phường", "test.account")
    assert held["org_id"] == WARD_POLICE
    assert (held["source_system"], held["source_record_id"]) == (
        "test.system",
        story.meeting["id"],
    )
    assert (held["recorded_in"]["unit_id"], held["recorded_in"]["level"]) == (WARD, "commune")
    assert (second["recorded_in"]["unit"], second["recorded_in"]["level"]) == (
        "Trung ương",
        "central",
    )
    assert second["recorded_in"]["level_text"] == "trung ương"
    exact = story.centre.http.get(held["href"])
    assert exact.headers["ETag"].strip('"') == held["digest"]


def test_corrections_field_by_field_in_both_languages(story: Story) -> None:
    path = f"/v1/history/{story.meeting['id']}"
    _, first, second, back = (item["amendment"] for item in story.ward.json(path)["items"])
    (change,) = first["changes"]
    assert change == {
        "path": "attendees",
        "label": "Lượt người dự",
        "before": 4200,
        "after": 420,
        "before_text": "4.200",
        "after_text": "420",
        "withheld": False,
    }
    assert (first["effect"], first["reason"], first["reason_text"]) == (
        "corrected",
        "wrong_figure",
        "sai số liệu",
    )
    assert [(c["before"], c["after"]) for c in second["changes"]] == [(420, 42)]
    assert back["effect"] == "restored"
    assert [(c["before"], c["after"]) for c in back["changes"]] == [(42, 420)]
    english = story.ward.json(path, lang="en")["items"][1]["amendment"]
    assert (english["changes"][0]["label"], english["changes"][0]["before_text"]) == (
        "Attendees",
        "4,200",
    )
    assert english["reason_text"] == "wrong figure"


def test_the_rule_that_it_was_recorded_under(story: Story) -> None:
    held, *amendments = story.ward.json(f"/v1/history/{story.meeting['id']}")["items"]
    (rule,) = held["rules"]
    assert (rule["kind"], rule["version"], rule["recorded_later"]) == ("cadence", 1, False)
    assert "chế độ họp" in rule["title"]
    laid_down = story.ward.json(f"/v1/history/{rule['event_id']}")
    assert laid_down["kind"] == "rule"
    assert all(item["rules"] == [] for item in amendments)


def test_as_of_an_earlier_state(story: Story) -> None:
    path = f"/v1/history/{story.meeting['id']}"
    whole = story.ward.json(path)["items"]
    then = story.ward.json(path, as_of=whole[1]["recorded_at"])
    assert ids(then) == ids({"items": whole[:2]})
    assert then["as_of"]["clock"] == "recorded"
    before = story.ward.json(path, as_of_position=whole[0]["position"])
    assert [item["status"] for item in before["items"]] == ["active"]
    none = story.ward.http.get(path, params={"as_of_position": whole[0]["position"] - 1})
    assert none.status_code == 404


def test_a_history_is_paged(story: Story) -> None:
    path = f"/v1/history/{story.meeting['id']}"
    first = story.ward.json(path, limit=3)
    rest = story.ward.json(path, limit=3, cursor=first["next"])
    assert ids(first) + ids(rest) == ids(story.ward.json(path))
    assert rest["next"] is None
    wrong = story.ward.http.get(path, params={"cursor": "bm90aGluZw"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid-parameter")


def test_versions_of_a_report_are_compared(fresh: World) -> None:
    ward = played(fresh)
    report = str(report_id(WARD, "half_year", "2025-H1"))
    sent, returned, again = ward.json(f"/v1/history/{report}")["items"]
    assert (sent["report_version"], sent["difference"]) == (1, None)
    assert (returned["type"], returned["report_version"]) == ("ReportReturned", None)
    (figure,) = again["difference"]["figures"]
    assert (again["report_version"], figure["before"], figure["after"]) == (2, 2, 1)
    assert figure["title"] == "Số kỳ đã họp"
    assert {rule["kind"] for rule in sent["rules"]} == {"period", "due"}


def test_a_sensitive_count_is_shown_to_the_commune_only(fresh: World) -> None:
    data = common(WARD, WARD_POLICE, "2025-07-02") | {
        "indicator_code": "released.managed",
        "period": "2025-H1",
        "value": 3,
        "unit": "people",
    }
    reported = event("IndicatorReported", data)
    changed = correction(reported, 0)
    changed["data"] |= {"occurred_on": "2025-07-02"}
    del changed["data"]["replacement"]["attendees"]
    changed["data"]["replacement"]["value"] = 4
    answer = fresh.ward.push_all([reported, changed])
    assert answer.status_code == 200, answer.text
    until(lambda: fresh.centre.http.get(f"/v1/events/{changed['id']}").status_code == 200)
    seen = []
    for node in (fresh.ward, fresh.centre):
        node.projected()
        item = node.json(f"/v1/history/{reported['id']}")["items"][1]
        (change,) = item["amendment"]["changes"]
        seen.append((change["before"], change["after_text"], change["withheld"]))
    assert seen == [(3, "4", False), (None, "ẩn", True)]


def test_what_is_not_held_is_not_found(story: Story) -> None:
    answer = story.ward.http.get(f"/v1/history/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert story.ward.http.get("/v1/history/none").status_code == 400
