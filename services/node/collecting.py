"""Python's search for cyclic garbage, put off where many objects are made that hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Do not look for cycles meanwhile.

    Every few hundred new objects Python goes through all of those that are held; with a batch of
    parsed events in memory that takes longer than parsing and folding them. It holds for the whole
    process, so it is for moments, not for waiting.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
