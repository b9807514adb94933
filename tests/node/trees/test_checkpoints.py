"""Checkpoints are kept once, and gather cosignatures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from infra.backing import PostgresBacking
from services.node.database import Database
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import COSIGNATURE, SigningKey
from services.node.ledger.names import node_name, origin_in, origin_name
from services.node.ledger.note import Note, NoteError
from services.node.trees.checkpoints import CheckpointConflictError, CheckpointStore

ORIGIN, OTHER = UUID(int=1), UUID(int=2)
COSIGNER = SigningKey.generate(node_name("province"), COSIGNATURE)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CheckpointStore]:
    name = ""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/state.db"
    else:
        server: PostgresBacking = request.getfixturevalue("postgres")
        name = f"checkpoints_{uuid4().hex[:12]}"
        server.create_database(name)
        url = server.dsn(name)
    database = Database(url)
    store = CheckpointStore(database)
    store.create_tables()
    yield store
    database.close()
    if name:
        request.getfixturevalue("postgres").drop_database(name)


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


def test_a_name_names_an_origin_in_one_way_only() -> None:
    assert origin_in(origin_name(ORIGIN)) == ORIGIN
    for name in ("", str(ORIGIN), f"antq-sync/origin/{ORIGIN.hex}", node_name("x"), "a/b"):
        with pytest.raises(NoteError):
            origin_in(name)
