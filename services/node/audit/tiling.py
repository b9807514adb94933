"""The files of one log in tlog-tiles layout, as a function of its events in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contracts.tombstone import leaf_of
from services.node.ledger.tiles import HEIGHT, WIDTH, Tile, encode_entries, tile_root
from services.node.ledger.tree import Frontier

Emit = Callable[[Tile, Sequence[bytes]], None]
"""Is told each file: what it is, and the entries or hashes in it; `content_of` makes its bytes."""


def content_of(tile: Tile, parts: Sequence[bytes]) -> bytes:
    """The bytes of a file from what is in it."""
    return encode_entries(parts) if tile.level is None else b"".join(parts)


class Tiling:
    """Takes events and emits files; keeps at most one tile of each level in memory."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._entries: list[bytes] = []
        self._hashes: list[list[bytes]] = [[]]
        """By level, of the tile that is not full yet."""
        self._full: list[int] = [0]
        """By level, how many are full."""
        self.frontier = Frontier()

    def extend(self, raws: Sequence[bytes]) -> None:
        """Take further events."""
        start = 0
        while (stop := start + WIDTH - len(self._entries)) <= len(raws):
            part = raws[start:stop]
            leaves = [leaf_of(raw) for raw in part]
            self._entries += part
            self._hashes[0] += leaves
            self.frontier.extend(leaves[:-1])
            # What the frontier hashes on the way is the tile's root: nothing is hashed twice.
            root = self.frontier.complete(leaves[-1], HEIGHT)
            self._emit(Tile(None, self._full[0]), self._entries)
            self._entries.clear()
            self._complete(0, root)
            start = stop
        rest = raws[start:]
        leaves = [leaf_of(raw) for raw in rest]
        self._entries += rest
        self._hashes[0] += leaves
        self.frontier.extend(leaves)

    def _complete(self, level: int, root: bytes) -> None:
        """A tile is full: emit it, and put its root into the tile above."""
        hashes = self._hashes[level]
        self._emit(Tile(level, self._full[level]), hashes)
        hashes.clear()
        self._full[level] += 1
        if level + 1 == len(self._hashes):
            self._hashes.append([])
            self._full.append(0)
        above = self._hashes[level + 1]
        above.append(root)
        if len(above) == WIDTH:
            self._complete(level + 1, tile_root(b"".join(above)))

    def cut(self) -> None:
        """Emit the files that are not full at the size reached: readers of a checkpoint of this
        size ask for them, and for no others."""
        if self._entries:
            tile = Tile(None, self._full[0], len(self._entries))
            self._emit(tile, self._entries)
        for level, hashes in enumerate(self._hashes):
            if hashes:
                self._emit(Tile(level, self._full[level], len(hashes)), hashes)
