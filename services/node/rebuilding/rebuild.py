"""A rebuild from its beginning to the swap: begin or go on, build, catch up, compare, swap."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import sqlalchemy as sa

from services.node.balances import balances_of, with_balances
from services.node.contributing import UNREADABLE
from services.node.database import Database
from services.node.errors import InterruptedRebuildError, RefusedError, StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.generation import Generation
from services.node.generations import Generations, Held
from services.node.readmodel import ReadModel
from services.node.rebuilding.adding import cells_file
from services.node.rebuilding.alone import alone
from services.node.rebuilding.builds import Build, Builds
from services.node.rebuilding.certificate import Certificate, certify
from services.node.rebuilding.crew import Crew, Workshop, crew
from services.node.rebuilding.routing import slice_file
from services.node.rebuilding.workplace import Workplace, built_tables

Progress = Callable[[int, int], None]
"""Told how much of the work is done, and how much there is, both in log positions."""

_ROUTING: Final = 0.2
_FOLDING: Final = 0.5
_ADDING: Final = 0.1
"""Roughly the parts of the work: dealing out, folding, adding up cells; the rest is keys and
indexes."""
_TRIES: Final = 20
"""How often to catch up with a projector that goes on meanwhile before it is made to wait."""
_NEAR: Final = 50_000
"""Positions that are folded as they come, rather than built without a comparison."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    generation: int
    events: int
    comparable: bool
    """Whether the rows replaced were made by the same code from the same events."""
    certificate: Certificate | None
    """What was compared: of other code's rows, those of unchanged models; None if nothing."""

    @property
    def differing(self) -> tuple[str, ...]:
        """Tables that differ although their definition does not: a bug, or a damaged table."""
        return () if self.certificate is None else self.certificate.differing


@dataclass(frozen=True, slots=True)
class AsOf:
    """An earlier state of the log: through a position, or what was recorded until a moment."""

    position: int | None = None
    recorded_until: str = ""
    """As `contracts.envelope.format_time` writes it; empty for any time."""

    def __str__(self) -> str:
        return self.recorded_until or str(self.position)


