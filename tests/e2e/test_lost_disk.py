"""A commune service loses its disk in the middle of a run, and another time its machine is put back
to an old backup: it comes back with its full history and goes on. No fork anywhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.e2e.logs import check_logs, check_promises
from tests.e2e.places import COMMUNES
from tests.e2e.pushing import Acknowledged, batch, single
from tests.e2e.traffic import Traffic, meeting
from tests.e2e.waiting import until
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

DAY = "2024-07-10"
OTHERS = [unit for unit in COMMUNES if unit != "ward-4"]


def test_a_lost_disk_and_an_old_backup_come_back(world: World, tmp_path: Path) -> None:
    acknowledged = Acknowledged()
    with Traffic(world, OTHERS, DAY) as traffic:
        push(world, acknowledged, 40)
        received_above(world)
        before = world.sequences("ward")
        with lost(world, tmp_path / "nothing"):
            assert not (world.data_dir("ward") / "store.json").exists()
        # Sent again and again from the moment it answers, until it records.
        push(world, acknowledged, 1)
        has_back(world, before)

        backup = tmp_path / "backup"
        stop_and_copy(world, backup)
        world.nodes["ward"].start()
        push(world, acknowledged, 40)
        received_above(world)
        with lost(world, backup):
            pass
        push(world, acknowledged, 1)
        received_above(world)
    world.settle()
    streams = check_logs(world)
    check_promises(streams["central"], acknowledged.places() | traffic.acknowledged.places())
    for name, node in world.nodes.items():
        forks = node.get("/v1/forks")
        assert (forks["items"], forks["checkpoints"]) == ([], []), name
        assert node.get("/v1/sync")["quarantined"] == 0, name
    recovery = world.nodes["ward"].get("/v1/recovery")
    assert (recovery["standing"], recovery["heard"]) == ("open", True)


def push(world: World, acknowledged: Acknowledged, count: int) -> None:
    """Push as a local system does, which sends again what it is told to."""
    with world.pusher("ward", acknowledged) as pusher:
        if count == 1:
            pusher.push(single(meeting("ward-4", DAY)))
        else:
            pusher.push(batch([meeting("ward-4", DAY) for _ in range(count)]))


def received_above(world: World) -> None:
    """Wait until the district holds everything that the ward has recorded."""

    def why_not() -> str | None:
        own = {
            origin["origin"]: origin["received_through"]
            for origin in world.nodes["ward"].get("/v1/sync", direction="own")["origins"]
        }
        above = world.sequences("district")
        return None if all(above.get(o) == head for o, head in own.items()) else f"{own}"

    until("the district has what the ward recorded", why_not, seconds=60)


def has_back(world: World, before: Mapping[str, int]) -> None:
    """Wait until the ward holds at least what it held: its own streams, and those from above."""

    def why_not() -> str | None:
        now = world.sequences("ward")
        missing = {o: head for o, head in before.items() if now.get(o, 0) < head}
        return f"missing {missing}" if missing else None

    until("the ward has everything back", why_not, seconds=60)


@contextmanager
def lost(world: World, backup: Path) -> Iterator[None]:
    """Kill the ward, and put its stores back to a backup, or to nothing if there is none."""
    world.nodes["ward"].kill()
    # Not removed, or a backup's copy could get its inodes and look at home.
    lost_disk = world.data_dir("ward")
    lost_disk.rename(lost_disk.with_name(f"ward-lost-{uuid4().hex[:8]}"))
    world.postgres.drop_database(world.database("ward"))
    if backup.exists():
        shutil.copytree(backup, world.data_dir("ward"))
        copy_database(world, f"{world.database('ward')}_backup", world.database("ward"))
    else:
        world.postgres.create_database(world.database("ward"))
        made = world.nodes["ward"].run("keys", "init")
        assert made.returncode == 0, made.stderr
    yield
    world.nodes["ward"].start()


def stop_and_copy(world: World, backup: Path) -> None:
    """A backup of the ward's database and of its data folder."""
    world.nodes["ward"].stop()
    shutil.copytree(world.data_dir("ward"), backup)
    copy_database(world, world.database("ward"), f"{world.database('ward')}_backup")


def copy_database(world: World, source: str, target: str) -> None:
    with psycopg.connect(world.postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(target), Identifier(source))
        )
