"""`antq verify` says that a log is what it was, or where it first is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.node.database import Database
from services.node.eventlog import NewEvent, open_log
from services.node.trees import GrowingLog, Trees, TreeStore, create_ledger_tables
from tests.node.cli.running import Antq
from tests.node.sync.hierarchy import raw_event

ORIGIN = UUID(int=7)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a node that has recorded 300 events."""
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    database = Database(f"sqlite:///{tmp_path}/state.db")
    create_ledger_tables(database)
    trees = Trees(log, TreeStore(database))
    GrowingLog(log, trees).append(
        [NewEvent(ORIGIN, n, "FromTheFuture", raw_event(ORIGIN, n)) for n in range(1, 301)]
    )
    trees.flush()
    database.close()
    log.close()
    settings = {"NODE": "commune", "UNITS": str(uuid4()), "DATA_DIR": str(tmp_path)}
    for name, value in settings.items():
        monkeypatch.setenv(f"ANTQ_{name}", value)
    return tmp_path


def test_an_untouched_log(antq: Antq, folder: Path) -> None:
    ended = antq("--lang", "en", "verify")
    assert ended.code == 0
    assert "Checked 300 events of 1 streams" in ended.out
    assert "Everything agrees." in ended.out
    assert "Tất cả đều khớp." in antq("verify").out


def test_an_edited_event_is_named(antq: Antq, folder: Path) -> None:
    with sqlite3.connect(folder / "log.db") as connection:
        connection.execute(
            "UPDATE stored_events SET state = ? WHERE originator_version = 5",
            (raw_event(ORIGIN, 5, note="x"),),
        )
    connection.close()
    ended = antq("--lang", "en", "verify")
    assert ended.code == 1
    assert f"WRONG: stream {ORIGIN}, event 5, position 5: the bytes were changed" in ended.out


def test_without_settings_it_says_what_is_missing(
    antq: Antq, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTQ_NODE", raising=False)
    ended = antq("--lang", "en", "verify")
    assert ended.code == 2
    assert "ANTQ_NODE" in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ["verify"],
        ["audit", "export", "--level", "commune", "out"],
        ["ledger", "export", "--level", "commune", "out"],
    ],
)
def test_where_there_is_no_log_none_is_made_and_nothing_is_called_right(
    antq: Antq,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("ANTQ_DATA_DIR", str(elsewhere))
    ended = antq(*command)
    assert ended.code == 2
    assert f"Không có nhật ký {elsewhere}/log.db" in ended.err
    assert not elsewhere.exists()


def test_an_empty_log_is_not_called_right(antq: Antq, folder: Path) -> None:
    for file in folder.glob("*.db*"):
        file.unlink()
    open_log(f"sqlite:///{folder}/log.db").close()
    ended = antq("verify")
    assert ended.code == 2
    assert "chưa có sự kiện nào" in ended.err
