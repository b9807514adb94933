"""What the other side is known to hold: the latest word counts, whatever order it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from services.node.bundles.peers import Peers, Says
from services.node.database import Database

ONE, OTHER = UUID(int=1), UUID(int=2)
EARLY, LATE = "2025-01-01T00:00:00.000000Z", "2025-01-02T00:00:00.000000Z"


@pytest.fixture
def peers(places: tuple[str, str]) -> Iterator[Peers]:
    _, state_url = places
    database = Database(state_url)
    peers = Peers(database)
    peers.create_tables()
    yield peers
    database.close()


def test_the_latest_word_counts_also_if_it_says_less(peers: Peers) -> None:
    peers.learn("xa", Says.HOLDS, {ONE: 10, OTHER: 5}, EARLY)
    peers.learn("xa", Says.HOLDS, {ONE: 7}, LATE)
    assert peers.heads("xa", Says.HOLDS) == {ONE: 7, OTHER: 5}


def test_a_word_that_comes_late_changes_nothing(peers: Peers) -> None:
    peers.learn("xa", Says.HOLDS, {ONE: 7}, LATE)
    peers.learn("xa", Says.HOLDS, {ONE: 10, OTHER: 5}, EARLY)
    assert peers.heads("xa", Says.HOLDS) == {ONE: 7, OTHER: 5}


def test_peers_and_what_they_say_are_kept_apart(peers: Peers) -> None:
    peers.learn("xa", Says.HOLDS, {ONE: 7}, EARLY)
    peers.learn("xa", Says.BRINGS, {ONE: 3}, EARLY)
    peers.learn("ben", Says.HOLDS, {ONE: 1}, EARLY)
    assert peers.heads("xa", Says.BRINGS) == {ONE: 3}
    assert peers.heads("ben", Says.HOLDS) == {ONE: 1}
    assert peers.heads("none", Says.HOLDS) == {}
    assert peers.peers(Says.HOLDS) == ["ben", "xa"]
