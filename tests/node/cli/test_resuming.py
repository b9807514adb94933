"""Where a push stopped: kept, trusted only for the same file and node, never in the way."""

from __future__ import annotations

import os
from pathlib import Path

from services.node.cli.pushing.resuming import Progress, ResumeFile, Tally


def _resume(tmp_path: Path, url: str = "http://a") -> ResumeFile:
    return ResumeFile(tmp_path / "events.jsonl", url)


def _prepared(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text("{}\n{}\n")
    return path


def test_progress_is_kept(tmp_path: Path) -> None:
    _prepared(tmp_path)
    _resume(tmp_path).save(1, 17, Tally(1, 2, 3))
    assert _resume(tmp_path).load() == Progress(1, 17, Tally(1, 2, 3))


def test_another_node_starts_at_the_beginning(tmp_path: Path) -> None:
    _prepared(tmp_path)
    _resume(tmp_path).save(1, 0, Tally())
    assert _resume(tmp_path, "http://b").load() == Progress()


def test_a_changed_file_starts_at_the_beginning(tmp_path: Path) -> None:
    path = _prepared(tmp_path)
    _resume(tmp_path).save(1, 0, Tally())
    path.write_text("{}\n[]\n")
    os.utime(path, ns=(1, 1))
    assert _resume(tmp_path).load() == Progress()


def test_a_damaged_progress_is_no_progress(tmp_path: Path) -> None:
    path = _prepared(tmp_path)
    path.with_name("events.jsonl.antq-push").write_text('{"url": "http://a"')
    assert _resume(tmp_path).load() == Progress()


def test_a_folder_that_takes_no_file_does_not_stop_the_push(tmp_path: Path) -> None:
    path = _prepared(tmp_path)
    # A folder in its place cannot be overwritten by a file, whoever runs the test.
    path.with_name("events.jsonl.antq-push").mkdir()
    resume = _resume(tmp_path)
    resume.save(1, 0, Tally())
    assert not resume.writable
    assert resume.load() == Progress()


def test_a_finished_push_forgets(tmp_path: Path) -> None:
    _prepared(tmp_path)
    resume = _resume(tmp_path)
    resume.save(2, 0, Tally())
    resume.forget()
    resume.forget()
    assert resume.load() == Progress()
    assert [p.name for p in tmp_path.iterdir()] == ["events.jsonl"]
