"""Stage `cutoff`: a commune service that was cut off comes back with all it has recorded meanwhile.

How long it takes to catch up, and how much later than otherwise its sisters' events are in their
parent's log while it does. Parent, the one that was cut off, and one service for all sisters run in
processes of their own; the sisters record one event after the other at a steady rate.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Final
from uuid import uuid4

from bench.catalogue import catalogue
from bench.country import PROVINCE
from bench.growing import Growing, growing_node
from bench.growing_child import Share
from bench.measuring import Case, Contender, Role, Sample
from bench.serving import node_server
from bench.stores import Store, fill
from bench.topics import PARTITIONS
from bench.watching import Place, Watch, WatchError, quantiles
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
        below = {"ANTQ_PARENT": parent, **kafka}
        of_cut = Share(queued, range(SISTERS, SISTERS + CUT))
        of_sisters = Share(_MOST_SISTERS, range(SISTERS))
        away = stack.enter_context(
            growing_node(cut, of_cut, {**below, "ANTQ_NODE": f"cut-{number}"}, cut=True)
        )
        sisters = stack.enter_context(
            growing_node(near, of_sisters, {**below, "ANTQ_NODE": f"near-{number}"})
        )
        away.grow(queued)
        away.rest()
        watch = stack.enter_context(Watch(above.database or ""))
        return _run(watch, sisters, _places(of_sisters), away, _places(of_cut) if backlog else [])


def _places(share: Share) -> list[Place]:
    return [(event.origin, event.sequence) for event in share.load()]


def _run(
    watch: Watch,
    sisters: Growing,
    places: Sequence[Place],
    away: Growing,
    backlog: Sequence[Place],
) -> Sample:
    ends = dict(backlog).items()  # the last place of each stream: it comes after all the others
    begin = time.perf_counter()
    sent: dict[Place, float] = {}
    mended = ended = 0.0
    due = begin
    for place in places:
        time.sleep(max(0.0, due - time.perf_counter()))
        if not mended and due - begin >= _WARM_SECONDS:
            mended = time.perf_counter()
            if backlog:
                away.mend()
        sisters.grow(1)
        # From its own log on: how slowly the sister records is not what is measured here.
        sent[place] = time.perf_counter()
        due = max(due + 1 / RATE, sent[place])
        if not mended:
            continue
        if backlog and all(place in watch.held for place in ends):
            ended = max(watch.held[place] for place in ends)
            break
        if not backlog and due - begin > _QUIET_SECONDS:
            ended = time.perf_counter()
            break
    else:
        raise WatchError(f"not caught up while {len(places)} events of the sisters came")
    watch.wait(watch.held, sent)
    during = [at for at in sent if mended <= sent[at] <= ended]
    delays = [watch.held[place] - sent[place] for place in during]
    extra = {**quantiles("log", delays), "log most ms": max(delays) * 1_000}
    return Sample(len(backlog) or len(during), ended - mended, extra)
