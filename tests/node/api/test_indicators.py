"""Sensitive counts over HTTP: withheld at the centre, in answers, on pages and behind numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.samples import CENTRE, WARD, WARD_POLICE
from tests.node.api.serving import Event, World, common, event, until, world

QUESTION = {"unit": CENTRE, "period": "2025-H1"}
RELEASED = "released.managed"


def reported(code: str, value: int) -> Event:
    return event(
        "IndicatorReported",
        common(WARD, WARD_POLICE, "2025-06-12")
        | {"indicator_code": code, "period": "2025-H1", "value": value, "unit": "people"},
    )


@pytest.fixture(scope="module")
def pushed() -> Event:
    return reported(RELEASED, 3)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, pushed: Event) -> Iterator[World]:
    """A ward that looks after 3 released people and 12 others, and the centre that knows of it."""
    with world(tmp_path_factory.mktemp("world")) as found:
        answer = found.ward.push_all([pushed, reported("self_managed.members", 12)])
        assert answer.status_code == 200, answer.text
        until(lambda: found.centre.node.log.position() >= found.ward.node.log.position())
        found.ward.projected()
        found.centre.projected()
        yield found


def test_a_withheld_number_is_named_and_is_nowhere_a_zero(nodes: World) -> None:
    answer = nodes.centre.json("/v1/figures/indicators", **QUESTION)
    (ward,) = answer["children"]
    for numbers in (answer["total"], ward):
        assert RELEASED not in numbers["values"]
        assert numbers["suppressed"] == [RELEASED]
        assert numbers["values"]["self_managed.members"] == 12
        assert "suppressed" in [note["code"] for note in numbers["notes"]]


def test_the_communes_own_node_shows_its_own(nodes: World) -> None:
    answer = nodes.ward.json("/v1/figures/indicators", **QUESTION | {"unit": WARD})
    assert answer["total"]["values"][RELEASED] == 3
    assert answer["total"]["suppressed"] == []
    page = nodes.ward.json(
        "/v1/figures/indicators/events", **QUESTION | {"unit": WARD, "measure": RELEASED}
    )
    assert ([item["value"] for item in page["items"]], page["withheld"]) == ([3], 0)


def test_what_is_behind_a_withheld_number_is_counted_and_not_listed(nodes: World) -> None:
    page = nodes.centre.json("/v1/figures/indicators/events", **QUESTION, measure=RELEASED)
    assert (page["items"], page["withheld"]) == ([], 1)


def test_pages_say_that_a_number_is_withheld(nodes: World, pushed: Event) -> None:
    http = nodes.centre.http
    figure = http.get("/figures/indicators", params=QUESTION).text
    assert "ẩn</td>" in figure
    assert "dưới 5" in figure
    behind = http.get("/figures/indicators/events", params=QUESTION | {"measure": RELEASED}).text
    assert ": ẩn</h1>" in behind
    assert "Không liệt kê 1 sự kiện" in behind
    assert pushed["id"] not in behind
    own = http.get(f"/events/{pushed['id']}").text
    assert '<dt title="value">Giá trị</dt><dd>ẩn</dd>' in own
    shown = '<dt title="value">Giá trị</dt><dd>3</dd>'
    assert shown in nodes.ward.http.get(f"/events/{pushed['id']}").text


def test_a_wide_figure_lists_its_numbers_one_below_the_other(nodes: World) -> None:
    values = [
        reported(code, 20 + place)
        for place, code in enumerate(
            (
                "support.training",
                "support.jobs",
                "support.reintegration",
                "supervised.sentences",
                "released.progressed",
                "youth.at_risk",
                "core_force.members",
                "core_force.respected_persons",
                "resources.supported_people",
                "regular_police.officers",
                "self_managed.respected_persons",
            )
        )
    ]
    assert nodes.ward.push_all(values).status_code == 200
    nodes.ward.projected()
    page = nodes.ward.http.get("/figures/indicators", params=QUESTION | {"unit": WARD}).text
    assert '<th scope="row">Người được hỗ trợ học nghề</th>' in page
    assert page.index("Theo đơn vị") < page.rindex("Người được hỗ trợ học nghề")
