"""Checking a log against its trees and checkpoints: every leaf is worked out again from the bytes.

What was recorded cannot be changed without its leaf changing. The log is read once, in the order of
its positions; each stream must run 1, 2, 3, …, its bytes must say what its row says, full tiles,
the kept frontier and every kept checkpoint must come out of it again. Where something differs the
first event is named that cannot be what was recorded; in the last tile, which is kept by its
subtrees only, the range of up to 255 events that holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson

from contracts.envelope import SOURCE_PREFIX, MalformedEnvelopeError, decode
from contracts.tombstone import is_tombstone, leaf_of
from domain.effective import REDACTED
from domain.signing_keys import KeyBook
from services.node.announcedkeys import is_of_stream
from services.node.erasure.redaction import Redaction
from services.node.eventlog import EventLog, Logged
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.tiles import WIDTH
from services.node.ledger.tree import HASH_SIZE, Frontier
from services.node.reading import Unknown, record_of
from services.node.trees.checkpoints import CheckpointStore
from services.node.trees.findings import Finding, Verified, Wrong
from services.node.trees.store import TreeStore

_PAGE: Final = 2_000
_SPEAKS_OF_KEYS: Final = b"SigningKey"
"""In every event that announces or revokes one; most others need not be read further."""


@dataclass(slots=True)
class _Stream:
    """A stream as far as it is read."""

    source: str
    """What each of its events names as its source."""
    frontier: Frontier
    checkpoints: Iterator[SignedCheckpoint]
    checkpoint: SignedCheckpoint | None
    """The next to be compared."""
    kept: Frontier | None
    """The frontier in the table."""
    positions: list[int] = field(default_factory=list)
    """Of the events since the last full tile."""
    leaves: list[bytes] = field(default_factory=list)
    """Their leaf hashes."""
    sound: int = 0
    """Through this sequence a checkpoint says the same."""
    suspicion: Finding | None = None
    """A checkpoint that does not fit."""
    removed: list[tuple[Logged, bytes]] = field(default_factory=list)
    """Its tombstones, each with the leaf that it tells."""
    finding: Finding | None = None


class Verification:
    """One pass over a log. Writes nothing, and runs beside a serving node."""

    def __init__(self, log: EventLog, trees: TreeStore, checkpoints: CheckpointStore) -> None:
        self._log = log
        self._trees = trees
        self._checkpoints = checkpoints
        self._streams: dict[UUID, _Stream] = {}
        self._result = Verified()
        self._until: int | None = None
        self._position = 0
        self._keys = KeyBook()
        """Of the announcements read so far."""

    def run(self, advance: Callable[[int, int], None] = lambda _position, _goal: None) -> Verified:
        """Verify everything; `advance` is told each position and the last.

        Raises StoreUnavailableError.
        """
        while self.step():
            advance(self._position, self._until or 0)
        return self.end()

    def step(self, limit: int = _PAGE) -> bool:
        """Read up to so many events on; False if there are none left. Raises StoreUnavailableError.

        After an error the same step may be taken again.
        """
        if self._until is None:
            self._until = self._log.position()
        if self._position >= self._until:
            return False
        page = self._log.read(self._position, limit)
        self._meet({logged.origin for logged in page})
        for logged in page:
            if logged.position <= self._until:
                self._take(logged)
            self._position = logged.position
        return bool(page)

    def of_stream(self, origin: UUID) -> Finding | None:
        """What is wrong with one stream, read alone and as a whole. Raises StoreUnavailableError.

        A finding's position is 0: the stream is read by its numbers.
        """
        stream = self._stream(origin)
        while stream.finding is None:
            size = stream.frontier.size
            page = self._log.read_stream(origin, size + 1, size + _PAGE)
            if not page:
                break
            for logged in page:
                self._take(logged)
        return self._conclude(origin, stream)

    def found(self) -> list[Finding]:
        """What is known to be wrong so far, by origin."""
        return [
            stream.finding
            for _, stream in sorted(self._streams.items())
            if stream.finding is not None
        ]

    def end(self) -> Verified:
        """What came out, once `step` has read everything. Raises StoreUnavailableError."""
        self._meet(self._trees.sizes().keys() | self._checkpoints.all_latest().keys())
        for origin, stream in sorted(self._streams.items()):
            self._conclude(origin, stream)
        self._result.findings = self.found()
        self._result.origins = len(self._streams)
        return self._result

    def shortages(self) -> list[Finding]:
        """Streams that end before what their tree or a checkpoint holds: told by the heads alone,
        before anything is read. Raises StoreUnavailableError."""
        vouched = dict(self._trees.sizes())
        for origin, signed in self._checkpoints.all_latest().items():
            vouched[origin] = max(vouched.get(origin, 0), signed.checkpoint.size)
        heads = self._log.heads()  # read last: what is vouched for was in the log before
        return [
            Finding(origin, head + 1, head + 1, 0, Wrong.MISSING)
            for origin, size in sorted(vouched.items())
            if (head := heads.get(origin, 0)) < size
        ]

    def _meet(self, origins: Set[UUID]) -> None:
        """Begin the streams among these that are new; together, because a page may name hundreds
        and an exchange with the database takes as long as reading dozens of events."""
        new = origins - self._streams.keys()
        if not new:
            return
        kept, signed = self._trees.load(new), self._checkpoints.latest_of(new)
        for origin in new:
            checkpoints = self._all_checkpoints(origin) if origin in signed else iter(())
            self._streams[origin] = _Stream(
                f"{SOURCE_PREFIX}{origin}",
                Frontier(),
                checkpoints,
                next(checkpoints, None),
                kept.get(origin),
            )

    def _stream(self, origin: UUID) -> _Stream:
        self._meet({origin})
        return self._streams[origin]

    def _all_checkpoints(self, origin: UUID) -> Iterator[SignedCheckpoint]:
        after = 0
        while page := self._checkpoints.of(origin, after=after):
            yield from page
            after = page[-1].checkpoint.size

    def _take(self, logged: Logged) -> None:
        self._result.events += 1
        stream = self._streams[logged.origin]
        if stream.finding is not None:
            return
        expected = stream.frontier.size + 1
        if not _is_at_home(logged, stream.source):
            first, place = min(expected, logged.sequence), logged.position
            self._found(logged.origin, stream, first, first, place, Wrong.FOREIGN)
            return
        if logged.sequence != expected:
            self._found(logged.origin, stream, expected, expected, 0, Wrong.MISSING)
            return
        leaf = leaf_of(logged.raw)
        if is_tombstone(logged.raw):
            stream.removed.append((logged, leaf))
            self._result.removed += 1
        stream.frontier.append(leaf)
        if _SPEAKS_OF_KEYS in logged.raw:
            self._learn(logged.raw)
        stream.leaves.append(leaf)
        stream.positions.append(logged.position)
        self._compare(logged.origin, stream)

    def _learn(self, raw: bytes) -> None:
        """Note a key that is announced; what cannot be read announces none."""
        with suppress(MalformedEnvelopeError, ValueError, KeyError, TypeError):
            record = record_of(raw)
            if not isinstance(record, Unknown):
                self._keys = self._keys.with_records([record])

    def _compare(self, origin: UUID, stream: _Stream) -> None:
        """With whatever is kept of exactly this size, what names the event most closely first."""
        size, kept = stream.frontier.size, stream.kept
        if size % WIDTH == 0:
            held = self._trees.tile(origin, 0, size // WIDTH - 1)
            if held is not None and held != b"".join(stream.leaves):
                place = next(
                    place
                    for place, leaf in enumerate(stream.leaves)
                    if held[place * HASH_SIZE : (place + 1) * HASH_SIZE] != leaf
                )
                first = size - WIDTH + place + 1
                where = stream.positions[place]
                self._found(origin, stream, first, first, where, Wrong.CHANGED)
                return
        if kept is not None and kept.size == size and kept.dump() != stream.frontier.dump():
            first, last = _differing(kept, stream.frontier)
            self._found(origin, stream, first, last, self._place(stream, first), Wrong.CHANGED)
            return
        if stream.checkpoint is not None and stream.checkpoint.checkpoint.size == size:
            what = self._judge(origin, stream, stream.checkpoint)
            if what is None:
                self._result.checkpoints += 1
                stream.sound = size
            elif stream.suspicion is None:
                # Something kept that follows may name the event more closely.
                first = stream.sound + 1
                where = self._place(stream, first)
                stream.suspicion = Finding(origin, first, size, where, what, size)
            stream.checkpoint = next(stream.checkpoints, None)
        if size % WIDTH == 0:
            stream.leaves.clear()
            stream.positions.clear()

    def _conclude(self, origin: UUID, stream: _Stream) -> Finding | None:
        """All of a stream is read: what is wrong with it."""
        if stream.finding is None and stream.suspicion is None:
            self._end(origin, stream)
        if stream.finding is None and stream.suspicion is None and stream.removed:
            self._undecided(origin, stream)
        stream.finding = stream.finding or stream.suspicion
        return stream.finding

    def _undecided(self, origin: UUID, stream: _Stream) -> None:
        """Whether something was removed without a redaction in this log. Whether who decided may is
        for the node to say, which knows the units."""
        decided = set()
        for logged in self._log.erasures(0):
            envelope = decode(logged.raw)
            found = Redaction.read(envelope, logged.position)
            if envelope.type == REDACTED and found is not None:
                decided.add((found.stream, found.number, found.leaf))
        for logged, leaf in stream.removed:
            number = logged.sequence
            if (origin, number, leaf) not in decided:
                self._found(origin, stream, number, number, logged.position, Wrong.REMOVED)
                return

    def _judge(self, origin: UUID, stream: _Stream, signed: SignedCheckpoint) -> Wrong | None:
        """Whether a checkpoint of exactly this size is the stream's."""
        if signed.checkpoint.root != stream.frontier.root():
            return Wrong.CHECKPOINT
        if self._keys.of_stream(origin) and not is_of_stream(signed, self._keys, origin):
            return Wrong.SIGNATURE
        return None

    def _end(self, origin: UUID, stream: _Stream) -> None:
        """Whether the stream ends before something that vouches for more.

        A serving node may have recorded that much since the pass began: it is read then.
        """
        while stream.finding is None and (goal := self._goal(stream)) > stream.frontier.size:
            size = stream.frontier.size
            page = self._log.read_stream(origin, size + 1, min(goal, size + _PAGE))
            for logged in page:
                self._take(logged)
            if not page:
                signed = 0 if stream.checkpoint is None else stream.checkpoint.checkpoint.size
                self._found(origin, stream, size + 1, size + 1, 0, Wrong.MISSING, signed)

    @staticmethod
    def _goal(stream: _Stream) -> int:
        """How far something vouches for the stream, beyond what has been read."""
        kept = 0 if stream.kept is None else stream.kept.size
        return max(kept, 0 if stream.checkpoint is None else stream.checkpoint.checkpoint.size)

    @staticmethod
    def _place(stream: _Stream, sequence: int) -> int:
        """The log's position of an event of the unfinished tile; 0 for an earlier one."""
        start = stream.frontier.size - len(stream.positions)
        return stream.positions[sequence - start - 1] if sequence > start else 0

    @staticmethod
    def _found(
        origin: UUID,
        stream: _Stream,
        first: int,
        last: int,
        position: int,
        what: Wrong,
        size: int = 0,
    ) -> None:
        stream.finding = Finding(origin, first, last, position, what, size)


def _is_at_home(logged: Logged, source: str) -> bool:
    """Whether the bytes say themselves that they stand where they stand."""
    try:
        parsed = orjson.loads(logged.raw)
        return bool(parsed["source"] == source and int(parsed["sequence"]) == logged.sequence)
    except (ValueError, KeyError, TypeError):
        return False


def _differing(kept: Frontier, found: Frontier) -> tuple[int, int]:
    """The first complete subtree in which two trees of one size differ: its events, by sequence."""
    ours, theirs = found.dump(), kept.dump()
    start = 0
    for number in range(kept.size.bit_length() - 1, -1, -1):
        if not kept.size >> number & 1:
            continue
        place = (kept.size >> number).bit_count() - 1
        cut = slice(place * HASH_SIZE, (place + 1) * HASH_SIZE)
        if ours[cut] != theirs[cut]:
            return start + 1, start + (1 << number)
        start += 1 << number
    return 1, kept.size
