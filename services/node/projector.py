"""The projector: keeps the live generation of read models up to the log, and builds new ones.

`projection_state` has one row: which generation is live, and one row per generation: how far it is
and which code built it. Swapping generations is an update of one row, so a reader sees the old
figures or the new ones and never a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory
from services.node.database import Database
from services.node.errors import MovedError, NodeError, StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.generation import (
    UNPROJECTED,
    Folded,
    Generation,
    models_signature,
    types_signature,
)
from services.node.readmodel import Entity, ReadModel
from services.node.views import View

_metadata = sa.MetaData()
_generations = sa.Table(
    "projection_generations",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("types", sa.Text, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
)

_BATCH: Final = 2_000
_BATCH_BEHIND: Final = 10_000


@dataclass(frozen=True, slots=True)
class Status:
    """How far the figures are."""

    generation: int
    position: int
    """Folded through this log position."""
    unprojected: int
    """Events of types this code does not know: stored and forwarded, not yet in any figure."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    generation: int
    events: int
    comparable: bool
    """Whether the rows replaced were made by the same code from the same events."""
    differing: tuple[str, ...]
    """Tables whose rows differ although they are comparable: a bug, or a damaged table."""


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
    ) -> None:
        """`on_folded` is told, after each commit, from and through which position it folded, and
        the aggregates it changed; `on_swapped`, that other tables are live."""
        self._log = log
        self._db = database
        self._models = tuple(models)
        self._on_folded = on_folded
        self._on_swapped = on_swapped
        self._directory = directory
        self._live: Generation
        self._position = 0
        self.needs_rebuild = False

    def start(self) -> None:
        """Open the live generation; create the first, and notice if another code built it.

        Raises StoreUnavailableError. `needs_rebuild` then says whether the figures are those of
        this code.
        """
        with self._db.migrating() as connection:
            _metadata.create_all(connection)
            row = connection.execute(sa.select(_generations).where(_generations.c.live)).first()
            if row is None:
                number, self._position, signature = 1, 0, models_signature(self._models)
                connection.execute(
                    sa.insert(_generations).values(
                        number=number,
                        position=0,
                        signature=signature,
                        types=types_signature(),
                        live=True,
                    )
                )
            else:
                number, self._position, signature = row.number, row.position, row.signature
            self._live = Generation(self._db, number, self._models)
            # Tables that the code which built this generation did not have appear empty; the
            # rebuild that the changed signature asks for fills them in a generation of their own.
            self._live.create(connection)
            set_aside = self._live.set_aside(connection)
            types = types_signature()
            newer = row is not None and row.types != types
            self.needs_rebuild = signature != models_signature(self._models) or (
                newer and set_aside
            )
            if newer and not self.needs_rebuild:
                # From here on these rows are this code's; older code that comes back is another.
                connection.execute(sa.update(_generations).values(types=types))

    @property
    def position(self) -> int:
        """The log position through which the committed rows are folded."""
        return self._position

    def status(self) -> Status:
        """How far the figures are. Raises StoreUnavailableError."""
        with self.view() as view:
            table = view.tables[UNPROJECTED]
            unknown = view.connection.execute(sa.select(sa.func.count()).select_from(table))
            return Status(view.generation, view.position, unknown.scalar_one())

    @contextmanager
    def view(self) -> Iterator[View]:
        """The live tables in one consistent view. Raises StoreUnavailableError."""
        with self._db.reading() as connection:
            row = connection.execute(sa.select(_generations).where(_generations.c.live)).one()
            generation = self._live
            if row.number != generation.number:  # swapped by another process since
                generation = Generation(self._db, row.number, self._models)
            yield View(connection, generation.tables, self._directory(), row.position, row.number)

    def run_once(self) -> int:
        """Fold the next batch into the live generation; the number of events folded.

        A crash before the commit leaves nothing, after it everything: position and rows are one
        transaction. Raises StoreUnavailableError or MovedError; either way it has read again where
        the live generation stands, if the database let it.
        """
        try:
            with self._db.transaction() as connection:
                folded, last = self._fold(connection, self._live, self._position)
        except NodeError:
            self._refresh()  # the commit may have happened although its answer was lost
            raise
        if folded is None:
            return 0
        start, self._position = self._position, last
        if self._on_folded is not None:
            self._on_folded(start, last, folded.entities)
        return folded.events

    def _fold(
        self,
        connection: sa.Connection,
        generation: Generation,
        position: int,
        until: int | None = None,
    ) -> tuple[Folded | None, int]:
        """Fold the next batch behind `position`, not beyond `until`; where that leads."""
        batch = self._log.read(position, _BATCH)
        if len(batch) == _BATCH:
            batch = [*batch, *self._log.read(batch[-1].position, _BATCH_BEHIND - _BATCH)]
        if until is not None:
            batch = [logged for logged in batch if logged.position <= until]
        if not batch:
            return None, position
        last = batch[-1].position
        moved = connection.execute(
            sa.update(_generations)
            .where(
                _generations.c.number == generation.number,
                _generations.c.position == position,
                _generations.c.live == (generation is self._live),
            )
            .values(position=last)
        )
        if moved.rowcount != 1:
            raise MovedError(f"generation {generation.number} is not at {position} any more")
        return generation.fold(connection, batch), last

    def _refresh(self) -> None:
        """Read again which generation is live and how far it is."""
        with suppress(StoreUnavailableError), self._db.reading() as connection:
            row = connection.execute(sa.select(_generations).where(_generations.c.live)).one()
            swapped = row.number != self._live.number
            if swapped:
                self._live = Generation(self._db, row.number, self._models)
            self._position = row.position
            if swapped and self._on_swapped is not None:
                self._on_swapped()
            elif self._on_folded is not None:
                self._on_folded(row.position, row.position, ())

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> Rebuilt:
        """Fold the whole log into a new generation beside the live one, then swap.

        `progress` is told the position reached and the position aimed at. Readers are served from
        the old generation until the swap and its tables stay until the next rebuild, so nobody
        reads a table that is gone. A crash before the swap leaves an unfinished generation, which
        the next rebuild drops. Works beside a running node, in another process too.
        """
        generation = self._begin_rebuild()
        position, events = 0, 0
        while True:
            goal = self._goal()
            with self._db.transaction() as connection:
                folded, position = self._fold(connection, generation, position, goal)
            if progress is not None:
                progress(position, goal)
            if folded is None:
                break
            events += folded.events
        return self._swap(generation, position, events)

    def _goal(self) -> int:
        """How far a rebuild goes: level with the live rows, where those are this code's."""
        if self.needs_rebuild:
            return self._log.position()
        with self._db.reading() as connection:
            statement = sa.select(_generations.c.position).where(_generations.c.live)
            return int(connection.execute(statement).scalar_one())

    def _begin_rebuild(self) -> Generation:
        with self._db.transaction() as connection:
            rows = connection.execute(sa.select(_generations)).all()
            for row in rows:
                if not row.live:
                    Generation(self._db, row.number, self._models).drop(connection)
            connection.execute(sa.delete(_generations).where(~_generations.c.live))
            number = max(row.number for row in rows) + 1
            generation = Generation(self._db, number, self._models)
            generation.create(connection)
            connection.execute(
                sa.insert(_generations).values(
                    number=number,
                    position=0,
                    signature=models_signature(self._models),
                    types=types_signature(),
                    live=False,
                )
            )
        return generation

    def _swap(self, generation: Generation, position: int, events: int) -> Rebuilt:
        with self._db.transaction() as connection:
            # The update locks both rows: a projector in another process waits with its next batch,
            # finds the generation changed and reads again where it stands.
            connection.execute(sa.update(_generations).values(position=_generations.c.position))
            live = connection.execute(sa.select(_generations).where(_generations.c.live)).one()
            goal = self._log.position() if self.needs_rebuild else live.position
            while True:
                folded, position = self._fold(connection, generation, position, goal)
                if folded is None:
                    break
                events += folded.events
            before = Generation(self._db, live.number, self._models).digests(connection)
            after = generation.digests(connection)
            connection.execute(
                sa.update(_generations).values(live=_generations.c.number == generation.number)
            )
        comparable = not self.needs_rebuild and live.position == position
        self._live, self._position, self.needs_rebuild = generation, position, False
        if self._on_swapped is not None:
            self._on_swapped()
        differing = [name for name in after if before[name] != after[name]] if comparable else []
        return Rebuilt(generation.number, events, comparable, tuple(sorted(differing)))

    def digests(self) -> dict[str, str]:
        """A digest of each live table: equal rows, equal digests. Raises StoreUnavailableError."""
        with self._db.reading() as connection:
            return self._live.digests(connection)
