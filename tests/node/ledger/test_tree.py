"""The tree is RFC 6962's: by its own definition, and by two libraries that nobody here wrote."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal import merkle as sigstore_merkle

from services.node.ledger.tiles import TileSubtrees
from services.node.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    range_hash,
)
from tests.node.ledger.trees import InMemoryTiles, leaves, mth

LARGE = leaves(10_000)
SUBTREES = TileSubtrees(InMemoryTiles(LARGE))
sizes = st.integers(0, len(LARGE)) | st.sampled_from([0, 1, 255, 256, 257, 512, 8191, 8192])


@dataclass(frozen=True)
class Roots:
    """Roots of the large tree's beginnings, each worked out once."""

    frontier: list[bytes]

    def __getitem__(self, size: int) -> bytes:
        return self.frontier[size]


def _roots() -> Roots:
    frontier, roots = Frontier(), [EMPTY_ROOT]
    for entry in LARGE:
        frontier.append(leaf_hash(entry))
        roots.append(frontier.root())
    return Roots(roots)


ROOTS = _roots()


@pytest.mark.parametrize("size", [*range(70), 127, 128, 129, 255, 256, 257, 1000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert ROOTS[size] == mth(LARGE[:size])
    assert range_hash(SUBTREES, 0, size) == ROOTS[size]


@given(sizes)
def test_pymerkle_finds_the_same_root(size: int) -> None:
    theirs = _pymerkle().get_root(size) if size else EMPTY_ROOT
    assert ROOTS[size] == range_hash(SUBTREES, 0, size) == theirs


@given(st.data())
def test_pymerkle_takes_every_proof_that_a_leaf_is_in_a_tree(data: st.DataObject) -> None:
    size = data.draw(sizes.filter(bool), "size")
    index = data.draw(st.integers(0, size - 1), "index")
    ours = inclusion_proof(SUBTREES, index, size)
    assert [leaf_hash(LARGE[index]), *ours] == list(
        _pymerkle().prove_inclusion(index + 1, size).path
    )
    check_inclusion(leaf_hash(LARGE[index]), index, size, ours, ROOTS[size])


@given(st.data())
def test_sigstore_takes_every_proof_that_a_leaf_is_in_a_tree(data: st.DataObject) -> None:
    size = data.draw(sizes.filter(bool), "size")
    index = data.draw(st.integers(0, size - 1), "index")
    proof = SimpleNamespace(
        log_index=index,
        tree_size=size,
        root_hash=ROOTS[size],
        hashes=inclusion_proof(SUBTREES, index, size),
    )
    entry: Any = SimpleNamespace(
        _inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=LARGE[index])
    )
    sigstore_merkle.verify_merkle_inclusion(entry)


@given(sizes, sizes)
def test_every_tree_is_shown_to_begin_with_each_smaller_one(one: int, other: int) -> None:
    old, new = sorted((one, other))
    proof = consistency_proof(SUBTREES, old, new)
    check_consistency(old, ROOTS[old], new, ROOTS[new], proof)


@given(st.data())
def test_a_proof_shows_nothing_but_what_it_was_made_for(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600), "size")
    index = data.draw(st.integers(0, size - 1), "index")
    proof = inclusion_proof(SUBTREES, index, size)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index), "other leaf")
    broken = data.draw(st.integers(0, len(proof) - 1), "hash")
    bent = [
        *proof[:broken],
        bytes([proof[broken][0] ^ 1]) + proof[broken][1:],
        *proof[broken + 1 :],
    ]
    leaf, root = leaf_hash(LARGE[index]), ROOTS[size]
    for claim in (
        (leaf_hash(LARGE[other]), index, size, proof, root),
        (leaf, other, size, proof, root),
        (leaf, index, size, bent, root),
        (leaf, index, size, proof[:-1], root),
        (leaf, index, size, [*proof, root], root),
        (leaf, index, size, proof, ROOTS[size - 1]),
    ):
        with pytest.raises(ProofError):
            check_inclusion(*claim)


@given(st.data())
def test_a_rewritten_history_is_never_consistent(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, 300), "old size")
    new = data.draw(st.integers(old, 400), "new size")
    changed = data.draw(st.integers(0, old - 1), "the leaf that was rewritten")
    forged = [*LARGE[:changed], b"something else", *LARGE[changed + 1 : new]]
    forgery = TileSubtrees(InMemoryTiles(forged))
    proof = consistency_proof(forgery, old, new)
    with pytest.raises(ProofError):
        check_consistency(old, ROOTS[old], new, range_hash(forgery, 0, new), proof)


@pytest.mark.parametrize(
    ("old", "new"), [(3, 2), (-1, 2)], ids=["a tree that shrank", "a negative size"]
)
def test_no_proof_leads_from_a_larger_tree_to_a_smaller_one(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="never had"):
        consistency_proof(SUBTREES, old, new)
    with pytest.raises(ProofError, match="never had"):
        check_consistency(old, ROOTS[2], new, ROOTS[2], [])


@given(sizes)
def test_a_frontier_goes_on_where_it_was_put_down(size: int) -> None:
    frontier = Frontier()
    frontier.extend(leaf_hash(entry) for entry in LARGE[:size])
    again = Frontier.load(frontier.size, frontier.dump())
    more = [leaf_hash(entry) for entry in LARGE[size : size + 3]]
    again.extend(more)
    frontier.extend(more)
    assert again.root() == frontier.root()


@given(sizes)
def test_a_frontier_gives_the_subtrees_it_completes(size: int) -> None:
    """Tile by tile, and back to where the last tile ended."""
    hashes = [leaf_hash(entry) for entry in LARGE[:size]]
    whole = size - size % 256
    frontier = Frontier()
    for stop in range(256, whole + 1, 256):
        frontier.extend(hashes[stop - 256 : stop - 1])
        tile = frontier.complete(hashes[stop - 1], 8)
        assert tile == SUBTREES.complete(8, stop // 256 - 1)
    frontier.extend(hashes[whole:])
    assert frontier.root() == ROOTS[size]
    assert frontier.before(8).root() == ROOTS[whole]
    if size % 256 != 255:
        with pytest.raises(ValueError, match="completes no subtree"):
            frontier.complete(leaf_hash(b""), 8)


@pytest.mark.parametrize(("size", "packed"), [(3, b"x" * 32), (-1, b""), (1, b"x" * 33)])
def test_a_frontier_of_another_size_is_refused(size: int, packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"leaves|cut off"):
        Frontier.load(size, packed)


_KEPT: dict[str, Any] = {}


def _pymerkle() -> Any:
    if not _KEPT:
        _KEPT["tree"] = pymerkle.InmemoryTree.init_from_entries(LARGE)
    return _KEPT["tree"]
