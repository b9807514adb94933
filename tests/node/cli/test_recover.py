"""`antq recover`: show, fetch over HTTP, and what a person may decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.envelope import decode
from domain.samples import WARD, WARD_FRONT
from services.node.recovery.marker import MarkerFile
from tests.node.api.serving import Served, meeting, until
from tests.node.cli.running import Antq
from tests.node.recovery.ward import STREAM, Pair, no_fork, outcomes, stream


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Two nodes that no carrier joins; commands without an address are for the ward."""
    monkeypatch.setenv("ANTQ_NODE", "ward")
    monkeypatch.setenv("ANTQ_PARENT", "centre")
    monkeypatch.setenv("ANTQ_UNITS", WARD)
    monkeypatch.setenv("ANTQ_DATA_DIR", str(tmp_path / "ward"))
    monkeypatch.setenv("ANTQ_BY_HAND", "true")
    return Pair(tmp_path, more={"by_hand": True})


def fetch(antq: Antq, ward: Served, centre: Served) -> int:
    """`antq recover fetch` between these two; its exit code."""
    ended = antq("recover", "fetch", "--from", centre.http.base_url, "--url", ward.http.base_url)
    assert not ended.err
    return ended.code


def test_a_lost_stream_is_fetched_over_http(pair: Pair, antq: Antq) -> None:
    with pair.centre() as centre:
        with pair.ward(wait=False) as ward:
            assert fetch(antq, ward, centre) == 0, "it is new, and has heard so"
            until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
            assert outcomes(ward.push_all([meeting(), meeting()]))[-1] == ("recorded", 2)
            assert fetch(antq, ward, centre) == 0
            before = stream(centre)
            assert len(before) == 2
        pair.lose()
        with pair.ward(wait=False) as ward:
            shown = antq("recover", "show", "--url", ward.http.base_url)
            assert shown.code == 1
            assert "Nút chưa ghi sự kiện mới" in shown.out
            # Twice: the catalogue first, which says which streams are this node's to hold.
            assert 0 in (fetch(antq, ward, centre), fetch(antq, ward, centre))
            shown = antq("--lang", "en", "recover", "show", "--url", ward.http.base_url)
            assert shown.code == 0
            assert f"{STREAM}: here 2, above 2" in shown.out
            assert stream(ward) == before
            assert outcomes(ward.push_all([meeting()])) == [("recorded", 3)]
            no_fork(centre, ward)


def test_a_person_may_say_that_nothing_was_lost(pair: Pair, antq: Antq) -> None:
    with pair.ward(wait=False) as ward:
        assert ward.node.recovery.reasons()
        said = antq("--lang", "en", "recover", "nothing-lost", "--yes")
        assert said.code == 0
        assert "its number is given out again" in said.err
        until(lambda: not ward.node.recovery.reasons())
    with pair.ward(wait=False) as ward:
        assert not ward.node.recovery.reasons()


def test_a_new_seat_goes_on_and_the_old_stream_comes_back_beside_it(
    pair: Pair, antq: Antq, tmp_path: Path
) -> None:
    with pair.centre() as centre:
        with pair.ward(wait=False) as ward:
            fetch(antq, ward, centre)
            until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
            ward.push_all([meeting(), meeting()])
            fetch(antq, ward, centre)
            before = stream(centre)
        pair.lose()
        decided = antq("--lang", "en", "recover", "new-seat", "--account", "officer.1", "--yes")
        assert decided.code == 0, decided.err
        assert "never continued from here" in decided.err
        marker = MarkerFile(tmp_path / "ward").read()
        assert marker is not None
        assert marker.seat is not None
        with pair.ward(wait=False) as ward:
            assert ward.json("/v1/recovery")["seat"] == marker.seat.now
            fetch(antq, ward, centre)
            until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
            new = ward.node.hosting.origin(WARD)
            assert new != STREAM
            until(lambda: ward.node.log.head(new) == 1)
            said = decode(ward.node.log.read_stream(new, 1, 1)[0].raw)
            assert said.type == "RecordingSeatChanged"
            assert said.data["stream_id"] == str(STREAM)
            assert said.data["actor_account"] == "officer.1"
            assert outcomes(ward.push_all([meeting()])) == [("recorded", 2)]
            fetch(antq, ward, centre)
            until(lambda: stream(ward) == before)
            assert centre.node.log.head(new) == 2
            no_fork(centre, ward)
