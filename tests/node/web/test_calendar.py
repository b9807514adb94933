"""The calendar page: obligations of a unit, filtered, each with its rule and the event that met
it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from domain.samples import CENTRE, MINISTRY, WARD
from tests.node.api.serving import Served, World, common, event, meeting, until, world

EVALUATION = {"evaluated": 18, "fulfilled": 17, "not_fulfilled": 1}
MARCH = {"obliged_unit_id": WARD, "kind": "meeting", "period": "2025-03-01/2025-03-31"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ward that met in March 2025 and was reminded of April by the centre."""
    with world(tmp_path_factory.mktemp("world")) as found:
        pushed = found.ward.push_all(
            [meeting(kind="committee_periodic", member_evaluation=EVALUATION)]
        )
        assert pushed.status_code == 200, pushed.text
        april = MARCH | {"period": "2025-04-01/2025-04-30"}
        reminded = found.centre.push(
            event("ReminderSent", common(CENTRE, MINISTRY, "2025-05-05") | april)
        )
        assert reminded.status_code == 201, reminded.text
        until(lambda: found.centre.node.log.position() >= found.ward.node.log.position())
        until(lambda: found.ward.node.log.position() >= found.centre.node.log.position())
        found.ward.projected()
        found.centre.projected()
        yield found


def text_of(node: Served, **parameters: str) -> str:
    response = node.http.get("/calendar", params={"period": "2025-H1"} | parameters)
    assert response.status_code == 200, response.text
    return response.text


def rows(page: str) -> list[str]:
    """What each row says, without the tags."""
    body = re.findall(
        r'<tr class="(?:open|late|met|waived|moved|ended)" role="row">(.*?)</tr>', page, re.DOTALL
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body]


def test_the_wards_half_year(nodes: World) -> None:
    found = rows(text_of(nodes.ward))
    assert len(found) == 7  # the slots of December to May, and the half-year's report
    (march,) = (row for row in found if "tháng 3/2025" in row)
    assert "31/3/2025 đã xong đã xong, đúng hạn Phường 8 27316 14/3/2025" in march
    assert "chế độ họp, Trung ương, từ 1/1/2020" in march
    (april,) = (row for row in found if "tháng 4/2025" in row)
    assert re.search(r"30/4/2025 trễ hạn trễ \d+ ngày Phường 8 27316 – 5/5/2025", april)
    (report,) = (row for row in found if "Báo cáo 6 tháng đầu năm 2025" in row)
    assert "19/6/2025 trễ hạn" in report


def test_the_page_is_found_in_the_navigation(nodes: World) -> None:
    page = nodes.ward.http.get("/").text
    assert re.search(r'<a href="/calendar\?[^"]+">Lịch công việc</a>', page)
    assert 'aria-current="page">Lịch công việc' in text_of(nodes.ward)


def test_filters(nodes: World) -> None:
    assert len(rows(text_of(nodes.ward, state="met"))) == 1
    assert len(rows(text_of(nodes.ward, kind="half_year"))) == 1
    assert rows(text_of(nodes.ward, kind="plan")) == []
    assert "Không có việc nào" in text_of(nodes.ward, kind="plan")
    own, all_ = (rows(text_of(nodes.centre, below=below)) for below in ("", "1"))
    assert sum("Phường 8" in row for row in own) == 0
    assert sum("Phường 8" in row for row in all_) == 7


def test_the_event_that_met_it_is_one_step_away(nodes: World) -> None:
    page = text_of(nodes.ward, state="met")
    (href,) = re.findall(r'href="(/events/[^"]+)"', page)
    assert "Họp, giao ban" in nodes.ward.http.get(href).text


def test_english(nodes: World) -> None:
    page = text_of(nodes.ward, lang="en")
    assert "Periodic meeting of the committee of 2025-03" in page
    assert "done in time" in page
    assert re.search(r"late by \d+ days", page)


@pytest.mark.parametrize("parameters", [{"kind": "lunch"}, {"state": "x"}, {"after": "1|2"}])
def test_a_question_that_makes_no_sense(nodes: World, parameters: dict[str, str]) -> None:
    response = nodes.ward.http.get("/calendar", params={"period": "2025-H1"} | parameters)
    assert response.status_code == 400
    assert "Không hiển thị được trang này" in response.text
