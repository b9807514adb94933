"""Checkpoints that wait for their events or for the key that signed them: bounded in every way.

Whoever may write to a topic may invent checkpoints of any stream, by keys that nobody knows. None
of that may fill the memory, take much time, or push out for long what is right: what is dropped
here is repeated by its sender for as long as it wants a receipt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.syncstate import Direction

_MOST: Final = 50_000
_OF_ONE_STREAM: Final = 8
_PATIENCE: Final = 3600.0
"""Seconds after which one is dropped; its sender repeats every ten minutes at the latest."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint as it arrived."""

    origin: UUID
    signed: SignedCheckpoint
    raw: bytes
    sender: str
    direction: Direction
    """Where it came from: from above it is a receipt."""

    @property
    def place(self) -> tuple[UUID, int]:
        """Which stream it is of, and at which size."""
        return self.origin, self.signed.checkpoint.size


_Key = tuple[bytes, Direction]


class Waiting:
    """Any thread may use it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._shown: dict[_Key, tuple[float, Shown]] = {}
        """The oldest first."""
        self._of: dict[UUID, list[_Key]] = {}

    def add(self, shown: Shown) -> None:
        """Keep one; the same again is kept once. The oldest make room."""
        key = (shown.raw, shown.direction)
        with self._lock:
            if key in self._shown:
                return
            self._shown[key] = (self._now(), shown)
            keys = self._of.setdefault(shown.origin, [])
            keys.append(key)
            if len(keys) > _OF_ONE_STREAM:
                self._drop(keys[0])
            if len(self._shown) > _MOST:
                self._drop(next(iter(self._shown)))

    def all(self) -> list[Shown]:
        """Those that wait, by side, stream and size; what waited too long is dropped."""
        with self._lock:
            since = self._now() - _PATIENCE
            for key in [key for key, (at, _) in self._shown.items() if at < since]:
                self._drop(key)
            found = [shown for _, shown in self._shown.values()]
        return sorted(
            found,
            # By number: UUIDs compare in Python.
            key=lambda one: (one.direction, one.origin.int, one.signed.checkpoint.size),
        )

    def done(self, shown: Shown) -> None:
        """Nothing more is to be done about one."""
        with self._lock:
            self._drop((shown.raw, shown.direction))

    def _drop(self, key: _Key) -> None:
        held = self._shown.pop(key, None)
        if held is None:
            return
        keys = self._of[held[1].origin]
        keys.remove(key)
        if not keys:
            del self._of[held[1].origin]

    def __len__(self) -> int:
        return len(self._shown)
