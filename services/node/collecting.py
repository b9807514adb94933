"""Python's search for cyclic garbage, put off where many objects are made that hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNG: Final = 20_000
"""New objects before the first search among them; Python's own 700 are a handful of requests."""


def settle() -> None:
    """What the start of a server has made stays for good: never go through it again.

    Modules, schemas and the directory are several hundred thousand objects, and without this each
    full search holds up every thread for as long as it takes to visit them all.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


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
