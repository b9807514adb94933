"""`antq reports draft` writes what `antq push` takes."""

from __future__ import annotations

import json
from pathlib import Path

from domain.samples import WARD, WARD_FRONT
from tests.node.api.serving import World, meeting
from tests.node.cli.running import Antq


def test_a_draft_is_written_and_pushed(antq: Antq, shared: World, url: str, tmp_path: Path) -> None:
    assert shared.ward.push(meeting()).status_code == 201
    shared.ward.projected()
    file, plan = tmp_path / "h1.json", tmp_path / "plan.txt"
    plan.write_text("Nhân rộng mô hình tự quản.\n\nCủng cố lực lượng nòng cốt.\n", "utf-8")
    asked = ("reports", "draft", file, "--unit", WARD, "--period", "2025-H1", "--org", WARD_FRONT)
    ended = antq(*asked, "--text", f"next_year_plan={plan}", "--url", url)
    assert ended.code == 0, ended.err
    assert "bản 1" in ended.out
    data = json.loads(file.read_text("utf-8"))["data"]
    assert data["figures"]["activity.meetingheld.events"] >= 1
    assert data["texts"]["next_year_plan"] == [
        "Nhân rộng mô hình tự quản.",
        "Củng cố lực lượng nòng cốt.",
    ]
    pushed = antq("push", file, "--url", url)
    assert pushed.code == 0, pushed.out
    assert "1 ghi mới" in pushed.out
    shared.ward.projected()
    again = antq("--lang", "en", *asked, "--figure", "f1.met", "--figure", "f9.no", "--url", url)
    assert again.code == 1
    assert "version 2, 1 figures" in again.out
    assert "Not computed: f9.no" in again.out


def test_what_cannot_be_drafted_says_why(antq: Antq, url: str, tmp_path: Path) -> None:
    file = tmp_path / "h1.json"
    asked = ("reports", "draft", file, "--unit", WARD, "--url", url, "--period")
    assert antq(*asked, "soon").code == 2
    ended = antq(*asked, "2025-H1", "--text", "results")
    assert ended.code == 2
    assert "MÃ=TỆP" in ended.err
    ended = antq(*asked, "2025-H1")
    assert ended.code == 2
    assert WARD_FRONT in ended.err, "it names the organisations to choose from"
    assert not file.exists()
