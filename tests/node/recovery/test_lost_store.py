"""A ward whose log is lost or rolled back comes back from above; one whose log is whole goes on."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from services.node.errors import StoreUnavailableError
from services.node.recovery import Reason, Standing
from services.node.recovery.marker import Marker, MarkerFile
from tests.node.api.serving import meeting, until
from tests.node.recovery.ward import (
    STREAM,
    Pair,
    attendees,
    no_fork,
    outcomes,
    sent,
    stream,
)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_a_lost_disk_is_fetched_back_and_the_numbers_go_on(pair: Pair) -> None:
    events = [meeting(attendees=n) for n in range(1, 8)]
    with pair.centre() as centre:
        with pair.ward() as ward:
            ward.push_all(events[:5])
            sent(centre, 5)
            before = stream(ward)
        pair.lose()
        with pair.ward() as ward:
            assert stream(ward) == before
            # The same events get their old answer, though the keys were lost with the log.
            assert outcomes(ward.push_all(events)) == [
                *(("duplicate", n) for n in range(1, 6)),
                ("recorded", 6),
                ("recorded", 7),
            ]
            sent(centre, 7)
            assert stream(centre) == stream(ward)
            assert attendees(ward) == attendees(centre) == sum(range(1, 8))
            no_fork(centre, ward)


def test_a_full_disk_is_waited_for_and_lets_the_node_end(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marker says less meanwhile; that is no fault of the program to be reported."""

    def full(_file: MarkerFile, _marker: Marker) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pair.centre(), pair.ward() as ward:
        ward.push_all([meeting()])
        with monkeypatch.context() as patch:
            patch.setattr(MarkerFile, "write", full)
            ward.push_all([meeting()])
            with pytest.raises(StoreUnavailableError, match=r"store\.json cannot be written: No"):
                ward.node.recovery.start()
            ward.node.recovery.stop()
        ward.node.recovery.start()
        told = MarkerFile(ward.node.settings.data_dir).read()
        assert told is not None
        assert told.heads == {STREAM: 2}


def test_an_old_backup_gets_what_it_lacks(pair: Pair, tmp_path: Path) -> None:
    with pair.centre() as centre:
        with pair.ward() as ward:
            ward.push_all([meeting(), meeting()])
            sent(centre, 2)
        shutil.copytree(tmp_path / "ward", tmp_path / "backup")
        with pair.ward() as ward:
            ward.push_all([meeting(), meeting()])
            sent(centre, 4)
            before = stream(ward)
        pair.lose()
        shutil.copytree(tmp_path / "backup", tmp_path / "ward")
        with pair.ward(wait=False) as ward:
            report = ward.node.recovery.report()
            assert report.fence is None or report.fence.reason is Reason.COPIED
            # The copy may have been given the inode of the file that is gone: then the node above
            # tells.
            until(lambda: ward.node.recovery.report().heard)
            assert not ward.node.recovery.reasons()
            assert stream(ward) == before
            assert outcomes(ward.push_all([meeting()])) == [("recorded", 5)]
            sent(centre, 5)
            no_fork(centre, ward)


def test_a_log_that_was_put_back_under_the_marker_is_noticed_offline(
    pair: Pair, tmp_path: Path
) -> None:
    with pair.centre() as centre:
        with pair.ward() as ward:
            ward.push_all([meeting(), meeting()])
            sent(centre, 2)
        for name in ("log.db", "state.db"):
            shutil.copy(tmp_path / "ward" / name, tmp_path / name)
        with pair.ward() as ward:
            ward.push_all([meeting()])
            sent(centre, 3)
    for name in ("log.db", "state.db"):
        shutil.copy(tmp_path / name, tmp_path / "ward" / name)
    with pair.ward(wait=False) as ward:  # nobody is above
        fence = ward.node.recovery.report().fence
        assert fence is not None
        assert fence.reason is Reason.BEHIND_MARKER
        answer = ward.push(meeting())
        assert answer.status_code == 503
        problem = answer.json()
        assert problem["type"] == "urn:antq:problem:recovering"
        assert "khôi phục" in problem["title"]
        assert int(answer.headers["Retry-After"]) >= 1
        assert ward.http.get("/readyz").status_code == 503
        assert "chưa ghi" in ward.http.get("/sync").text
        assert ward.json("/v1/recovery")["standing"] == "asking"
        assert attendees(ward) == 36  # reads are served
        with pair.centre() as centre:
            until(lambda: not ward.node.recovery.reasons())
            assert outcomes(ward.push_all([meeting()])) == [("recorded", 4)]
            sent(centre, 4)
            no_fork(centre, ward)


def test_an_intact_restart_needs_nobody(pair: Pair) -> None:
    with pair.centre() as centre, pair.ward() as ward:
        ward.push_all([meeting()])
        sent(centre, 1)
    for number in (2, 3):
        with pair.ward(wait=False) as ward:
            assert outcomes(ward.push_all([meeting()])) == [("recorded", number)]
            assert ward.http.get("/readyz").status_code == 200
    (pair.folder / "ward" / "state.db").unlink()  # made anew from the log
    with pair.ward(wait=False) as ward:
        assert outcomes(ward.push_all([meeting()])) == [("recorded", 4)]


def test_numbers_that_nobody_holds_are_not_given_out_again(pair: Pair, tmp_path: Path) -> None:
    """What was recorded and never sent is lost with the disk; its numbers are not."""
    with pair.centre() as centre, pair.ward() as ward:
        ward.push_all([meeting()])
        sent(centre, 1)
    with pair.ward(wait=False) as ward:  # nobody is above
        ward.push_all([meeting(), meeting()])
    (tmp_path / "ward" / "log.db").unlink()
    (tmp_path / "ward" / "state.db").unlink()
    (tmp_path / "carrier.db").unlink()
    with pair.centre() as centre, pair.ward(wait=False) as ward:
        until(lambda: ward.node.recovery.report().standing is Standing.LOST)
        (own,) = ward.json("/v1/recovery")["streams"]
        assert (own["held"], own["above"], own["known"]) == (1, 1, 3)
        assert ward.push(meeting()).status_code == 503
        assert len(stream(centre)) == 1


def test_who_recorded_under_used_numbers_stays_closed(pair: Pair, tmp_path: Path) -> None:
    """Another history under the same numbers is not mended: a person decides."""
    with pair.centre() as centre:
        with pair.ward() as ward:
            ward.push_all([meeting()])
            sent(centre, 1)
        shutil.copy(tmp_path / "ward" / "log.db", tmp_path / "log.db")
        with pair.ward() as ward:
            ward.push_all([meeting(), meeting()])
            sent(centre, 3)
    pair.lose()
    (tmp_path / "ward").mkdir()
    shutil.copy(tmp_path / "log.db", tmp_path / "ward" / "log.db")
    from services.node.recovery.overriding import nothing_lost  # noqa: PLC0415 - one use

    nothing_lost(MarkerFile(tmp_path / "ward"))  # which is not so
    with pair.ward(wait=False) as ward:
        assert outcomes(ward.push_all([meeting()])) == [("recorded", 2)]
        with pair.centre() as centre:
            until(lambda: bool(ward.node.recovery.reasons()))
            until(lambda: ward.node.recovery.report().standing is Standing.DIFFERS)
            told = centre.node.notary.alarm_book.heard
            words = {"differs", "forked"}  # by what came first: the answer, or other events
            until(lambda: any(one.origin == STREAM and one.what in words for one in told()))
            assert ward.push(meeting()).status_code == 503
            assert ward.node.log.head(STREAM) < 4
