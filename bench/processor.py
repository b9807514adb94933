"""Processor time of this process and of the database server that works for it.

On a machine that others use, wall time says how busy they are. Where the server runs on this
machine, its processes tell how long each was on a processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

_PROCESSES: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one piece of work took, in milliseconds."""

    wall: float
    processor: float | None
    """None where the server's processes cannot be seen."""


class Stopwatch:
    """Times work that this process does with a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        """Ask the server which of the processes here is its own."""
        with psycopg.connect(url) as connection:
            mine = _PROCESSES / str(connection.info.backend_pid)
            self._server = _parent(mine) if _is_server(mine) else None

    def timed(self, work: Callable[[], object]) -> Taken:
        """Do it. Its errors are raised."""
        server, own = self._server_seconds(), time.process_time()
        started = time.perf_counter()
        work()
        wall, own = time.perf_counter() - started, time.process_time() - own
        if server is None:
            return Taken(wall * 1_000, None)
        after = self._server_seconds()
        assert after is not None  # noqa: S101 # it was seen before
        return Taken(wall * 1_000, (own + after - server) * 1_000)

    def _server_seconds(self) -> float | None:
        """Of all its processes that serve somebody or write something, since each began."""
        if self._server is None:
            return None
        return sum(
            _seconds(process) for process in _processes() if _parent(process) == self._server
        )


def _processes() -> Iterator[Path]:
    return (path for path in _PROCESSES.iterdir() if path.name.isdigit())


def _is_server(process: Path) -> bool:
    try:
        return process.joinpath("comm").read_text().startswith("postgres")
    except OSError:
        return False


def _parent(process: Path) -> int | None:
    try:
        return int(process.joinpath("stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return None


def _seconds(process: Path) -> float:
    try:
        return int(process.joinpath("schedstat").read_text().split()[0]) / 1e9
    except OSError:  # it has ended
        return 0.0
