"""The event files are what the code makes, and hold what the story needs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from domain.events import EVENTS, Body
from domain.parse import parse_body
from services.demo import build
from services.demo.making.drafts import DIGEST_OF
from services.demo.making.files import contents
from services.demo.story import STORY
from services.node.pushed import Pushed, read_pushed

_ANY_DIGEST = "sha256:" + "0" * 64


def _events() -> list[dict[str, Any]]:
    return [orjson.loads(line) for lines in contents().values() for line in lines.splitlines()]


def test_the_committed_files_are_what_the_code_makes() -> None:
    assert build.drifted() == []


def test_drift_is_found(tmp_path: Path) -> None:
    build.write(tmp_path)
    assert build.drifted(tmp_path) == []
    names = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / names[0]).write_bytes(b"")
    (tmp_path / names[1]).unlink()
    (tmp_path / "left-over.jsonl").write_bytes(b"{}\n")
    assert build.drifted(tmp_path) == sorted([names[0], names[1], "left-over.jsonl"])
    build.write(tmp_path)
    assert build.drifted(tmp_path) == []


def test_every_event_has_the_form_of_its_type() -> None:
    for event in _events():
        text = orjson.dumps(event).decode()
        at = text.find(DIGEST_OF)
        while at >= 0:  # the player puts the digest there
            end = text.index('"', at)
            text = text[:at] + _ANY_DIGEST + text[end:]
            at = text.find(DIGEST_OF)
        assert isinstance(read_pushed(orjson.loads(text)), Pushed), event["id"]


def test_every_file_is_played_and_every_push_has_its_file() -> None:
    played = {push.file for step in STORY for act in step.acts for push in act.pushes}
    assert played == set(contents())


def test_only_the_replay_sends_an_event_twice() -> None:
    counts = Counter(event["id"] for event in _events())
    replayed = [orjson.loads(line)["id"] for line in contents()["06-q5-wards-replay"].splitlines()]
    assert {event_id for event_id, count in counts.items() if count > 1} == set(replayed)
    assert len(replayed) == 3


def test_no_person_is_named() -> None:
    """Accounts are offices', and no field is free text about a person."""
    for event in _events():
        assert event["data"]["actor_account"].rsplit(".", 1)[1] in (
            "police",
            "front",
            "peoples_committee",
        )


def test_the_quarter_holds_the_storys_totals() -> None:
    meetings = [e["data"] for e in _events() if e["type"] == "vn.antq.MeetingHeld"]
    quarter = {
        (m["source_system"], m["source_record_id"]): m["attendees"]
        for m in meetings
        if "2025-01-01" <= m["occurred_on"] <= "2025-03-31" and "q5-" in m["source_system"]
    }
    assert sum(quarter.values()) == 9_640
    assert sum(quarter.values()) - 4_200 + 420 == 5_860


def test_the_correction_replaces_with_a_valid_body() -> None:
    [correction] = [e for e in _events() if e["type"] == "vn.antq.EventCorrected"]
    version = EVENTS["MeetingHeld"].version
    body = parse_body("MeetingHeld", version, correction["data"]["replacement"])
    assert isinstance(body, Body)
