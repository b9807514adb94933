"""Far behind, a projector reads its next batch while the server writes the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from domain.directory import Directory
from services.node import batches
from services.node.errors import MovedError, StoreUnavailableError
from services.node.projector import Projector
from services.node.readmodels import READ_MODELS
from tests.node.projection.stores import Stores, live

EVENTS = 70
MOST = 20


class Told:
    """A log that tells what was read of it, and can be made to fail behind a position."""

    def __init__(self, stores: Stores) -> None:
        self._log = stores.log
        self.asked: list[int] = []
        self.failing: tuple[int, Exception] | None = None

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        self.asked.append(after)
        if self.failing is not None and after >= self.failing[0]:
            raise self.failing[1]
        return self._log.read_bytes(after, limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


@pytest.fixture
def log(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(batches, "_FEW", 5)
    monkeypatch.setattr(batches, "_MOST", MOST)
    monkeypatch.setattr(batches, "_PIECE", 3)
    stores.record(EVENTS)
    return Told(stores)


def opened(stores: Stores, log: Any) -> Projector:
    projector = Projector(log, stores.database, READ_MODELS, directory=Directory)
    projector.start()
    return projector


def reads_ahead(stores: Stores) -> bool:
    """Only where a server writes meanwhile; SQLite is a part of this process."""
    return not stores.database.is_sqlite


def test_what_follows_a_full_batch_is_read_while_it_is_written(stores: Stores, log: Told) -> None:
    projector = opened(stores, log)
    assert projector.run_once() == MOST
    first = projector.position
    assert (first in log.asked) == reads_ahead(stores)
    log.asked.clear()
    assert projector.run_once() == MOST
    assert first not in log.asked or not reads_ahead(stores)


def test_reading_ahead_leaves_the_rows_of_a_rebuild(stores: Stores, log: Told) -> None:
    projector = opened(stores, log)
    rows = live(projector)
    assert projector.position == log.position()
    projector.rebuild()
    assert projector.digests() == rows


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), ValueError("no event")])
def test_what_fails_meanwhile_keeps_nothing_from_being_written(
    stores: Stores, log: Told, error: Exception
) -> None:
    projector = opened(stores, log)
    first = stores.log.read_bytes(0, MOST)[-1][0]
    log.failing = (first, error)
    assert projector.run_once() == MOST
    assert projector.position == first
    with pytest.raises(type(error)):
        projector.run_once()  # now it is asked in earnest
    assert projector.position == first
    log.failing = None
    while projector.run_once():
        pass
    assert projector.position == log.position()


def test_what_was_read_ahead_is_forgotten_where_another_has_gone_on(
    stores: Stores, log: Told
) -> None:
    projector, other = opened(stores, log), opened(stores, stores.log)
    assert projector.run_once() == other.position + MOST
    with pytest.raises(MovedError):
        other.run_once()
    assert other.run_once() == MOST
    with pytest.raises(MovedError):
        projector.run_once()
    rows = live(projector)
    assert projector.position == log.position()
    projector.rebuild()
    assert projector.digests() == rows
