"""Who does the steps of a build: this thread, or processes of their own.

Processes are started anew (spawn), never forked: a serving node has threads that hold locks.
"""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from services.node.childprocess import begin, event_modules
from services.node.database import Database
from services.node.errors import InterruptedRebuildError
from services.node.eventlog import EventLog, open_log
from services.node.readmodel import ReadModel
from services.node.rebuilding.builds import Build
from services.node.rebuilding.workplace import Workplace

_FIRST: Final = "route"
FEW: Final = 50_000
"""Positions that one thread has folded before other processes would have started."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What processes of their own need to take part in a rebuild."""

    log_url: str
    state_url: str
    folder: Path
    """Where the log is dealt out to; needs as much space as the log."""
    processes: int = min(os.cpu_count() or 1, 4)
    few: int = FEW
    """Do it in the calling thread up to so many positions."""


class Crew:
    """Does steps in any order, several at a time."""

    def __init__(self, do: Callable[[str, Iterable[int | str]], Iterator[int]]) -> None:
        self._do = do

    def run(self, step: str, arguments: Iterable[int | str]) -> Iterator[int]:
        """What `Workplace.<step>` gives for each argument, as they come.

        Raises what the step raises; InterruptedRebuildError after a process has died.
        """
        return self._do(step, arguments)


@contextmanager
def crew(
    workshop: Workshop | None,
    here: Workplace,
    models: Sequence[ReadModel],
    build: Build,
    folder: Path,
) -> Iterator[Crew]:
    """Processes if they are worth starting, else this thread with its own stores.

    Until the first of them has started, which takes as long as dealing out 100,000 events, this
    thread deals them out. It folds nothing: others in its process want the interpreter too.
    """
    if workshop is None or workshop.processes < 2 or build.goal <= workshop.few:
        yield Crew(lambda step, arguments: map(getattr(here, step), arguments))
        return
    pool = ProcessPoolExecutor(
        workshop.processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(workshop, event_modules(), pickle.dumps(tuple(models)), build, folder),
    )

    begun = [pool.submit(_begun) for _ in range(workshop.processes)]

    def do(step: str, arguments: Iterable[int | str]) -> Iterator[int]:
        left = deque(arguments)
        while left and step == _FIRST and not any(future.done() for future in begun):
            yield getattr(here, step)(left.popleft())
        try:
            for future in as_completed([pool.submit(_step, step, a) for a in left]):
                yield future.result()
        except BrokenProcessPool as error:
            raise InterruptedRebuildError(f"a process of the rebuild has died: {error}") from error

    try:
        yield Crew(do)
    except BaseException:
        pool.shutdown(cancel_futures=True)  # what runs now is finished, and is done
        raise
    pool.shutdown(wait=False)  # nothing runs any more, and ending takes them a while


_place: Workplace | None = None
"""In a process of a crew: where it works."""


def _begin(
    workshop: Workshop, modules: tuple[str, ...], models: bytes, build: Build, folder: Path
) -> None:
    global _place  # noqa: PLW0603 - the process is started for this one thing
    begin(modules)
    log: EventLog = open_log(workshop.log_url)
    _place = Workplace(log, Database(workshop.state_url), pickle.loads(models), build, folder)  # noqa: S301 # from our own parent


def _begun() -> None:
    """Done when a process has started."""


def _step(step: str, argument: int | str) -> int:
    done: int = getattr(_place, step)(argument)
    return done
