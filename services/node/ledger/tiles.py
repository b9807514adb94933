"""Tiles (C2SP tlog-tiles): a tree cut into files of 256 hashes, and the entries in bundles of 256.

A tile of level `l` holds subtree hashes of height `8 * l`; a subtree of any other height is hashed
from them. So whoever keeps or serves tiles can make any proof.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, Self

from services.node.ledger.tree import HASH_SIZE, node_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
MAX_ENTRY: Final = 2**16 - 1
"""Bytes of an entry; an event is never longer."""

_KEPT: Final = 64
"""Tiles whose inner nodes a reader keeps: 1 MiB."""
_LENGTH: Final = struct.Struct(">H")
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class TileError(ValueError):
    """A path names no tile, or a tile's bytes are not what they must be."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile, or a bundle of entries, by its place."""

    level: int | None
    """None: a bundle of entries."""
    index: int
    width: int = WIDTH
    """Hashes or entries in it, 1 to 256."""

    def path(self) -> str:
        """Its path below the log's prefix: "tile/0/x001/234.p/17"."""
        level = "entries" if self.level is None else self.level
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number(self.index)}{suffix}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path. Raises TileError."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise TileError(f"not a tile: {path:.100}")
        index = int(found["index"].replace("x", "").replace("/", ""))
        width = int(found["width"] or WIDTH)
        tile = cls(None if found["level"] == "entries" else int(found["level"]), index, width)
        if tile.path() != path:
            raise TileError(f"not the one way to write this tile: {path:.100}")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and bundle that a tree of that size consists of, full ones first at each level."""
    for index, width in _cut(size):
        yield Tile(None, index, width)
    level = 0
    while size:
        for index, width in _cut(size):
            yield Tile(level, index, width)
        size >>= HEIGHT
        level += 1


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """A bundle: each entry behind its length in two bytes. Raises TileError for one too long."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TileError(f"an entry of {len(entry)} bytes is too long")
        parts += (_LENGTH.pack(len(entry)), entry)
    return b"".join(parts)


def decode_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. Raises TileError if it is cut off."""
    entries: list[bytes] = []
    offset, end = 0, len(bundle)
    while offset < end:
        start = offset + _LENGTH.size
        if start > end:
            raise TileError("the bundle is cut off within a length")
        offset = start + _LENGTH.unpack_from(bundle, start - _LENGTH.size)[0]
        if offset > end:
            raise TileError(f"the bundle is cut off within entry {len(entries)}")
        entries.append(bundle[start:offset])
    return entries


class TileSource(Protocol):
    """Where a tree's tiles lie."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """At least the first `width` hashes of a tile. Raises LookupError if they do not exist."""


class TileSubtrees:
    """`Subtrees` from tiles. For one thread; what it read of a tile it takes to stay."""

    def __init__(self, source: TileSource) -> None:
        self._source = source
        self._inner = lru_cache(_KEPT)(self._hashed)

    def complete(self, height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        shift = HEIGHT - above
        tile, offset = index >> shift, index & ((1 << shift) - 1)
        stop = (offset + 1) << above
        if stop < WIDTH:  # it may lie in a tile that is not full yet
            hashes = _split(self._source.tile(level, tile, stop), stop)[offset << above :]
            return _folded(hashes)
        return self._inner(level, tile)[above][offset]

    def _hashed(self, level: int, index: int) -> list[list[bytes]]:
        """A full tile's hashes and those above them, by height."""
        heights = [_split(self._source.tile(level, index, WIDTH), WIDTH)]
        while len(heights[-1]) > 1:
            heights.append(_pairs(heights[-1]))
        return heights


def tile_root(hashes: bytes) -> bytes:
    """The hash over a full tile: what stands for it in the tile above. Raises TileError."""
    return _folded(_split(hashes, WIDTH))


def _split(hashes: bytes, width: int) -> list[bytes]:
    if len(hashes) < width * HASH_SIZE:
        raise TileError(f"a tile of {len(hashes)} bytes does not hold {width} hashes")
    return [hashes[i : i + HASH_SIZE] for i in range(0, width * HASH_SIZE, HASH_SIZE)]


def _folded(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = _pairs(hashes)
    return hashes[0]


def _pairs(hashes: list[bytes]) -> list[bytes]:
    return [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]


def _cut(count: int) -> Iterator[tuple[int, int]]:
    full, rest = divmod(count, WIDTH)
    for index in range(full):
        yield index, WIDTH
    if rest:
        yield full, rest


def _number(index: int) -> str:
    """The index in groups of three digits, all but the last marked: "x001/x234/067"."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
