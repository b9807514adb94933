"""When events reach a node, seen from outside in its tables on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import psycopg

_LOOK_SECONDS: Final = 0.005
_LIMIT_SECONDS: Final = 300.0
_NEW: Final = (
    "SELECT originator_id, originator_version, notification_id"
    " FROM stored_events WHERE notification_id > %s ORDER BY notification_id"
)
_FOLDED: Final = "SELECT position FROM projection_generations WHERE live"
_BY_INDEX: Final = "-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off"
"""The table is young: by what is known of it, reading the whole of it each time looks cheap."""

Place = tuple[UUID, int]


class WatchError(RuntimeError):
    """Something was waited for in vain."""


class Watch:
    """Notes when each event is in the log of a node and when in its figures.

    A context manager: it looks every few milliseconds from entering to leaving.
    """

    def __init__(self, database: str) -> None:
        """`database` is the address of the node's."""
        self.held: dict[Place, float] = {}
        """When each event was in the log, by `time.perf_counter`."""
        self.folded: dict[Place, float] = {}
        """When it was in the figures, by the same clock."""
        self._database = database
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def wait(self, seen: Mapping[Place, float], places: Collection[Place]) -> None:
        """Until all of these are in `held` or `folded`. Raises WatchError."""
        until(
            lambda: all(place in seen for place in places),
            f"{len(places)} events at the node that is watched",
            alive=self._thread.is_alive,
        )

    def _look(self) -> None:
        with psycopg.connect(self._database, autocommit=True, options=_BY_INDEX) as connection:
            last = 0  # not what is there by now: the first may have come while this connected
            waiting: list[tuple[int, Place]] = []
            while not self._stopped.wait(_LOOK_SECONDS):
                rows = connection.execute(_NEW, [last]).fetchall()
                (position,) = connection.execute(_FOLDED).fetchone() or (0,)
                now = time.perf_counter()
                for origin, sequence, number in rows:
                    self.held[origin, sequence] = now
                    waiting.append((number, (origin, sequence)))
                    last = number
                self.folded.update((place, now) for number, place in waiting if number <= position)
                waiting = [one for one in waiting if one[0] > position]


def until(true: Callable[[], bool], what: str, *, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until something is true, as long as what could make it so is alive.

    Raises WatchError: it takes too long, or nothing can make it so any more.
    """
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not true():
        if time.monotonic() > deadline or not alive():
            raise WatchError(f"waited in vain for {what}")
        time.sleep(_LOOK_SECONDS)


def quantiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds, by name."""
    ordered = sorted(seconds)
    return {
        f"{name} p{part} ms": ordered[part * (len(ordered) - 1) // 100] * 1_000 for part in (50, 99)
    }
