"""Stage `hop`: from the log of a child into the log and the figures of its parent.

Both nodes run in processes of their own with all their threads, projectors included, as
`antq serve` runs them. Beside it stands the slowest of the hop's stages alone, and what carries the
same records without a node.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from uuid import uuid4

from bench import peers, receive
from bench.hop_child import from_communes
from bench.load import PROVINCE, catalogue
from bench.measuring import Case, Contender, Role, Sample
from bench.serving import node_server, projector_backlog, stored
from bench.stores import Store, Where, fill, fill_timed
from bench.topics import PARTITIONS, forward, forwarded
from contracts.topics import down_topic, up_topic
from infra.backing import KafkaBacking
from services.node.eventlog import open_log

_WARM: Final = 500
"""Events of the same streams that go the whole way before the clock starts."""
_LOOK_SECONDS: Final = 0.01
_LIMIT_SECONDS: Final = 300.0
_STOP_SECONDS: Final = 30.0


class HopError(RuntimeError):
    """Not everything arrived, or a process ended."""


def cases(store: Store, events: int, broker: KafkaBacking) -> Iterator[Case]:
    """One case; the peers' topic is filled before and deleted after it."""
    load = from_communes(events)
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
        of_parent = {
            "ANTQ_NODE": parent,
            "ANTQ_UNITS": str(PROVINCE),
            "ANTQ_KAFKA": broker.bootstrap,
        }
        port = stack.enter_context(node_server(above, "province", of_parent))
        grow = stack.enter_context(_child(below, child, parent, broker, _WARM + events))
        base = len(catalogue())
        grow(_WARM)
        _wait(above, base + _WARM)
        _until(lambda: projector_backlog(port) == 0, "the parent's figures")
        started = time.perf_counter()
        grow(events)
        _wait(above, base + _WARM + events)
        recorded = time.perf_counter() - started
        _until(lambda: projector_backlog(port) == 0, "the parent's figures")
        projected = time.perf_counter() - started
    return Sample(events, recorded, {"in the figures/s": events / projected})


def _slowest(store: Store, broker: KafkaBacking, events: int) -> Sample:
    """Append, forward and receive the same events, one after the other; the slowest of them."""
    load = from_communes(events)
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


@contextmanager
def _child(
    where: Where, name: str, parent: str, broker: KafkaBacking, events: int
) -> Iterator[Callable[[int], None]]:
    """A node whose log grows by as many events as the yielded function is told."""
    settings = {
        "ANTQ_NODE": name,
        "ANTQ_PARENT": parent,
        "ANTQ_UNITS_UNDER": str(PROVINCE),
        "ANTQ_KAFKA": broker.bootstrap,
        **stored(where),
    }
    command = [sys.executable, "-m", "bench.hop_child", str(events)]
    with subprocess.Popen(  # noqa: S603 # our own program
        command,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 # for mypy: they are pipes
        assert process.stdout is not None  # noqa: S101 # the same
        given, said = process.stdin, process.stdout

        def grow(count: int) -> None:
            given.write(f"{count}\n")
            given.flush()
            if said.readline() != "appended\n":
                raise HopError("the child ended")

        try:
            if said.readline() != "ready\n":
                raise HopError("the child did not start")
            yield grow
        finally:
            given.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(where: Where, events: int) -> None:
    """Wait until a log holds so many events. Raises HopError."""
    log = open_log(where.log_url)
    try:
        # Positions have holes at most: they are cheap to ask for and never too low.
        _until(
            lambda: log.position() >= events and sum(log.heads().values()) >= events,
            f"{events} events at the parent",
        )
    finally:
        log.close()


def _until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise HopError(f"waited in vain for {what}")
        time.sleep(_LOOK_SECONDS)
