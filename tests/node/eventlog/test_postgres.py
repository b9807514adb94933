"""The event log in PostgreSQL keeps the promises, through a crash of the server too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from infra.backing import PostgresBacking
from services.node.errors import StoreUnavailableError
from services.node.eventlog import EventLog, PostgresEventLog, open_log
from tests.node.eventlog.suite import ORIGIN, EventLogSuite, event

pytestmark = pytest.mark.integration


@pytest.fixture
def reopen(database_address: str) -> Iterator[Callable[[], EventLog]]:
    opened: list[EventLog] = []

    def reopen() -> EventLog:
        opened.append(open_log(database_address))
        return opened[-1]

    yield reopen
    for log in opened:
        log.close()


@pytest.fixture
def log(reopen: Callable[[], EventLog]) -> EventLog:
    return reopen()


class TestPostgresEventLog(EventLogSuite):
    pass


def test_the_library_never_inserts_through_database_functions(
    log: EventLog, monkeypatch: pytest.MonkeyPatch, reopen: Callable[[], EventLog]
) -> None:
    """That option drops tracking and lets positions appear out of order."""
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    opened = reopen()
    assert isinstance(opened, PostgresEventLog)
    assert opened._datastore.enable_db_functions is False


def test_what_was_acknowledged_survives_a_killed_server(
    log: EventLog, postgres: PostgresBacking
) -> None:
    if not postgres.can_kill:
        pytest.skip("the server at the address given in the environment is not ours to kill")
    log.append([event(1)])
    postgres.kill()
    with pytest.raises(StoreUnavailableError):
        log.append([event(2)])
    postgres.restart()
    assert log.head(ORIGIN) in (1, 2)
    log.append([event(log.head(ORIGIN) + 1)])
    assert [e.sequence for e in log.read(0, 10)] == list(range(1, log.head(ORIGIN) + 1))


def test_all_of_an_address_holds_for_the_log(database_address: str) -> None:
    """TLS settings above all: the log must not go in the clear where the tables do not."""
    joint = "&" if "?" in database_address else "?"
    named = open_log(f"{database_address}{joint}application_name=antq-of-this-test")
    try:
        with psycopg.connect(database_address) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
                ["antq-of-this-test"],
            ).fetchone()
        assert found is not None
        assert found[0] > 0
    finally:
        named.close()
    with pytest.raises(StoreUnavailableError):
        open_log(f"{database_address}{joint}sslmode=verify-full&sslrootcert=/nowhere.pem")
