"""A proof file stands on its own: the event, the file and the trusted keys are all it takes."""

from __future__ import annotations

import pytest

from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.keys import SigningKey
from services.node.ledger.note import Note, NoteError
from services.node.ledger.prooffile import ProofFile
from services.node.ledger.tiles import TileSubtrees
from services.node.ledger.tree import ProofError, inclusion_proof, range_hash
from tests.node.ledger.trees import InMemoryTiles, leaves

KEY = SigningKey.generate("antq.example/27316")
ENTRIES = leaves(700)
SUBTREES = TileSubtrees(InMemoryTiles(ENTRIES))


def _proof(index: int, size: int, extra: bytes = b"") -> ProofFile:
    head = Checkpoint(KEY.name, size, range_hash(SUBTREES, 0, size))
    signed = SignedCheckpoint(head, Note(head.text(), (KEY.sign(head.text()),)))
    return ProofFile(index, tuple(inclusion_proof(SUBTREES, index, size)), signed, extra)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 700), (255, 256), (256, 700), (699, 700)])
def test_a_file_is_read_as_it_was_written_and_proves_its_event(index: int, size: int) -> None:
    proof = ProofFile.parse(_proof(index, size, b"what it is about").encode())
    assert proof == _proof(index, size, b"what it is about")
    assert proof.check(ENTRIES[index], [KEY.verifier]) == (KEY.verifier,)


def test_it_looks_as_the_specification_says() -> None:
    lines = _proof(2, 3).encode().decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 2"]
    assert lines[3:6] == ["", KEY.name, "3"]


def test_it_proves_no_other_event() -> None:
    with pytest.raises(ProofError):
        _proof(5, 700).check(ENTRIES[6], [KEY.verifier])


def test_it_proves_nothing_without_a_trusted_key() -> None:
    with pytest.raises(NoteError):
        _proof(5, 700).check(ENTRIES[5], [SigningKey.generate(KEY.name).verifier])


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"@v1", b"@v2"),
        lambda raw: raw.replace(b"index 5", b"index 05"),
        lambda raw: raw.replace(b"index 5\n", b""),
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw.replace(b"=\n", b"\n", 1),
        lambda raw: raw.replace(b"index 5\n", b"index 5\n" + b"AAAA\n"),
        lambda raw: raw.replace(b"index 5\n", b"index 5\n" + (b"A" * 43 + b"=\n") * 70),
        lambda raw: b"\xff" + raw,
    ],
)
def test_a_damaged_file_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises((ProofError, NoteError)):
        ProofFile.parse(change(_proof(5, 700).encode()))
