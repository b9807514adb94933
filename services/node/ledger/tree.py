"""The Merkle tree of RFC 6962 over an origin's events: heads, proofs, and how they are checked.

A leaf is an event's exact bytes; leaf `i` is the event with sequence `i + 1`. A proof is made from
the hashes of complete subtrees, wherever they are kept (`Subtrees`), and checked from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


class ProofError(ValueError):
    """A proof does not prove what it should."""


def leaf_hash(raw: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, 2.1): 32 bytes."""
    return sha256(_LEAF + raw).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962, 2.1): 32 bytes."""
    return sha256(_NODE + left + right).digest()


class Frontier:
    """The least that must be kept of a tree to go on with it: a hash for each bit of its size.

    Of twenty million leaves that is 25 hashes.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` are those of the complete subtrees, the largest first.

        Raises ValueError if they are not as many as the bits of `size`.
        """
        if size < 0 or len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} subtrees do not make a tree of {size} leaves")
        self.size = size
        self._hashes = list(hashes)

    @classmethod
    def load(cls, size: int, packed: bytes) -> Frontier:
        """From what `dump` gave. Raises ValueError if it is not of a tree of that size."""
        if len(packed) % HASH_SIZE:
            raise ValueError("hashes are cut off")
        return cls(size, [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)])

    def dump(self) -> bytes:
        """All hashes in one: 32 bytes for each bit of the size."""
        return b"".join(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash; two hashes on average, this one included."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes, in order."""
        size, push, pop = self.size, self._hashes.append, self._hashes.pop
        for leaf in leaves:
            top, bits = leaf, size
            while bits & 1:
                top = sha256(_NODE + pop() + top).digest()
                bits >>= 1
            push(top)
            size += 1
        self.size = size

    def complete(self, leaf: bytes, height: int) -> bytes:
        """Add the leaf that completes a subtree of `1 << height` leaves; that subtree's hash.

        Raises ValueError if another leaf would complete it.
        """
        if (self.size + 1) & ((1 << height) - 1):
            raise ValueError(f"leaf {self.size} completes no subtree of height {height}")
        pop = self._hashes.pop
        for _ in range(height):
            leaf = sha256(_NODE + pop() + leaf).digest()
        top, bits = leaf, self.size >> height
        while bits & 1:
            top = sha256(_NODE + pop() + top).digest()
            bits >>= 1
        self._hashes.append(top)
        self.size += 1
        return leaf

    def before(self, height: int) -> Frontier:
        """The tree as it was when its last subtree of `1 << height` leaves was complete."""
        whole = self.size >> height
        return Frontier(whole << height, self._hashes[: whole.bit_count()])

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._hashes:
            return EMPTY_ROOT
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        """One that grows on its own."""
        return Frontier(self.size, self._hashes)


class Subtrees(Protocol):
    """Hashes of complete subtrees of a tree, wherever they are kept."""

    def complete(self, height: int, index: int) -> bytes:
        """The hash over leaves `index << height` up to `(index + 1) << height`, which all exist.

        Raises LookupError if it is not kept.
        """


def range_hash(subtrees: Subtrees, first: int, stop: int) -> bytes:
    """MTH(D[first:stop]) of RFC 6962, where `first` is a multiple of the next power of two.

    Raises LookupError if a subtree is not kept.
    """
    if first >= stop:
        return EMPTY_ROOT
    parts: list[bytes] = []
    while first < stop:
        height = (stop - first).bit_length() - 1
        parts.append(subtrees.complete(height, first >> height))
        first += 1 << height
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def inclusion_proof(subtrees: Subtrees, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` stands in the tree of `size` leaves (RFC 6962, 2.1.1).

    Hashes from the leaf's sibling up to the root's child. Raises ValueError for a leaf that the
    tree does not have, LookupError if a subtree is not kept.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    first, stop = 0, size
    while stop - first > 1:
        middle = first + _largest_power_below(stop - first)
        if index < middle:
            proof.append(range_hash(subtrees, middle, stop))
            stop = middle
        else:
            proof.append(range_hash(subtrees, first, middle))
            first = middle
    proof.reverse()
    return proof


def consistency_proof(subtrees: Subtrees, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old` (RFC 6962, 2.1.2).

    Empty if they are equal or `old` is 0. Raises ValueError if `new` is smaller, LookupError if a
    subtree is not kept.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves never had {old}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    first, stop, whole = 0, new, True
    while old != stop:
        middle = first + _largest_power_below(stop - first)
        if old <= middle:
            proof.append(range_hash(subtrees, middle, stop))
            stop = middle
        else:
            proof.append(range_hash(subtrees, first, middle))
            first, whole = middle, False
    if not whole:
        proof.append(range_hash(subtrees, first, stop))
    proof.reverse()
    return proof


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from a leaf's hash. Raises ProofError if it has not the form
    that a proof of this leaf in a tree of this size has."""
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise ProofError(f"{len(proof)} hashes where {inner + border} are needed")
    root = leaf
    for height, sibling in enumerate(proof[:inner]):
        left = index >> height & 1
        root = node_hash(sibling, root) if left else node_hash(root, sibling)
    for sibling in proof[inner:]:
        root = node_hash(sibling, root)
    return root


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless the proof shows the leaf in the tree with that root."""
    if root_of_inclusion(leaf, index, size, proof) != root:
        raise ProofError(f"leaf {index} does not lead to the root of {size} leaves")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ProofError unless the proof shows that the new tree begins with the old one."""
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves never had {old}")
    if old in (0, new):
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected:
            raise ProofError("the trees differ")
        return
    earlier, later = _both_roots(old, old_root, new, proof)
    if earlier != old_root:
        raise ProofError(f"the proof does not lead to the root of {old} leaves")
    if later != new_root:
        raise ProofError(f"the proof does not lead to the root of {new} leaves")


def _both_roots(old: int, old_root: bytes, new: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to. Raises ProofError for one of another form.

    It climbs from the smallest complete subtree that ends where the old tree does.
    """
    shift = (old & -old).bit_length() - 1
    inner = ((old - 1) ^ (new - 1)).bit_length() - shift
    border = ((old - 1) >> (inner + shift)).bit_count()
    # Is that subtree the whole old tree, its hash is known and no part of the proof.
    seeds = 0 if old == 1 << shift else 1
    if len(proof) != seeds + inner + border:
        raise ProofError(f"{len(proof)} hashes where {seeds + inner + border} are needed")
    earlier = later = proof[0] if seeds else old_root
    position = (old - 1) >> shift
    for height, sibling in enumerate(proof[seeds : seeds + inner]):
        if position >> height & 1:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
        else:
            later = node_hash(later, sibling)
    for sibling in proof[seeds + inner :]:
        earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
    return earlier, later


def _largest_power_below(number: int) -> int:
    """The largest power of two smaller than a number above 1 (RFC 6962's k)."""
    return 1 << ((number - 1).bit_length() - 1)
