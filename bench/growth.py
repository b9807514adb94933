"""Stage `growth`: what the same work costs as the log grows, on PostgreSQL.

One province's events are recorded and folded by the node's own code, then multiplied on the server
(`bench.multiply`). So two logs are made, of which one stays as small as the first size and the
other grows. At each size a node is opened on both, every stream goes on by one event, and then each
kind of work (`bench.growthwork`) is done on the one and on the other, in turns: a machine that
others disturb is as quick for both. At the first size both are the same, so what differs there
tells how far to trust the rest. The server keeps its settings; its caches are as the work before
left them.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from bench.catalogue import catalogue
from bench.growthwork import A_DAY, Turn, Work, key_of, opened
from bench.happenings import Recorded
from bench.load import recorded
from bench.multiply import Multiplied
from bench.processor import Taken
from bench.stores import PostgresStore, Where, fill
from services.node.eventlog.shared import key_row

BASE: Final = 20_000
"""Events recorded and folded by the node's own code, and then copied."""

PROVINCES: Final = 35
"""Copied beside the first one: with it as many communes as the country has."""

Curve = dict[str, list[Taken]]
"""By the name of the work: what it took, each time."""


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured at one size."""

    events: int
    """Events in the log when measuring began."""
    bytes: int
    """Of the log, the keys and the read models, with their indexes."""
    taken: Curve
    beside: Curve
    """The same work on the log that stays small, in turns with it."""

    def wall(self, work: str) -> float:
        """The median, in milliseconds."""
        return statistics.median(taken.wall for taken in self.taken[work])

    def cost(self, work: str) -> float:
        """The median, in milliseconds of processors; by the clock where the server's part is not
        known."""
        return _cost(self.taken[work])

    def small(self, work: str) -> float:
        """The same of the small log."""
        return _cost(self.beside[work])

    def ratio(self, work: str) -> float:
        """How many times what it costs on the small log."""
        return self.cost(work) / self.small(work)


def _cost(taken: Sequence[Taken]) -> float:
    known = [one.processor for one in taken if one.processor is not None]
    return statistics.median(known if len(known) == len(taken) else [one.wall for one in taken])


def curve(
    store: PostgresStore,
    sizes: Sequence[int],
    *,
    base: int = BASE,
    provinces: int = PROVINCES,
    times: int = 20,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Point]:
    """Measure at each of these sizes, given in ascending order."""
    points: list[Point] = []
    with _grown(store, base, provinces) as small, _grown(store, base, provinces) as large:
        small.grow(sizes[0])
        for size in sizes:
            started = time.monotonic()
            large.grow(size)
            tell(f"growth: {size:,} events after {time.monotonic() - started:.0f} s")
            held = large.events()
            taken, beside = Curve(), Curve()
            with large.work(times) as one, small.work(times) as other:
                for (name, here), (_, there) in zip(one, other, strict=True):
                    taken.setdefault(name, []).append(here)
                    beside.setdefault(name, []).append(there)
            points.append(Point(held, large.bytes(), taken, beside))
            for name in taken:
                cost, ratio = points[-1].cost(name), points[-1].ratio(name)
                tell(f"growth {size:,} {name}: {cost:.2f} ms, {ratio:.2f} of the small log")
    return points


class _Grown:
    """A store that a province's events are multiplied in."""

    def __init__(self, where: Where, base: int, provinces: int) -> None:
        assert where.database is not None  # noqa: S101 # it is a PostgresStore
        self._where, self._database = where, where.database
        self._base = self._done = base
        first = catalogue(provinces + 1)
        fill(where, [*first, *recorded(base)])
        with opened(where) as node, node.projector.view() as view:  # opening folds everything
            tables = [table.name for table in view.tables.values()]
        _keys(where, recorded(base))
        self._days = math.ceil(base / A_DAY)
        # A day more than there is to copy: what is appended at a size falls on a day of its own.
        self._multiplied = Multiplied(self._database, tables, len(first), self._days + 1, provinces)

    def grow(self, events: int) -> None:
        """Copy until it holds about so many."""
        self._multiplied.grow(events)
        _folded(self._database)
        with opened(self._where) as node:
            node.log.settle()  # streams have their trees, as where they were received

    def events(self) -> int:
        """How many it holds."""
        with opened(self._where) as node:
            return node.log.position()

    def bytes(self) -> int:
        """Of all its tables, with their indexes."""
        return sum(self._multiplied.sizes().values())

    @contextmanager
    def work(self, times: int) -> Iterator[Iterator[Turn]]:
        """The work at this size; the streams have gone on then."""
        work = Work(self._where, self._multiplied, self._days, self._base, self._done, times)
        yield work.measured()
        self._done = work.done
        self._multiplied.went_on(work.recorder.heads)

    def close(self) -> None:
        """Let go of the database."""
        self._multiplied.close()


@contextmanager
def _grown(store: PostgresStore, base: int, provinces: int) -> Iterator[_Grown]:
    with store.fresh() as where:
        grown = _Grown(where, base, provinces)
        try:
            yield grown
        finally:
            grown.close()


def _keys(where: Where, events: Sequence[Recorded]) -> None:
    """The keys that the nodes which recorded these events have beside them."""
    assert where.database is not None  # noqa: S101 # it is a PostgresStore
    with (
        psycopg.connect(where.database) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY event_keys FROM STDIN") as copy,
    ):
        for event in events:
            copy.write_row(key_row(key_of(event)))


def _folded(database: str) -> None:
    """The copies need no folding."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE projection_generations SET position ="
            " (SELECT max(notification_id) FROM stored_events)"
        )
