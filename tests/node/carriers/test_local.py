"""The contract on the local carrier, and what is its own: trimming, other processes, idle cost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.node.carriers import Carrier, localfile
from services.node.carriers.local import LocalCarrier
from services.node.errors import CarrierUnavailableError
from tests.node.carriers.rig import Rig, drain, message, numbers
from tests.node.carriers.suite import CarrierContract

TOPIC = "antq.v1.up.test"


class LocalRig(Rig):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: list[LocalCarrier] = []
        self.failing: tuple[str, bool] | None = None

    def carrier(self) -> Carrier:
        self._given.append(carrier := LocalCarrier(self._path))
        return carrier

    def close(self) -> None:
        for carrier in self._given:
            carrier.close()

    def delete_topic(self, topic: str) -> None:
        LocalCarrier(self._path).delete_topic(topic)

    def fail_send(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("COMMIT", persisted)

    def fail_poll(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("SELECT place, key", persisted)

    def fail_commit(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail("COMMIT", persisted)

    @contextmanager
    def _fail(self, statement: str, persisted: bool) -> Iterator[None]:
        self.failing = (statement, persisted)
        try:
            yield
        finally:
            self.failing = None


def connecting_through(rig: LocalRig) -> Any:
    """`sqlite3.connect`, whose connections fail when the rig says so."""

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if rig.failing is None or not sql.startswith(rig.failing[0]):
                return super().execute(sql, *args)
            if rig.failing[1]:
                super().execute(sql, *args)
            raise sqlite3.OperationalError("disk I/O error")

    real = sqlite3.connect
    return lambda *args, **kwargs: real(*args, factory=Connection, **kwargs)


class TestLocalCarrier(CarrierContract):
    @pytest.fixture
    def rig(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        rig = LocalRig(tmp_path / "new folder" / "carrier.db")
        monkeypatch.setattr("sqlite3.connect", connecting_through(rig))
        yield rig
        rig.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carrier.db"


def stored(path: Path) -> tuple[int, int]:
    """How many messages the file holds, and the bytes it counts for them."""
    db = sqlite3.connect(path)
    try:
        (count,) = db.execute("SELECT count(*) FROM messages").fetchone()
        (size,) = db.execute("SELECT sum(bytes) FROM topics").fetchone()
        return count, size
    finally:
        db.close()


def test_committed_messages_are_trimmed_and_a_late_group_starts_with_the_oldest_kept(
    path: Path,
) -> None:
    carrier = LocalCarrier(path, keep_bytes=20_000)
    carrier.ensure_topics([TOPIC])
    sender, inbox = carrier.sender(), carrier.inbox("node", [TOPIC])
    for start in range(0, 200, 10):
        sender.send([message(TOPIC, "origin", n, size=900) for n in range(start, start + 10)])
        drain(inbox, 10)
        inbox.commit()
    count, size = stored(path)
    assert 10 <= count < 40
    assert size < 40_000
    late = numbers(drain(carrier.inbox("late", [TOPIC]), count), "origin")
    assert late == list(range(200 - count, 200))
    carrier.close()


def test_what_a_known_group_wants_is_kept_until_the_last_bound(path: Path) -> None:
    carrier = LocalCarrier(path, keep_bytes=20_000, max_bytes=100_000)
    carrier.ensure_topics([TOPIC])
    carrier.inbox("cut off", [TOPIC]).close()
    sender, inbox = carrier.sender(), carrier.inbox("node", [TOPIC])
    sender.send([message(TOPIC, "origin", n, size=900) for n in range(90)])
    drain(inbox, 90)
    inbox.commit()
    sender.send([message(TOPIC, "origin", 90, size=900)])
    assert stored(path)[0] == 91
    sender.send([message(TOPIC, "origin", n, size=900) for n in range(91, 200)])
    count, size = stored(path)
    assert size <= 100_000
    found = numbers(drain(carrier.inbox("cut off", [TOPIC]), count), "origin")
    assert found == list(range(200 - count, 200))
    carrier.close()


def test_a_busy_topic_does_not_starve_another(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics(["busy", "quiet"])
    sender = carrier.sender()
    sender.send([message("busy", "b", n) for n in range(100)] + [message("quiet", "q", 1)])
    inbox = carrier.inbox("node", ["busy", "quiet"])
    found = [d for _ in range(2) for d in inbox.poll(10, 0.0)]
    assert numbers(found, "q") == [1]
    carrier.close()


def test_a_poll_is_bounded_in_bytes(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    carrier.sender().send([message(TOPIC, "origin", n, size=2**20) for n in range(20)])
    inbox = carrier.inbox("node", [TOPIC])
    sizes = [len(inbox.poll(500, 0.0)) for _ in range(4)]
    assert sum(sizes) == 20
    assert max(sizes) <= 8
    carrier.close()


def test_an_error_on_one_topic_does_not_skip_what_another_gave(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics(["kept", "gone"])
    inbox = carrier.inbox("node", ["kept", "gone"])
    carrier.sender().send([message("kept", "k", 1)])
    carrier.delete_topic("gone")
    with pytest.raises(CarrierUnavailableError, match="gone"):
        inbox.poll(10, 0.0)
    carrier.ensure_topics(["gone"])
    assert numbers(drain(inbox, 1), "k") == [1]
    carrier.close()


def test_deleting_a_topic_frees_it_whole_and_a_missing_one_is_no_error(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    carrier.sender().send([message(TOPIC, "origin", 1)])
    carrier.delete_topic(TOPIC)
    carrier.delete_topic(TOPIC)
    db = sqlite3.connect(path)
    assert [
        db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
        for table in ("messages", "offsets", "topics")
    ] == [0, 0, 0]
    db.close()
    carrier.close()


def test_a_file_that_was_replaced_is_noticed(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    sender, inbox = carrier.sender(), carrier.inbox("node", [TOPIC])
    path.rename(path.with_suffix(".old"))
    with pytest.raises(CarrierUnavailableError):
        sender.send([message(TOPIC, "origin", 1)])
    carrier.ensure_topics([TOPIC])
    with pytest.raises(CarrierUnavailableError, match="replaced"):
        sender.send([message(TOPIC, "origin", 1)])
    with pytest.raises(CarrierUnavailableError, match="replaced"):
        inbox.poll(1, 0.0)
    carrier.close()


def test_a_place_that_cannot_hold_the_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CarrierUnavailableError):
        LocalCarrier(tmp_path / "file" / "carrier.db").sender()
    (tmp_path / "text.db").write_bytes(b"not a database, and longer than its header" * 10)
    with pytest.raises(CarrierUnavailableError, match="not a database"):
        LocalCarrier(tmp_path / "text.db").sender()


def test_a_file_of_a_newer_form_is_refused_and_left_alone(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(CarrierUnavailableError, match="form 99"):
        LocalCarrier(path).sender()


def test_a_writer_that_holds_on_too_long_makes_it_unavailable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localfile, "PATIENCE", 0.1)
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    sender = carrier.sender()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CarrierUnavailableError, match="locked"):
        sender.send([message(TOPIC, "origin", 1)])
    other.execute("ROLLBACK")
    other.close()
    sender.send([message(TOPIC, "origin", 2)])
    assert numbers(drain(carrier.inbox("node", [TOPIC]), 1), "origin") == [2]
    carrier.close()


def test_waiting_costs_next_to_nothing(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    inbox = carrier.inbox("node", [TOPIC])
    inbox.poll(10, 0.1)
    before = time.thread_time()
    inbox.poll(10, 1.0)
    assert time.thread_time() - before < 0.05
    carrier.close()


_WRITER = """
import sys
from pathlib import Path
from services.node.carriers import Message
from services.node.carriers.local import LocalCarrier

sender = LocalCarrier(Path(sys.argv[1])).sender()
number = 0
while True:
    sender.send([Message(sys.argv[2], sys.argv[3], b"%d" % (number + n), "x") for n in range(10)])
    number += 10
    print(number, flush=True)
"""


def test_a_killed_process_leaves_what_was_acknowledged_and_no_half_of_a_send(path: Path) -> None:
    carrier = LocalCarrier(path)
    carrier.ensure_topics([TOPIC])
    acknowledged: dict[str, int] = {}
    keys = ["first", "second"]
    writers = {
        key: subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), TOPIC, key],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        for key in keys
    }
    for key, writer in writers.items():
        assert writer.stdout is not None
        acknowledged[key] = max(int(writer.stdout.readline()) for _ in range(30))
        writer.send_signal(signal.SIGKILL)
        acknowledged[key] = max([acknowledged[key], *map(int, writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
    inbox = carrier.inbox("node", [TOPIC])
    found = drain(inbox, sum(acknowledged.values()))
    found.extend(inbox.poll(10_000, 0.0))
    for key in keys:
        came = numbers(found, key)
        assert came == list(range(len(came)))
        assert len(came) >= acknowledged[key]
        assert len(came) % 10 == 0
    carrier.close()
