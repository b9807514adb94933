"""`antq history` prints what the API of a node says of a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from domain.reports import report_id
from domain.samples import WARD
from tests.node.api.serving import World, world
from tests.node.api.test_history import Story, told
from tests.node.api.test_reports import played
from tests.node.cli.running import Antq


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with world(tmp_path_factory.mktemp("history")) as found:
        yield found, told(found)


def test_a_corrected_record(antq: Antq, both: tuple[World, Story]) -> None:
    _, story = both
    url = str(story.ward.http.base_url)
    ended = antq("history", story.meeting["id"], "--url", url)
    assert ended.code == 0, ended.err
    assert "1. Họp, giao ban, sơ kết, tổng kết: đã đính chính" in ended.out
    assert "Công an phường, Phường 8 (test.account; test.system" in ended.out
    assert "Lượt người dự: 4.200 → 420" in ended.out
    assert "Lượt người dự: 42 → 420" in ended.out
    assert "Theo quy định: chế độ họp" in ended.out
    assert "chưa niêm phong" in ended.out
    english = antq("--lang", "en", "history", story.meeting["id"], "--url", url)
    assert "2. Event corrected: in force" in english.out
    assert "Attendees: 4,200 → 420" in english.out


def test_json_and_an_earlier_state(antq: Antq, both: tuple[World, Story]) -> None:
    _, story = both
    url = str(story.ward.http.base_url)
    whole = json.loads(antq("history", story.meeting["id"], "--json", "--url", url).out)["items"]
    assert len(whole) == 4
    asked = ("history", story.meeting["id"], "--json", "--as-of", whole[1]["recorded_at"])
    then = json.loads(antq(*asked, "--url", url).out)["items"]
    assert [item["event_id"] for item in then] == [item["event_id"] for item in whole[:2]]
    assert [item["status"] for item in then] == ["corrected", "active"]


def test_what_is_not_held(antq: Antq, both: tuple[World, Story]) -> None:
    _, story = both
    ended = antq("history", uuid4(), "--url", str(story.ward.http.base_url))
    assert ended.code == 2
    assert "Nút này không có" in ended.err


def test_versions_of_a_report(antq: Antq, both: tuple[World, Story]) -> None:
    """Last in this file: it records more."""
    found, _ = both
    ward = played(found)
    report = report_id(WARD, "half_year", "2025-H1")
    ended = antq("history", report, "--url", str(ward.http.base_url))
    assert ended.code == 0, ended.err
    assert "Gửi báo cáo, bản 2" in ended.out
    assert "Khác bản: 1" in ended.out
    assert "Số kỳ đã họp (f1.met): 2 → 1" in ended.out
    assert "+ mục next_year_plan" in ended.out
