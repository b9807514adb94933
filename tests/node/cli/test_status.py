"""`antq status`, `replay` and `rebuild` against a real node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.envelope import BATCH_MEDIA_TYPE, join_batch
from contracts.topics import down_topic
from domain.samples import CENTRE, MINISTRY, WARD
from services.node.cli.serving import opened
from services.node.errors import SettingsError
from services.node.syncstate import Quarantined
from services.province.spec import SPEC as PROVINCE
from tests.node.api.serving import World, common, event, meeting, world
from tests.node.cli.running import Antq


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """Two nodes of their own."""
    with world(tmp_path) as found:
        yield found


def _url(world: World) -> str:
    return str(world.ward.http.base_url)


def _quarantine(world: World, raw: bytes = b"not an event") -> str:
    digest = f"sha256:{'0' * 64}"
    world.ward.node.sync.quarantine(
        [
            Quarantined(
                digest,
                down_topic("centre"),
                "antq.v1.down.centre/0@0",
                BATCH_MEDIA_TYPE,
                "not JSON",
                raw,
                "2026-01-01T00:00:00.000000Z",
                1,
                None,
            )
        ]
    )
    return digest


def test_all_is_complete(antq: Antq, fresh: World) -> None:
    fresh.ward.projected()
    ended = antq("status", "--url", _url(fresh))
    assert ended.code == 0
    assert "Nút ward (Ban chỉ đạo cấp xã), cấp trên: centre" in ended.out
    line = next(line for line in ended.out.splitlines() if "Trung ương" in line)
    assert "trên" in line
    assert line.rstrip().endswith("đủ")


def test_streams_that_nobody_vouches_for_are_told(antq: Antq, fresh: World) -> None:
    assert fresh.ward.push(meeting()).status_code == 201
    fresh.ward.projected()
    told = antq("status", "--url", _url(fresh)).out
    assert "Chưa cấp trên nào xác nhận đã nhận luồng ghi tại đây" in told


def test_status_in_english(antq: Antq, fresh: World) -> None:
    ended = antq("--lang", "en", "status", "--url", _url(fresh))
    assert "Node ward (Commune steering committee), above: centre" in ended.out
    assert "complete" in ended.out


def test_something_in_quarantine_shows_and_changes_the_exit_code(antq: Antq, fresh: World) -> None:
    digest = _quarantine(fresh)
    ended = antq("status", "--url", _url(fresh))
    assert ended.code == 1
    assert "Đang cách ly: 1" in ended.out
    listed = antq("replay", "--url", _url(fresh))
    assert (listed.code, digest in listed.out) == (0, True)
    again = antq("replay", "--all", "--url", _url(fresh))
    assert again.code == 1
    assert "vẫn chưa đọc được" in again.out


def test_replay_takes_in_what_can_be_read_now(antq: Antq, fresh: World) -> None:
    logged = fresh.centre.node.log.read(0, 1)[0]
    digest = _quarantine(fresh, join_batch([logged.raw]))
    ended = antq("replay", digest, "--url", _url(fresh))
    assert ended.code == 0
    assert "đã nhận lại" in ended.out
    assert fresh.ward.node.sync.quarantine_count() == 0


def test_replay_of_nothing_says_so(antq: Antq, fresh: World) -> None:
    empty = antq("replay", "--url", _url(fresh))
    assert (empty.code, empty.out) == (0, "")
    assert "Không có gì đang cách ly." in empty.err
    ended = antq("replay", "sha256:nothing", "--url", _url(fresh))
    assert ended.code == 2
    assert "Khu cách ly không có mục này" in ended.err


def test_nobody_answers(antq: Antq) -> None:
    ended = antq("status", "--url", "http://127.0.0.1:1")
    assert ended.code == 2
    assert "không trả lời" in ended.err


def test_rebuild_beside_a_running_node_finds_the_same_rows(
    antq: Antq, fresh: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.centre.projected()
    settings = fresh.centre.node.settings
    monkeypatch.setenv("ANTQ_NODE", settings.node)
    monkeypatch.setenv("ANTQ_UNITS", ",".join(map(str, settings.units)))
    monkeypatch.setenv("ANTQ_DATA_DIR", str(settings.data_dir))
    before = fresh.centre.node.projector.status().generation
    mistaken = antq("rebuild", "province")
    assert (mistaken.code, "CẤP phải là central" in mistaken.err) == (2, True)
    assert antq("audit", "export", "--level", "province", settings.data_dir / "out").code == 2
    with pytest.raises(SettingsError, match="give that level"):  # what `antq serve` begins with
        opened(settings, PROVINCE)
    ended = antq("rebuild", "central")
    assert ended.code == 0, ended.err
    assert "Giống hệt bản cũ, từng byte." in ended.out
    # The running node goes on in the new tables with the next event.
    day = {"kind": "abolish", "from": [{"unit_id": WARD}], "effective_on": "2025-12-01"}
    fresh.centre.push(event("UnitReorganised", common(CENTRE, MINISTRY, "2025-12-01") | day))
    fresh.centre.projected()
    assert fresh.centre.node.projector.status().generation == before + 1


def test_rebuild_of_one_model_back_again_and_as_of_a_position(
    antq: Antq, fresh: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.centre.projected()
    settings = fresh.centre.node.settings
    monkeypatch.setenv("ANTQ_NODE", settings.node)
    monkeypatch.setenv("ANTQ_UNITS", ",".join(map(str, settings.units)))
    monkeypatch.setenv("ANTQ_DATA_DIR", str(settings.data_dir))
    nothing = antq("rebuild", "central", "--back")
    assert nothing.code == 2
    assert antq("rebuild", "central", "--only", "activity").code == 0
    assert "Giống hệt bản cũ" in antq("rebuild", "central", "--back").out
    shown = antq("rebuild", "central", "--as-of", "1")
    assert shown.code == 0, shown.err
    assert "1 sự kiện" in shown.out
    assert "timeline: 1 dòng, sha256 " in shown.out
    assert antq("rebuild", "central", "--as-of", "2025-01-01").code == 0
    assert "ISO 8601" in antq("rebuild", "central", "--as-of", "hôm qua").err
    assert antq("rebuild", "central", "--back", "--only", "activity").code == 2
    assert "activity" in antq("rebuild", "central", "--only", "nothing").err


def test_rebuild_with_a_wrong_setting(antq: Antq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTQ_NODE", "Not A Name")
    monkeypatch.setenv("ANTQ_UNITS", "11111111-1111-4111-8111-111111111111")
    ended = antq("rebuild", "central")
    assert ended.code == 2
    assert "ANTQ_NODE" in ended.err