class Rebuild:
    """Builds a generation. One object, one rebuild; `interrupt` may come from another thread."""

    def __init__(
        self,
        log: EventLog,
        database: Database,
        models: Sequence[ReadModel],
        generations: Generations,
        workshop: Workshop | None,
        stop: Event,
    ) -> None:
        self._log = log
        self._db = database
        self._models = tuple(models)
        self._generations = generations
        self._workshop = workshop
        self._stop = stop

    def run(
        self, progress: Progress | None, only: Collection[str] = (), as_of: AsOf | None = None
    ) -> tuple[Rebuilt, bool]:
        """Build a generation, or go on with the one that was interrupted, and make it live.

        With `as_of` it stays beside the live one instead. Says whether another generation is live
        now. Raises RefusedError for `only` that names no model or when the live tables are other
        code's; BusyError, InterruptedRebuildError, MovedError, StoreUnavailableError.
        """
        self._check_models(only)
        only = with_balances(self._models, only)
        with alone(self._db):
            build, fresh = self._begin(only, as_of)
            with self._folder(build) as folder:
                place = Workplace(self._log, self._db, self._models, build, folder)
                if fresh:
                    with self._db.transaction() as connection:
                        place.create(connection)
                        Builds.note(connection, build.number, "create", 0)
                with crew(self._workshop, place, self._models, build, folder) as workers:
                    events = self._build(build, folder, workers, progress)
            # Until it is live the build is unfinished, so a crash from here on goes on from here.
            with self._db.transaction() as connection:
                position = self._generations.moved_to(connection, build.number, build.goal)
                if as_of is not None:
                    Builds.complete(connection, build.number)
            if as_of is None:
                rebuilt = self.swap(build.number, position, events)
            else:
                rebuilt = Rebuilt(build.number, events, comparable=False, certificate=None)
        if progress is not None:
            progress(max(build.goal, 1), max(build.goal, 1))
        return rebuilt, as_of is None

    # -- begin

    def _check_models(self, only: Collection[str]) -> None:
        names = {model.name for model in self._models}
        if unknown := set(only) - names:
            raise RefusedError(
                f"no such read model: {', '.join(sorted(unknown))}; there are"
                f" {', '.join(sorted(names))}"
            )

    def _begin(self, only: Collection[str], as_of: AsOf | None) -> tuple[Build, bool]:
        """The build to go on with, or a new one; whether its tables are still to be made.

        Generations that are neither live, nor kept as of an earlier state, nor gone on with, are
        dropped.
        """
        with self._db.transaction() as connection:
            held = self._generations.held(connection)
            live = next(one for one in held if one.live)
            if only and as_of is None and not self._generations.is_same_code(live):
                raise RefusedError(
                    "the live tables are another version's: rebuild all of them, without --only"
                )
            resumed = self._resumable(connection, held, only, as_of)
            kept = set(Builds.kept(connection)) if as_of is None else set()
            keep = {live.number, *kept} | ({resumed.number} if resumed else set())
            if as_of is not None:  # the one to swap back to is not in the way
                keep |= self._previous(connection, held)
            self._drop(connection, [one.number for one in held if one.number not in keep])
            if resumed is not None:
                return resumed, "create" not in Builds.done(connection, resumed.number)
            build = self._new(connection, held, live, only, as_of)
        return build, True

    def _resumable(
        self,
        connection: sa.Connection,
        held: Sequence[Held],
        only: Collection[str],
        as_of: AsOf | None,
    ) -> Build | None:
        numbers = {one.number for one in held if self._generations.is_same_code(one)}
        for build in Builds.unfinished(connection):
            asked = "" if as_of is None else str(as_of)
            same = build.as_of == asked and build.only == tuple(sorted(only))
            if same and build.number in numbers and self._has_files(connection, build):
                return build
        return None

    def _has_files(self, connection: sa.Connection, build: Build) -> bool:
        """Whether the cells of all partitions that are folded are still there, as long as they are
        needed: somebody may have cleared the folder."""
        done, partitions = Builds.done(connection, build.number), range(build.partitions)
        return all(f"add {section}" in done for section in partitions) or all(
            cells_file(self._path(build), partition).exists()
            for partition in partitions
            if f"fold {partition}" in done
        )

    def _new(
        self,
        connection: sa.Connection,
        held: Sequence[Held],
        live: Held,
        only: Collection[str],
        as_of: AsOf | None,
    ) -> Build:
        tables = self._generations.open(connection, live.number).tables
        suspects: list[str] = []
        places: dict[str, int] = {}
        # Level with the live rows, so that they can be compared; unless they are far behind.
        goal, head = live.position, self._log.position()
        if head - goal > _NEAR and not only:
            goal = head
        if as_of is not None:
            goal = head if as_of.position is None else min(head, as_of.position)
        elif only:
            suspects = list(
                connection.execute(sa.select(tables[UNREADABLE].c.aggregate_id)).scalars()
            )
            places = {
                name: int(table.name.rpartition("_g")[2])
                for name, table in tables.items()
                if name not in only
            }
        build = Build.of(
            max(one.number for one in held) + 1,
            goal,
            only=only,
            as_of="" if as_of is None else str(as_of),
            recorded_until="" if as_of is None else as_of.recorded_until,
            suspects=suspects,
        )
        self._generations.add(connection, build.number, live=False, places=places)
        Builds.add(connection, build)
        return build

    def _previous(self, connection: sa.Connection, held: Sequence[Held]) -> set[int]:
        """The generation that was live before."""
        others = {build.number for build in Builds.unfinished(connection)}
        others |= Builds.kept(connection).keys()
        numbers = [one.number for one in held if not one.live and one.number not in others]
        return {max(numbers)} if numbers else set()

    def forget_others(self) -> None:
        """Drop every generation but the live one, and every build: bytes that were erased may stand
        in them. Raises BusyError while one is being built, StoreUnavailableError."""
        with alone(self._db), self._db.transaction() as connection:
            held = self._generations.held(connection)
            self._drop(connection, [one.number for one in held if not one.live])

    def _drop(self, connection: sa.Connection, numbers: Collection[int]) -> None:
        for build in Builds.unfinished(connection):
            if build.number in numbers:
                shutil.rmtree(self._path(build), ignore_errors=True)
        self._generations.drop(connection, numbers)
        Builds.drop(connection, numbers)

    # -- build

    def _path(self, build: Build) -> Path:
        base = Path(tempfile.gettempdir()) if self._workshop is None else self._workshop.folder
        return base / f"antq-rebuild-{build.token}"

    @contextmanager
    def _folder(self, build: Build) -> Iterator[Path]:
        """Where the log is dealt out to; removed when all is done, kept to go on with if not."""
        folder = self._path(build)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(f"the rebuild's files: {error}") from error
        yield folder
        shutil.rmtree(folder, ignore_errors=True)

    def _build(self, build: Build, folder: Path, workers: Crew, progress: Progress | None) -> int:
        """Do the steps that are not done; how many events there are."""
        with self._db.reading() as connection:
            done = Builds.done(connection, build.number)

        def through(step: str, arguments: Sequence[int | str], start: float, part: float) -> None:
            left = [argument for argument in arguments if f"{step} {argument}" not in done]
            if step == "route":
                left = [after for after in build.slices if not slice_file(folder, after).exists()]
            finished = len(arguments) - len(left)
            for _ in workers.run(step, left):
                finished += 1
                if progress is not None:
                    share = start + part * finished / len(arguments)
                    progress(int(build.goal * share), build.goal)
                if self._stop.is_set():
                    raise InterruptedRebuildError("the rebuild was interrupted")

        folds = [f"fold {partition}" for partition in range(build.partitions)]
        if any(fold not in done for fold in folds):
            through("route", build.slices, 0.0, _ROUTING)
        through("fold", range(build.partitions), _ROUTING, _FOLDING)
        through("add", range(build.partitions), _ROUTING + _FOLDING, _ADDING)
        before = _ROUTING + _FOLDING + _ADDING
        with self._db.reading() as connection:
            generation = self._generations.open(connection, build.number)
        balances = balances_of(self._models)  # each is finished with its cells
        built = built_tables(generation, build)
        tables = [name for name in built if name not in balances]
        tables.sort(key=lambda name: -len(built[name].indexes))  # what takes longest begins first
        through("finish", tables, before, 1 - before)
        with self._db.reading() as connection:
            done = Builds.done(connection, build.number)
        return sum(events for step, events in done.items() if step.startswith("fold "))

    # -- compare and swap

    def back(self) -> Rebuilt:
        """Make the generation live again that was live before, level with the log.

        Raises RefusedError if there is none, or none that this code can fold into; otherwise as
        `run`.
        """
        with alone(self._db):
            with self._db.reading() as connection:
                held = self._generations.held(connection)
                previous = self._previous(connection, held)
            found = [one for one in held if one.number in previous]
            if not found:
                raise RefusedError("no generation of tables before this one is kept")
            if not self._generations.is_same_code(found[0]):
                raise RefusedError(
                    f"generation {found[0].number} was made by another version of the program:"
                    " go back with that version"
                )
            return self.swap(found[0].number, found[0].position, 0)

    def swap(self, number: int, position: int, events: int) -> Rebuilt:
        """Catch up with the log, compare with the live generation, and take its place."""
        with self._db.reading() as connection:
            names = self._comparable(
                self._generations.live(connection),
                generation := self._generations.open(connection, number),
            )
        certificate: Certificate | None = None
        for _ in range(_TRIES):
            events, position = self._catch_up(generation, position, events, self._goal())
            with self._db.reading() as connection:  # nobody waits while it compares
                held = self._generations.live(connection)
                if held.position == position:
                    old = self._generations.open(connection, held.number)
                    certificate = certify(connection, old, generation, names, position)
                    break
        with self._db.transaction() as connection:
            # Locks the rows: a projector in another process waits with its next batch, finds the
            # generation changed and reads again where it stands.
            live = self._generations.lock(connection)
            goal = live.position if self._generations.is_same_code(live) else self._log.position()
            while batch := self._generations.next_batch(position, goal):
                folded = self._generations.advance(
                    connection, generation, position, batch, live=False
                )
                events, position = events + folded.events, batch.last
            if certificate is None and live.position == position:
                old = self._generations.open(connection, live.number)
                certificate = certify(connection, old, generation, names, position)
            self._generations.make_live(connection, number)
            Builds.complete(connection, number)
        comparable = certificate is not None and self._generations.is_same_code(live)
        return Rebuilt(number, events, comparable, certificate)

    def _comparable(self, live: Held, generation: Generation) -> set[str]:
        """Tables whose definition is the same in both generations, and filled by both."""
        if live.types != self._generations.types:
            return set()
        before = dict(part.split(":") for part in live.signature.split(","))
        after = dict(part.split(":") for part in self._generations.signature.split(","))
        if before.get("engine") != after["engine"]:
            return set()
        same = {name for name, version in after.items() if before.get(name) == version}
        same |= {name for name, model in balances_of(self._models).items() if model.name in same}
        if before == after:  # what the engine fills depends on all models
            same |= generation.tables.keys()
        return same - {"engine"}

    def _goal(self) -> int:
        """How far to catch up: level with the live rows."""
        with self._db.reading() as connection:
            live = self._generations.live(connection)
            return live.position

    def _catch_up(
        self, generation: Generation, position: int, events: int, goal: int
    ) -> tuple[int, int]:
        while batch := self._generations.next_batch(position, goal):
            with self._db.transaction() as connection:
                folded = self._generations.advance(
                    connection, generation, position, batch, live=False
                )
            events, position = events + folded.events, batch.last
            if self._stop.is_set():
                raise InterruptedRebuildError("the rebuild was interrupted")
        return events, position
