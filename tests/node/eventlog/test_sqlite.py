"""The event log in SQLite keeps the promises, and says when its file cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.node.errors import SettingsError, StoreUnavailableError
from services.node.eventlog import EventLog, open_log
from tests.node.eventlog.suite import EventLogSuite


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
