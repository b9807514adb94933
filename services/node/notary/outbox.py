"""Checkpoints on their way: of each stream the newest, repeated until it is confirmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.node.ledger.checkpoint import SignedCheckpoint

_LONGEST: Final = 120
"""A checkpoint that nobody confirms is repeated at last after so many times the first pause."""


@dataclass(slots=True)
class _Waiting:
    signed: SignedCheckpoint
    to: str
    due: float
    pause: float


class Outbox:
    """What goes one way. Filled by one thread, emptied by another; nothing of it need be kept: who
    misses a checkpoint says so by repeating its own."""

    def __init__(
        self,
        seconds: float,
        *,
        repeat: bool,
        is_open: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: before the first repetition; each later pause is twice as long. One that is
        not open takes nothing: nobody is on that side."""
        self._is_open = is_open
        self._seconds = seconds
        self._repeat = repeat
        self._now = now
        self._lock = threading.Lock()
        self._waiting: dict[UUID, _Waiting] = {}

    def put(self, origin: UUID, signed: SignedCheckpoint, to: str = "") -> None:
        """Send this, in the place of a smaller one; `to` names the node it concerns, if one."""
        if not self._is_open:
            return
        with self._lock:
            held = self._waiting.get(origin)
            if held is not None and held.signed.checkpoint.size > signed.checkpoint.size:
                return
            if held is not None and held.signed == signed and self._repeat:
                return  # it is on its way already
            self._waiting[origin] = _Waiting(signed, to, self._now(), self._seconds)

    def confirmed(self, origin: UUID, size: int) -> None:
        """A checkpoint of at least that size has its receipt."""
        with self._lock:
            held = self._waiting.get(origin)
            if held is not None and held.signed.checkpoint.size <= size:
                del self._waiting[origin]

    def take(self) -> Mapping[str, Sequence[bytes]]:
        """The notes that are due, by the node they concern ("" for everybody)."""
        now = self._now()
        notes: dict[str, list[bytes]] = {}
        with self._lock:
            for origin, waiting in list(self._waiting.items()):
                if waiting.due > now:
                    continue
                notes.setdefault(waiting.to, []).append(waiting.signed.note.encode())
                if self._repeat:
                    waiting.due = now + waiting.pause
                    waiting.pause = min(waiting.pause * 2, self._seconds * _LONGEST)
                else:
                    del self._waiting[origin]
        return notes

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)
