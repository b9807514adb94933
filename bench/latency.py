"""Stage `latency`: from a push at a commune to the log and the figures of the centre, three hops.

Four nodes in processes of their own, and a steady stream of pushes. An event's clock starts when it
was to be sent, not when there was time to send it, so that a node that stalls does not look quick;
it stops when the centre's tables, looked at every few milliseconds, have it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

import psycopg

from bench.load import CENTRE, PROVINCE, Happening, catalogue, pushes, unit_of
from bench.measuring import Case, Contender, Role, Sample
from bench.pushing import post, request
from bench.serving import launched_node
from bench.stores import Store, fill
from bench.topics import PARTITIONS
from contracts.topics import down_topic, up_topic
from infra.backing import KafkaBacking
from infra.backing.ports import LOOPBACK
from services.node.hosting import origin_of

RATE: Final = 500
"""Events a second: ten thousand communes with three events a minute each."""
_TICK_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 0.01
_WARM_SECONDS: Final = 2.0
_LIMIT_SECONDS: Final = 120.0
_MOST_SECONDS: Final = 10.0
_NEW: Final = (
    "SELECT originator_id, originator_version, notification_id"
    " FROM stored_events WHERE notification_id > %s ORDER BY notification_id"
)
_FOLDED: Final = "SELECT position FROM projection_generations WHERE live"

Place = tuple[UUID, int]


class LatencyError(RuntimeError):
    """Not everything arrived."""


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """One case, on PostgreSQL only: its tables can be watched from outside."""
    if store.name == "postgresql":
        count = min(events, int(RATE * _MOST_SECONDS))
        yield Case(
            "latency",
            f"commune → centre, three hops, {RATE} events/s",
            store.name,
            [Contender(Role.NODE, "node", lambda: _measure(store, broker, count))],
        )


def _measure(store: Store, broker: KafkaBacking, events: int) -> Sample:
    number = uuid4().hex[:8]
    levels = {
        "central": {"ANTQ_UNITS": str(CENTRE)},
        "province": {"ANTQ_UNITS": str(PROVINCE)},
        "district": {"ANTQ_UNITS": str(unit_of("district"))},
        "commune": {"ANTQ_UNITS_UNDER": str(PROVINCE)},
    }
    warm = int(RATE * _WARM_SECONDS)
    load = pushes(warm + events)
    with ExitStack() as stack:
        ports: dict[str, int] = {}
        waits: list[Callable[[], None]] = []
        parent, centre = "", ""
        for level, settings in levels.items():
            name = f"{level}-{number}"
            where = stack.enter_context(store.fresh())
            fill(where, catalogue())
            if level != "commune":
                for topic in (up_topic(name), down_topic(name)):
                    broker.create_topic(topic, PARTITIONS)
                    stack.callback(broker.delete_topic, topic)
            more = {"ANTQ_NODE": name, "ANTQ_KAFKA": broker.bootstrap, **settings}
            if parent:
                more["ANTQ_PARENT"] = parent
            ports[level], ready = stack.enter_context(launched_node(where, level, more))
            waits.append(ready)
            parent, centre = name, centre or (where.database or "")
        for wait in waits:
            wait()
        watch = _Watch(centre)
        watcher = threading.Thread(target=watch.run, args=(len(load),), daemon=True)
        watcher.start()
        started = time.perf_counter()
        sent = asyncio.run(_push(ports["commune"], load))
        watcher.join(_LIMIT_SECONDS)  # it ends when it has seen everything, or fails
        took = time.perf_counter() - started
        watch.stopped.set()
        watcher.join()
    measured = list(sent)[warm:]
    if not watch.folded.keys() >= set(measured):
        raise LatencyError(
            f"{len(watch.folded)} of {len(load)} events reached the centre's figures"
        )
    return Sample(
        len(load),
        took,
        {
            **quantiles("log", [watch.held[place] - sent[place] for place in measured]),
            **quantiles("figures", [watch.folded[place] - sent[place] for place in measured]),
        },
    )


async def _push(port: int, load: Sequence[Happening]) -> Mapping[Place, float]:
    """Push at a steady rate; when each event, by its place, was to be sent."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    sent: dict[Place, float] = {}
    heads: dict[UUID, int] = {}
    size = int(RATE * _TICK_SECONDS)
    begin = time.perf_counter()
    for start in range(0, len(load), size):
        due = begin + start / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        part = load[start : start + size]
        for happening in part:
            origin = origin_of(happening.unit_id, "main")
            heads[origin] = heads.get(origin, 0) + 1
            sent[origin, heads[origin]] = due
        body = b"\n".join(happening.pushed() for happening in part)
        # One connection: the events of a commune must be recorded in their order.
        await post(reader, writer, request("/v1/events", "application/x-ndjson", body), 200)
    writer.close()
    return sent


@dataclass(slots=True)
class _Watch:
    """Notes when each event is in the log and in the figures of a node."""

    database: str
    held: dict[Place, float] = field(default_factory=dict)
    folded: dict[Place, float] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, events: int) -> None:
        """Until so many events are folded, or `stopped`."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            (last,) = connection.execute(
                "SELECT coalesce(max(notification_id), 0) FROM stored_events"
            ).fetchone() or (0,)
            waiting: list[tuple[int, Place]] = []
            while len(self.folded) < events and not self.stopped.wait(_LOOK_SECONDS):
                rows = connection.execute(_NEW, [last]).fetchall()
                (position,) = connection.execute(_FOLDED).fetchone() or (0,)
                now = time.perf_counter()
                for origin, sequence, number in rows:
                    self.held[origin, sequence] = now
                    waiting.append((number, (origin, sequence)))
                    last = number
                still = []
                for number, place in waiting:
                    if number <= position:
                        self.folded[place] = now
                    else:
                        still.append((number, place))
                waiting = still


def quantiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds, by name."""
    ordered = sorted(seconds)
    return {
        f"{name} p{part} ms": ordered[part * (len(ordered) - 1) // 100] * 1_000 for part in (50, 99)
    }
