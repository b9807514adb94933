"""`antq bundle`: export, show and import, with a running node and with a stopped one."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from services.commune.spec import SPEC as COMMUNE
from services.district.spec import SPEC as DISTRICT
from services.node.node import Node
from services.node.settings import Settings
from tests.node.api.serving import serve
from tests.node.cli.running import Antq
from tests.node.sync.hierarchy import held, record


def _settings(folder: Path, node: str, parent: str | None) -> Settings:
    return Settings(
        node=node, parent=parent, units=(uuid4(),), data_dir=folder / node, by_hand=True
    )


@pytest.fixture
def commune(tmp_path: Path) -> Settings:
    return _settings(tmp_path, "commune", "district")


@pytest.fixture
def district(tmp_path: Path) -> Settings:
    return _settings(tmp_path, "district", "province")


def _stopped(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let the commands find a node's stores."""
    monkeypatch.setenv("ANTQ_NODE", settings.node)
    monkeypatch.setenv("ANTQ_PARENT", str(settings.parent))
    monkeypatch.setenv("ANTQ_UNITS", str(settings.units[0]))
    monkeypatch.setenv("ANTQ_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ANTQ_BY_HAND", "true")


def test_between_two_running_nodes_and_back(
    tmp_path: Path, antq: Antq, commune: Settings, district: Settings
) -> None:
    file, back = tmp_path / "up.antq", tmp_path / "down.antq"
    origin = uuid4()
    with serve(Node(commune, COMMUNE)) as below, serve(Node(district, DISTRICT)) as above:
        raws = record(below.node, origin, range(1, 1_001))
        exported = antq("bundle", "export", "--up", "--url", below.http.base_url, file)
        assert exported.code == 0, exported.err
        assert "1.000 sự kiện" in exported.out
        assert antq("bundle", "show", file).out == exported.out
        imported = antq("bundle", "import", "--url", above.http.base_url, file)
        assert (imported.code, "mới ghi 1.000" in imported.out) == (0, True), imported.err
        assert held(above.node, origin) == raws
        again = antq("--lang", "en", "bundle", "import", "--url", above.http.base_url, file)
        assert "0 newly recorded" in again.out
        to = ("--to", "commune", "--url", above.http.base_url)
        assert antq("bundle", "export", *to, back).code == 0
        assert antq("bundle", "import", "--url", below.http.base_url, back).code == 0
        up = ("bundle", "export", "--up", "--url", below.http.base_url)
        kept, refused = file.read_bytes(), antq(*up, file)
        assert (refused.code, "đã có và không bị ghi đè" in refused.err) == (2, True)
        assert file.read_bytes() == kept
        assert "0 sự kiện" in antq(*up, "--force", file).out
        named = ("bundle", "export", "--to", "district", "--url", below.http.base_url)
        assert antq(*named, tmp_path / "named.antq").code == 0
        assert antq("bundle", "import", "--url", above.http.base_url, file).code == 0


def test_between_two_stopped_nodes(
    tmp_path: Path,
    antq: Antq,
    commune: Settings,
    district: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, origin = tmp_path / "up.antq", uuid4()
    node = Node(commune, COMMUNE)
    raws = record(node, origin, range(1, 11))
    node.close()
    _stopped(monkeypatch, commune)
    exported = antq("bundle", "export", "--up", "--level", "commune", file)
    assert exported.code == 0, exported.err
    _stopped(monkeypatch, district)
    imported = antq("bundle", "import", "--level", "district", file)
    assert imported.code == 0, imported.err
    node = Node(district, DISTRICT)
    assert held(node, origin) == raws
    node.close()


def test_a_damaged_file_is_refused_by_command_and_by_node(
    tmp_path: Path, antq: Antq, commune: Settings, district: Settings
) -> None:
    file = tmp_path / "up.antq"
    with serve(Node(commune, COMMUNE)) as below:
        record(below.node, uuid4(), range(1, 101))
        antq("bundle", "export", "--up", "--url", below.http.base_url, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with serve(Node(district, DISTRICT)) as above:
        refused = antq("bundle", "import", "--url", above.http.base_url, file)
        assert refused.code == 2
        assert f"bị cắt cụt tại byte {len(whole) // 2:,}" in refused.err
        answer = above.http.post("/v1/bundles", content=file.read_bytes())
        assert (answer.status_code, answer.json()["code"]) == (422, "bundle-refused")
        assert answer.json()["offset"] > 0
        assert above.node.log.position() == 0
        foreign = above.http.post("/v1/bundles", content=b"hello")
        assert foreign.status_code == 422


def test_gaps_end_with_another_code(
    tmp_path: Path, antq: Antq, commune: Settings, district: Settings
) -> None:
    file, origin = tmp_path / "up.antq", uuid4()
    with serve(Node(commune, COMMUNE)) as below, serve(Node(district, DISTRICT)) as above:
        record(below.node, origin, range(1, 11))
        tail = ("--origin", origin, "--first", 6)
        antq("bundle", "export", "--up", *tail, "--url", below.http.base_url, file)
        imported = antq("bundle", "import", "--url", above.http.base_url, file)
    assert (imported.code, "5 sự kiện" in imported.out) == (1, True)


def test_what_makes_no_sense_is_refused_and_leaves_no_file(
    tmp_path: Path, antq: Antq, district: Settings
) -> None:
    file = tmp_path / "x.antq"
    assert antq("bundle", "export", file).code == 2
    assert antq("bundle", "export", "--up", "--down", file).code == 2
    with serve(Node(district, DISTRICT)) as above:
        url = ("--url", above.http.base_url)
        unknown = antq("bundle", "export", "--up", "--origin", uuid4(), *url, file)
        child = ("bundle", "export", "--to", "comune", *url)
        stranger = antq(*child, file)
        assert (stranger.code, "chưa có gì từ comune đến đây" in stranger.err) == (2, True)
        assert not file.exists()
        assert antq(*child, "--new", tmp_path / "new.antq").code == 0
    assert (unknown.code, "không gửi luồng" in unknown.err) == (2, True)
    assert antq("bundle", "export", "--up", "--url", "http://127.0.0.1:9", file).code == 2
    assert list(tmp_path.glob("x.antq*")) == []


def test_a_node_without_network_is_ready_and_has_no_backlog(
    commune: Settings,
) -> None:
    with serve(Node(commune, COMMUNE)) as below:
        record(below.node, uuid4(), [1])
        assert set(below.json("/v1/sync")["backlog"]) == {"projector"}
        assert not any("tạm dừng" in reason for reason in below.json("/v1/sync")["reasons"])
