"""Every process is killed again and again under load: nothing acknowledged is lost or doubled.

ANTQ_CHAOS_SEED replays a run's load and schedule; ANTQ_CHAOS_EVENTS and ANTQ_CHAOS_KILLS scale it.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.e2e.figures import check_figures
from tests.e2e.killing import BROKER, DATABASE, Schedule, plan
from tests.e2e.load import Desk, desks
from tests.e2e.logs import check_logs, check_promises
from tests.e2e.places import SERVICES, service_of
from tests.e2e.pushing import Acknowledged, Pusher
from tests.e2e.rebuilding import check_rebuild
from tests.e2e.receipts import announced_keys, check_receipts, keys_of
from tests.e2e.world import World

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

pytestmark = pytest.mark.e2e

_EVENTS: Final = 20_000
_KILLS: Final = 32
_QUIET_SECONDS: Final = 240.0


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory, kafka: KafkaBacking, postgres: PostgresBacking
) -> Iterator[World]:
    """A hierarchy of its own: whatever chaos leaves behind is nobody else's."""
    with World.running(tmp_path_factory.mktemp("chaos"), kafka, postgres) as made:
        yield made


def test_acknowledged_events_survive_the_killing_of_everything(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    scale = Scale.from_environment()

    def say(text: str) -> None:
        with capfd.disabled():
            print(f"\nchaos: {text}", flush=True)  # noqa: T201 - the seed must be seen at once

    say(f"replay this run with {scale}")
    try:
        say(run(world, scale))
    except BaseException as error:
        error.add_note(f"replay this run with {scale}")
        raise


@dataclass(frozen=True, slots=True)
class Scale:
    """What a run depends on, besides the machine's own timing."""

    seed: str
    events: int
    kills: int

    @classmethod
    def from_environment(cls) -> Scale:
        """As the environment says, else the full size and a new seed."""
        return cls(
            os.environ.get("ANTQ_CHAOS_SEED") or secrets.token_hex(4),
            int(os.environ.get("ANTQ_CHAOS_EVENTS") or _EVENTS),
            int(os.environ.get("ANTQ_CHAOS_KILLS") or _KILLS),
        )

    def __str__(self) -> str:
        return (
            f"ANTQ_CHAOS_SEED={self.seed} ANTQ_CHAOS_EVENTS={self.events} "
            f"ANTQ_CHAOS_KILLS={self.kills}"
        )


def run(world: World, scale: Scale) -> str:
    """Push under fire, wait until it is quiet, check everything; what there was of it."""
    acknowledged = Acknowledged()
    main, beside = desks(scale.seed, scale.events)
    strikes = plan(random.Random(scale.seed), _targets(world), scale.kills, scale.events)
    schedule = Schedule(world, strikes, acknowledged=lambda: len(acknowledged))
    started = time.monotonic()
    tries = _push_under_fire(world, [*main, *beside], acknowledged, schedule)
    pushed = time.monotonic()
    world.settle(_QUIET_SECONDS)
    settled = time.monotonic()

    assert schedule.killed.total() == scale.kills
    promises = acknowledged.places()
    assert set(promises) == _pushed([*main, *beside])
    streams = check_logs(world)["central"]
    check_promises(streams, promises)
    # Every promise stands once, so nothing else can stand beside the centre's own, and the keys.
    own = sum(len(streams[origin]) for origin in _own_origins(world, "central"))
    keys = 0
    for service in set(SERVICES) - {"central"}:
        for origin in _own_origins(world, service):
            assert announced_keys(streams[origin]) == keys_of(service), (service, origin)
            keys += keys_of(service)
    assert sum(map(len, streams.values())) == len(promises) + own + keys
    vouched = check_receipts(world)
    compared = check_figures(world)
    tables = check_rebuild(world)
    return (
        f"{len(promises)} events in {tries} requests, {acknowledged.repeated} acknowledged again; "
        f"{scale.kills} kills: {dict(sorted(schedule.killed.items()))}; "
        f"{vouched} streams with one root at every level; "
        f"pushed in {pushed - started:.0f} s, quiet {settled - pushed:.0f} s later, "
        f"{compared} numbers recomputed and {tables} tables rebuilt alike in "
        f"{time.monotonic() - settled:.0f} s"
    )


def _pushed(work: Sequence[Desk]) -> set[str]:
    """Ids of all events that must be recorded: not those that repeat another's source record."""
    return {
        event["id"]
        for desk in work
        for request in desk.requests
        for event in request.events
        if event["id"] not in request.aliases
    }


def _targets(world: World) -> list[str]:
    """Whatever can be killed here: a broker or a database that others run cannot."""
    targets = list(SERVICES)
    targets += [BROKER] if world.kafka.can_kill else []
    targets += [DATABASE] if world.postgres.can_kill else []
    return targets


def _own_origins(world: World, service: str) -> list[str]:
    sync = world.nodes[service].get("/v1/sync", direction="own")
    return [origin["origin"] for origin in sync["origins"]]


def _push_under_fire(
    world: World, work: Sequence[Desk], acknowledged: Acknowledged, schedule: Schedule
) -> int:
    """Every desk pushes in a thread of its own while the strikes fall; how many requests it took.

    The first failure ends all of it and is raised.
    """
    failed = threading.Event()

    def going() -> bool:
        return not failed.is_set()

    def push(desk: Desk) -> int:
        url = world.nodes[service_of(desk.unit)].url
        pusher = Pusher(url, acknowledged, going=going)
        try:
            for request in desk.requests:
                schedule.await_turn()
                pusher.push(request)
        finally:
            pusher.close()
        return pusher.tries

    with ThreadPoolExecutor(len(work) + 1) as pool:
        strikes = pool.submit(schedule.run)
        pushes = [pool.submit(push, desk) for desk in work]
        _finish([*pushes, strikes], failed.set, schedule.stop)
        return sum(future.result() for future in pushes)


def _finish(futures: Sequence[Future[Any]], *on_failure: Callable[[], None]) -> None:
    """Wait for all; with the first that failed, tell the others and raise its error."""
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    broken = [future for future in done if future.exception() is not None]
    if broken:
        for tell in on_failure:
            tell()
        wait(futures)
        broken[0].result()
