"""A selection of the attacks on PostgreSQL: the same verification finds and names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from services.node.audit.exporting import FolderExporter
from services.node.audit.verifying import verify
from services.node.database import Database
from services.node.eventlog import EventLog, NewEvent, open_log
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.names import origin_name
from services.node.ledger.note import Note
from services.node.trees import CheckpointStore, GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.patrol import Patrol
from services.node.trees.verifying import Verification
from tests.node.sync.hierarchy import raw_event

if TYPE_CHECKING:
    from infra.backing import PostgresBacking

pytestmark = pytest.mark.integration

STREAM, OTHER = UUID(int=1), UUID(int=2)
SIZE: Final = 600
KEY: Final = SigningKey(origin_name(STREAM), b"\x05" * 32)


@dataclass
class Store:
    """A log, its trees and checkpoints in one database."""

    dsn: str
    log: EventLog
    database: Database

    def execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.dsn) as connection:
            assert connection.execute(statement, values).rowcount != 0, statement


@pytest.fixture(scope="module")
def store(postgres: PostgresBacking) -> Iterator[Store]:
    name = f"tamper_{uuid4().hex[:12]}"
    postgres.create_database(name)
    log, database = open_log(postgres.dsn(name)), Database(postgres.dsn(name))
    create_ledger_tables(database)
    trees = Trees(log, TreeStore(database))
    growing = GrowingLog(log, trees)
    for stream in (STREAM, OTHER):
        growing.append(
            [
                NewEvent(stream, number, "FromTheFuture", raw_event(stream, number))
                for number in range(1, SIZE + 1)
            ]
        )
    trees.flush()
    for size in (300, SIZE):
        checkpoint = Checkpoint(origin_name(STREAM), size, trees.root(STREAM, size))
        note = Note(checkpoint.text(), (KEY.sign(checkpoint.text()),))
        CheckpointStore(database).save([SignedCheckpoint(checkpoint, note)])
    whole = Store(postgres.dsn(name), log, database)
    whole.execute("CREATE TABLE whole AS SELECT * FROM stored_events")
    yield whole
    log.close()
    database.close()
    postgres.drop_database(name)


@pytest.fixture
def spoilt(store: Store) -> Iterator[Store]:
    """To be spoilt; made whole again afterwards."""
    yield store
    store.execute("DELETE FROM stored_events")
    store.execute("INSERT INTO stored_events OVERRIDING SYSTEM VALUE SELECT * FROM whole")


_SET: Final = (
    "UPDATE stored_events SET state = %s WHERE originator_id = %s AND originator_version = %s"
)
_AT: Final = "WHERE originator_id = %s AND originator_version"
Edit = Callable[[Store, int], None]


def put(store: Store, number: int, raw: bytes) -> None:
    store.execute(_SET, raw, STREAM, number)


def swap(store: Store, number: int) -> None:
    put(store, number, raw_event(STREAM, number + 1))
    put(store, number + 1, raw_event(STREAM, number))


def delete(store: Store, number: int) -> None:
    store.execute(f"DELETE FROM stored_events {_AT} = %s", STREAM, number)  # noqa: S608 # no values


def cut(store: Store, number: int) -> None:
    store.execute(f"DELETE FROM stored_events {_AT} >= %s", STREAM, number)  # noqa: S608 # no values


def renumber(store: Store, number: int) -> None:
    store.execute(
        f"UPDATE stored_events SET originator_version = 9999 {_AT} = %s",  # noqa: S608 # no values
        STREAM,
        number,
    )


EDITS: Final[dict[str, Edit]] = {
    "change": lambda store, n: put(store, n, raw_event(STREAM, n, note="x")),
    "garble": lambda store, n: put(store, n, b"\x00" + raw_event(STREAM, n)[1:]),
    "replay": lambda store, n: put(store, n, raw_event(OTHER, n)),
    "swap": swap,
    "delete": delete,
    "cut": cut,
    "renumber": renumber,
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_edited_is_found_and_named(spoilt: Store, tmp_path: Path, edit: str) -> None:
    trees, checkpoints = TreeStore(spoilt.database), CheckpointStore(spoilt.database)
    for number in (1, 256, 257, 511):
        EDITS[edit](spoilt, number)
        patrol = Patrol(lambda: Verification(spoilt.log, trees, checkpoints), hours=1)
        finding = patrol.complete()[STREAM]
        assert (finding.first, finding.last) == (number, number)
        folder = tmp_path / f"{number}"
        FolderExporter(spoilt.log, checkpoints, trees).audit(
            folder, node="x", level="commune", made_at="2025-01-01T00:00:00.000000Z", keys=[]
        )
        named = [f for f in verify([folder], [KEY.verifier]).all_findings if f.origin == STREAM]
        assert min(f.first for f in named if f.first is not None) == number
        spoilt.execute("DELETE FROM stored_events")
        spoilt.execute("INSERT INTO stored_events OVERRIDING SYSTEM VALUE SELECT * FROM whole")
