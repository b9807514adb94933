"""The page of a record's history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from domain.reports import report_id
from domain.samples import WARD
from services.node.web import history
from tests.node.api.serving import Served, World, world
from tests.node.api.test_history import Story, told
from tests.node.api.test_reports import played
from tests.node.web.test_pages import Page


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with world(tmp_path_factory.mktemp("history")) as found:
        yield told(found)


def page(node: Served, path: str, **parameters: str) -> Page:
    response = node.http.get(path, params=parameters or None)
    assert response.status_code == 200, response.text
    return Page(response.text)


def test_an_event_leads_to_its_history(story: Story) -> None:
    event = page(story.ward, f"/events/{story.second['id']}")
    (href,) = [h for h in event.links if h.startswith("/history/")]
    found = page(story.ward, href)
    for each in (story.meeting, story.first, story.second, story.retraction):
        assert f"/events/{each['id']}" in found.links
    for href in found.links:
        if href.startswith("/"):
            assert story.ward.http.get(href).status_code == 200, href


def test_it_shows_who_what_and_by_which_rule(story: Story) -> None:
    found = page(story.centre, f"/history/{story.meeting['id']}").text
    assert "Công an phường, Phường 8" in found
    assert "<td>4.200</td><td>420</td>" in found
    assert "<td>42</td><td>420</td>" in found
    assert "Lượt người dự" in found
    assert "</a> (lý do: sai số liệu)" in found
    assert "trong luồng của Trung ương (trung ương)" in found
    assert "chế độ họp" in found
    assert "chưa được niêm phong" in found
    english = page(story.centre, f"/history/{story.meeting['id']}", lang="en").text
    assert "<td>4,200</td><td>420</td>" in english
    assert "correction retracted, as before" in english
    assert "Lượt người dự" not in english


def test_it_shows_an_earlier_state(story: Story) -> None:
    path = f"/v1/history/{story.meeting['id']}"
    position = story.ward.json(path)["items"][0]["position"]
    found = page(story.ward, f"/history/{story.meeting['id']}", as_of_position=str(position))
    assert f"/events/{story.first['id']}" not in found.text
    assert "nhật ký đến vị trí" in found.text


def test_a_long_history_is_paged(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_PAGE", 3)
    first = page(story.ward, f"/history/{story.meeting['id']}")
    (href,) = [h for h in first.links if "after=" in h and "lang=en" not in h]
    second = page(story.ward, href)
    assert [found.text.count("<section") for found in (first, second)] == [3, 1]
    assert f"/events/{story.retraction['id']}" in second.links
    path = f"/history/{story.meeting['id']}"
    assert story.ward.http.get(path, params={"after": "x"}).status_code == 400


def test_a_report_leads_to_its_history_and_back(fresh: World) -> None:
    ward = played(fresh)
    report = str(report_id(WARD, "half_year", "2025-H1"))
    links = page(ward, f"/reports/{report}").links
    assert f"/history/{report}" in links
    found = page(ward, f"/history/{report}")
    assert f"/reports/{report}" in found.links
    assert "(bản 2)" in found.text
    assert "Khác bản 1" in found.text
    assert "2 → 1" in found.text


@pytest.mark.parametrize("wrong", [str(UUID(int=0)), "none"])
def test_what_is_not_held_says_so(story: Story, wrong: str) -> None:
    assert story.ward.http.get(f"/history/{wrong}").status_code == 404


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found
