"""What a node needs is away when it starts, or goes away while it starts: it waits, and goes on by
itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.logs import check_logs, check_promises
from tests.e2e.process import NodeProcess
from tests.e2e.pushing import Acknowledged, single
from tests.e2e.traffic import meeting
from tests.e2e.waiting import until
from tests.e2e.world import World

pytestmark = pytest.mark.e2e


@contextmanager
def outage(world: World) -> Iterator[None]:
    """Database and broker are dead inside the block, where they are ours to kill."""
    backings = [b for b in (world.postgres, world.kafka) if b.can_kill]
    for backing in backings:
        backing.kill()
    try:
        yield
    finally:
        for backing in backings:
            backing.restart()


def test_a_node_waits_at_its_start_for_database_and_broker(world: World) -> None:
    ward = world.nodes["ward"]
    ward.kill()
    before = ward.log.stat().st_size
    with outage(world):
        ward.start()
        written_since(ward, before)
    arrives(world)


def test_a_database_that_dies_while_a_node_starts_is_waited_for(world: World) -> None:
    ward = world.nodes["ward"]
    ward.kill()
    before = ward.log.stat().st_size
    ward.start()
    until("ward has opened its stores", lambda: serves(ward, before), seconds=60, pause=0.005)
    with outage(world):
        pass
    arrives(world)


def written_since(node: NodeProcess, before: int) -> None:
    """Wait until a node has written something more into its log."""
    until(
        f"{node.name} says something",
        lambda: None if node.log.stat().st_size > before else "nothing more in its log",
        seconds=60,
    )


def serves(node: NodeProcess, before: int) -> str | None:
    """None once the log says, behind `before`, that the node serves."""
    return None if b"serves http" in node.log.read_bytes()[before:] else "it does not serve yet"


def arrives(world: World) -> None:
    """The ward takes an event in the end, and the centre gets it."""
    world.nodes["ward"].wait_until_alive(90)
    acknowledged = Acknowledged()
    with world.pusher("ward", acknowledged) as pusher:
        pusher.push(single(meeting("ward-4", "2024-03-04")))
    world.settle()
    check_promises(check_logs(world)["central"], acknowledged.places())
