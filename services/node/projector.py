"""The projector: keeps the live generation of read models up to the log, and builds new ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory
from services.node.asof.cutoff import Cutoff
from services.node.asof.states import EarlierStates
from services.node.batches import Batch, reading
from services.node.collecting import uncollected
from services.node.contributing import UNREADABLE
from services.node.database import Database
from services.node.errors import NodeError, NotFoundError, StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.generation import (
    UNPROJECTED,
    Generation,
    table_digest,
    types_signature,
)
from services.node.generations import Generations
from services.node.readmodel import Entity, ReadModel
from services.node.rebuilding.builds import Builds
from services.node.rebuilding.crew import Workshop
from services.node.rebuilding.rebuild import AsOf, Progress, Rebuild, Rebuilt
from services.node.rebuilding.workplace import built_tables
from services.node.views import Stream, View

__all__ = ["AsOf", "Projector", "Rebuilt", "Status", "Total", "Workshop"]

_FAR_BEHIND: Final = 200_000
"""Positions from which on building anew is faster than folding what is missing."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far the figures are."""

    generation: int
    position: int
    """Folded through this log position."""
    unprojected: int
    """Events of types this code does not know: stored and forwarded, not yet in any figure."""
    unreadable: int
    """Aggregates with events that cannot be understood; what can be of them is in the figures."""


@dataclass(frozen=True, slots=True)
class Total:
    """What one table of a generation holds."""

    table: str
    rows: int
    digest: str
    """The same for the same rows, on every node and in every database."""


