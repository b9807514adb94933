"""What a node keeps beside its stores: read as written, and no copy is taken for it."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from services.node.errors import FencedError
from services.node.recovery import Fence, Guard, Marker, MarkerFile, Reason, seat_of
from services.node.recovery.overriding import new_seat, nothing_lost
from services.node.recovery.texts import Standing, refusal

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def _fenced() -> Marker:
    fence = Fence(uuid4(), "2026-03-01T08:00:00.000000Z", Reason.BEHIND_MARKER)
    return Marker({uuid4(): 7, uuid4(): 2**53 - 1}, fence)


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file, marker = MarkerFile(tmp_path / "data"), _fenced()
    assert file.read() is None
    for written in (Marker(), marker):
        file.write(written)
        assert file.read() == written
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["store.json"]


def test_a_copy_of_the_folder_is_seen_to_be_one(tmp_path: Path) -> None:
    file = MarkerFile(tmp_path / "data")
    file.write(_fenced())
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    copied = MarkerFile(tmp_path / "copy").read()
    assert copied is not None
    assert copied.copied
    (tmp_path / "data").rename(tmp_path / "moved")
    moved = MarkerFile(tmp_path / "moved").read()
    assert moved is not None
    assert not moved.copied


def test_a_copy_that_was_given_the_inode_of_the_file_that_is_gone_is_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content names this inode, and was made long before the file was."""
    file, then = MarkerFile(tmp_path), time.time() - 3_600
    with monkeypatch.context() as earlier:
        earlier.setattr(time, "time", lambda: then)
        file.write(Marker())
    found = file.read()
    assert found is not None
    assert found.copied


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version":2}', b"\xff"])
def test_one_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.json").write_bytes(content)
    assert MarkerFile(tmp_path).read() is None


def test_what_a_person_decides_outlasts_the_process(tmp_path: Path) -> None:
    file = MarkerFile(tmp_path)
    file.write(_fenced())
    nothing_lost(file)
    assert file.read() == Marker()
    file.write(_fenced())
    first = new_seat(file, "main", "account", NOW)
    assert (first.left, first.now) == ("main", "main-20260301083000")
    assert seat_of(file.read(), "main") == first.now
    assert seat_of(file.read(), "b") == "b", "the settings name another one now"
    again = new_seat(file, "main", "account", NOW.replace(hour=9))
    assert (again.left, again.now) == (first.now, "main-20260301093000")


def test_the_guard_closes_when_a_stream_is_shorter_than_it_was() -> None:
    """A standby database that lacks the last transactions took over under a running node."""
    guard, stream = Guard(), uuid4()
    guard.recorded([(stream, 5)])
    guard.recorded([(stream, 4)])
    guard.found(stream, 5)
    guard.pass_through()
    with pytest.raises(FencedError):
        guard.found(stream, 4)
    assert guard.fallen
    with pytest.raises(FencedError) as error:
        guard.pass_through()
    assert error.value.problem.status == 503
    guard.open()
    guard.pass_through()
    guard.close(refusal(Reason.COPIED, Standing.LOST))
    with pytest.raises(FencedError):
        guard.pass_through()
