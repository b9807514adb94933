"""Writing logs as folders: for clients of tlog-tiles, and for auditors.

Everything is made from the log's own bytes: an auditor wants to see what is recorded. Only where
the node has kept a full tile of leaves that says otherwise, the kept one is written, so that the
check names the event that was edited. A stream with a hole is written as far as the hole, and the
index says how far it goes: a damaged log is what an auditor must be able to take away. A folder
gets its name when all of it is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from services.node.audit import layout
from services.node.audit.layout import Index, StreamEntry
from services.node.audit.tiling import Tiling, content_of
from services.node.errors import RefusedError
from services.node.eventlog import EventLog
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.tiles import WIDTH, Tile
from services.node.trees.checkpoints import CheckpointStore
from services.node.trees.store import TreeStore

_PAGE: Final = 2_000
_NOTES: Final = 500

Progress = Callable[[int, int], None]
"""Is told the events written and the events there are."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    streams: int
    events: int
    checkpoints: int
    digest: str
    """SHA-256, hexadecimal, of the index; "" where there is none."""


class FolderExporter:
    """Writes the streams of one node. Raises StoreUnavailableError, RefusedError if the folder is
    there already."""

    def __init__(
        self, log: EventLog, checkpoints: CheckpointStore, trees: TreeStore | None = None
    ) -> None:
        """`trees`: the tiles that the node keeps, where it has any."""
        self._log = log
        self._checkpoints = checkpoints
        self._trees = trees

    def logs(
        self, folder: Path, origins: Sequence[UUID] = (), progress: Progress | None = None
    ) -> Exported:
        """Every stream (or these) in tlog-tiles layout, each in a folder of its own."""
        with _new(folder) as part:
            streams = self._streams(part, origins, progress)
        return _exported(streams, "")

    def audit(
        self,
        folder: Path,
        *,
        node: str,
        level: str,
        made_at: str,
        keys: Sequence[str],
        origins: Sequence[UUID] = (),
        progress: Progress | None = None,
    ) -> Exported:
        """The auditor's folder: every stream (or these) with all that vouches for it."""
        with _new(folder) as part:
            streams = self._streams(part / layout.LOGS, origins, progress)
            listed = "".join(f"{key}\n" for key in sorted(set(keys))).encode()
            (part / layout.KEYS).write_bytes(listed)
            index = Index(node, level, made_at, sha256(listed).hexdigest(), tuple(streams)).encode()
            (part / layout.INDEX).write_bytes(index)
        return _exported(streams, sha256(index).hexdigest())

    def _streams(
        self, folder: Path, origins: Sequence[UUID], progress: Progress | None
    ) -> list[StreamEntry]:
        heads = self._log.heads()
        # A stream that is gone from the log as a whole is still known by what vouches for it.
        known = dict.fromkeys(self._checkpoints.all_latest(), 0) | dict(heads)
        chosen = sorted(origins or known)
        for origin in chosen:
            if origin not in known:
                raise RefusedError(f"this node holds nothing of the stream {origin}")
        total = sum(known[origin] for origin in chosen)
        folder.mkdir(exist_ok=True)
        streams: list[StreamEntry] = []
        done = 0
        for origin in chosen:
            (folder / str(origin)).mkdir()
            streams.append(self._stream(folder / str(origin), origin, known[origin]))
            done += known[origin]
            if progress is not None:
                progress(done, total)
        return streams

    def _stream(self, folder: Path, origin: UUID, held: int) -> StreamEntry:
        size = self._whole(origin, held)
        notes = {signed.checkpoint.size: signed.note.encode() for signed in self._signed(origin)}
        newest = max((one for one in notes if one <= size), default=0)

        def write(tile: Tile, parts: Sequence[bytes]) -> None:
            _write(folder / tile.path(), self._as_kept(origin, tile, content_of(tile, parts)))

        tiling = Tiling(write)
        for first in range(1, size + 1, _PAGE):
            last = min(first + _PAGE - 1, size)
            raws = [logged.raw for logged in self._log.read_stream(origin, first, last)]
            before = max(0, newest - first + 1) if newest < last else len(raws)
            tiling.extend(raws[:before])
            if before and tiling.frontier.size == newest:
                tiling.cut()
            tiling.extend(raws[before:])
        tiling.cut()
        for length, note in notes.items():
            _write(folder / layout.CHECKPOINTS / str(length), note)
        if newest:
            _write(folder / layout.CHECKPOINT, notes[newest])
        digests = {length: sha256(note).hexdigest() for length, note in notes.items()}
        return StreamEntry(origin, size, tiling.frontier.root().hex(), digests, held)

    def _whole(self, origin: UUID, head: int) -> int:
        """Through which number a stream is held without a hole."""
        for first in range(1, head + 1, _PAGE):
            last = min(first + _PAGE - 1, head)
            page = self._log.read_stream(origin, first, last)
            for number, logged in enumerate(page, start=first):
                if logged.sequence != number:
                    return number - 1
            if len(page) < last - first + 1:
                return first + len(page) - 1
        return head

    def _as_kept(self, origin: UUID, tile: Tile, content: bytes) -> bytes:
        """A full tile of leaves as the node keeps it; else as the log makes it."""
        if self._trees is None or tile.level != 0 or tile.width < WIDTH:
            return content
        return self._trees.tile(origin, 0, tile.index) or content

    def _signed(self, origin: UUID) -> Iterator[SignedCheckpoint]:
        """Every checkpoint; one of a tree larger than the log shows what is gone."""
        after = 0
        while found := self._checkpoints.of(origin, after=after, limit=_NOTES):
            yield from found
            after = found[-1].checkpoint.size


def _exported(streams: Sequence[StreamEntry], digest: str) -> Exported:
    return Exported(
        len(streams),
        sum(stream.size for stream in streams),
        sum(len(stream.checkpoints) for stream in streams),
        digest,
    )


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder that gets its name at the end. A crash leaves FOLDER.part, which the next call
    replaces."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(f"{folder} is there already")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.replace(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
