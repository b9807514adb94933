"""The published test cases of the eventsourcing library, on the recorders beneath the log.

`AggregateRecorderTestCase` is for recorders without positions: it requires `insert_events` to
answer None where `ApplicationRecorderTestCase` requires the positions. It is run with that one
difference. `TrackingRecorderTestCase` and `ProcessRecorderTestCase` do not apply: a node keeps its
cursors in tables of its own (`services.node.syncstate`), in one transaction with what they are
about. `InfrastructureFactoryTestCase` does not apply: the log is opened by its address, and no
factory of the library makes it. `optional_test_insert_subscribe` applies to PostgreSQL only: the
library cannot subscribe to SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.sqlite import SQLiteDatastore
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from psycopg.conninfo import conninfo_to_dict

from services.node.errors import SettingsError
from services.node.eventlog.postgres import PostgresRecorder
from services.node.eventlog.sqlite import SQLiteRecorder

if TYPE_CHECKING:
    from infra.backing import PostgresBacking


class _WithoutPositions:
    """A recorder that does not tell positions, as `AggregateRecorderTestCase` requires."""

    def __init__(self, recorder: ApplicationRecorder) -> None:
        self.select_events = recorder.select_events
        self._recorder = recorder

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        self._recorder.insert_events(stored_events, **kwargs)


class _Cases:
    recorder: ClassVar[ApplicationRecorder]


class _AggregateCases(_Cases, AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return _WithoutPositions(self.recorder)  # type: ignore[return-value] # what the cases use


class _ApplicationCases(_Cases, ApplicationRecorderTestCase):
    def create_recorder(self) -> ApplicationRecorder:
        return self.recorder


class _NonInterleavingCases(_Cases, NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> ApplicationRecorder:
        return self.recorder


def postgres_datastore(url: str, **options: Any) -> PostgresDatastore:
    parts = conninfo_to_dict(url)
    return PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts["host"]),
        port=str(parts["port"]),
        user=str(parts["user"]),
        password=str(parts.get("password", "")),
        pool_size=2,
        max_overflow=20,
        **options,
    )


@pytest.fixture
def on_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    with closing(SQLiteDatastore(str(tmp_path / "log.db"), lock_timeout=30)) as datastore:
        request.cls.recorder = SQLiteRecorder(datastore)
        request.cls.recorder.create_table()
        yield


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, database_address: str) -> Iterator[None]:
    with postgres_datastore(database_address) as datastore:
        request.cls.recorder = PostgresRecorder(datastore)
        request.cls.recorder.create_table()
        yield


@pytest.mark.usefixtures("on_sqlite")
class TestAggregateCasesOnSQLite(_AggregateCases):
    pass


@pytest.mark.usefixtures("on_sqlite")
class TestApplicationCasesOnSQLite(_ApplicationCases):
    pass


@pytest.mark.usefixtures("on_sqlite")
class TestNonInterleavingOnSQLite(_NonInterleavingCases):
    pass


@pytest.mark.integration
@pytest.mark.usefixtures("on_postgres")
class TestAggregateCasesOnPostgres(_AggregateCases):
    pass


@pytest.mark.integration
@pytest.mark.usefixtures("on_postgres")
class TestApplicationCasesOnPostgres(_ApplicationCases):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


@pytest.mark.integration
@pytest.mark.usefixtures("on_postgres")
class TestNonInterleavingOnPostgres(_NonInterleavingCases):
    pass


@pytest.mark.integration
def test_database_functions_are_refused(postgres: PostgresBacking) -> None:
    """With them the library takes no lock: positions would become visible out of order."""
    with (
        postgres_datastore(postgres.dsn("postgres"), enable_db_functions=True) as datastore,
        pytest.raises(SettingsError),
    ):
        PostgresRecorder(datastore)


# The library's own abstract cases, and the bases above, are not tests themselves.
del AggregateRecorderTestCase, ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
del _AggregateCases, _ApplicationCases, _NonInterleavingCases
