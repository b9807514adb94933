"""Checkpoints are kept once, and gather cosignatures."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from services.node.database import Database
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import COSIGNATURE, SigningKey
from services.node.ledger.names import node_name, origin_in, origin_name
from services.node.ledger.note import Note, NoteError
from services.node.trees.checkpoints import CheckpointConflictError, CheckpointStore

ORIGIN, OTHER = UUID(int=1), UUID(int=2)
COSIGNER = SigningKey.generate(node_name("province"), COSIGNATURE)


@pytest.fixture
def store(places: tuple[str, str]) -> Iterator[CheckpointStore]:
    _, state_url = places
    database = Database(state_url)
    store = CheckpointStore(database)
    store.create_tables()
    yield store
    database.close()


def sealed(origin: UUID, size: int, root: bytes = b"r" * 32) -> SignedCheckpoint:
    key = SigningKey(origin_name(origin), bytes(32))
    checkpoint = Checkpoint(origin_name(origin), size, root)
    text = checkpoint.text()
    return SignedCheckpoint(checkpoint, Note(text, (key.sign(text),)))


def cosigned(signed: SignedCheckpoint) -> SignedCheckpoint:
    text = signed.checkpoint.text()
    note = signed.note.with_signatures([COSIGNER.cosign(text, 1_700_000_000)])
    return SignedCheckpoint(signed.checkpoint, note)


def test_checkpoints_come_back_as_they_went_in(store: CheckpointStore) -> None:
    store.save([sealed(ORIGIN, 10), sealed(ORIGIN, 300), sealed(OTHER, 7)])
    assert store.at(ORIGIN, 10) == sealed(ORIGIN, 10)
    assert store.at(ORIGIN, 11) is None
    assert store.latest(ORIGIN) == sealed(ORIGIN, 300)
    assert store.covering(ORIGIN, 10) == sealed(ORIGIN, 10)
    assert store.covering(ORIGIN, 11) == sealed(ORIGIN, 300)
    assert store.covering(ORIGIN, 301) is None
    assert store.latest(UUID(int=3)) is None
    assert store.all_latest() == {ORIGIN: sealed(ORIGIN, 300), OTHER: sealed(OTHER, 7)}
    assert store.of(ORIGIN, after=10) == [sealed(ORIGIN, 300)]
    assert store.of(ORIGIN, limit=1) == [sealed(ORIGIN, 10)]


def test_cosignatures_are_added_to_what_is_held(store: CheckpointStore) -> None:
    store.save([sealed(ORIGIN, 10)])
    (held,) = store.save([cosigned(sealed(ORIGIN, 10))])
    assert held == store.at(ORIGIN, 10) == cosigned(sealed(ORIGIN, 10))
    (again,) = store.save([sealed(ORIGIN, 10)])
    assert again == held


def test_another_root_at_the_same_size_is_not_kept(store: CheckpointStore) -> None:
    store.save([sealed(ORIGIN, 10)])
    with pytest.raises(CheckpointConflictError):
        store.save([sealed(OTHER, 1), sealed(ORIGIN, 10, b"x" * 32)])
    assert store.latest(OTHER) is None
    assert store.at(ORIGIN, 10) == sealed(ORIGIN, 10)


def test_what_is_kept_is_made_from_what_is_held(store: CheckpointStore) -> None:
    store.save([sealed(ORIGIN, 10), sealed(ORIGIN, 20), sealed(ORIGIN, 30), sealed(OTHER, 99)])
    places = [(ORIGIN, 30), (ORIGIN, 10), (ORIGIN, 15), (OTHER, 100), (UUID(int=3), 1)]
    seen = []

    def make(number: int, held: SignedCheckpoint | None) -> SignedCheckpoint:
        seen.append((places[number], None if held is None else held.checkpoint.size))
        return cosigned(sealed(*places[number]))

    kept = store.merge(places, make)
    assert seen == list(zip(places, [30, 10, None, None, None], strict=True))
    assert [one.now for one in kept] == [cosigned(sealed(*place)) for place in places]
    assert [store.at(*place) for place in places] == [one.now for one in kept]
    before = [None if one.before is None else one.before.checkpoint.size for one in kept]
    assert before == [30, 10, None, None, None]
    assert [one.newest.checkpoint.size for one in kept] == [30, 30, 30, 100, 1]


def test_what_would_not_change_is_not_written(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save([cosigned(sealed(ORIGIN, 10))])
    written: list[object] = []
    monkeypatch.setattr(Database, "upsert", lambda *given: written.extend(given[-1]))
    store.save([sealed(ORIGIN, 10)])
    assert written == []
    store.save([sealed(ORIGIN, 11)])
    assert len(written) == 1


def test_of_an_error_nothing_is_left(store: CheckpointStore) -> None:
    def make(number: int, held: SignedCheckpoint | None) -> SignedCheckpoint:
        if number:
            raise NoteError("no")
        return sealed(ORIGIN, 1)

    with pytest.raises(NoteError):
        store.merge([(ORIGIN, 1), (OTHER, 1)], make)
    assert store.latest(ORIGIN) is None


def test_a_name_names_an_origin_in_one_way_only() -> None:
    assert origin_in(origin_name(ORIGIN)) == ORIGIN
    for name in ("", str(ORIGIN), f"antq-sync/origin/{ORIGIN.hex}", node_name("x"), "a/b"):
        with pytest.raises(NoteError):
            origin_in(name)
