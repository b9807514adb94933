"""Processes that read streams together say what one says, whatever is wrong and whatever dies."""

from __future__ import annotations

import os
from collections.abc import Iterable
from multiprocessing import parent_process
from pathlib import Path

import pytest

from services.node.audit import hands
from services.node.audit.checked import Checked
from services.node.audit.files import Files
from services.node.audit.hands import Task, checked, usual_jobs
from services.node.audit.layout import StreamEntry
from services.node.audit.stream import StreamCheck
from services.node.audit.verifying import verify
from services.node.ledger.keys import SigningKey, VerifierKey
from services.node.ledger.names import origin_name
from tests.node.audit.histories import GIVEN, LONG, SHORT, History, edit_entries
from tests.node.audit.test_ended_keys import OLD, key_event


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of two levels: one whole, with an event that announces a key, and one that was edited."""
    place = tmp_path_factory.mktemp("hands")
    for name in ("commune", "district"):
        history = History()
        history.streams[LONG][0] = key_event(LONG, 1, "Registered", OLD)
        history.notes[LONG] = [history.sign(LONG, size) for size in (100, 600)]
        history.export(place / name)
    edit_entries(place / "district", LONG, {300: [b"noise"]})
    edit_entries(place / "district", SHORT, {7: []})
    return [place / "commune", place / "district"]


def test_two_say_word_for_word_what_one_says(folders: list[Path]) -> None:
    told: list[list[tuple[int, int]]] = [[], []]
    alone, together = (
        verify(folders, GIVEN, lambda *at, to=to: to.append(at), jobs=jobs)
        for jobs, to in zip((1, 2), told, strict=True)
    )
    assert alone.as_json() == together.as_json()
    assert {finding.first for finding in together.all_findings} >= {7, 300}
    assert told[0] == told[1] != []


def test_whole_folders_are_intact_for_two_as_well(folders: list[Path]) -> None:
    report = verify(folders[:1], GIVEN, jobs=2)
    assert report.all_findings == []
    assert [stream.through(given=True) for stream in report.streams] == [600, 40]


class _Dying(StreamCheck):
    """Ends its process when it comes to the second stream, if that is not the only one."""

    def __init__(self, files: Files, entry: StreamEntry, sizes: Iterable[int]) -> None:
        if entry.origin == SHORT and parent_process() is not None:
            os._exit(1)
        super().__init__(files, entry, sizes)


def _check_all(tasks: list[Task]) -> list[Checked]:
    return [_Dying(Files(task.folder), task.entry, task.sizes).run() for task in tasks]


def test_what_a_process_that_died_has_left_is_read_all_the_same(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "_check_all", _check_all)
    report = verify(folders[:1], GIVEN, jobs=2)
    assert report.all_findings == []
    assert [stream.origin for stream in report.streams] == [LONG, SHORT]
    assert report.as_json() == verify(folders[:1], GIVEN, jobs=1).as_json()


def test_few_events_are_read_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [usual_jobs(events) for events in (0, hands.FEW, hands.FEW + 1)] == [1, 1, 2]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert usual_jobs(hands.FEW + 1) == 1


def test_nothing_is_started_for_one_stream(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "ProcessPoolExecutor", None)
    entry = StreamEntry(SHORT, 0, "", {})
    assert [one.report.origin for one in checked([Task(folders[0], entry, ())], 2)] == [SHORT]


def test_a_key_is_looked_for_by_what_a_signature_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder lists a key for every stream, and each stream has checkpoints: to go through all
    keys for each checkpoint grows with the square of the streams."""
    History().export(tmp_path / "audit")
    others = [SigningKey(origin_name(LONG), bytes([7, n]) * 16).verifier for n in range(100)]
    texts: list[str] = []
    text_of = VerifierKey.__str__

    def counted(key: VerifierKey) -> str:
        texts.append(key.name)
        return text_of(key)

    monkeypatch.setattr(VerifierKey, "__str__", counted)
    report = verify([tmp_path / "audit"], [*GIVEN, *others])
    assert report.all_findings == []
    assert report.streams[0].through(given=True) == 600
    assert len(texts) < len(others)
