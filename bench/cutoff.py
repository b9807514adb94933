"""Stage `cutoff`: a commune service that was cut off comes back with all it has recorded meanwhile.

How long it takes to catch up, and how much later than otherwise its sisters' events are in their
parent's log while it does. Parent, the one that was cut off, and one service for all sisters run in
processes of their own; the sisters record one event after the other at a steady rate.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

import psycopg

from bench.cutoff_child import load
from bench.latency import quantiles
from bench.load import PROVINCE, Recorded, catalogue
from bench.measuring import Case, Contender, Role, Sample
from bench.serving import node_server, stored
from bench.stores import Store, Where, fill
from bench.topics import PARTITIONS
from contracts.topics import down_topic, up_topic
from infra.backing import KafkaBacking

SISTERS: Final = 16
"""Communes whose events must not wait: they hash to all partitions, also to those of the other."""
CUT: Final = 4
"""Communes of the service that was cut off."""
RATE: Final = 20
"""Events a second of all sisters together."""
_BACKLOG: Final = 2.5
"""Events queued for each of `--events`: 50,000 at its default."""
_QUIET_SECONDS: Final = 10.0
_WARM_SECONDS: Final = 3.0
_MOST_SISTERS: Final = 6_000
_LOOK_SECONDS: Final = 0.005
_LIMIT_SECONDS: Final = 300.0
_STOP_SECONDS: Final = 30.0
_HEADS: Final = (
    "SELECT coalesce(sum(head), 0) FROM (SELECT max(originator_version) AS head FROM stored_events"
    " WHERE originator_id = ANY(%s) GROUP BY originator_id) AS heads"
)
_NEW: Final = (
    "SELECT originator_id, originator_version FROM stored_events"
    " WHERE notification_id > %s AND notification_id <= %s AND originator_id = ANY(%s)"
)
_LAST: Final = "SELECT coalesce(max(notification_id), 0) FROM stored_events"

Place = tuple[UUID, int]


class CutoffError(RuntimeError):
    """Not everything arrived, or a process ended."""


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """One case, on PostgreSQL only: its tables can be watched from outside."""
    if store.name == "postgresql":
        backlog = int(events * _BACKLOG)
        yield Case(
            "cutoff",
            f"sisters' events to the parent's log while {backlog:,} queued ones come",
            store.name,
            [
                Contender(Role.NODE, "catching up", lambda: _measure(store, broker, backlog)),
                Contender(Role.PART, "nobody catches up", lambda: _measure(store, broker, 0)),
            ],
        )


def _measure(store: Store, broker: KafkaBacking, backlog: int) -> Sample:
    number = uuid4().hex[:8]
    parent = f"parent-{number}"
    queued = backlog or 1
    with ExitStack() as stack:
        for topic in (up_topic(parent), down_topic(parent)):
            broker.create_topic(topic, PARTITIONS)
            stack.callback(broker.delete_topic, topic)
        above, cut, near = (stack.enter_context(store.fresh()) for _ in range(3))
        for where in (above, cut, near):
            fill(where, catalogue())
        kafka = {"ANTQ_KAFKA": broker.bootstrap}
        settings = {"ANTQ_NODE": parent, "ANTQ_UNITS": str(PROVINCE), **kafka}
        stack.enter_context(node_server(above, "province", settings))
        below = {"ANTQ_PARENT": parent, "ANTQ_UNITS_UNDER": str(PROVINCE), **kafka}
        away = stack.enter_context(
            _child(cut, {**below, "ANTQ_NODE": f"cut-{number}"}, SISTERS, CUT, queued, "cut")
        )
        sisters = stack.enter_context(
            _child(near, {**below, "ANTQ_NODE": f"near-{number}"}, 0, SISTERS, _MOST_SISTERS)
        )
        away(str(queued))
        away("rest")
        streams = {event.origin for event in load(SISTERS, CUT, CUT)}
        watch = _Watch(above.database or "", load(0, SISTERS, _MOST_SISTERS), streams)
        stack.callback(watch.stopped.set)
        watch.thread.start()
        return _run(watch, sisters, away, backlog)


def _run(
    watch: _Watch, sisters: Callable[[str], None], away: Callable[[str], None], backlog: int
) -> Sample:
    begin = time.perf_counter()
    sent: dict[Place, float] = {}
    mended = ended = 0.0
    due = begin
    for place in watch.places:
        time.sleep(max(0.0, due - time.perf_counter()))
        if not mended and due - begin >= _WARM_SECONDS:
            mended = time.perf_counter()
            if backlog:
                away("mend")
        sisters("1")
        # From its own log on: how slowly the sister records is not what is measured here.
        sent[place] = time.perf_counter()
        due = max(due + 1 / RATE, sent[place])
        over = watch.caught_up(backlog) if backlog else due - begin > _QUIET_SECONDS
        if mended and over:
            ended = watch.ended or time.perf_counter()
            break
    watch.wait(sent.keys())
    during = [at for at in sent if mended <= sent[at] <= ended]
    delays = [watch.held[place] - sent[place] for place in during]
    extra = {**quantiles("log", delays), "log most ms": max(delays) * 1_000}
    return Sample(backlog or len(during), ended - mended, extra)


@contextmanager
def _child(
    where: Where, settings: Mapping[str, str], first: int, communes: int, events: int, *more: str
) -> Iterator[Callable[[str], None]]:
    """A commune service; what is yielded gives it a command and waits for its answer."""
    command = [sys.executable, "-m", "bench.cutoff_child"]
    command += [str(first), str(communes), str(events), *more]
    with subprocess.Popen(  # noqa: S603 # our own program
        command,
        env={**os.environ, **settings, **stored(where)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 # for mypy: they are pipes
        assert process.stdout is not None  # noqa: S101 # the same
        given, said = process.stdin, process.stdout

        def tell(line: str) -> None:
            given.write(f"{line}\n")
            given.flush()
            if said.readline() != "done\n":
                raise CutoffError("a child ended")

        try:
            if said.readline() != "ready\n":
                raise CutoffError("a child did not start")
            yield tell
        finally:
            given.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class _Watch:
    """Notes when each of the sisters' events is in the parent's log, and how far the other is."""

    database: str
    events: Sequence[Recorded]
    streams: set[UUID]
    """Those of the service that was cut off."""
    held: dict[Place, float] = field(default_factory=dict)
    caught: int = 0
    ended: float = 0.0
    """When the last of its events was there."""
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.places = [(event.origin, event.sequence) for event in self.events]
        self.thread = threading.Thread(target=self._look, daemon=True)

    def caught_up(self, backlog: int) -> bool:
        """Whether all of the backlog is there."""
        if self.caught >= backlog and not self.ended:
            self.ended = time.perf_counter()
        return bool(self.ended)

    def wait(self, places: Collection[Place]) -> None:
        """Until all of these are there. Raises CutoffError."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not self.held.keys() >= set(places):
            if time.monotonic() > deadline or not self.thread.is_alive():
                raise CutoffError(f"{len(self.held)} of {len(places)} of the sisters' events came")
            time.sleep(_LOOK_SECONDS)

    def _look(self) -> None:
        sisters = list({origin for origin, _ in self.places})
        with psycopg.connect(self.database, autocommit=True) as connection:
            last = 0  # not what is there by now: the first may have come while this connected
            while not self.stopped.wait(_LOOK_SECONDS):
                (now,) = connection.execute(_LAST).fetchone() or (0,)
                if now == last:
                    continue
                at = time.perf_counter()
                for origin, number in connection.execute(_NEW, [last, now, sisters]):
                    self.held[origin, number] = at
                last = now
                (self.caught,) = connection.execute(_HEADS, [list(self.streams)]).fetchone() or (0,)
