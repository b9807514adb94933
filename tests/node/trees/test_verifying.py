"""Whatever is edited in a log beneath its tree is found, and the first bad event is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from services.node.database import Database
from services.node.eventlog import EventLog, NewEvent, open_log
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.names import origin_name
from services.node.ledger.note import Note
from services.node.trees import CheckpointStore, GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.findings import Finding, Verified, Wrong
from services.node.trees.verifying import Verification
from tests.node.sync.hierarchy import raw_event

ORIGIN, OTHER = UUID(int=1), UUID(int=2)
SIZE = 700
"""Two full tiles, and 188 events beyond them."""


@dataclass
class Place:
    """A log with its trees, and its file for whoever edits beneath them."""

    file: Path
    log: EventLog
    trees: Trees
    store: TreeStore
    checkpoints: CheckpointStore

    def edit(self, statement: str, *values: object) -> None:
        with sqlite3.connect(self.file) as connection:
            assert connection.execute(statement, values).rowcount > 0
        connection.close()

    def seal(self, origin: UUID, size: int) -> None:
        checkpoint = Checkpoint(origin_name(origin), size, self.trees.root(origin, size))
        text = checkpoint.text()
        key = SigningKey(origin_name(origin), bytes(32))
        self.checkpoints.save([SignedCheckpoint(checkpoint, Note(text, (key.sign(text),)))])

    def verify(self) -> Verified:
        return Verification(self.log, self.store, self.checkpoints).run()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    database = Database(f"sqlite:///{tmp_path}/state.db")
    create_ledger_tables(database)
    store = TreeStore(database)
    trees = Trees(log, store)
    growing = GrowingLog(log, trees)
    for origin in (ORIGIN, OTHER):
        growing.append(
            [
                NewEvent(origin, number, "FromTheFuture", raw_event(origin, number))
                for number in range(1, SIZE + 1)
            ]
        )
    trees.flush()
    place = Place(tmp_path / "log.db", log, trees, store, CheckpointStore(database))
    place.seal(ORIGIN, 600)
    yield place
    log.close()
    database.close()


def test_an_untouched_log_agrees(place: Place) -> None:
    result = place.verify()
    assert (result.events, result.origins, result.checkpoints) == (2 * SIZE, 2, 1)
    assert result.findings == []


STATE = "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?"
Edit = Callable[[Place, int], None]


def change_a_byte(place: Place, number: int) -> None:
    raw = raw_event(ORIGIN, number, note="x")
    place.edit(STATE, raw, ORIGIN.hex, number)


def garble(place: Place, number: int) -> None:
    place.edit(STATE, b"{}", ORIGIN.hex, number)


def delete(place: Place, number: int) -> None:
    place.edit(
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = ?",
        ORIGIN.hex,
        number,
    )


def swap_with_the_next(place: Place, number: int) -> None:
    place.edit(STATE, raw_event(ORIGIN, number + 1), ORIGIN.hex, number)
    place.edit(STATE, raw_event(ORIGIN, number), ORIGIN.hex, number + 1)


def renumber(place: Place, number: int) -> None:
    place.edit(
        "UPDATE stored_events SET originator_version = ?"
        " WHERE originator_id = ? AND originator_version = ?",
        99_999,
        ORIGIN.hex,
        number,
    )


def put_another_origins(place: Place, number: int) -> None:
    place.edit(STATE, raw_event(OTHER, number), ORIGIN.hex, number)


def cut_the_tail(place: Place, number: int) -> None:
    place.edit(
        "DELETE FROM stored_events WHERE originator_id = ? AND originator_version >= ?",
        ORIGIN.hex,
        number,
    )


@pytest.mark.parametrize("number", [1, 255, 256, 257, 512])
@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (change_a_byte, Wrong.CHANGED),
        (garble, Wrong.FOREIGN),
        (delete, Wrong.MISSING),
        (swap_with_the_next, Wrong.FOREIGN),
        (renumber, Wrong.FOREIGN),
        (put_another_origins, Wrong.FOREIGN),
        (cut_the_tail, Wrong.MISSING),
    ],
)
def test_the_first_bad_event_is_named(place: Place, edit: Edit, what: Wrong, number: int) -> None:
    edit(place, number)
    (finding,) = place.verify().findings
    assert (finding.origin, finding.first, finding.last) == (ORIGIN, number, number)
    assert finding.what is what
    assert finding.position == (0 if what is Wrong.MISSING else number)


@pytest.mark.parametrize("number", [513, 600, 601, 640, 699, 700])
def test_a_change_in_the_last_tile_is_narrowed_down(place: Place, number: int) -> None:
    """A tile that is not full is kept by its subtrees: 128, 32, 16, 8 and 4 events here."""
    change_a_byte(place, number)
    (finding,) = place.verify().findings
    assert finding.first <= number <= finding.last
    assert finding.last - finding.first < 128


def test_a_change_before_a_checkpoint_is_found_by_it_where_no_tree_is_kept(place: Place) -> None:
    change_a_byte(place, 590)
    place.seal(ORIGIN, 512)
    place.store.forget(ORIGIN)
    (finding,) = place.verify().findings
    assert finding == Finding(ORIGIN, 513, 600, 513, Wrong.CHECKPOINT, 600)


def test_a_log_and_a_tree_rewritten_together_disagree_with_what_was_signed(place: Place) -> None:
    change_a_byte(place, 300)
    place.store.forget(ORIGIN)
    Trees(place.log, place.store).start()
    (finding,) = place.verify().findings
    assert finding == Finding(ORIGIN, 1, 600, 0, Wrong.CHECKPOINT, 600)


def test_an_old_log_under_a_tree_that_is_ahead(place: Place) -> None:
    cut_the_tail(place, 650)
    (finding,) = place.verify().findings
    assert (finding.first, finding.what) == (650, Wrong.MISSING)


def test_streams_without_a_tree_are_read_all_the_same(place: Place) -> None:
    place.store.forget(OTHER)
    assert place.verify().findings == []
