"""The code of the how-tos runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from domain.levels import Level
from services.app import spec_of
from services.node.node import Node
from services.node.settings import load_settings
from tests.docs.texts import ROOT, blocks
from tests.node.api.serving import Served, serve, until

TAY_NINH = "0bd14180-41d7-4df2-9eed-54e6da5d735d"
TAN_BIEN_POLICE = "d702c49a-b0ae-4eca-83f3-c408e412f521"

_COPIED: Final = ("domain", "contracts", "services", "tests")


def _run(folder: Path, *arguments: str, packages: Sequence[Path] = ()) -> str:
    """Run Python in a folder; what it prints. It finds packages there, then in those given."""
    path = os.pathsep.join(map(str, (folder, *packages)))
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def _tested(folder: Path, path: str, *packages: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder))
    _run(folder, "-m", "pytest", *options, path, packages=packages)


def test_an_event_type_is_one_file_and_its_test(tmp_path: Path) -> None:
    """In a copy of the tree: the files of the how-to, and nothing else, make a type that is
    published, recorded, sent up, counted and shown."""
    for name in _COPIED:  # with what Python has compiled, which it takes if the file is as old
        shutil.copytree(ROOT / name, tmp_path / name)
    files = blocks("docs/how-to/add-an-event-type.md", "run")
    assert sorted(files) == ["domain/visits.py", "tests/domain/test_visits.py"]
    for path, text in files.items():
        assert not (tmp_path / path).exists()
        (tmp_path / path).write_text(text, "utf-8")
    _tested(tmp_path, "tests/domain/test_visits.py")
    assert "VisitReceived.v1.json" in _run(tmp_path, "-m", "contracts.generate")
    _run(tmp_path, "-m", "services.node.api.generate")
    _run(tmp_path, "-m", "tests.docs.visit_received", str(tmp_path / "nodes"))


def test_the_code_of_a_read_model_passes_its_own_test(tmp_path: Path) -> None:
    """In a process of its own, as a module beside its test."""
    found = blocks("docs/how-to/add-a-read-model.md", "run")
    (tmp_path / "online_meetings.py").write_text(found["online_meetings"], "utf-8")
    test = f"from online_meetings import *\n{found['test_online_meetings']}"
    (tmp_path / "test_it.py").write_text(test, "utf-8")
    _tested(tmp_path, "test_it.py", ROOT)


def test_a_province_runs_as_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = blocks("docs/how-to/run-a-province.md", "file")
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    def push(node: Served, name: str) -> None:
        kind = "cloudevents+json" if name.endswith(".json") else "x-ndjson"
        answer = node.http.post(
            "/v1/events",
            content=files[name].encode(),
            headers={"Content-Type": f"application/{kind}"},
        )
        assert answer.status_code in (200, 201), answer.text

    with ExitStack() as stack:
        nodes: dict[str, Served] = {}
        for name, level in (
            ("central", Level.CENTRAL),
            ("tayninh", Level.PROVINCE),
            ("communes", Level.COMMUNE),
        ):
            settings = load_settings(_env_file=tmp_path / f"{name}.env")
            nodes[name] = stack.enter_context(serve(Node(settings, spec_of(level))))
        assert nodes["central"].http.get("/readyz").status_code == 200
        assert nodes["tayninh"].http.get("/readyz").status_code == 503
        push(nodes["central"], "catalogue.jsonl")
        until(lambda: nodes["tayninh"].node.directory.unit(TAY_NINH) is not None)
        until(lambda: len(nodes["tayninh"].node.directory.organisations_of(TAY_NINH)) == 1)
        until(lambda: not nodes["tayninh"].node.recovery.reasons())
        push(nodes["tayninh"], "province.jsonl")
        until(lambda: nodes["communes"].node.directory.organisation(TAN_BIEN_POLICE) is not None)
        until(lambda: not nodes["communes"].node.recovery.reasons())
        push(nodes["communes"], "meeting.json")
        meeting = json.loads(files["meeting.json"])["id"]
        central = nodes["central"]
        until(lambda: central.http.get(f"/v1/events/{meeting}").status_code == 200)
        central.projected()
        for node in nodes.values():
            node.projected()
            figure = node.json("/v1/figures/meeting-compliance", unit=TAY_NINH, period="2025-07")
            ratio = figure["levels"]["commune"]["ratios"]["compliance"]
            assert (ratio["numerator"], ratio["denominator"]) == (1, 2)
