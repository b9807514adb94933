"""A node's trees say what the log holds, however it grew and wherever it was interrupted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.node.database import Database
from services.node.errors import NotFoundError, StoreUnavailableError
from services.node.eventlog import EventLog, NewEvent, open_log
from services.node.ledger.tiles import Tile, tile_root, tiles_of
from services.node.ledger.tree import check_consistency, check_inclusion, leaf_hash
from services.node.trees import Trees, TreeStore
from tests.node.ledger.trees import InMemoryTiles, mth

ORIGINS = [UUID(int=number) for number in range(1, 4)]
Open = Callable[[], tuple[EventLog, Trees]]


@pytest.fixture
def open_trees(places: tuple[str, str]) -> Iterator[Open]:
    """Opens the same log and trees again and again, as a node does that is started again."""
    log_url, state_url = places
    opened: list[tuple[EventLog, Database]] = []

    def reopen() -> tuple[EventLog, Trees]:
        log, database = open_log(log_url), Database(state_url)
        opened.append((log, database))
        store = TreeStore(database)
        store.create_tables()
        trees = Trees(log, store)
        trees.start()
        return log, trees

    yield reopen
    for log, database in opened:
        log.close()
        database.close()


def events(origin: UUID, first: int, count: int) -> list[NewEvent]:
    """Events that differ, whoever's they are."""
    return [
        NewEvent(origin, number, "Anything", f"{origin} {number}".encode())
        for number in range(first, first + count)
    ]


def entries(origin: UUID, size: int) -> list[bytes]:
    return [event.raw for event in events(origin, 1, size)]


def test_a_node_without_events_has_empty_trees(open_trees: Open) -> None:
    _, trees = open_trees()
    assert trees.size(ORIGINS[0]) == 0
    assert trees.root(ORIGINS[0]) == mth([])


