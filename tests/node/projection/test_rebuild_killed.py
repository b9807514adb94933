"""A rebuild killed at every boundary of its stages, and its processes killed in the midst of them:
real processes, real databases. The figures stay those of before until the swap, the next rebuild
gets there, and nothing is left over."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from services.node.errors import BusyError, InterruptedRebuildError
from services.node.generations import Generations
from services.node.projector import Projector, Rebuilt
from services.node.rebuilding import builds, rebuild
from services.node.rebuilding.builds import Builds
from services.node.rebuilding.crew import Crew
from services.node.rebuilding.rebuild import Rebuild
from tests.node.projection.stores import Stores, live

EVENTS: Final = 400
_PATIENCE: Final = 60.0
_FORK: Final = multiprocessing.get_context("fork")


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> None:
    setattr(owner, name, _die)


def _after(owner: Any, name: str) -> None:
    whole: Callable[..., Any] = getattr(owner, name)

    def then_die(*arguments: Any, **options: Any) -> Any:
        whole(*arguments, **options)
        _die()

    setattr(owner, name, then_die)


def _during(step: str, done: int) -> None:
    """After so many of a kind of step, while processes are at the next ones."""
    whole = Crew.run

    def then_die(crew: Crew, name: str, arguments: Iterable[int | str]) -> Iterator[int]:
        for number, result in enumerate(whole(crew, name, arguments), 1):
            yield result
            if (name, number) == (step, done):
                _die()

    setattr(Crew, "run", then_die)  # noqa: B010 # a method, for this process alone


BOUNDARIES: Final[dict[str, Callable[[], None]]] = {
    "begun, without tables": partial(_after, Rebuild, "_begin"),
    "with its tables": partial(_before, rebuild, "crew"),
    "dealing out": partial(_during, "route", 2),
    "folding": partial(_during, "fold", 2),
    "adding up": partial(_during, "add", 2),
    "finishing": partial(_during, "finish", 2),
    "built": partial(_before, Generations, "moved_to"),
    "level": partial(_before, Rebuild, "swap"),
    "swapping, not committed": partial(_after, Generations, "make_live"),
}


def _rebuild(urls: tuple[str, str], folder: Path, processes: int, arm: Callable[[], None]) -> None:
    """In a process of its own, which does not survive it."""
    arm()
    Stores(*urls, folder).projector(processes=processes).rebuild()


def killed(stores: Stores, processes: int, arm: Callable[[], None]) -> None:
    process = _FORK.Process(target=_rebuild, args=(stores.urls, stores.folder, processes, arm))
    process.start()
    process.join(_PATIENCE)
    assert process.exitcode == -signal.SIGKILL


def rebuilt_again(projector: Projector, only: Collection[str] = ()) -> Rebuilt:
    """As soon as the database has noticed that the process is gone."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return projector.rebuild(only=only)
        except BusyError:
            assert time.monotonic() < end, "the lock of a dead process is held"
            time.sleep(0.05)


def generations(stores: Stores) -> set[str]:
    """The suffixes of the tables of generations there are."""
    names = {name for name in stores.tables() if not name.startswith("projection_")}
    return {name.rpartition("_")[2] for name in names} & {f"g{n}" for n in range(9)}


def unfinished(stores: Stores) -> list[int]:
    with stores.database.reading() as connection:
        return [build.number for build in Builds.unfinished(connection)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several slices of a small log."""
    monkeypatch.setattr(builds, "SLICE", 150)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_a_boundary(stores: Stores, boundary: str) -> None:
    stores.record(EVENTS)
    before = live(stores.projector())
    stores.reopen()
    killed(stores, 1, BOUNDARIES[boundary])
    projector = stores.projector()
    assert projector.digests() == before
    with projector.view() as view:
        assert view.generation == 1
    rebuilt = rebuilt_again(projector)
    assert (rebuilt.generation, rebuilt.comparable, rebuilt.differing) == (2, True, ())
    assert projector.digests() == before
    assert projector.back().generation == 1
    assert projector.back().generation == 2
    assert generations(stores) == {"g1", "g2"}
    assert unfinished(stores) == []
    assert list(stores.folder.iterdir()) == []


@pytest.mark.parametrize("step", ["route", "fold", "add", "finish"])
def test_killed_with_its_processes_at_work(stores: Stores, step: str) -> None:
    """They end with their parent, and what they had not finished is done again."""
    stores.record(EVENTS)
    before = live(stores.projector())
    stores.reopen()
    killed(stores, 2, partial(_during, step, 1))
    projector = stores.projector(processes=2)
    assert projector.digests() == before
    rebuilt = rebuilt_again(projector)
    assert (rebuilt.generation, rebuilt.comparable, rebuilt.differing) == (2, True, ())
    assert projector.digests() == before
    assert generations(stores) == {"g1", "g2"}
    assert list(stores.folder.iterdir()) == []


def test_after_the_commit_of_the_swap_the_new_tables_are_live(stores: Stores) -> None:
    stores.record(EVENTS)
    before = live(stores.projector())
    stores.reopen()
    killed(stores, 1, partial(_after, Rebuild, "swap"))
    projector = stores.projector()
    with projector.view() as view:
        assert view.generation == 2
    assert projector.digests() == before
    assert unfinished(stores) == []
    rebuilt = rebuilt_again(projector)
    assert (rebuilt.generation, rebuilt.differing) == (3, ())
    assert generations(stores) == {"g2", "g3"}


@pytest.mark.parametrize("step", ["route", "fold", "add", "finish"])
def test_a_process_of_a_rebuild_killed(stores: Stores, step: str) -> None:
    """The rebuild says so; the next one goes on with what was done."""
    stores.record(EVENTS)
    projector = stores.projector(processes=2)
    before = live(projector)
    whole = Crew.run
    victims: list[int] = []

    def run(crew: Crew, name: str, arguments: Iterable[int | str]) -> Iterator[int]:
        for result in whole(crew, name, arguments):
            if name == step and not victims:
                victim = multiprocessing.active_children()[0]
                assert victim.pid is not None
                victims.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)
            yield result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Crew, "run", run)
        with pytest.raises(InterruptedRebuildError):
            projector.rebuild()
    assert victims
    assert projector.digests() == before
    with stores.database.reading() as connection:
        assert Builds.done(connection, 2)
    rebuilt = projector.rebuild()
    assert (rebuilt.generation, rebuilt.comparable, rebuilt.differing) == (2, True, ())
    assert projector.digests() == before
    assert generations(stores) == {"g1", "g2"}


def test_a_build_that_nobody_goes_on_with_is_dropped_by_the_next(stores: Stores) -> None:
    stores.record(EVENTS)
    before = live(stores.projector())
    stores.reopen()
    killed(stores, 1, partial(_during, "fold", 2))
    assert list(stores.folder.iterdir())
    projector = stores.projector()
    rebuilt_again(projector, only=["activity"])
    assert projector.digests() == before
    assert generations(stores) == {"g1", "g3"}
    assert unfinished(stores) == []
    assert list(stores.folder.iterdir()) == []
    with stores.database.reading() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM projection_steps")).scalar_one()
    assert left == 0