class Projector:
    """Folds the log into the live generation. `run_once` is called by one thread."""

    def __init__(
        self,
        log: EventLog,
        database: Database,
        models: Sequence[ReadModel],
        *,
        on_folded: Callable[[int, int, Sequence[Entity]], None] | None = None,
        on_swapped: Callable[[], None] | None = None,
        directory: Callable[[], Directory],
        workshop: Workshop | None = None,
        streams: Callable[[], Mapping[str, Stream]] = dict,
    ) -> None:
        """`workshop` lets a rebuild use several processes; without it one thread does it. `streams`
        tells by origin how far each stream is in the log.

        `on_folded` is told, after each commit, from and through which position it folded, and
        the aggregates it changed; `on_swapped`, that other tables are live."""
        self._log = log
        self._db = database
        self._models = tuple(models)
        self._on_folded = on_folded
        self._on_swapped = on_swapped
        self._directory = directory
        self._workshop = workshop
        self._generations = Generations(database, log, models, types_signature())
        self._earlier = EarlierStates(log, self._generations, streams)
        self._interrupted = Event()
        self._live: Generation
        self._position = 0
        self._ahead: tuple[int, Batch] | None = None
        """A position, and what was read of the log behind it."""
        self.needs_rebuild = False

    def start(self) -> None:
        """Open the live generation; create the first, and notice if another code built it.

        Raises StoreUnavailableError. `needs_rebuild` then says whether the figures are those of
        this code.
        """
        with self._db.migrating() as connection:
            self._generations.create(connection)
            Builds.create(connection)
            held = self._generations.first(connection)
            if held is None:
                self._live = self._generations.add(connection, 1, live=True)
            else:
                self._position = held.position
                self._live = self._generations.open(connection, held.number)
            # Tables that the code which built this generation did not have appear empty; the
            # rebuild that the changed signature asks for fills them in a generation of their own.
            self._live.create(connection)
            if held is None:
                return
            changed = held.types != self._generations.types
            self.needs_rebuild = (
                held.signature != self._generations.signature
                or not self._generations.knows_types(held)
                or (changed and self._live.set_aside(connection))
            )
            if changed and not self.needs_rebuild:
                self._generations.learn(connection)

    @property
    def position(self) -> int:
        """The log position through which the committed rows are folded."""
        return self._position

    def status(self) -> Status:
        """How far the figures are. Raises StoreUnavailableError."""
        with self.view() as view:
            unknown, unreadable = (
                view.connection.execute(
                    sa.select(sa.func.count()).select_from(view.tables[name])
                ).scalar_one()
                for name in (UNPROJECTED, UNREADABLE)
            )
            return Status(view.generation, view.position, unknown, unreadable)

    @contextmanager
    def view(self, cutoff: Cutoff | None = None) -> Iterator[View]:
        """The live tables in one consistent view; with a cutoff, as they stood at that state.

        Raises TooFarBackError, StoreUnavailableError.
        """
        opened = self._db.reading() if cutoff is None else self._db.trying()
        with opened as connection:
            held = self._generations.live(connection)
            generation = self._live
            if held.number != generation.number:  # swapped by another process since
                generation = self._generations.open(connection, held.number)
            directory = self._directory()
            if cutoff is not None:
                state = self._earlier.view(connection, held, generation, directory, cutoff)
                yield replace(state, at=self.view, remember=self._earlier.answers.get)
            else:
                yield View(
                    connection,
                    generation.tables,
                    directory,
                    held.position,
                    held.number,
                    at=self.view,
                    streams=partial(self._earlier.streams, connection, held, generation, None),
                    remember=self._earlier.answers.get,
                )

    def run_once(self) -> int:
        """Fold the next batch into the live generation; the number of events folded.

        A crash before the commit leaves nothing, after it everything: position and rows are one
        transaction. Raises StoreUnavailableError or MovedError; either way it has read again where
        the live generation stands, if the database let it.
        """
        # Until all that it made is gone again: else the next search for cycles goes through it.
        with uncollected():
            return self._fold_next()

    def _fold_next(self) -> int:
        start = self._position
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == start:
            batch: Batch | None = ahead[1]
        else:
            batch = self._generations.next_batch(start)
        if batch is None:
            return 0  # nothing to begin a transaction for
        following = self._read_ahead(batch.last) if batch.is_full else ()
        try:
            with self._db.transaction() as connection:
                folded = self._generations.advance(
                    connection, self._live, start, batch, live=True, meanwhile=following
                )
        except NodeError:
            self._refresh()  # the commit may have happened although its answer was lost
            raise
        self._position = batch.last
        if self._on_folded is not None:
            self._on_folded(start, batch.last, folded.entities)
        return folded.events

    def _read_ahead(self, position: int) -> Iterator[None]:
        """Read what is folded next while the server writes what comes before it."""
        # What fails here, the log or what stands in it, is met again when its turn has come; it
        # must not undo what comes before it.
        with suppress(Exception):
            found = yield from reading(self._log, position)
            if found is not None:
                self._ahead = (position, found)

    def catch_up(self) -> None:
        """Fold everything the log holds, unless other code's rows wait for their rebuild.

        Far behind, an empty database for one, it builds a new generation instead, which takes a
        fraction of the time. Raises BusyError, MovedError, StoreUnavailableError.
        """
        if not self.needs_rebuild and self._log.position() - self._position > _FAR_BEHIND:
            self.rebuild()
        while not self.needs_rebuild and self.run_once():
            pass

    def _refresh(self) -> None:
        """Read again which generation is live and how far it is."""
        with suppress(StoreUnavailableError), self._db.reading() as connection:
            held = self._generations.live(connection)
            swapped = held.number != self._live.number
            if swapped:
                self._live = self._generations.open(connection, held.number)
            self._position = held.position
            if swapped and self._on_swapped is not None:
                self._on_swapped()
            elif self._on_folded is not None:
                self._on_folded(held.position, held.position, ())

    def rebuild(
        self,
        progress: Progress | None = None,
        *,
        only: Collection[str] = (),
        as_of: AsOf | None = None,
    ) -> Rebuilt:
        """Fold the whole log into a new generation beside the live one, then swap.

        `only` names read models whose tables are built; the others stay where they are. With
        `as_of` the generation shows an earlier state of the log and never becomes live.

        `progress` is told the position reached and the position aimed at. Readers are served from
        the old generation until the swap and its tables stay until the next rebuild, so nobody
        reads a table that is gone. What is interrupted, in whatever way, goes on with the next
        call. Works beside a running node, in another process too.

        Raises RefusedError, BusyError if one is running, InterruptedRebuildError, MovedError,
        StoreUnavailableError.
        """
        rebuilt, swapped = self._rebuild().run(progress, only, as_of)
        if swapped:
            self._swapped()
        return rebuilt

    def back(self) -> Rebuilt:
        """Swap back to the generation that was live before, level with the log; see `rebuild`."""
        rebuilt = self._rebuild().back()
        self._swapped()
        return rebuilt

    def forget_others(self) -> None:
        """Drop the tables of every generation but the live one; see `Rebuild.forget_others`. What
        was kept as of an earlier state is built again when it is wanted."""
        self._rebuild().forget_others()

    def interrupt(self) -> None:
        """Let a rebuild that is running end soon, for good: this projector is to be closed."""
        self._interrupted.set()

    def _rebuild(self) -> Rebuild:
        return Rebuild(
            self._log,
            self._db,
            self._models,
            self._generations,
            self._workshop,
            self._interrupted,
        )

    def _swapped(self) -> None:
        with self._db.reading() as connection:
            held = self._generations.live(connection)
            self._live = self._generations.open(connection, held.number)
        self._position, self.needs_rebuild = held.position, False
        if self._on_swapped is not None:
            self._on_swapped()

    def digests(self, generation: int | None = None) -> dict[str, str]:
        """A digest of each table, live if no generation is named: equal rows, equal digests.

        Raises NotFoundError for one that is not `kept`, StoreUnavailableError.
        """
        with self._db.reading() as connection:
            if generation is None:
                return self._live.digests(connection)
            return {
                name: table_digest(connection, table)
                for name, table in self._tables(connection, generation).items()
            }

    def kept(self) -> dict[int, str]:
        """Generations that show an earlier state of the log, and which (`AsOf`, as text).

        Raises StoreUnavailableError.
        """
        with self._db.reading() as connection:
            return {number: build.as_of for number, build in Builds.kept(connection).items()}

    def totals(self, generation: int) -> list[Total]:
        """The tables of a generation of `kept`. Raises as `digests`."""
        with self._db.reading() as connection:
            return [
                Total(
                    name,
                    connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one(),
                    table_digest(connection, table),
                )
                for name, table in self._tables(connection, generation).items()
            ]

    def _tables(self, connection: sa.Connection, generation: int) -> dict[str, sa.Table]:
        build = Builds.kept(connection).get(generation)
        if build is None:
            raise NotFoundError(f"generation {generation} is not kept")
        return built_tables(self._generations.open(connection, generation), build)