def test_roots_tiles_and_proofs_of_a_tree_of_several_levels(open_trees: Open) -> None:
    """66,000 events: full tiles at levels 0 and 1, and a hash at level 2."""
    log, trees = open_trees()
    origin, size = ORIGINS[0], 66_000
    raws = entries(origin, size)
    for start in range(0, size, 11_000):
        batch = events(origin, start + 1, 11_000)
        log.append(batch)
        trees.grow(batch)
        if start == 22_000:
            trees.flush()
    for _ in range(2):
        reference = InMemoryTiles(raws)
        for tile in tiles_of(size):
            if tile.level is not None and (tile.level or tile.index % 50 == 0):
                expected = reference.tile(tile.level, tile.index, tile.width)
                assert trees.tile(origin, tile.level, tile.index, tile.width) == expected
        root = trees.root(origin)
        for sequence in (1, 256, 257, 65_536, 65_537, size):
            leaf = leaf_hash(raws[sequence - 1])
            check_inclusion(leaf, sequence - 1, size, trees.inclusion(origin, sequence, size), root)
        for old in (1, 256, 300, 65_536, 65_999, size):
            proof = trees.consistency(origin, old, size)
            check_consistency(old, trees.root(origin, old), size, root, proof)
        trees.flush()
        _, trees = open_trees()  # and once more from what is kept
    assert tile_root(trees.tile(origin, 1, 0, 256)) == trees.tile(origin, 2, 0, 1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ORIGINS),
            st.integers(1, 400),
            st.sampled_from(["told", "told twice", "told too late", "never told"]),
            st.sampled_from(["", "flush", "crash", "flush and crash"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_happens_on_the_way_a_tree_is_that_of_the_log(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[UUID, int, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("trees")
    log = open_log(f"sqlite:///{folder}/log.db")
    database = Database(f"sqlite:///{folder}/state.db")
    store = TreeStore(database)
    store.create_tables()
    trees = Trees(log, store)
    heads = dict.fromkeys(ORIGINS, 0)
    late: list[NewEvent] = []
    for origin, count, told, then in steps:
        batch = events(origin, heads[origin] + 1, count)
        log.append(batch)
        heads[origin] += count
        if told == "told too late":
            late += batch
        elif told != "never told":
            trees.grow(batch)
            if told == "told twice":
                trees.grow(batch[len(batch) // 2 :])
        if "flush" in then:
            trees.flush()
        if "crash" in then:
            trees = Trees(log, store)
            trees.start()
    if late:
        trees.grow(late)
    trees.start()
    for origin, head in heads.items():
        raws = entries(origin, head)
        assert trees.size(origin) == head
        assert trees.root(origin) == mth(raws)
        reference = InMemoryTiles(raws)
        for tile in tiles_of(head):
            if tile.level is not None:
                kept = trees.tile(origin, tile.level, tile.index, tile.width)
                assert kept == reference.tile(tile.level, tile.index, tile.width)
    log.close()
    database.close()


def test_what_a_tree_has_not_is_told(open_trees: Open) -> None:
    log, trees = open_trees()
    origin = ORIGINS[0]
    batch = events(origin, 1, 3)
    log.append(batch)
    trees.grow(batch)
    for question in (
        lambda: trees.root(origin, 4),
        lambda: trees.inclusion(origin, 4, 3),
        lambda: trees.inclusion(origin, 1, 4),
        lambda: trees.inclusion(origin, 0, 3),
        lambda: trees.consistency(origin, 3, 4),
        lambda: trees.consistency(origin, 3, 2),
        lambda: trees.tile(origin, 0, 0, 4),
        lambda: trees.tile(origin, 1, 0, 1),
    ):
        with pytest.raises(NotFoundError):
            question()
    assert trees.tile(origin, 0, 0, 3) == InMemoryTiles(entries(origin, 3)).tile(0, 0, 3)
    assert Tile(0, 0, 3) in set(tiles_of(3))


def test_streams_taking_turns_are_not_read_again_at_each(
    open_trees: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A centre has more streams than it keeps trees of in memory."""
    log, _ = open_trees()
    for origin in ORIGINS:
        log.append(events(origin, 1, 100))
    open_trees()  # grows and keeps them
    log, trees = open_trees()

    def read(*_: object) -> list[object]:
        raise AssertionError("growing takes the frontier alone")

    with monkeypatch.context() as patched:
        patched.setattr(log, "read_stream", read)
        for origin in ORIGINS:
            log.append(more := events(origin, 101, 50))
            trees.grow(more)
    for origin in ORIGINS:
        assert trees.root(origin) == mth(entries(origin, 150))
        assert trees.root(origin, 120) == mth(entries(origin, 120))


def test_a_tile_that_could_not_be_completed_is_completed_from_the_log(
    open_trees: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away between a full tile and the one above it."""
    origin = ORIGINS[0]
    log, _ = open_trees()
    log.append(events(origin, 1, 300))
    open_trees()  # grows and keeps it
    log, trees = open_trees()
    log.append(more := events(origin, 301, 300))

    def roots(*_: object) -> list[bytes]:
        raise StoreUnavailableError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(TreeStore, "roots", roots)
        with pytest.raises(StoreUnavailableError):
            trees.grow(more)
    log.append(last := events(origin, 601, 200))
    trees.grow(last)
    trees.flush()
    for found in (trees, open_trees()[1]):
        assert found.root(origin) == mth(entries(origin, 800))
        held = InMemoryTiles(entries(origin, 800))
        for number in range(3):
            assert found.tile(origin, 0, number, 256) == held.tile(0, number, 256)
        assert found.tile(origin, 1, 0, 3) == held.tile(1, 0, 3)


def test_a_tree_behind_a_log_with_a_hole_stands_still(tmp_path: Path) -> None:
    """Somebody deleted an event beneath a tree that a crash had left behind. Grown from what is
    left, it would hold leaves in wrong places."""
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    database = Database(f"sqlite:///{tmp_path}/state.db")
    store = TreeStore(database)
    store.create_tables()
    trees = Trees(log, store)
    log.append(events(ORIGINS[0], 1, 400))
    trees.start()
    log.append(events(ORIGINS[0], 401, 200))  # and a crash
    with closing(sqlite3.connect(tmp_path / "log.db")) as connection, connection:
        connection.execute("DELETE FROM stored_events WHERE originator_version = 259")
    again = Trees(log, store)
    again.start()
    assert again.size(ORIGINS[0]) == 400
    log.close()
    database.close()
