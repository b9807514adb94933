"""Whether a batch may be decided without asking the log first.

Before a batch the log can be asked whether it has grown, and which of the batch's keys are taken:
two exchanges with the database, and two looks into an index for each event. The answer is nearly
always that it has not and that none is. So a batch is decided as if that were so, and the append,
which refuses it where it is not, asks in its own transaction. Where it was refused, what follows is
asked about first again for a while: a sender that repeats a file repeats more than one event.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 1.0


class Confidence:
    """Used by whoever records; a value too old costs an exchange or a refused append, no more."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lost_until = 0.0

    @property
    def holds(self) -> bool:
        """Whether the log need not be asked first."""
        return self._now() >= self._lost_until

    def lose(self) -> None:
        """A batch had to be decided again."""
        self._lost_until = self._now() + _SECONDS
