"""Every kind of edit of a database, at every level: somebody notices, and names the bad event.

One history is made and sealed once; each attack works on a copy of all four nodes' files.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from domain.levels import Level
from services.node.notary.evidence import ForkReason
from services.node.trees import CheckpointStore, TreeStore
from services.node.trees.findings import Finding, Wrong
from services.node.trees.verifying import Verification
from tests.node.notary.country import meeting, origin_of, populate
from tests.node.sync.hierarchy import Hierarchy, as_their_disks

LEVELS = {
    "central": (Level.CENTRAL, None),
    "province": (Level.PROVINCE, "central"),
    "district": (Level.DISTRICT, "province"),
    "commune": (Level.COMMUNE, "district"),
}
EVENTS = 7
FIRST, MIDDLE, LAST = 3, 4, 6
"""Meetings of the commune's stream; its second event announces its key."""


@dataclass
class History:
    """Four nodes' files, and who they are."""

    folder: Path
    units: dict[str, UUID]
    stream: UUID
    """The commune's."""
    foreign: bytes
    """An event of the centre's stream."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    folder = tmp_path_factory.mktemp("history")
    hierarchy = Hierarchy(folder)
    for name, (level, parent) in LEVELS.items():
        hierarchy.add(name, level, parent)
    populate(hierarchy)
    commune = hierarchy.nodes["commune"]
    meeting(commune)
    hierarchy.settle()
    for _ in range(EVENTS - 2):
        meeting(commune)
    for _ in range(2):
        hierarchy.settle()
    stream = origin_of(commune)
    for node in hierarchy.nodes.values():
        assert node.trees.size(stream) == EVENTS
        assert node.notary.checkpoints.at(stream, EVENTS) is not None
    central = hierarchy.nodes["central"]
    foreign = central.log.read_stream(origin_of(central), 1, 1)[0].raw
    hierarchy.close()
    return History(folder, hierarchy.units, stream, foreign)


@pytest.fixture
def copy(history: History, tmp_path: Path) -> Iterator[Hierarchy]:
    """The four nodes on copies of their files, not opened yet."""
    folder = tmp_path / "copy"
    shutil.copytree(history.folder, folder)
    as_their_disks(folder, LEVELS)
    hierarchy = Hierarchy(folder)
    hierarchy.units = dict(history.units)
    yield hierarchy
    hierarchy.close()


def execute(file: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(file) as connection:
        assert connection.execute(statement, values).rowcount > 0, statement
    connection.close()


def raw_of(file: Path, stream: UUID, number: int) -> bytes:
    with sqlite3.connect(file) as connection:
        (found,) = connection.execute(
            "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = ?",
            (stream.hex, number),
        ).fetchone()
    connection.close()
    return bytes(found)


SET = "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?"
Edit = Callable[[Path, History, int], None]


def change(file: Path, history: History, number: int) -> None:
    raw = raw_of(file, history.stream, number).replace(b'"attendees":12', b'"attendees":21')
    execute(file, SET, raw, history.stream.hex, number)


def delete(file: Path, history: History, number: int) -> None:
    statement = "DELETE FROM stored_events WHERE originator_id = ? AND originator_version = ?"
    execute(file, statement, history.stream.hex, number)


def swap(file: Path, history: History, number: int) -> None:
    raws = [raw_of(file, history.stream, n) for n in (number + 1, number)]
    for place, raw in enumerate(raws, number):
        execute(file, SET, raw, history.stream.hex, place)


def renumber(file: Path, history: History, number: int) -> None:
    statement = (
        "UPDATE stored_events SET originator_version = 9999"
        " WHERE originator_id = ? AND originator_version = ?"
    )
    execute(file, statement, history.stream.hex, number)


def replace_the_tail(file: Path, history: History, number: int) -> None:
    for place in range(number, EVENTS + 1):
        change(file, history, place)


def cut_the_tail(file: Path, history: History, number: int) -> None:
    statement = "DELETE FROM stored_events WHERE originator_id = ? AND originator_version >= ?"
    execute(file, statement, history.stream.hex, number)


def put_a_foreign_event(file: Path, history: History, number: int) -> None:
    execute(file, SET, history.foreign, history.stream.hex, number)


EDITS = (change, delete, swap, renumber, replace_the_tail, cut_the_tail, put_a_foreign_event)


def verified(hierarchy: Hierarchy, name: str, stream: UUID) -> Finding | None:
    """What `antq verify` finds at a node."""
    node = hierarchy.add(name, *LEVELS[name])
    store, checkpoints = TreeStore(node.database), CheckpointStore(node.database)
    found = Verification(node.log, store, checkpoints).run().findings
    assert {finding.origin for finding in found} <= {stream}
    return found[0] if found else None


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LAST])
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", LEVELS)
def test_every_edit_at_every_level_is_found(
    history: History, copy: Hierarchy, name: str, edit: Edit, number: int
) -> None:
    edit(copy.folder / name / "log.db", history, number)
    finding = verified(copy, name, history.stream)
    assert finding is not None
    assert finding.first <= number <= finding.last
    if edit not in (change, replace_the_tail):
        assert finding.first == finding.last == number


@pytest.mark.parametrize("name", LEVELS)
def test_an_untouched_node_is_found_to_be_so(history: History, copy: Hierarchy, name: str) -> None:
    assert verified(copy, name, history.stream) is None


def forget(file: Path, *tables: str) -> None:
    with sqlite3.connect(file) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 # names of this module
    connection.close()


@pytest.mark.parametrize("name", LEVELS)
def test_a_log_and_a_tree_rewritten_together_contradict_what_is_signed(
    history: History, copy: Hierarchy, name: str
) -> None:
    change(copy.folder / name / "log.db", history, MIDDLE)
    forget(copy.folder / name / "state.db", "ledger_trees", "ledger_tiles")
    finding = verified(copy, name, history.stream)
    assert finding is not None
    assert finding.what is Wrong.CHECKPOINT
    assert finding.first <= MIDDLE <= finding.last


@pytest.mark.parametrize("name", LEVELS)
def test_who_rewrites_checkpoints_too_contradicts_the_others_at_the_next_one(
    history: History, copy: Hierarchy, name: str
) -> None:
    change(copy.folder / name / "log.db", history, MIDDLE)
    tables = ("ledger_trees", "ledger_tiles", "ledger_checkpoints")
    forget(copy.folder / name / "state.db", *tables)
    for one, place in LEVELS.items():
        copy.add(one, *place)
    meeting(copy.nodes["commune"])
    for _ in range(2):
        copy.settle()
    accuser = "district" if name == "commune" else name
    (fork, *_) = copy.nodes[accuser].notary.evidence.of(history.stream)
    assert fork.reason is ForkReason.ROOT
    state = copy.nodes[accuser].origins.state(history.stream)
    assert state is not None
    assert state.forked


@pytest.mark.parametrize("name", ["district", "province", "central"])
def test_an_event_invented_behind_the_end_collides_with_the_real_one(
    history: History, copy: Hierarchy, name: str
) -> None:
    raw = raw_of(copy.folder / name / "log.db", history.stream, EVENTS)
    forged = raw.replace(b'"0000000007"', b'"0000000008"').replace(
        b'"attendees":12', b'"attendees":99'
    )
    execute(
        copy.folder / name / "log.db",
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES (?, ?, 'MeetingHeld', ?)",
        history.stream.hex,
        EVENTS + 1,
        forged,
    )
    for one, place in LEVELS.items():
        copy.add(one, *place)
    meeting(copy.nodes["commune"])
    for _ in range(2):
        copy.settle()
    forks = [fork for node in copy.nodes.values() for fork in node.sync.forks(history.stream)]
    assert {fork.sequence for fork in forks} == {EVENTS + 1}
