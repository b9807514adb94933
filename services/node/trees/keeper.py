"""Growing trees with the log, and answering from them.

Whoever appends to the log tells `grow` afterwards, with the bytes still at hand: reading them back
would cost more than hashing them. What `grow` was not told, because of a crash or because another
process wrote, is read from the log. So a tree is a function of the log; losing it loses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

from contracts.tombstone import TOMBSTONE_END, leaf_of
from services.node.errors import NotFoundError
from services.node.eventlog import EventLog, Logged, NewEvent
from services.node.ledger.tiles import HEIGHT, WIDTH, TileSubtrees, tile_root
from services.node.ledger.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    consistency_proof,
    inclusion_proof,
    range_hash,
)
from services.node.trees.store import FullTile, TreeStore

_PAGE: Final = 2_000
_LEAF: Final = b"\x00"
_ORIGIN: Final = attrgetter("origin")
_FLUSHED: Final = 100_000
"""Events after which what has grown from the log is kept. So much is done again after a crash,
which takes a second; and each time costs a row for every stream that grew."""
_FLUSH_SECONDS: Final = 10.0
_KEPT: Final = 16_384
"""Trees in memory although they did not grow lately; up to 10 KiB each. A country has some 11,000
streams: what takes turns at its centre is all at hand, and no event of it is read again."""


@dataclass(slots=True)
class _Tree:
    """A tree as far as it has grown, and what of it is not kept yet."""

    frontier: Frontier
    leaves: bytearray | None
    """The hashes of the tile that is not full yet; None if they are only in the log, where they
    stay until somebody needs them: growing takes the frontier alone, and where thousands of streams
    take turns, reading them at each would cost many times the growing."""
    tiles: list[FullTile] = field(default_factory=list)
    """Completed since the last `flush`."""
    roots: dict[int, list[bytes]] = field(default_factory=dict)
    """By level above 0: roots of the full tiles below that make up the tile not full yet."""


class _Run(NamedTuple):
    """Consecutive events of one origin."""

    origin: UUID
    first: int
    raws: Sequence[bytes]


class Trees:
    """The trees of every origin. Any thread may ask; growing takes turns."""

    def __init__(self, log: EventLog, store: TreeStore) -> None:
        self._log = log
        self._store = store
        self._lock = threading.RLock()
        self._flushing = threading.Lock()
        """Held while what has grown is written; growing goes on meanwhile."""
        self._trees: dict[UUID, _Tree] = {}
        self._dirty: set[UUID] = set()
        self._unkept = 0
        """Events that trees have grown by since `flush`."""
        self._kept_at = time.monotonic()

    def start(self) -> int:
        """Grow every tree to where the log's stream ends; how many events that took.

        Raises StoreUnavailableError.
        """
        sizes = self._store.sizes()
        grown = kept = 0
        for origin, head in sorted(self._log.heads().items()):
            if sizes.get(origin, 0) >= head:
                continue
            # Page by page: what is appended meanwhile must not wait for a long stream.
            while (page := self._next_page(origin, head)) > 0:
                grown += page
                if grown - kept >= _FLUSHED:
                    self.flush()
                    kept = grown
        self.flush()
        return grown

    def _next_page(self, origin: UUID, head: int) -> int:
        with self._lock:
            tree = self._tree(origin)
            return self._catch_up(origin, tree, min(head, tree.frontier.size + _PAGE))

    def grow(self, events: Sequence[NewEvent]) -> Collection[UUID]:
        """These events are durable in the log; their origins. Raises StoreUnavailableError.

        Events that a tree holds already are passed over; a hole is filled from the log.
        """
        runs = [(origin, first, _leaves(raws)) for origin, first, raws in _runs(events)]
        origins = {origin for origin, _, _ in runs}
        with self._lock:
            self._know(origins)
            for origin, first, leaves in runs:
                self._grow(origin, self._trees[origin], first, leaves)
        return origins

    def flush_if_due(self) -> None:
        """`flush`, if much has grown or some time has passed since: a row for each stream that grew
        costs more than its tree, and what is not kept is only grown again.

        Raises StoreUnavailableError.
        """
        if self._unkept >= _FLUSHED or time.monotonic() >= self._kept_at + _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Keep what has grown. A crash before it is made good from the log at the next start.

        Raises StoreUnavailableError; then everything is kept with the next call.
        """
        with self._flushing:
            with self._lock:
                grown = {origin: self._trees[origin] for origin in self._dirty}
                frontiers = {origin: tree.frontier.copy() for origin, tree in grown.items()}
                tiles = {origin: list(tree.tiles) for origin, tree in grown.items()}
                self._dirty.clear()
                self._unkept, self._kept_at = 0, time.monotonic()
            if not frontiers:
                return
            try:
                self._store.save(frontiers, [tile for part in tiles.values() for tile in part])
            except BaseException:
                with self._lock:
                    self._dirty |= frontiers.keys() & self._trees.keys()
                raise
            with self._lock:
                for origin, saved in tiles.items():
                    del grown[origin].tiles[: len(saved)]  # it may have been let go of since
                self._forget_quiet(frontiers.keys())

    def _forget_quiet(self, recent: Collection[UUID]) -> None:
        """Let go of trees that are kept and did not grow lately: ten thousand would take memory
        that nobody uses."""
        if len(self._trees) > _KEPT:
            busy = self._dirty.union(recent)
            for origin in [origin for origin in self._trees if origin not in busy]:
                del self._trees[origin]

    # -- asking

    def size(self, origin: UUID) -> int:
        """How many events the tree of an origin holds. Raises StoreUnavailableError."""
        with self._lock:
            return self._tree(origin).frontier.size

    def root(self, origin: UUID, size: int | None = None) -> bytes:
        """The root of an origin's tree, as it was at a size, or now.

        Raises NotFoundError for a size it has not reached, StoreUnavailableError.
        """
        with self._lock:
            tree = self._tree(origin)
            frontier = tree.frontier
            if size is None or size == frontier.size:
                return frontier.root()
            self._reached(frontier, size)
            earlier = frontier.before(HEIGHT)
            if size >= earlier.size and (leaves := self._leaves_at_hand(origin, tree)) is not None:
                # Most that is asked for lies in the tile at hand: a head signed a moment ago.
                earlier.extend(_cut(leaves[: (size - earlier.size) * HASH_SIZE]))
                return earlier.root()
        return range_hash(self._subtrees(origin), 0, size) if size else EMPTY_ROOT

    def inclusion(self, origin: UUID, sequence: int, size: int) -> list[bytes]:
        """The proof that the event with that sequence is in the tree of a size.

        Raises NotFoundError for an event or a size that the tree has not, StoreUnavailableError.
        """
        if not 1 <= sequence <= size:
            raise NotFoundError(f"a tree of {size} events has no event {sequence}")
        with self._lock:
            self._reached(self._tree(origin).frontier, size)
        return inclusion_proof(self._subtrees(origin), sequence - 1, size)

    def consistency(self, origin: UUID, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` events begins with that of `old`.

        Raises NotFoundError for sizes that the tree has not had, StoreUnavailableError.
        """
        if not 0 <= old <= new:
            raise NotFoundError(f"a tree of {new} events never had {old}")
        with self._lock:
            self._reached(self._tree(origin).frontier, new)
        return consistency_proof(self._subtrees(origin), old, new)

    def tile(self, origin: UUID, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile (tlog-tiles).

        Raises NotFoundError if the tree has not grown so far, StoreUnavailableError.
        """
        with self._lock:
            size = self._tree(origin).frontier.size
        if (size >> (HEIGHT * level)) < number * WIDTH + width:
            raise NotFoundError(f"the tree of {size} events has no such tile")
        return _Tiles(self, origin).tile(level, number, width)

    def _subtrees(self, origin: UUID) -> TileSubtrees:
        return TileSubtrees(_Tiles(self, origin))

    @staticmethod
    def _reached(frontier: Frontier, size: int) -> None:
        if not 0 <= size <= frontier.size:
            raise NotFoundError(f"the tree has {frontier.size} events, not {size}")

    # -- growing

    def _know(self, origins: Iterable[UUID]) -> None:
        missing = [origin for origin in origins if origin not in self._trees]
        if missing:
            held = self._store.load(missing)
            for origin in missing:
                frontier = held.get(origin) or Frontier()
                empty = frontier.size % WIDTH == 0
                self._trees[origin] = _Tree(frontier, bytearray() if empty else None)

    def _tree(self, origin: UUID) -> _Tree:
        tree = self._trees.get(origin)
        if tree is None:
            self._know([origin])
            tree = self._trees[origin]
        return tree

    def _grow(self, origin: UUID, tree: _Tree, first: int, leaves: Sequence[bytes]) -> None:
        if first > tree.frontier.size + 1:
            self._catch_up(origin, tree, first - 1)
        known = tree.frontier.size + 1 - first
        if known >= 0:  # else the log holds the stream with a hole; the receiver tells of it
            self._add(origin, tree, leaves[known:] if known else leaves)

    def _catch_up(self, origin: UUID, tree: _Tree, head: int) -> int:
        """Grow from the log through `head`; how many events that took."""
        grown = 0
        while (size := tree.frontier.size) < head:
            held = self._log.read_stream(origin, size + 1, min(head, size + _PAGE))
            whole = _without_holes(held, size + 1)
            if not whole or not self._add(origin, tree, [leaf_of(one.raw) for one in whole]):
                break  # the log holds the stream with a hole; the receiver or the patrol tells
            grown += len(whole)
        return grown

    def _add(self, origin: UUID, tree: _Tree, hashes: Sequence[bytes]) -> bool:
        """Whether these could be added: not if the log has lost what stands before them."""
        if not hashes:
            return True
        start = 0
        while (stop := start + WIDTH - tree.frontier.size % WIDTH) <= len(hashes):
            leaves = self._leaves_at_hand(origin, tree)
            if leaves is None:
                return False
            number = tree.frontier.size // WIDTH
            tree.frontier.extend(hashes[start : stop - 1])
            # What the frontier hashes on the way is the tile's root: nothing is hashed twice.
            root = tree.frontier.complete(hashes[stop - 1], HEIGHT)
            full = b"".join([leaves, *hashes[start:stop]])
            tree.leaves = bytearray()
            try:
                self._complete(origin, tree, FullTile(origin, 0, number, root, full))
            except BaseException:
                self._let_go(origin)
                raise
            self._dirty.add(origin)
            start = stop
        rest = hashes[start:]
        tree.frontier.extend(rest)
        if tree.leaves is not None:
            tree.leaves += b"".join(rest)
        self._unkept += len(hashes)
        self._dirty.add(origin)
        return True

    def _let_go(self, origin: UUID) -> None:
        """What is in memory is not a whole tree: it grows again from what is kept, and the log."""
        del self._trees[origin]
        self._dirty.discard(origin)

    def _leaves_at_hand(self, origin: UUID, tree: _Tree) -> bytearray | None:
        """The hashes of the tile that is not full; None if the log has lost some of them."""
        if tree.leaves is None:
            leaves = self._unfinished(origin, tree.frontier.size)
            if len(leaves) != tree.frontier.size % WIDTH:
                return None
            tree.leaves = bytearray(b"".join(leaves))
        return tree.leaves

    def _complete(self, origin: UUID, tree: _Tree, full: FullTile) -> None:
        """Keep a tile that is full, and those above that are full with it."""
        level, number = full.level, full.number
        above, place = divmod(number, WIDTH)
        roots = tree.roots.get(level + 1)
        if roots is None or len(roots) != place:
            roots = self._store.roots(origin, level, above * WIDTH, place) if place else []
            pending = {t.number: t.root for t in tree.tiles if t.level == level}
            roots += [pending[n] for n in range(above * WIDTH + len(roots), number)]
        tree.tiles.append(full)
        tree.roots[level + 1] = [*roots, full.root]
        if place == WIDTH - 1:
            hashes = b"".join(tree.roots.pop(level + 1))
            self._complete(
                origin, tree, FullTile(origin, level + 1, above, tile_root(hashes), hashes)
            )

    def _unfinished(self, origin: UUID, size: int) -> list[bytes]:
        """The leaves of the tile that is not full, from the log."""
        start = size - size % WIDTH
        return [leaf_of(logged.raw) for logged in self._stream(origin, start + 1, size)]

    def _stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        return self._log.read_stream(origin, first, last) if first <= last else ()

    def stored_tile(self, origin: UUID, level: int, number: int) -> bytes | None:
        """A full tile, kept already or not."""
        with self._lock:
            tree = self._trees.get(origin)
            for tile in () if tree is None else tree.tiles:
                if (tile.level, tile.number) == (level, number):
                    return tile.hashes
        return self._store.tile(origin, level, number)

    def partial_tile(self, origin: UUID, level: int, number: int, width: int) -> bytes:
        """The beginning of a tile that is not full. Raises LookupError if it has not so many."""
        first = number * WIDTH
        if level == 0:
            found = self._stream(origin, first + 1, first + width)
            hashes = [leaf_of(logged.raw) for logged in found]
        else:
            hashes = self._store.roots(origin, level - 1, first, width)
            with self._lock:
                tree = self._trees.get(origin)
                tiles: Mapping[int, bytes] = (
                    {}
                    if tree is None
                    else {t.number: t.root for t in tree.tiles if t.level == level - 1}
                )
            while len(hashes) < width and (first + len(hashes)) in tiles:
                hashes.append(tiles[first + len(hashes)])
        if len(hashes) < width:
            raise LookupError(f"tile {level}/{number} has {len(hashes)} hashes, not {width}")
        return b"".join(hashes[:width])


class _Tiles:
    """A `TileSource` of one origin."""

    def __init__(self, trees: Trees, origin: UUID) -> None:
        self._trees = trees
        self._origin = origin

    def tile(self, level: int, index: int, width: int) -> bytes:
        full = self._trees.stored_tile(self._origin, level, index)
        if full is not None:
            return full[: width * HASH_SIZE]
        return self._trees.partial_tile(self._origin, level, index, width)


def _runs(events: Sequence[NewEvent]) -> list[_Run]:
    """A batch holds an origin's events in one piece, nearly always consecutive and with one and the
    same UUID; where numbers do not follow, each event is a run of its own."""
    runs: list[_Run] = []
    for origin, group in groupby(events, _ORIGIN):
        _, sequences, _, raws = zip(*group, strict=True)
        first = sequences[0]
        if sequences == tuple(range(first, first + len(sequences))):
            runs.append(_Run(origin, first, raws))
        else:
            runs += [
                _Run(origin, number, (raw,)) for number, raw in zip(sequences, raws, strict=True)
            ]
    return runs


def _leaves(raws: Sequence[bytes]) -> list[bytes]:
    """As `leaf_of` each; a call for each event would take as long as the rest of its tree."""
    return [
        leaf_of(raw) if raw.endswith(TOMBSTONE_END) else sha256(_LEAF + raw).digest()
        for raw in raws
    ]


def _cut(leaves: bytearray) -> list[bytes]:
    """The hashes one by one."""
    return [bytes(leaves[at : at + HASH_SIZE]) for at in range(0, len(leaves), HASH_SIZE)]


def _without_holes(held: Sequence[Logged], first: int) -> Sequence[Logged]:
    whole = len(held)
    for place, logged in enumerate(held):
        if logged.sequence != first + place:
            whole = place
            break
    return held[:whole]
