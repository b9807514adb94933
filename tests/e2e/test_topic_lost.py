"""A topic is lost in the middle of a run, with what was in it: it heals without anybody's help.

The receiving process is stopped in its tracks while its topic is filled and deleted, so that the
events in it are certainly gone. No process is started again.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.logs import check_logs, check_promises
from tests.e2e.places import COMMUNES, event, ident, organisation
from tests.e2e.pushing import Acknowledged, batch, single
from tests.e2e.traffic import Traffic, meeting
from tests.e2e.waiting import until
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

Loss = Callable[[World, str], None]


def deleted(world: World, topic: str) -> None:
    """Gone; the nodes find out and create it again."""
    world.kafka.delete_topic(topic)


def recreated(world: World, topic: str) -> None:
    """Gone, and created again in another form by someone else."""
    world.kafka.delete_topic(topic)
    world.kafka.create_topic(topic, partitions=3)


@pytest.mark.parametrize("lose", [deleted, recreated])
def test_what_was_lost_on_the_way_up_arrives(world: World, lose: Loss) -> None:
    starts = {name: node.starts for name, node in world.nodes.items()}
    acknowledged = Acknowledged()
    day = "2024-06-10"
    with Traffic(world, COMMUNES, day) as traffic:
        world.nodes["district"].pause()
        try:
            for unit, service in (("ward-4", "ward"), ("ward-1", "wards")):
                with world.pusher(service, acknowledged) as pusher:
                    pusher.push(batch([meeting(unit, day) for _ in range(200)]))
                sent_through(world, service, "forward-up")
            lose(world, f"antq.v1.up.{world.node_name('district')}")
            with world.pusher("ward", acknowledged) as pusher:
                for _ in range(20):
                    pusher.push(single(meeting("ward-4", day)))
        finally:
            world.nodes["district"].resume()
        with world.pusher("ward", acknowledged) as pusher:
            pusher.push(single(meeting("ward-4", day)))
    world.settle()

    streams = check_logs(world)
    check_promises(streams["central"], acknowledged.places() | traffic.acknowledged.places())
    assert {name: node.starts for name, node in world.nodes.items()} == starts


@pytest.mark.parametrize("lose", [deleted, recreated])
def test_what_was_lost_on_the_way_down_arrives(world: World, lose: Loss) -> None:
    desk = f"office-{lose.__name__}"
    established = event(
        "OrganisationChanged",
        "centre",
        f"organisation {desk}",
        "2022-12-01",
        kind="established",
        organisations=[organisation("ward-4", desk)],
        effective_on="2001-01-01",
    )
    world.nodes["ward"].pause()
    try:
        with world.pusher("central") as pusher:
            (place,) = pusher.push(single(established))
        until(
            "the district has what the centre recorded",
            lambda: None if world.sequences("district").get(place.origin) == place.sequence else "",
            seconds=60,
        )
        sent_through(world, "district", "forward-down")
        lose(world, f"antq.v1.down.{world.node_name('district')}")
    finally:
        world.nodes["ward"].resume()
    world.settle()

    with world.pusher("ward") as pusher:
        pusher.push(single(meeting("ward-4", "2024-06-11", desk=desk)))
    world.settle()
    check_logs(world)
    organisations = world.nodes["ward"].get(f"/v1/units/{ident('ward-4')}")["organisations"]
    assert ident(f"ward-4 {desk}") in {found["org_id"] for found in organisations}


def test_the_loss_of_every_topic_at_once_heals(world: World) -> None:
    with Traffic(world, COMMUNES, "2024-06-12") as traffic:
        for topic in world.topics():
            world.kafka.delete_topic(topic)
        seen = len(traffic.acknowledged)
        traffic.acknowledged.wait_for_more(seen + 50)
    world.settle()

    streams = check_logs(world)
    check_promises(streams["central"], traffic.acknowledged.places())


def sent_through(world: World, service: str, forwarder: str) -> None:
    """Wait until a forwarder has sent all that its node had recorded by now."""
    node = world.nodes[service]
    position = node.get("/v1/sync")["position"]

    def behind() -> str | None:
        sync = node.get("/v1/sync")
        cursor = sync["position"] - sync["backlog"][forwarder]
        return None if cursor >= position else f"sent through {cursor} of {position}"

    until(f"{service} {forwarder}", behind, seconds=60)
