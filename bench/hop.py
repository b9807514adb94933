"""Stage `hop`: from the log of a child into the log and the figures of its parent.

Both nodes run in processes of their own with all their threads, projectors included, as
`antq serve` runs them. Beside it stands the slowest of the hop's stages alone, and what carries the
same records without a node.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final
from uuid import uuid4

from bench import peers, receive
from bench.catalogue import catalogue
from bench.country import PROVINCE
from bench.growing import growing_node
from bench.growing_child import Share
from bench.measuring import Case, Contender, Role, Sample
from bench.serving import node_server, projector_backlog
from bench.stores import Store, Where, fill, fill_timed
from bench.topics import PARTITIONS, forward, forwarded
from bench.watching import until
from contracts.topics import down_topic, up_topic
from infra.backing import KafkaBacking
from services.node.eventlog import open_log

_WARM: Final = 500
"""Events of the same streams that go the whole way before the clock starts."""


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """One case; the peers' topic is filled before and deleted after it."""
    load = Share(events).load()
    runs = forwarded(broker, load)
    try:
        yield Case(
            "hop",
            "append at the child → recorded at the parent",
            store.name,
            [
                Contender(Role.NODE, "node", lambda: _hop(store, broker, events)),
                Contender(
                    Role.FLOOR, "its slowest stage alone", lambda: _slowest(store, broker, events)
                ),
                *peers.contenders(broker, runs),
            ],
        )
    finally:
        broker.delete_topic(runs.name)


def _hop(store: Store, broker: KafkaBacking, events: int) -> Sample:
    number = uuid4().hex[:8]
    child, parent = f"child-{number}", f"parent-{number}"
    with ExitStack() as stack:
        below, above = (stack.enter_context(store.fresh()) for _ in range(2))
        for topic in (up_topic(parent), down_topic(parent)):
            broker.create_topic(topic, PARTITIONS)
            stack.callback(broker.delete_topic, topic)
        for where in (below, above):
            fill(where, catalogue())
        kafka = {"ANTQ_KAFKA": broker.bootstrap}
        of_parent = {"ANTQ_NODE": parent, "ANTQ_UNITS": str(PROVINCE), **kafka}
        port = stack.enter_context(node_server(above, "province", of_parent))
        of_child = {"ANTQ_NODE": child, "ANTQ_PARENT": parent, **kafka}
        growing = stack.enter_context(growing_node(below, Share(_WARM + events), of_child))
        base = len(catalogue())
        growing.grow(_WARM)
        _wait(above, base + _WARM)
        until(lambda: projector_backlog(port) == 0, "the parent's figures")
        started = time.perf_counter()
        growing.grow(events)
        _wait(above, base + _WARM + events)
        recorded = time.perf_counter() - started
        until(lambda: projector_backlog(port) == 0, "the parent's figures")
        projected = time.perf_counter() - started
    return Sample(events, recorded, {"in the figures/s": events / projected})


def _slowest(store: Store, broker: KafkaBacking, events: int) -> Sample:
    """Append, forward and receive the same events, one after the other; the slowest of them."""
    load = Share(events).load()
    name = f"bench.alone.{uuid4().hex[:8]}"
    with store.fresh() as where:
        append = fill_timed(where, load)
        send = forward(broker, where, name)
    broker.delete_topic(name)
    runs = forwarded(broker, load)
    try:
        take = receive.node(store, broker, runs).run().seconds
    finally:
        broker.delete_topic(runs.name)
    stages = {"append/s": append, "forward/s": send, "receive/s": take}
    return Sample(
        events, max(stages.values()), {name: events / took for name, took in stages.items()}
    )


def _wait(where: Where, events: int) -> None:
    """Wait until a log holds so many events. Raises WatchError."""
    log = open_log(where.log_url)
    try:
        # Positions have holes at most: they are cheap to ask for and never too low.
        until(
            lambda: log.position() >= events and sum(log.heads().values()) >= events,
            f"{events} events at the parent",
        )
    finally:
        log.close()
