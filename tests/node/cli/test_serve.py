"""`antq serve` as a process: what it says when it cannot start, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

UNIT = "11111111-1111-4111-8111-111111111111"
PATIENCE = 60.0


def _environ(folder: Path, **settings: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ANTQ_")}
    return {
        **inherited,
        "ANTQ_NODE": "centre",
        "ANTQ_UNITS": UNIT,
        "ANTQ_DATA_DIR": str(folder / "data"),
        "ANTQ_PORT": "0",
        **settings,
    }


def _run(
    environ: dict[str, str], *options: str, tail: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.app", *options, "serve", "central", *tail],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def _serving(
    environ: dict[str, str], log: Path, *options: str
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.app", "serve", "central", *options],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    with httpx.Client() as client:  # one: to make it takes longer than to ask
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            try:
                if client.get(f"http://127.0.0.1:{port}/healthz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)


def test_a_mistyped_setting_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    """Without its parent a node works, alone; nobody would look there."""
    file = tmp_path / "node.env"
    file.write_text("# ANTQ_OLD=1\nexport ANTQ_PARNET=tinh\nantq_x=1\n", "utf-8")
    environ = _environ(tmp_path, ANTQ_DATABASE="mysql://h", ANTQ_UNITZ="1", ANTQ_URL="http://h")
    ended = _run(environ, tail=("--env-file", str(file)))
    assert ended.returncode == 2  # because of the database, and not of those
    assert "Không có cấu hình tên ANTQ_PARNET" in ended.stderr
    assert "Có phải ANTQ_PARENT?" in ended.stderr
    assert "Không có cấu hình tên ANTQ_UNITZ" in ended.stderr
    assert ended.stderr.count("Không có cấu hình tên") == 2


def test_stores_that_cannot_be_made_end_it_with_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = _run(_environ(tmp_path, ANTQ_DATA_DIR=str(tmp_path / "file" / "data")))
    assert ended.returncode == 2
    assert f"Lỗi: Không đọc hoặc ghi được {tmp_path / 'file' / 'data'}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    environ = _environ(tmp_path)
    del environ["ANTQ_NODE"]
    ended = _run(environ)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Lỗi: Cấu hình chưa đúng: ANTQ_NODE")
    assert "Traceback" not in ended.stderr


def test_a_wrong_setting_is_named_and_never_shown(tmp_path: Path) -> None:
    ended = _run(_environ(tmp_path, ANTQ_DATABASE="mysql://user:secret@host/db"), "--lang", "en")
    assert ended.returncode == 2
    assert "Error: The settings do not do" in ended.stderr
    assert "secret" not in ended.stderr


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _run(_environ(tmp_path, ANTQ_PORT=port))
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "ANTQ_PORT" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_gracefully_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    port = _free_port()
    log = tmp_path / "log"
    with _serving(_environ(tmp_path, ANTQ_PORT=str(port)), log) as process:
        _answers(port, process, log)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0, log.read_text()
    lines = log.read_text().splitlines()
    assert f"node centre (central) serves http://127.0.0.1:{port}" in lines[0]
    assert "node centre stopped" in lines[-1]
    assert not any("Traceback" in line for line in lines)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    port = _free_port()
    log = tmp_path / "log"
    environ = _environ(tmp_path, ANTQ_PORT=str(port))
    with _serving(environ, log, "--stop-with-parent") as process:
        _answers(port, process, log)
        assert process.stdin is not None
        process.stdin.close()  # what the kernel does when the parent ends, however it ends
        assert process.wait(PATIENCE) == 0, log.read_text()


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    port = _free_port()
    file = tmp_path / "node.env"
    file.write_text(f"ANTQ_NODE=from-file\nANTQ_UNITS={UNIT}\nANTQ_PORT=1\n")
    environ = _environ(tmp_path, ANTQ_PORT=str(port))
    del environ["ANTQ_NODE"], environ["ANTQ_UNITS"]
    log = tmp_path / "log"
    with _serving(environ, log, "--env-file", str(file)) as process:
        _answers(port, process, log)
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/sync").json()
    assert answer["node"] == "from-file"


def test_a_database_that_is_away_at_start_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    away = f"postgresql://nobody@127.0.0.1:{_free_port()}/none"
    with _serving(_environ(tmp_path, ANTQ_DATABASE=away), log) as process:
        end = time.monotonic() + PATIENCE
        while log.read_text().count("not started yet, trying again") < 2:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        process.terminate()
        assert process.wait(PATIENCE) == 0, log.read_text()
