"""Processes that do a part of some work for the one that started them.

They are started anew (spawn), never forked: a serving node has threads that hold locks.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from importlib import import_module
from multiprocessing import parent_process

from domain.events import EVENTS


def event_modules() -> tuple[str, ...]:
    """Where the event types that this process knows are declared: for `begin`."""
    return tuple(sorted({spec.body.__module__ for spec in EVENTS.values()}))


def begin(modules: Iterable[str]) -> None:
    """To be called first in such a process: it ends when its parent says so or is gone, and knows
    the event types that the parent knows; an event of another would be left out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for module in modules:
        import_module(module)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # an open transaction is undone by the database
