"""`antq redact`, and what API, page and history say of an event whose content was removed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial

import pytest

from domain.samples import CENTRE, MINISTRY, WARD, WARD_POLICE
from tests.node.api.serving import Served, World, meeting, until, world
from tests.node.api.test_asof import correction
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
    target, url = story.meeting["id"], str(story.centre.http.base_url)
    ended = antq(
        *("redact", target, "--basis", "personal_data_law", "--content", "petitioner"),
        *("--unit", CENTRE, "--org", MINISTRY, "--document", "12/QĐ", "--yes", "--url", url),
    )
    assert ended.code == 0, ended.err
    assert "Đã ghi quyết định xóa" in ended.out
    # Its corrections hold the content too: each is named with what removes it.
    commands = [line for line in ended.out.splitlines() if "antq redact" in line]
    (command,) = [line for line in commands if story.first["id"] in line]
    assert shlex.split(command) == [
        *("antq", "redact", story.first["id"]),
        *("--basis", "personal_data_law", "--content", "petitioner"),
        *("--decided-by", MINISTRY, "--document", "12/QĐ"),
        *("--unit", CENTRE, "--org", MINISTRY, "--account", "antq-redact", "--url", url),
    ]
    for node in (serving.centre, serving.ward):
        until(partial(_is_gone, node, target))
        node.projected()
        answer = node.http.get(f"/v1/events/{target}", headers={"Accept-Language": "en"}).json()
        assert answer["type"] == "urn:antq:problem:event-erased"
        assert (answer["content_kind"], answer["legal_basis"]) == (
            "petitioner",
            "personal_data_law",
        )
        assert "a petitioner" in answer["detail"]
        page = node.http.get(f"/events/{target}")
        assert page.status_code == 410
        assert "Nội dung sự kiện MeetingHeld" in page.text
        history = node.json(f"/v1/history/{target}")["items"]
        (told_of,) = [item for item in history if item["type"] == "EventRedacted"]
        assert told_of["amendment"]["effect"] == "redacted"
        assert told_of["amendment"]["target_event_ids"] == [target]
        assert target not in [item["event_id"] for item in history]
        assert node.http.get(f"/history/{target}").status_code == 200
        (stone,) = [
            one
            for one in node.json(f"/v1/streams/{answer['origin']}")
            if one["type"] == "vn.antq.EventErased"
        ]
        assert stone["data"]["leaf_hash"] == answer["leaf_hash"]
    assert not _is_gone(serving.centre, story.first["id"])
    removed = antq(*shlex.split(command)[1:], "--yes")
    assert removed.code == 0, removed.err
    assert "antq redact" not in removed.out, "it has no corrections itself"
    for node in (serving.centre, serving.ward):
        until(partial(_is_gone, node, story.first["id"]))
    ended = antq("--lang", "en", "history", target, "--url", url)
    assert "content removed at every level" in ended.out
    assert "a petitioner; Personal Data Protection Law" in ended.out


def test_the_corrections_go_with_it(antq: Antq, found: tuple[World, Story]) -> None:
    serving, _ = found
    ward, url = serving.ward, str(serving.ward.http.base_url)
    wrong = meeting()
    corrections = [correction(wrong, attendees) for attendees in (19, 20)]
    for one in (wrong, *corrections):
        assert ward.push(one).status_code == 201
    ward.projected()
    who = ("--unit", WARD, "--org", WARD_POLICE, "--yes", "--url", url)
    what = ("--basis", "personal_data_law", "--content", "petitioner")
    ended = antq("--lang", "en", "redact", wrong["id"], *what, *who, "--with-copies")
    assert ended.code == 0, ended.err
    assert ended.out.count("The redaction is recorded") == 3
    assert "antq redact" not in ended.out
    for node in (serving.ward, serving.centre):
        for one in (wrong, *corrections):
            until(partial(_is_gone, node, one["id"]))
    assert antq("redact", wrong["id"], *what, *who, "--with-copies").code == 2, "it is gone"
