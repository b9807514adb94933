"""What stands before recording: it knows how far each own stream went, and may be closed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from uuid import UUID

from services.node.errors import FencedError
from services.node.problems import Problem
from services.node.recovery.marker import Reason
from services.node.recovery.texts import Standing, refusal


class Guard:
    """Asked by whoever records. Thread-safe; open as long as nobody closes it."""

    def __init__(self, heads: Mapping[UUID, int] | None = None) -> None:
        """`heads`: how far each own stream is known to have gone."""
        self._lock = threading.Lock()
        self._heads = dict(heads or {})
        self._closed: Problem | None = None
        self.fallen = False
        """Whether a stream was found shorter than it was, since the guard was last opened."""

    def pass_through(self) -> None:
        """Raises FencedError while the guard is closed."""
        closed = self._closed
        if closed is not None:
            raise FencedError(closed)

    def found(self, origin: UUID, head: int) -> None:
        """An own stream was read and ends there.

        Closes and raises FencedError if more of it was recorded once: the store under a running
        node was rolled back, for example to a standby server that lacks the last transactions.
        """
        with self._lock:
            if head >= self._heads.get(origin, 0):
                return
            self.fallen = True
            self._closed = closed = refusal(Reason.BEHIND_MARKER, Standing.ASKING)
        raise FencedError(closed)

    def recorded(self, heads: Iterable[tuple[UUID, int]]) -> None:
        """These own streams go so far now, durably."""
        with self._lock:
            for origin, head in heads:
                self._heads[origin] = max(head, self._heads.get(origin, 0))

    def close(self, problem: Problem) -> None:
        """Let nothing through, and tell senders this."""
        with self._lock:
            self._closed = problem

    def open(self) -> None:
        """Let everything through again."""
        with self._lock:
            self._closed = None
            self.fallen = False

    def forget(self) -> None:
        """A person says that what is held is all there ever was."""
        with self._lock:
            self._heads.clear()

    @property
    def heads(self) -> Mapping[UUID, int]:
        """How far each own stream went, as far as this node knows."""
        with self._lock:
            return dict(self._heads)
