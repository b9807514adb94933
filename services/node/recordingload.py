"""Whether many events are being recorded just now, so that what can wait gives way.

Recording, figures and the reading of the log again share one interpreter. Figures cost half as much
an event in steps of thousands as in steps of a hundred, and nobody waits for the log to be read
again; the local systems wait for each answer, and the levels above for what comes up.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

MANY: Final = 50.0
"""Events a second. Desks of several hundred communes bring fewer; files and imports bring more."""
_SECONDS: Final = 1.0
"""What came so long ago counts for a third."""


class RecordingLoad:
    """Events pushed or received lately. Any thread may ask and tell."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._level = 0.0
        self._at = now()

    def add(self, events: int) -> None:
        """So many have just come."""
        with self._lock:
            now = self._now()
            self._level = self._faded(now) + events
            self._at = now

    @property
    def is_high(self) -> bool:
        """Whether it is more than `MANY` a second."""
        with self._lock:
            return self._faded(self._now()) > MANY

    def _faded(self, now: float) -> float:
        return self._level * math.exp((self._at - now) / _SECONDS)
