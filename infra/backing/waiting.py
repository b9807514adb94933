"""Waiting for a service to answer, with a time limit and its own last words on failure."""

import time
from collections.abc import Callable

from infra.backing.errors import BackingError

_PAUSE_SECONDS = 0.05


def wait_until(
    what: str,
    check: Callable[[], str | None],
    *,
    seconds: float,
    died: Callable[[], str | None] = lambda: None,
) -> None:
    """Call `check` until it returns None; a string is the reason why it is not yet so.

    `died` is asked between the checks: a string from it ends the wait at once, since what died
    will not become ready.

    Raises:
        BackingError: `seconds` passed, or `died` answered; the message carries the last reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        last = check()
        if last is None:
            return
        end = died()
        if end is not None:
            raise BackingError(f"{what}: {end}")
        if time.monotonic() >= deadline:
            raise BackingError(f"{what}: not after {seconds:.0f} s: {last}")
        time.sleep(_PAUSE_SECONDS)
