"""Who reads the streams: this process, or several beside it.

A stream is read by one process from its beginning to its end; what it tells comes back in the order
of the streams, so a check by several says word for word what one says. To start processes takes a
second or two: of few events this one has read all before they have begun.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from services.node.audit.checked import Checked
from services.node.audit.files import Files
from services.node.audit.layout import StreamEntry
from services.node.audit.stream import StreamCheck
from services.node.childprocess import begin, event_modules

_log = logging.getLogger(__name__)
FEW: Final = 50_000
"""Events that one process reads alone, unless more are asked for."""
_MOST: Final = 2
"""Processes that are taken without being asked for."""
_SHARES: Final = 16
"""Parts for each process: streams differ in length, and none is to end long after the others."""


@dataclass(frozen=True, slots=True)
class Task:
    """A stream to be read."""

    folder: Path
    entry: StreamEntry
    sizes: tuple[int, ...]
    """At which its root is wanted for comparisons."""


def usual_jobs(events: int) -> int:
    """How many processes so many events are worth on this machine."""
    return 1 if events <= FEW else min(os.cpu_count() or 1, _MOST)


def checked(tasks: Sequence[Task], jobs: int) -> Generator[Checked, None, None]:
    """What each of these streams tells, in their order."""
    if jobs < 2 or len(tasks) < 2:
        yield from map(_check, tasks)
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(tasks)),
        mp_context=get_context("spawn"),
        initializer=begin,
        initargs=(event_modules(),),
    )
    done = 0
    try:
        for part in pool.map(_check_all, _parts(tasks, jobs)):
            done += len(part)
            yield from part
    except BrokenProcessPool as error:
        # Killed, perhaps for want of memory: nothing was written, and what is left is read here.
        _log.warning("a process of the check has died: %s", error)
        yield from map(_check, tasks[done:])
    finally:
        pool.shutdown(cancel_futures=True)


def _parts(tasks: Sequence[Task], jobs: int) -> list[list[Task]]:
    """The same in their order, in parts of much the same number of events."""
    share = sum(task.entry.size for task in tasks) / (jobs * _SHARES)
    parts: list[list[Task]] = [[]]
    events = 0
    for task in tasks:
        if events > share:
            parts.append([])
            events = 0
        parts[-1].append(task)
        events += task.entry.size
    return parts


def _check(task: Task) -> Checked:
    return StreamCheck(Files(task.folder), task.entry, task.sizes).run()


def _check_all(tasks: Sequence[Task]) -> list[Checked]:
    return [_check(task) for task in tasks]
