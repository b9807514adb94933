"""The patrol finds what was edited while the node runs, tells it once, and sees it made good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.node.database import Database
from services.node.eventlog import NewEvent, open_log
from services.node.trees import CheckpointStore, GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.findings import Wrong
from services.node.trees.patrol import Patrol
from services.node.trees.verifying import Verification
from tests.node.sync.hierarchy import raw_event
from tests.node.trees.test_verifying import ORIGIN, OTHER, Place, change_a_byte, cut_the_tail

SIZE = 1_200


class Clock:
    moment = 0.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    database = Database(f"sqlite:///{tmp_path}/state.db")
    create_ledger_tables(database)
    store = TreeStore(database)
    place = Place(tmp_path / "log.db", log, Trees(log, store), store, CheckpointStore(database))
    record(place, 1, SIZE)
    yield place
    log.close()
    database.close()


def record(place: Place, first: int, last: int) -> None:
    growing = GrowingLog(place.log, place.trees)
    for origin in (ORIGIN, OTHER):
        raws = [(number, raw_event(origin, number)) for number in range(first, last + 1)]
        growing.append([NewEvent(origin, number, "X", raw) for number, raw in raws])
    place.trees.flush()


def patrol(place: Place, clock: Clock) -> Patrol:
    return Patrol(
        lambda: Verification(place.log, place.store, place.checkpoints), hours=24, now=clock
    )


def test_it_gives_way_and_goes_on_all_the_same(place: Place) -> None:
    clock, busy = Clock(), True
    watch = Patrol(
        lambda: Verification(place.log, place.store, place.checkpoints),
        hours=24,
        gives_way=lambda: busy,
        now=clock,
    )
    clock.moment += 3600
    assert watch.run_once() == 1, "it has not read for long"
    clock.moment += 19
    assert watch.run_once() == 0
    clock.moment += 1
    assert watch.run_once() == 1
    clock.moment += 2
    assert watch.run_once() == 0
    busy = False
    assert watch.run_once() == 1


def test_it_reads_in_parts_with_rests_and_begins_again_after_hours(place: Place) -> None:
    clock = Clock()
    watch = patrol(place, clock)
    steps = 0
    while not watch.passes:
        assert watch.run_once() == 1
        assert watch.run_once() == 0, "it rests"
        clock.moment += 1
        steps += 1
    assert steps == 4  # three pages of 1,000 of 2,400 events, and the end
    clock.moment += 23 * 3600
    assert watch.run_once() == 0
    change_a_byte(place, 7)
    clock.moment += 3600
    watch.run_once()
    finding = watch.findings[ORIGIN]
    assert (finding.first, finding.last, finding.what) == (7, 7, Wrong.CHANGED)
    assert watch.doubt(ORIGIN) is not None
    assert watch.doubt(OTHER) is None


def test_what_was_cut_off_is_told_at_once_and_forgiven_when_it_has_come_again(
    place: Place,
) -> None:
    clock = Clock()
    cut_the_tail(place, 1_100)
    watch = patrol(place, clock)
    watch.run_once()
    finding = watch.findings[ORIGIN]
    assert (finding.first, finding.what) == (1_100, Wrong.MISSING)
    watch.complete()
    missing = range(1_100, SIZE + 1)
    place.log.append([NewEvent(ORIGIN, n, "X", raw_event(ORIGIN, n)) for n in missing])
    clock.moment += 10
    watch.run_once()
    assert watch.findings == {}


def test_what_is_recorded_during_a_pass_is_no_alarm(place: Place) -> None:
    """The tree is ahead of where the pass ends, as it is whenever a node serves."""
    clock = Clock()
    verification = Verification(place.log, place.store, place.checkpoints)
    verification.step()
    record(place, SIZE + 1, SIZE + 300)
    place.seal(ORIGIN, SIZE + 200)
    while verification.step():
        pass
    late = Verification(place.log, place.store, place.checkpoints)
    late.step(limit=1)  # the trees are read when the first event of a stream is
    record(place, SIZE + 301, SIZE + 600)
    while late.step():
        pass
    assert verification.end().findings == late.end().findings == []
    assert patrol(place, clock).complete() == {}


def test_a_repaired_event_ends_the_alarm_and_a_second_edit_raises_it(place: Place) -> None:
    clock = Clock()
    watch = patrol(place, clock)
    change_a_byte(place, 300)
    assert watch.complete()[ORIGIN].first == 300
    clock.moment += 10
    watch.run_once()
    assert watch.findings[ORIGIN].first == 300
    place.edit(
        "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?",
        raw_event(ORIGIN, 300),
        ORIGIN.hex,
        300,
    )
    clock.moment += 3600
    watch.run_once()
    assert watch.findings == {}
