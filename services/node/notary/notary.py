"""What the ledger's worker does, step by step."""

from __future__ import annotations

import time
from typing import Final

from services.node.trees import GrowingLog, Trees

_SETTLE_SECONDS: Final = 60.0
"""How often the log is looked through for what another process has recorded."""


class Notary:
    """Keeps the trees level with the log. Used by one thread."""

    def __init__(self, log: GrowingLog, trees: Trees) -> None:
        self._log = log
        self._trees = trees
        self._next_settling = 0.0

    def run_once(self) -> int:
        """One step; how much there was to do. Raises StoreUnavailableError.

        A crash anywhere leaves trees behind the log; the first step grows them from there.
        """
        done = 0
        if self._log.overtaken or time.monotonic() >= self._next_settling:
            done += self._log.settle()
            self._next_settling = time.monotonic() + _SETTLE_SECONDS
        self._trees.flush()
        return done
