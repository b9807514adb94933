"""The log as whoever appends sees it: the trees grow with it, from the bytes at hand."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

from services.node.errors import NodeError
from services.node.eventlog import EventKey, EventLog, Logged, NewEvent
from services.node.trees.keeper import Trees

_log = logging.getLogger(__name__)


class GrowingLog:
    """An `EventLog` that tells the trees what it has recorded. Everything else is the log's."""

    def __init__(
        self,
        log: EventLog,
        trees: Trees,
        instead: Callable[[Sequence[NewEvent]], Sequence[NewEvent]] = lambda events: events,
    ) -> None:
        """`instead` tells what to store of events: the tombstones of those that were erased."""
        self._instead = instead
        self._log = log
        self._trees = trees
        self.overtaken = False
        """Whether the log may hold events that no tree was told of: `settle` finds them."""
        self._lock = threading.Lock()
        self._grown: set[UUID] = set()

    def take_grown(self) -> set[UUID]:
        """The origins appended to since the last call."""
        with self._lock:
            grown, self._grown = self._grown, set()
        return grown

    def settle(self) -> int:
        """Grow the trees to the log's heads; how many events that took.

        Raises StoreUnavailableError.
        """
        self.overtaken = False
        try:
            return self._trees.start()
        except BaseException:
            self.overtaken = True
            raise

    def append(
        self,
        events: Sequence[NewEvent],
        keys: Sequence[EventKey] = (),
        *,
        seen: int | None = None,
    ) -> Sequence[int]:
        """As the log's. What is durable counts as recorded, whatever then happens to its tree.

        A crash between the two leaves a tree behind the log; it is grown from there at the start.
        """
        events = self._instead(events)
        try:
            positions = self._log.append(events, keys, seen=seen)
        except NodeError:
            self.overtaken = True  # it may have happened although its answer was lost
            raise
        grown: Collection[UUID]
        try:
            grown = self._trees.grow(events)
        except NodeError as error:
            _log.warning("the trees are behind the log and follow: %s", error)
            self.overtaken = True
            grown = {event.origin for event in events}
        with self._lock:
            self._grown.update(grown)
        return positions

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        return self._log.read(after, limit)

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        return self._log.read_bytes(after, limit)

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        return self._log.read_stream(origin, first, last)

    def head(self, origin: UUID) -> int:
        return self._log.head(origin)

    def heads(self) -> Mapping[UUID, int]:
        return self._log.heads()

    def position(self) -> int:
        return self._log.position()

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        return self._log.find_keys(event_ids, record_keys)

    def erasures(self, after: int) -> Sequence[Logged]:
        return self._log.erasures(after)

    def erase(self, origin: UUID, sequence: int, tombstone: bytes) -> bool:
        """The tree stays as it is: a tombstone is the same leaf."""
        return self._log.erase(origin, sequence, tombstone)

    def scrub(self) -> None:
        self._log.scrub()

    def restore_keys(self, keys: Sequence[EventKey]) -> None:
        self._log.restore_keys(keys)

    def close(self) -> None:
        self._log.close()
