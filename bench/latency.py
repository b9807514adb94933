"""Stage `latency`: from a push at a commune to the log and the figures of the centre, three hops.

Four nodes in processes of their own, and a steady stream of pushes. An event's clock starts when it
was to be sent, not when there was time to send it, so that a node that stalls does not look quick;
it stops when the centre's tables, looked at every few milliseconds, have it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final
from uuid import UUID, uuid4

from bench.catalogue import catalogue
from bench.country import CENTRE, PROVINCE, unit_of
from bench.happenings import Happening
from bench.load import pushes
from bench.measuring import Case, Contender, Role, Sample
from bench.pushing import post, request
from bench.serving import launched_node
from bench.stores import Store, fill
from bench.topics import PARTITIONS
from bench.watching import Place, Watch, quantiles
from contracts.topics import down_topic, up_topic
from infra.backing import KafkaBacking
from infra.backing.ports import LOOPBACK
from services.node.hosting import origin_of

RATE: Final = 500
"""Events a second: ten thousand communes with three events a minute each."""
_TICK_SECONDS: Final = 0.02
_WARM_SECONDS: Final = 2.0
_MOST_SECONDS: Final = 10.0


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
        watch = stack.enter_context(Watch(centre))
        started = time.perf_counter()
        sent = asyncio.run(_push(ports["commune"], load))
        watch.wait(watch.folded, sent)
        took = max(watch.folded[place] for place in sent) - started
    measured = list(sent)[warm:]
    return Sample(
        len(load),
        took,
        {
            **quantiles("log", [watch.held[place] - sent[place] for place in measured]),
            **quantiles("figures", [watch.folded[place] - sent[place] for place in measured]),
        },
    )


async def _push(port: int, load: Sequence[Happening]) -> Mapping[Place, float]:
    """Push at a steady rate; when each event, by its place, was to be sent.

    Whoever had to wait for an answer sends all that is due by then in one request, as an outbox
    does: else it would be the pushing that cannot keep up, not the node.
    """
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    sent: dict[Place, float] = {}
    heads: dict[UUID, int] = {}
    size = int(RATE * _TICK_SECONDS)
    begin = time.perf_counter()
    start = 0
    while start < len(load):
        await asyncio.sleep(max(0.0, begin + start / RATE - time.perf_counter()))
        behind = int((time.perf_counter() - begin) * RATE) - start
        part = load[start : start + size * (1 + behind // size)]
        for number, happening in enumerate(part, start):
            origin = origin_of(happening.unit_id, "main")
            heads[origin] = heads.get(origin, 0) + 1
            sent[origin, heads[origin]] = begin + number // size * size / RATE
        start += len(part)
        body = b"\n".join(happening.pushed() for happening in part)
        # One connection: the events of a commune must be recorded in their order.
        await post(reader, writer, request("/v1/events", "application/x-ndjson", body), 200)
    writer.close()
    return sent
