"""The supervised process: killed, started again, and gone with all its descendants."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.backing.errors import BackingError
from infra.backing.process import ProcessSpec, SupervisedProcess
from infra.backing.scratch import scratch_directory
from infra.backing.waiting import wait_until

pytestmark = pytest.mark.integration

# starts a child in a session of its own, as PostgreSQL's backends are; both write their ids
FAMILY = """
echo $$ >> parents
setsid sh -c 'echo $$ >> children; exec sleep 1000' &
exec sleep 1000
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "service"
    made.mkdir()
    return made


@pytest.fixture
def family(directory: Path) -> Iterator[SupervisedProcess]:
    process = SupervisedProcess(
        ProcessSpec(
            command=["sh", "-c", FAMILY],
            log=directory / "log",
            directory=directory,
            stop_signal=signal.SIGTERM,
            remove=[directory],
        )
    )
    process.start()
    wait_until("family", lambda: missing(directory), seconds=20)
    yield process
    process.close()


def missing(directory: Path) -> str | None:
    return None if ids(directory, "parents") and ids(directory, "children") else "not written yet"


def ids(directory: Path, name: str) -> list[int]:
    path = directory / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    """Whether it runs; one that has ended and waits for its parent to notice does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_kill_returns_when_the_process_and_a_child_of_another_session_are_dead(
    family: SupervisedProcess, directory: Path
) -> None:
    everyone = ids(directory, "parents") + ids(directory, "children")
    assert all(alive(pid) for pid in everyone)
    family.kill()
    assert not any(alive(pid) for pid in everyone)
    assert "stopped -9" in (family.died() or "")
    assert directory.exists()


def test_start_after_kill_runs_it_again_and_start_while_running_does_nothing(
    family: SupervisedProcess, directory: Path
) -> None:
    family.start()
    family.kill()
    family.start()
    wait_until(
        "second run",
        lambda: None if len(ids(directory, "parents")) == 2 else "not yet",
        seconds=20,
    )
    assert family.died() is None


def test_close_ends_everything_removes_the_directory_and_may_be_repeated(
    family: SupervisedProcess, directory: Path
) -> None:
    everyone = ids(directory, "parents") + ids(directory, "children")
    family.close()
    assert not any(alive(pid) for pid in everyone)
    assert not directory.exists()
    family.close()
    assert family.died() is not None


def test_a_command_that_does_not_exist_is_told_in_the_words_of_the_system(directory: Path) -> None:
    process = SupervisedProcess(
        ProcessSpec(command=["/no/such/program"], log=directory / "log", directory=directory)
    )
    try:
        process.start()
        with pytest.raises(BackingError, match=r"cannot start /no/such/program: .*No such file"):
            wait_until("it", lambda: "not ready", seconds=20, died=process.died)
    finally:
        process.close()


def test_the_service_dies_with_a_killed_supervisor(
    family: SupervisedProcess, directory: Path
) -> None:
    (parent,) = ids(directory, "parents")
    stat = Path(f"/proc/{parent}/stat").read_text()
    supervisor = int(stat.rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    wait_until("death", lambda: f"{parent} runs" if alive(parent) else None, seconds=20)
    (child,) = ids(directory, "children")
    os.kill(child, signal.SIGKILL)  # it watches nobody, unlike PostgreSQL's backends
    with pytest.raises(BackingError, match="supervisor has ended"):
        family.kill()


def test_waiting_ends_at_its_limit_with_the_last_reason() -> None:
    started = time.monotonic()
    with pytest.raises(BackingError, match="it: not after 0 s: still cold"):
        wait_until("it", lambda: "still cold", seconds=0.1)
    assert time.monotonic() - started < 5


def test_a_failure_while_a_directory_is_prepared_removes_it(tmp_path: Path) -> None:
    def prepare() -> None:
        with scratch_directory("p-", tmp_path) as made:
            assert made.parent == tmp_path
            (made / "file").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        prepare()
    assert list(tmp_path.iterdir()) == []
