"""A rebuild gives the rows of live processing, byte for byte, and nobody notices it."""

from __future__ import annotations

import pytest

from tests.e2e.figures import check_figures
from tests.e2e.places import SERVICES
from tests.e2e.rebuilding import check_rebuild, live_generation, rebuild
from tests.e2e.traffic import Traffic
from tests.e2e.world import World

pytestmark = pytest.mark.e2e


def test_a_rebuild_under_traffic_loses_and_doubles_nothing(world: World) -> None:
    path = ("ward", "district", "central")
    before = {name: live_generation(world.dsn(name)) for name in path}
    with Traffic(world, ("ward-1", "ward-4", "town-2"), "2024-05-06"):
        for name, ran in rebuild(world, path).items():
            # What was folded while it ran may come between the two sets of rows: only code 1,
            # rows that differ although they are comparable, would be wrong.
            assert ran.returncode == 0, f"{name}: {ran.stdout}{ran.stderr}"
            assert live_generation(world.dsn(name)) > before[name]
    world.settle()
    check_figures(world)


def test_a_rebuild_gives_the_same_rows(world: World) -> None:
    world.settle()

    assert check_rebuild(world) >= 8 * len(SERVICES)

    # The running processes go on with the new rows.
    with Traffic(world, ("ward-2", "town-1"), "2024-05-07") as traffic:
        traffic.acknowledged.wait_for_more(20)
    world.settle()
    check_figures(world)
    check_rebuild(world)
