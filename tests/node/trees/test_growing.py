"""What is appended grows its tree, and a tree that could not follow catches up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.node.database import Database
from services.node.errors import StoreUnavailableError
from services.node.eventlog import EventLog, PositionTakenError, open_log
from services.node.trees import GrowingLog, Trees, TreeStore
from tests.node.ledger.trees import mth
from tests.node.sync.faults import Fault
from tests.node.trees.test_trees import ORIGINS, entries, events

ORIGIN = ORIGINS[0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[EventLog, Trees, TreeStore]]:
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    database = Database(f"sqlite:///{tmp_path}/state.db")
    store = TreeStore(database)
    store.create_tables()
    yield log, Trees(log, store), store
    log.close()
    database.close()


Opened = tuple[EventLog, Trees, TreeStore]


def test_what_is_appended_is_in_the_tree(place: Opened) -> None:
    log, trees, _ = place
    growing = GrowingLog(log, trees)
    assert list(growing.append(events(ORIGIN, 1, 300))) == list(range(1, 301))
    assert trees.root(ORIGIN) == mth(entries(ORIGIN, 300))
    assert not growing.overtaken


@pytest.mark.parametrize("order", [(4, 5, 1, 2, 3, 9, 7, 8, 6), (1, 2, 3, 5, 6, 9, 4, 7, 8)])
def test_what_is_told_in_another_order_is_in_the_tree(
    place: Opened, order: tuple[int, ...]
) -> None:
    log, trees, _ = place
    of_one, of_other = events(ORIGIN, 1, 9), events(ORIGINS[1], 1, 2)
    log.append([*of_one, *of_other])
    told = [of_one[number - 1] for number in order]
    assert trees.grow([*told[:5], of_other[0], *told[5:], of_other[1]]) == set(ORIGINS[:2])
    assert trees.root(ORIGIN) == mth(entries(ORIGIN, 9))
    assert trees.root(ORIGINS[1]) == mth(entries(ORIGINS[1], 2))


def test_a_batch_that_was_refused_is_in_no_tree(place: Opened) -> None:
    log, trees, _ = place
    growing = GrowingLog(log, trees)
    growing.append(events(ORIGIN, 1, 3))
    with pytest.raises(PositionTakenError):
        growing.append(events(ORIGIN, 3, 3))
    growing.settle()
    assert trees.root(ORIGIN) == mth(entries(ORIGIN, 3))


@pytest.mark.parametrize("persisted", [False, True])
def test_an_append_whose_answer_was_lost_is_found_in_the_log(
    place: Opened, persisted: bool
) -> None:
    log, trees, _ = place
    fault = Fault(2, persisted=persisted, error=StoreUnavailableError)
    fault.wrap(log, "append")
    fault.armed = True
    growing = GrowingLog(log, trees)
    growing.append(events(ORIGIN, 1, 3))
    with pytest.raises(StoreUnavailableError):
        growing.append(events(ORIGIN, 4, 3))
    assert growing.overtaken
    growing.settle()
    assert trees.root(ORIGIN) == mth(entries(ORIGIN, 6 if persisted else 3))


def test_events_are_recorded_although_their_tree_cannot_be_read(place: Opened) -> None:
    log, trees, store = place
    fault = Fault(1, persisted=False, error=StoreUnavailableError)
    fault.wrap(store, "load")
    fault.armed = True
    growing = GrowingLog(log, trees)
    assert list(growing.append(events(ORIGIN, 1, 3))) == [1, 2, 3]
    assert growing.overtaken
    assert growing.settle() == 3
    assert trees.root(ORIGIN) == mth(entries(ORIGIN, 3))


@pytest.mark.parametrize("persisted", [False, True])
def test_a_flush_that_failed_is_made_good_by_the_next(place: Opened, persisted: bool) -> None:
    log, trees, store = place
    fault = Fault(1, persisted=persisted, error=StoreUnavailableError)
    fault.wrap(store, "save")
    fault.armed = True
    growing = GrowingLog(log, trees)
    growing.append(events(ORIGIN, 1, 600))
    with pytest.raises(StoreUnavailableError):
        trees.flush()
    growing.append(events(ORIGIN, 601, 200))
    trees.flush()
    reopened = Trees(log, store)
    assert reopened.root(ORIGIN) == mth(entries(ORIGIN, 800))
    assert reopened.root(ORIGIN, 700) == mth(entries(ORIGIN, 700))


def test_trees_that_do_not_grow_are_let_go_of(
    place: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, trees, _ = place
    monkeypatch.setattr("services.node.trees.keeper._KEPT", 1)
    growing = GrowingLog(log, trees)
    for origin in ORIGINS:
        growing.append(events(origin, 1, 270))
        trees.flush()
    assert len(trees._trees) <= 2
    for origin in ORIGINS:
        growing.append(events(origin, 271, 300))
        assert trees.root(origin) == mth(entries(origin, 570))
