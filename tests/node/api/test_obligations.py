"""GET /v1/obligations: filters, texts, what met it, reminders, pages, bad questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from domain.obligations import ObligationKind, obligation_id
from domain.samples import CENTRE, MINISTRY, WARD
from tests.node.api.serving import Served, World, common, event, meeting, until, world

EVALUATION = {"evaluated": 18, "fulfilled": 17, "not_fulfilled": 1}
YEAR = {"due_after": "2025-01-01", "due_before": "2025-12-31"}
APRIL = {"obliged_unit_id": WARD, "kind": "meeting", "period": "2025-04-01/2025-04-30"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ward that met in March 2025 and was reminded of April by the centre."""
    with world(tmp_path_factory.mktemp("world")) as found:
        held = meeting(kind="committee_periodic", member_evaluation=EVALUATION)
        assert found.ward.push(held).status_code == 201
        reminder = event("ReminderSent", common(CENTRE, MINISTRY, "2025-05-05") | APRIL)
        assert found.centre.push(reminder).status_code == 201
        # Not by positions: each side has one event of its own, so these agree at once.
        until(lambda: found.centre.node.log.heads() == found.ward.node.log.heads())
        found.ward.projected()
        found.centre.projected()
        yield found


def items(node: Served, **parameters: Any) -> list[Any]:
    found: list[Any] = node.json("/v1/obligations", **{"unit": WARD} | YEAR | parameters)["items"]
    return found


@pytest.mark.parametrize("level", ["ward", "centre"])
def test_every_level_lists_the_same(nodes: World, level: str) -> None:
    found = items(getattr(nodes, level), lang="en")
    assert len(found) == 13
    march = next(item for item in found if item["period"] == "2025-03-01/2025-03-31")
    assert march["title"] == "Periodic meeting of the committee of 2025-03"
    assert (march["due_on"], march["state"], march["text"]) == (
        "2025-03-31",
        "met",
        "done in time",
    )
    assert march["met_by"]["on"] == "2025-03-14"
    assert nodes.ward.json(f"/v1/events/{march['met_by']['event_id']}")["type"].endswith(
        "MeetingHeld"
    )
    assert march["unit"]["name"] == "Phường 8"
    assert march["rule"]["title"].startswith("meeting cadence")
    april = next(item for item in found if item["period"] == APRIL["period"])
    assert april["obligation_id"] == str(
        obligation_id(WARD, ObligationKind.MEETING, APRIL["period"])
    )
    assert [note["on"] for note in april["reminders"]] == ["2025-05-05"]
    assert april["text"].startswith("late by ")
    report = next(item for item in found if item["kind"] == "half_year")
    assert (report["period"], report["due_on"]) == ("2025-H1", "2025-06-19")


def test_vietnamese_comes_first(nodes: World) -> None:
    (march,) = items(nodes.ward, state="met")
    assert march["title"] == "Họp định kỳ của ban chỉ đạo tháng 3/2025"
    assert march["text"] == "đã xong, đúng hạn"


@pytest.mark.parametrize(
    ("parameters", "number"),
    [
        ({"state": "met"}, 1),
        ({"state": ["met", "late"]}, 13),
        ({"kind": "half_year"}, 1),
        ({"kind": ["half_year", "plan"]}, 1),
        ({"period": "2025-H1"}, 1),
        ({"due_before": "2025-03-31"}, 3),
        ({"due_after": "2025-03-31", "due_before": "2025-03-31"}, 1),
        ({"unit": CENTRE}, 12),
        ({"unit": CENTRE, "subtree": True}, 25),
    ],
)
def test_filters(nodes: World, parameters: dict[str, Any], number: int) -> None:
    assert len(items(nodes.centre, **parameters)) == number


def test_counts_tell_of_all_that_was_asked_for(nodes: World) -> None:
    found = nodes.ward.json("/v1/obligations", unit=WARD, state="met", **YEAR)
    assert found["counts"] == {
        "open": 0, "late": 12, "met": 1, "waived": 0, "moved": 0, "ended": 0,
    }  # fmt: skip
    assert found["completeness"]["units"] == 1


def test_pages_go_on_where_the_last_one_ended(nodes: World) -> None:
    whole = [item["obligation_id"] for item in items(nodes.ward)]
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = nodes.ward.json("/v1/obligations", unit=WARD, limit=5, **YEAR, **cursor)
        paged += [item["obligation_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == whole


@pytest.mark.parametrize(
    ("parameters", "status", "field"),
    [
        ({"unit": str(uuid4())}, 404, ""),
        ({"kind": "lunch"}, 400, "kind"),
        ({"state": "soon"}, 400, "state"),
        ({"due_before": "2024-12-31"}, 400, "due_before"),
        ({"due_before": "2035-12-31"}, 400, "due_before"),
        ({"due_after": "0001-01-01"}, 400, "due_after"),
        ({"cursor": "WyJ1bml0cyJd"}, 400, "cursor"),
        ({"units": WARD}, 400, "units"),
    ],
)
def test_bad_questions(nodes: World, parameters: dict[str, str], status: int, field: str) -> None:
    answer = nodes.ward.http.get("/v1/obligations", params={"unit": WARD} | YEAR | parameters)
    assert answer.status_code == status, answer.text
    assert answer.json()["field"].startswith(field)
