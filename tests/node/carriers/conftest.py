"""Fixtures of the carriers' tests."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """A carrier that was closed has no thread left; sockets are seen by Python's own warning."""
    before = set(threading.enumerate())
    # What other tests made is looked at no more: there is so much that it takes seconds each time.
    gc.freeze()
    yield
    gc.collect()  # so that a socket left open is reported at the test that left it
    gc.unfreeze()
    deadline = time.monotonic() + 3.0
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.1)
    assert not left
