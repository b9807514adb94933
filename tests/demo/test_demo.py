"""The whole demonstration, as a newcomer runs it: six processes, every figure at every level."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.backing import KafkaBacking, PostgresBacking

pytestmark = pytest.mark.e2e

PATIENCE = 180.0
PORT_BASE = "21080"


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "services.app", "demo", "--port-base", PORT_BASE, *options]


def test_every_figure_is_as_the_story_says(tmp_path: Path) -> None:
    ended = subprocess.run(
        _command("--no-serve", "--keep", str(tmp_path / "kept")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Mọi số liệu ở mọi cấp đúng như kịch bản." in ended.stdout
    assert "✗" not in ended.stdout
    for figure in ("9.640 ✓", "5.860 ✓", "74 ✓", "73 ✓", "9/10 ✓", "29/30 ✓", "10/10 ✓"):
        assert f"trung ương {figure}" in ended.stdout
    for receipt in ("19/6/2025", "23/6/2025"):
        assert f"trung ương {receipt} ✓" in ended.stdout
    assert "3 đã có, không ghi lại" in ended.stdout

    again = subprocess.run(
        _command("--no-serve", "--keep", str(tmp_path / "kept")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "ghi mới" not in again.stdout, "kept data: everything was known"


def test_the_same_story_on_kafka_and_postgresql(
    kafka: KafkaBacking, postgres: PostgresBacking
) -> None:
    ended = subprocess.run(
        _command("--no-serve", "--kafka", kafka.bootstrap, "--postgres", postgres.dsn("postgres")),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Mọi số liệu ở mọi cấp đúng như kịch bản." in ended.stdout


def test_no_node_outlives_a_killed_demonstration(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        supervisor = subprocess.Popen(
            _command("--keep", str(tmp_path / "kept")), stdout=out, stderr=out
        )
    try:
        nodes = _until_children(supervisor.pid, 6)
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while any(_alive(pid) for pid in nodes):
            assert time.monotonic() < end, "a node outlived the demonstration"
            time.sleep(0.05)
    finally:
        if supervisor.poll() is None:
            supervisor.kill()
            supervisor.wait()


def _until_children(pid: int, count: int) -> list[int]:
    end = time.monotonic() + PATIENCE
    while True:
        children = _children(pid)
        if len(children) == count:
            return children
        assert time.monotonic() < end, f"{len(children)} children"
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        os.kill(pid, 0)
    except OSError:
        return False
    return state != "Z"
