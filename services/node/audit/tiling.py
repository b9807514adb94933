"""The files of one log in tlog-tiles layout, as a function of its events in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contracts.tombstone import leaf_of
from services.node.ledger.tiles import WIDTH, Tile, encode_entries, tile_root
from services.node.ledger.tree import Frontier

Emit = Callable[[Tile, bytes], None]
"""Is told each file: what it is, and its bytes."""


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
        for raw in raws:
            self._entries.append(raw)
            leaf = leaf_of(raw)
            self.frontier.append(leaf)
            if len(self._entries) == WIDTH:
                self._emit(Tile(None, self._full[0]), encode_entries(self._entries))
                self._entries.clear()
            self._add(0, leaf)

    def _add(self, level: int, item: bytes) -> None:
        if level == len(self._hashes):
            self._hashes.append([])
            self._full.append(0)
        hashes = self._hashes[level]
        hashes.append(item)
        if len(hashes) == WIDTH:
            whole = b"".join(hashes)
            self._emit(Tile(level, self._full[level]), whole)
            hashes.clear()
            self._full[level] += 1
            self._add(level + 1, tile_root(whole))

    def cut(self) -> None:
        """Emit the files that are not full at the size reached: readers of a checkpoint of this
        size ask for them, and for no others."""
        if self._entries:
            tile = Tile(None, self._full[0], len(self._entries))
            self._emit(tile, encode_entries(self._entries))
        for level, hashes in enumerate(self._hashes):
            if hashes:
                self._emit(Tile(level, self._full[level], len(hashes)), b"".join(hashes))
