"""Stage `endurance`: a rebuild of millions of events beside a node that serves its figures.

The node's own code records and folds a story, and its copies (`bench.copies`) are then put into the
log. A process of its own rebuilds every table with as many processes as there are cores, while this
one asks for every figure of the country in turn. Measured are memory, time and the pages.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import httpx
import psycopg
from fastapi import FastAPI

from bench.catalogue import catalogue
from bench.copies import Copies
from bench.country import CENTRE, PROVINCE
from bench.floor import copy_events
from bench.load import recorded
from bench.projecting import projector
from bench.stores import PostgresStore, Where, fill
from services.node.api.app import create_app
from services.node.node import Node
from services.node.readmodels import EVERY_NODES
from services.node.settings import Settings
from services.province.spec import SPEC

BASE: Final = 20_000
PROVINCES: Final = 35
_PAGES: Final = [f"/figures/{f.name}?unit={CENTRE}&period=2015-01" for f in SPEC.figures]
_PAUSE: Final = 5.0
_LOOK_EVERY: Final = 0.25
_BATCH: Final = 5_000
_PROCESSES: Final = Path("/proc")


@dataclass(slots=True)
class Endured:
    """What a rebuild took."""

    events: int
    seconds: float
    node_bytes: int
    """The most that the rebuild's processes held at one moment, each without what it shares."""
    server_bytes: int
    """The most that the database's processes held, without what they share."""
    shared_bytes: int
    """What the database's processes share, once."""
    pages: dict[str, list[float]] = field(default_factory=lambda: {page: [] for page in _PAGES})
    """Of each figure, the seconds of its answers meanwhile."""

    def as_text(self) -> str:
        """One line for people."""
        mebibytes = [round(n / 2**20) for n in (self.node_bytes, self.server_bytes)]
        answers = [seconds for page in self.pages.values() for seconds in page]
        asked = [page for page in self.pages.values() if page]
        return (
            f"endurance: {self.events:,} events in {self.seconds:.0f} s"
            f" ({self.events / self.seconds:,.0f}/s); at most {mebibytes[0]} MiB in the rebuild's"
            f" processes, {mebibytes[1]} MiB in the server's beside"
            f" {self.shared_bytes // 2**20} MiB they share; {len(answers)} pages meanwhile"
            f" ({len(asked)} of {len(self.pages)} figures, each at least"
            f" {min(len(page) for page in asked)} times):"
            f" median {statistics.median(answers):.2f} s, longest {max(answers):.2f} s"
        )


def endure(
    store: PostgresStore,
    events: int,
    *,
    base: int = BASE,
    provinces: int = PROVINCES,
    tell: Callable[[str], None] = lambda _: None,
) -> Endured:
    """Rebuild a log of about so many events.

    Raises RuntimeError if the rebuild fails or a page is refused.
    """
    with store.fresh() as where:
        assert where.database is not None  # noqa: S101 # it is a PostgresStore
        story = recorded(base)
        fill(where, [*catalogue(provinces + 1), *story])
        settings = Settings(
            node="bench", units=(PROVINCE,), database=where.database, data_dir=where.folder
        )
        node = Node(settings, SPEC)
        node.open()  # folds what there is; nobody folds what comes now until the rebuild does
        try:
            copies = Copies(story, provinces)
            for number in range(1, math.ceil(events / base)):
                copy_events(where.database, list(copies.copy(number)), _BATCH)
                tell(f"endurance: {(number + 1) * base:,} events recorded")
            return _rebuilt(where, create_app(node), node)
        finally:
            node.close()


def _rebuilt(where: Where, app: FastAPI, node: Node) -> Endured:
    process = get_context("spawn").Process(target=_rebuild, args=(where,))
    started = time.monotonic()
    process.start()
    assert process.pid is not None  # noqa: S101 # it was started
    assert where.database is not None  # noqa: S101 # it is a PostgresStore
    found = Endured(0, 0.0, 0, 0, 0)
    watch = threading.Thread(target=_watch, args=(process.pid, _server(where.database), found))
    watch.start()
    pages = itertools.cycle(_PAGES)
    while process.is_alive():
        page = next(pages)
        asked = time.monotonic()
        asyncio.run(_ask(app, page))
        found.pages[page].append(time.monotonic() - asked)
        process.join(_PAUSE)
    found.seconds = time.monotonic() - started
    watch.join()
    found.events = node.log.position()
    with node.projector.view() as view:
        if process.exitcode != 0 or view.position != found.events or view.generation < 2:
            raise RuntimeError(f"the rebuild failed: {process.exitcode}, at {view.position}")
    for page in _PAGES:
        asyncio.run(_ask(app, page))
    return found


def _rebuild(where: Where) -> None:
    """In a process of its own, as `antq rebuild` is: every table that the node keeps."""
    with projector(where, models=(*EVERY_NODES, *SPEC.models)) as projecting:
        projecting.rebuild()
        projecting.catch_up()  # a few events more are left to whoever folds the live tables


async def _ask(app: FastAPI, page: str) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        (await client.get(page)).raise_for_status()


def _server(url: str) -> int | None:
    """The process of the server whose children serve; None if it is on another machine."""
    with psycopg.connect(url) as connection:
        backend = _PROCESSES / str(connection.info.backend_pid)
        try:
            is_here = backend.joinpath("comm").read_text().startswith("postgres")
        except OSError:
            return None
        return _field(backend, "PPid") if is_here else None


def _watch(root: int, server: int | None, found: Endured) -> None:
    """Remember the most there was until the rebuild's process has ended."""
    while (_PROCESSES / str(root)).exists() and _state(root) not in ("", "Z"):
        parents = {
            int(path.name): _field(path, "PPid")
            for path in _PROCESSES.iterdir()
            if path.name.isdigit()
        }
        found.node_bytes = max(found.node_bytes, _private(_below(root, parents)))
        if server is not None:
            serving = _below(server, parents)
            found.server_bytes = max(found.server_bytes, _private(serving))
            shared = [_kibibytes(process, "RssShmem") for process in serving]
            found.shared_bytes = max(found.shared_bytes, max(shared, default=0))
        time.sleep(_LOOK_EVERY)


def _below(root: int, parents: dict[int, int]) -> set[int]:
    """A process and all that it and they started."""
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _private(processes: set[int]) -> int:
    return sum(_kibibytes(process, "RssAnon") for process in processes)


def _kibibytes(process: int, name: str) -> int:
    return _field(_PROCESSES / str(process), name) * 1_024


def _state(process: int) -> str:
    return next(iter(_text(_PROCESSES / str(process), "State").split()), "")


def _field(process: Path, name: str) -> int:
    """A number of a process's status; 0 once it has ended."""
    return int(next(iter(_text(process, name).split()), "0"))


def _text(process: Path, name: str) -> str:
    try:
        lines = process.joinpath("status").read_text().splitlines()
    except OSError:  # it has ended
        return ""
    return next((line.partition(":")[2] for line in lines if line.startswith(name + ":")), "")
