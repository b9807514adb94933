"""Checking one stream of a folder: it is read once, and every file compared with its events."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from contracts.envelope import MalformedEnvelopeError, decode, read_stream
from contracts.tombstone import leaf_of
from domain.refusals import Text
from services.node.audit import layout
from services.node.audit.checked import Checked
from services.node.audit.files import Files
from services.node.audit.findings import Finding, StreamReport
from services.node.audit.heads import read_heads
from services.node.audit.keys import key_records
from services.node.audit.layout import StreamEntry
from services.node.audit.tiling import Tiling, content_of
from services.node.ledger.tiles import HEIGHT, WIDTH, Tile, TileError, decode_entries, tiles_of
from services.node.ledger.tree import EMPTY_ROOT, HASH_SIZE


class StreamCheck:
    """One stream of one folder, read once."""

    def __init__(self, files: Files, entry: StreamEntry, sizes: Iterable[int]) -> None:
        """`sizes`: at which its root is wanted for comparisons."""
        self._files = files
        self._entry = entry
        self._prefix = f"{layout.LOGS}/{entry.origin}"
        self._checked = Checked(StreamReport(files.name, entry.origin))
        self._report = self._checked.report
        self._roots = self._checked.roots
        read_heads(files, entry, self._checked)
        self._notes = self._checked.notes
        self._report.checkpoints = len(self._notes)
        self._newest = max((size for size in self._notes if size <= entry.size), default=0)
        self._stops = sorted({*self._notes, *sizes, entry.size} - {0})
        self._tiling = Tiling(self._compare)
        self._bundle_read = ""
        """The file that the events at hand were read from."""
        self._broken: int | None = None
        """The first event that is known to be wrong."""

    def run(self) -> Checked:
        """Read all of it; what was found stands in the report."""
        size = self._entry.size
        for number in range(-(-size // WIDTH)):
            raws = self._bundle(number)
            if raws is None:
                self._expect_the_rest()
                break
            self._feed(raws)
            self._report.events += len(raws)
        else:
            self._tiling.cut()
        self._judge()
        return self._checked

    def _expect_the_rest(self) -> None:
        """The stream cannot be followed to its end. Its other files belong here all the same: they
        are not to be taken for strange ones, which would send an auditor looking elsewhere."""
        for size in {self._entry.size, self._newest}:
            self._checked.files.update(f"{self._prefix}/{t.path()}" for t in tiles_of(size))

    def _bundle(self, number: int) -> list[bytes] | None:
        """The events of a bundle under their numbers; None if the stream ends here, broken."""
        first = number * WIDTH + 1
        width = min(WIDTH, self._entry.size - first + 1)
        tile = Tile(None, number, width)
        name = f"{self._prefix}/{tile.path()}"
        self._bundle_read = name
        self._checked.files.add(name)
        raw = self._files.read(name)
        if raw is None:
            self._find("missing", first, "thiếu tệp sự kiện", "the file of events is missing", name)
            return None
        try:
            raws = decode_entries(raw)
        except TileError as error:
            readable = self._readable(raw, first)
            broken = self._other_before(number, readable) or first + len(readable)
            self._find("unreadable", broken, "không đọc được", f"cannot be read: {error}", name)
            return None
        bad = self._misplaced(raws, first)
        if bad is None and len(raws) != width:
            bad = first + min(len(raws), width)
        if bad is not None:
            self._find(
                "wrong-number",
                self._other_before(number, raws[: bad - first]) or bad,
                "không phải sự kiện mang số này của luồng",
                "is not the event of this stream with this number",
                name,
            )
            return None
        return raws

    def _readable(self, raw: bytes, first: int) -> list[bytes]:
        """The entries at the beginning of a broken bundle that stand under their numbers."""
        entries: list[bytes] = []
        while raw:
            length = int.from_bytes(raw[:2], "big")
            entry, raw = raw[2 : 2 + length], raw[2 + length :]
            if len(entry) < length or self._misplaced([entry], first + len(entries)) is not None:
                break
            entries.append(entry)
        return entries

    def _other_before(self, number: int, raws: Sequence[bytes]) -> int | None:
        """Of the events at the beginning of a broken bundle, the first that the tree does not
        hold; None if it holds them all, or its tile is gone."""
        width = min(WIDTH, self._entry.size - number * WIDTH)
        tile = self._files.read(f"{self._prefix}/{Tile(0, number, width).path()}")
        if tile is None:
            return None
        for place, raw in enumerate(raws):
            if tile[place * HASH_SIZE : (place + 1) * HASH_SIZE] != leaf_of(raw):
                return number * WIDTH + place + 1
        return None

    def _misplaced(self, raws: Sequence[bytes], first: int) -> int | None:
        """The first number under which another event stands; None if all are right."""
        origin = self._entry.origin
        types = read_stream(raws, origin, first)
        if types is not None:
            self._learn(types, raws)
            return None
        types = []
        for sequence, raw in enumerate(raws, start=first):
            try:
                envelope = decode(raw)
            except MalformedEnvelopeError:
                return sequence
            if (envelope.origin, envelope.sequence) != (origin, sequence):
                return sequence
            types.append(envelope.type)
        self._learn(types, raws)
        return None

    def _learn(self, types: Sequence[str], raws: Sequence[bytes]) -> None:
        self._checked.keys += key_records(types, raws)
        self._checked.removals.learn(self._files.name, types, raws)

    def _feed(self, raws: Sequence[bytes]) -> None:
        """Grow the tree, and note its root at every size that somebody speaks of."""
        start = self._tiling.frontier.size
        at = 0
        # Never all of them for each bundle: a long stream has many of both.
        here = bisect_right(self._stops, start), bisect_right(self._stops, start + len(raws))
        for stop in self._stops[slice(*here)]:
            self._tiling.extend(raws[at : stop - start])
            at = stop - start
            self._roots[stop] = self._tiling.frontier.root()
            if stop == self._newest and stop != self._entry.size:
                self._tiling.cut()
        self._tiling.extend(raws[at:])

    def _compare(self, tile: Tile, parts: Sequence[bytes]) -> None:
        """A file as the events make it, against the file that is there."""
        name = f"{self._prefix}/{tile.path()}"
        if name == self._bundle_read:
            return  # the events were read from it, and there is one way to write them
        self._checked.files.add(name)
        found = self._files.read(name)
        content = content_of(tile, parts)
        if found == content:
            return
        first = self._covered(tile)
        last: int | None = min(first + self._span(tile) * tile.width - 1, self._entry.size)
        if tile.level is not None and found is not None:
            first += _first_other(found, content) * self._span(tile)
            last = min(first + self._span(tile) - 1, self._entry.size)
            if tile.level and self._broken is not None and first <= self._broken <= last:
                return  # what is wrong below it was found already
        self._find(
            "leaf-differs" if tile.level == 0 else "tile-differs",
            first,
            "không khớp với mã băm đã lưu của cây",
            "does not agree with the hash that the tree holds",
            name,
            last,
        )

    @staticmethod
    def _span(tile: Tile) -> int:
        """How many events an element of a tile stands for."""
        return 1 << (HEIGHT * (tile.level or 0))

    def _covered(self, tile: Tile) -> int:
        """The first event below a tile."""
        return tile.index * WIDTH * self._span(tile) + 1

    def _judge(self) -> None:
        """Whether the events lead to the roots that were signed and exported."""
        self._report.root = self._roots.get(self._entry.size, EMPTY_ROOT).hex()
        if self._entry.held > self._entry.size:
            self._find(
                "missing",
                self._entry.size + 1,
                f"thiếu trong kho của nút, tuy kho có đến {self._entry.held}",
                f"is missing in the node's store, which goes to {self._entry.held}",
                layout.INDEX,
            )
        agreeing = 0
        for size, signed in sorted(self._notes.items()):
            if size > self._entry.size:
                self._find(
                    "rolled-back",
                    self._entry.size + 1,
                    f"đến {size} đã được ký nhưng không có trong bộ hồ sơ; điểm chốt chỉ xác nhận "
                    f"đến {agreeing}",
                    f"to {size} were signed and are not in the folder; checkpoints confirm the "
                    f"events through {agreeing} only",
                    f"{self._prefix}/{layout.CHECKPOINTS}/{size}",
                    size,
                )
                break
            if size not in self._roots:
                break  # the stream is broken before it
            if self._roots[size] != signed.checkpoint.root:
                exact = self._broken is not None and agreeing < self._broken <= size
                self._find(
                    "root-differs",
                    self._broken if exact and self._broken else agreeing + 1,
                    f"không dẫn tới gốc đã ký ở cỡ {size}",
                    f"does not lead to the root that was signed at size {size}",
                    f"{self._prefix}/{layout.CHECKPOINTS}/{size}",
                    None if exact else size,
                )
                break
            agreeing = size
        self._report.agreeing = agreeing
        if self._report.root != self._entry.root and not self._report.findings:
            self._find(
                "index-differs",
                agreeing + 1,
                "không dẫn tới gốc ghi trong bản kê",
                "does not lead to the root in the index",
                layout.INDEX,
                self._entry.size,
            )

    def _find(
        self, code: str, first: int, vi: str, en: str, file: str, last: int | None = None
    ) -> None:
        if last is None or last == first:
            last = None
            if self._broken is None or first < self._broken:
                self._broken = first
        events = f"{first}" if last is None else f"{first}–{last}"
        self._report.findings.append(
            Finding(
                code,
                Text(f"sự kiện {events}: {vi}", f"event {events}: {en}"),
                self._files.name,
                self._entry.origin,
                first,
                last,
                file,
            )
        )


def _first_other(found: bytes, content: bytes) -> int:
    """The first hash in which two tiles differ."""
    for place in range(0, len(content), HASH_SIZE):
        if found[place : place + HASH_SIZE] != content[place : place + HASH_SIZE]:
            return place // HASH_SIZE
    return len(content) // HASH_SIZE - 1
