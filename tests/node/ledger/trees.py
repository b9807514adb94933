"""A tree as RFC 6962 defines it, word by word and slowly: what the ledger is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from services.node.ledger.tiles import HEIGHT, tile_root
from services.node.ledger.tree import leaf_hash


def mth(entries: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def leaves(count: int) -> list[bytes]:
    """Entries that differ."""
    return [f"entry {number}".encode() for number in range(count)]


class InMemoryTiles:
    """A `TileSource` over entries that are all in memory."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.levels: list[list[bytes]] = [[leaf_hash(entry) for entry in entries]]
        while len(self.levels[-1]) >= 1 << HEIGHT:
            below = self.levels[-1]
            full = range(0, len(below) - 255, 256)
            self.levels.append([tile_root(b"".join(below[i : i + 256])) for i in full])

    def tile(self, level: int, index: int, width: int) -> bytes:
        hashes = self.levels[level] if level < len(self.levels) else []
        found = hashes[index * 256 : index * 256 + width]
        if len(found) < width:
            raise LookupError(f"no tile {level}/{index} of {width}")
        return b"".join(found)
