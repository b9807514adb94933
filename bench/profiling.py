"""Where the microseconds of an event go: each stage alone in one thread, under the profiler.

The profiler slows small functions down more than large ones, so shares are only roughly right; the
sum is measured in a second run without it.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bench import load
from bench.catalogue import catalogue
from bench.country import PROVINCE
from bench.projecting import projector
from bench.stores import Store, fill
from services.commune.spec import SPEC
from services.node.api.intake import read_request
from services.node.api.verdicts import answer
from services.node.node import Node
from services.node.settings import Settings

_SHOWN: Final = 25
_BATCH: Final = 1_000
_OWN: Final = ("/services/", "/contracts/", "/domain/")

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Profile:
    """What one stage costs."""

    stage: str
    store: str
    microseconds: float
    """Processor time of an event in this process."""
    shares: list[tuple[str, float]]
    """Functions of this project by the part of that time spent in and below them."""

    def text(self) -> str:
        """For the terminal."""
        lines = [f"{self.stage}, {self.store}: {self.microseconds:.0f} µs of processor an event"]
        lines += [f"  {share:5.1%}  {name}" for name, share in self.shares]
        return "\n".join(lines)


def profiles(store: Store, events: int, stages: set[str]) -> Iterator[Profile]:
    """The profile of each stage that runs without a broker."""
    for stage, prepared in (("ingest", _ingest), ("project", _project)):
        if stage in stages:
            with prepared(store, events) as work:
                started = time.process_time()
                work()
                spent = time.process_time() - started
            profiler = cProfile.Profile(time.process_time)
            with prepared(store, events) as work:
                profiler.runcall(work)
            yield Profile(stage, store.name, spent / events * 1e6, _shares(profiler))


@contextmanager
def _ingest(store: Store, events: int) -> Iterator[Work]:
    """Batches of lines: read, decide, record, answer; without the server and its sockets."""
    lines = [happening.pushed() for happening in load.pushes(events)]
    bodies = [b"\n".join(lines[i : i + _BATCH]) for i in range(0, events, _BATCH)]
    headers = [(b"content-type", b"application/x-ndjson")]
    scope: dict[str, Any] = {"type": "http", "headers": [], "query_string": b"", "path": "/"}
    with store.fresh() as where:
        fill(where, catalogue())
        settings = Settings(
            node="bench",
            units_under=PROVINCE,
            data_dir=where.folder,
            database=where.database,
        )
        node = Node(settings, SPEC)
        try:
            node.open()

            def work() -> None:
                for body in bodies:
                    intake = read_request(headers, body)
                    items: list[Any] = [item.content for item in intake.items]
                    answer(intake, node.ingest.record(items), scope)

            yield work
        finally:
            node.close()


@contextmanager
def _project(store: Store, events: int) -> Iterator[Work]:
    with store.fresh() as where:
        fill(where, [*catalogue(), *load.recorded(events)])
        with projector(where) as projecting:

            def work() -> None:
                while projecting.run_once():
                    pass

            yield work


def _shares(profiler: cProfile.Profile) -> list[tuple[str, float]]:
    stats: Any = pstats.Stats(profiler)
    found = [
        (f"{file.rpartition('/')[2]}:{name}", cumulative / stats.total_tt)
        for (file, _, name), (_, _, _, cumulative, _) in stats.stats.items()
        if any(part in file for part in _OWN)
    ]
    return sorted(found, key=lambda item: -item[1])[:_SHOWN]
