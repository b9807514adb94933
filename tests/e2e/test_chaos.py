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
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.e2e.figures import check_figures
from tests.e2e.killing import BROKER, DATABASE, Schedule, plan
from tests.e2e.load import Desk, desks
from tests.e2e.logs import check_logs, check_promises
from tests.e2e.places import SERVICES, service_of
from tests.e2e.pushing import Acknowledged, Pusher
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
    made = World(tmp_path_factory.mktemp("chaos"), kafka, postgres)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_acknowledged_events_survive_the_killing_of_everything(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    seed = os.environ.get("ANTQ_CHAOS_SEED") or secrets.token_hex(4)
    events = int(os.environ.get("ANTQ_CHAOS_EVENTS") or _EVENTS)
    kills = int(os.environ.get("ANTQ_CHAOS_KILLS") or _KILLS)

    def say(text: str) -> None:
        with capfd.disabled():
            print(f"\nchaos: {text}", flush=True)  # noqa: T201 - the seed must be seen at once

    replay = f"ANTQ_CHAOS_SEED={seed} ANTQ_CHAOS_EVENTS={events} ANTQ_CHAOS_KILLS={kills}"
    say(f"replay this run with {replay}")
    started = time.monotonic()

    main, beside = desks(seed, events)
    acknowledged = Acknowledged()
    expected = len(
        {
            e["id"]
            for d in (*main, *beside)
            for r in d.requests
            for e in r.events
            if e["id"] not in r.aliases
        }
    )
    schedule = Schedule(
        world,
        plan(random.Random(seed), _targets(world), kills, events),
        acknowledged=lambda: len(acknowledged),
    )
    tries = _push_under_fire(world, [*main, *beside], acknowledged, schedule)
    pushed = time.monotonic()
    world.settle(_QUIET_SECONDS)
    settled = time.monotonic()

    promises = acknowledged.places()
    streams = check_logs(world)
    check_promises(streams["central"], promises)
    assert len(promises) == expected
    of_the_rest = sum(len(streams["central"][o]) for o in _origins(world, "central"))
    assert sum(map(len, streams["central"].values())) == expected + of_the_rest
    compared = check_figures(world)
    say(
        f"{expected} events in {tries} requests, {acknowledged.repeated} acknowledged repeatedly; "
        f"{schedule.killed.total()} kills: {dict(sorted(schedule.killed.items()))}; "
        f"pushed after {pushed - started:.0f} s, quiet {settled - pushed:.0f} s later, "
        f"{compared} numbers compared; {time.monotonic() - started:.0f} s in all"
    )
    assert schedule.killed.total() == kills


def _targets(world: World) -> list[str]:
    """Whatever can be killed here: a broker or a database that others run cannot."""
    targets = list(SERVICES)
    targets += [BROKER] if world.kafka.can_kill else []
    targets += [DATABASE] if world.postgres.can_kill else []
    return targets


def _origins(world: World, service: str) -> list[str]:
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
