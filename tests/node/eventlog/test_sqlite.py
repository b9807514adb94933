"""The event log in SQLite keeps the promises, and says when its file cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.tombstone import tombstone_of
from services.node.errors import SettingsError, StoreUnavailableError
from services.node.eventlog import EventLog, NewEvent, open_log
from tests.node.eventlog.suite import ORIGIN, EventLogSuite
from tests.node.sync.hierarchy import raw_event


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], EventLog]]:
    opened: list[EventLog] = []

    def reopen() -> EventLog:
        opened.append(open_log(f"sqlite:///{tmp_path / 'log.db'}"))
        return opened[-1]

    yield reopen
    for log in opened:
        log.close()


@pytest.fixture
def log(reopen: Callable[[], EventLog]) -> EventLog:
    return reopen()


class TestSQLiteEventLog(EventLogSuite):
    pass


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsError):
        open_log("mysql://somewhere/else")


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailableError):
        open_log(f"sqlite:///{tmp_path / 'log.db'}")


def test_erased_bytes_are_in_no_file(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = open_log(f"sqlite:///{path}")
    raws = [raw_event(ORIGIN, n, note="to be forgotten" * (n % 40)) for n in range(1, 400)]
    log.append([NewEvent(ORIGIN, n, "X", raw) for n, raw in enumerate(raws, start=1)])
    for n, raw in enumerate(raws, start=1):
        log.erase(ORIGIN, n, tombstone_of(raw))
    log.scrub()
    files = [one.read_bytes() for one in tmp_path.iterdir()]
    assert not any(b"to be forgotten" in content for content in files)
    log.close()
