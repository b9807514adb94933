"""`antq redact`, and what API, page and history say of an event whose content was removed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from domain.samples import CENTRE, MINISTRY, WARD, WARD_POLICE
from tests.node.api.serving import Served, World, until, world
from tests.node.api.test_history import Story, told
from tests.node.cli.running import Antq


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with world(tmp_path_factory.mktemp("redact")) as serving:
        yield serving, told(serving)


def test_who_may_not_is_refused(antq: Antq, found: tuple[World, Story]) -> None:
    _, story = found
    who = ("--unit", WARD, "--org", WARD_POLICE, "--yes")
    what = ("--basis", "other", "--content", "petitioner")
    url = ("--url", str(story.ward.http.base_url))
    ended = antq("redact", story.meeting["id"], *what, *who, *url)
    assert ended.code == 2
    assert "văn bản" in ended.err
    ended = antq(
        "redact", story.retraction["id"], "--basis", "personal_data_law", *what[2:], *who, *url
    )
    assert ended.code == 2
    assert "không xóa" in ended.err.lower()


def _is_gone(node: Served, event_id: str) -> bool:
    return node.http.get(f"/v1/events/{event_id}").status_code == 410


def test_removed_and_told_everywhere(antq: Antq, found: tuple[World, Story]) -> None:
    serving, story = found
    meeting, url = story.meeting["id"], str(story.centre.http.base_url)
    ended = antq(
        *("redact", meeting, "--basis", "personal_data_law", "--content", "petitioner"),
        *("--unit", CENTRE, "--org", MINISTRY, "--document", "12/QĐ", "--yes", "--url", url),
    )
    assert ended.code == 0, ended.err
    assert "Đã ghi quyết định xóa" in ended.out
    assert story.first["id"] in ended.out, "its corrections hold the content too"
    for node in (serving.centre, serving.ward):
        until(partial(_is_gone, node, meeting))
        node.projected()
        answer = node.http.get(f"/v1/events/{meeting}", headers={"Accept-Language": "en"}).json()
        assert answer["type"] == "urn:antq:problem:event-erased"
        assert (answer["content_kind"], answer["legal_basis"]) == (
            "petitioner",
            "personal_data_law",
        )
        assert "a petitioner" in answer["detail"]
        page = node.http.get(f"/events/{meeting}")
        assert page.status_code == 410
        assert "Nội dung sự kiện MeetingHeld" in page.text
        history = node.json(f"/v1/history/{meeting}")["items"]
        (told_of,) = [item for item in history if item["type"] == "EventRedacted"]
        assert told_of["amendment"]["effect"] == "redacted"
        assert told_of["amendment"]["target_event_ids"] == [meeting]
        assert meeting not in [item["event_id"] for item in history]
        assert node.http.get(f"/history/{meeting}").status_code == 200
        (stone,) = [
            one
            for one in node.json(f"/v1/streams/{answer['origin']}")
            if one["type"] == "vn.antq.EventErased"
        ]
        assert stone["data"]["leaf_hash"] == answer["leaf_hash"]
    ended = antq("--lang", "en", "history", meeting, "--url", url)
    assert "content removed at every level" in ended.out
    assert "a petitioner; Personal Data Protection Law" in ended.out
