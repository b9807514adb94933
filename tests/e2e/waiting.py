"""Waiting for another process: asking it again and again, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.1


def until(
    what: str, check: Callable[[], str | None], seconds: float, pause: float = _PAUSE
) -> None:
    """Ask again and again until `check` answers None; a string says why it is not yet so.

    Raises AssertionError with the last reason after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while (reason := check()) is not None:
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not after {seconds:.0f} s: {reason}")
        time.sleep(pause)
