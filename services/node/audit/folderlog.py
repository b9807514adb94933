"""The events of an audit folder as a log to read from: what folds them needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from contracts.envelope import decode
from contracts.tombstone import is_tombstone
from domain.effective import REDACTED
from services.node.audit.folder import Folder
from services.node.errors import RefusedError
from services.node.eventlog import EventKey, Logged, NewEvent
from services.node.ledger.tiles import WIDTH


class FolderLog:
    """An `EventLog` that is not written to: stream after stream, as the index lists them."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._sizes = {entry.origin: entry.size for entry in folder.index.streams}

    def append(
        self,
        events: Sequence[NewEvent],
        keys: Sequence[EventKey] = (),
        *,
        seen: int | None = None,
    ) -> Sequence[int]:
        """Raises RefusedError."""
        raise RefusedError("an audit folder is not written to")

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        found: list[Logged] = []
        start = 0
        for origin, size in self._sizes.items():
            first = max(after - start, 0) + 1
            if first <= size and len(found) < limit:
                last = min(size, first + limit - len(found) - 1)
                found += [
                    Logged(start + logged.sequence, origin, logged.sequence, logged.raw)
                    for logged in self.read_stream(origin, first, last)
                ]
            start += size
        return found

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        return [(logged.position, logged.raw) for logged in self.read(after, limit)]

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        size = self._sizes.get(origin, 0)
        found: list[Logged] = []
        for number in range((first - 1) // WIDTH, -(-min(last, size) // WIDTH)):
            raws = self._folder.entries(origin, number, size) or []
            found += [
                Logged(0, origin, sequence, raw)
                for sequence, raw in enumerate(raws, start=number * WIDTH + 1)
                if first <= sequence <= min(last, size)
            ]
        return found

    def head(self, origin: UUID) -> int:
        return self._sizes.get(origin, 0)

    def heads(self) -> Mapping[UUID, int]:
        return dict(self._sizes)

    def position(self) -> int:
        return sum(self._sizes.values())

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        """None: a folder holds events, not how they were pushed."""
        return ()

    def erasures(self, after: int) -> Sequence[Logged]:
        """Read from all of it; a folder has no index."""
        return [
            logged
            for logged in self.read(after, self.position())
            if is_tombstone(logged.raw) or decode(logged.raw).type == REDACTED
        ]

    def erase(self, origin: UUID, sequence: int, tombstone: bytes) -> bool:
        """Raises RefusedError."""
        raise RefusedError("an audit folder is not written to")

    def scrub(self) -> None:
        """Nothing is written."""

    def restore_keys(self, keys: Sequence[EventKey]) -> None:
        """A folder keeps none."""

    def close(self) -> None:
        """Nothing is open."""
