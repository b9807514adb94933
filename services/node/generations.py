"""Which generations of tables there are, which of them is live, and how far each is folded.

`projection_generations` has a row for each; exactly one is live. Swapping generations is an update
of that table alone, so a reader sees the old figures or the new ones and never a mixture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from domain.events import EVENTS
from services.node.batches import Batch, finished, reading
from services.node.collecting import uncollected
from services.node.database import Database
from services.node.eventlog import EventLog
from services.node.exchanges import update
from services.node.generation import Folded, Generation, models_signature
from services.node.readmodel import ReadModel

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
_places = sa.Table(
    "projection_places",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
)
"""Tables that a generation took over from an older one, and the number they carry."""

_MOVE: Final = (
    "UPDATE projection_generations SET position = %s"
    " WHERE number = %s AND position = %s AND live = %s"
)


@dataclass(frozen=True, slots=True)
class Held:
    """One generation as the database knows it."""

    number: int
    position: int
    """Folded through this log position."""
    signature: str
    """The read models and versions that made it."""
    types: str
    """The event types that the code knew which made it."""
    live: bool


def _knows(part: str) -> bool:
    name, _, version = part.rpartition(":")
    spec = EVENTS.get(name)
    return spec is not None and version.isdecimal() and int(version) <= spec.version


class Generations:
    """The generations of one node's read models."""

    def __init__(
        self, database: Database, log: EventLog, models: Sequence[ReadModel], types: str
    ) -> None:
        """`types` is the `types_signature` of this code."""
        self.signature = models_signature(models)
        self.types = types
        self._db = database
        self._log = log
        self._models = tuple(models)

    def create(self, connection: sa.Connection) -> None:
        """Create the tables that say which generations there are."""
        _metadata.create_all(connection)

    def is_same_code(self, held: Held) -> bool:
        """Whether this code would make the same rows of the same events."""
        return held.signature == self.signature and held.types == self.types

    def knows_types(self, held: Held) -> bool:
        """Whether this code can read every event that is folded in a generation."""
        return held.types == self.types or all(
            _knows(part) for part in held.types.split(",") if part
        )

    def held(self, connection: sa.Connection) -> Sequence[Held]:
        """All of them, by number."""
        rows = connection.execute(sa.select(_generations).order_by(_generations.c.number))
        return [Held(r.number, r.position, r.signature, r.types, r.live) for r in rows]

    def first(self, connection: sa.Connection) -> Held | None:
        """The live one, or None before the first."""
        row = connection.execute(sa.select(_generations).where(_generations.c.live)).first()
        return None if row is None else Held(*row)

    def live(self, connection: sa.Connection) -> Held:
        """The one that figures are read from, once the first was made."""
        row = connection.execute(sa.select(_generations).where(_generations.c.live)).one()
        return Held(*row)

    def add(
        self,
        connection: sa.Connection,
        number: int,
        *,
        live: bool,
        places: Mapping[str, int] | None = None,
    ) -> Generation:
        """Begin a generation of this code, folded through nothing. Creates no tables."""
        connection.execute(
            sa.insert(_generations).values(
                number=number,
                position=0,
                signature=self.signature,
                types=self.types,
                live=live,
            )
        )
        for name, place in (places or {}).items():
            connection.execute(sa.insert(_places).values(number=number, name=name, place=place))
        return Generation(number, self._models, places)

    def open(self, connection: sa.Connection, number: int) -> Generation:
        """The tables of a generation, as this code's models lay them out."""
        rows = connection.execute(sa.select(_places).where(_places.c.number == number))
        places = {row.name: row.place for row in rows}
        return Generation(number, self._models, places)

    def drop(self, connection: sa.Connection, numbers: Iterable[int]) -> None:
        """Drop generations, and those of their tables that no other has taken over."""
        going = set(numbers)
        kept: dict[str, set[int]] = defaultdict(set)
        for held in self.held(connection):
            if held.number not in going:
                for name, table in self.open(connection, held.number).tables.items():
                    kept[name].add(int(table.name.rpartition("_g")[2]))
        for number in going:
            generation = self.open(connection, number)
            generation.drop(
                connection, {f"{name}_g{n}" for name, numbers in kept.items() for n in numbers}
            )
        for table in (_generations, _places):
            connection.execute(sa.delete(table).where(table.c.number.in_(going)))

    def moved_to(self, connection: sa.Connection, number: int, position: int) -> int:
        """Say that a generation that is not live holds everything through `position`, if it is not
        further already; how far it is."""
        connection.execute(
            sa.update(_generations)
            .where(
                _generations.c.number == number,
                ~_generations.c.live,
                _generations.c.position < position,
            )
            .values(position=position)
        )
        found = sa.select(_generations.c.position).where(_generations.c.number == number)
        return int(connection.execute(found).scalar_one())

    def learn(self, connection: sa.Connection) -> None:
        """From here on the live rows are this code's; older code that comes back is another."""
        connection.execute(
            sa.update(_generations).where(_generations.c.live).values(types=self.types)
        )

    def lock(self, connection: sa.Connection) -> Held:
        """Keep everybody else from folding until the transaction ends; the live generation."""
        connection.execute(sa.update(_generations).values(position=_generations.c.position))
        return self.live(connection)

    def make_live(self, connection: sa.Connection, number: int) -> None:
        """Let figures be read from another generation from the commit on."""
        connection.execute(sa.update(_generations).values(live=_generations.c.number == number))

    def next_batch(self, position: int, until: int | None = None) -> Batch | None:
        """What is to be folded next: what the log holds behind `position` and not beyond `until`,
        as much as goes together; None at its end.

        Raises StoreUnavailableError.
        """
        with uncollected():
            return finished(reading(self._log, position, until))

    def advance(
        self,
        connection: sa.Connection,
        generation: Generation,
        position: int,
        batch: Batch,
        *,
        live: bool,
        meanwhile: Iterable[None] = (),
    ) -> Folded:
        """Fold the `next_batch` behind `position`; `meanwhile` as `Generation.fold` says.

        Rows and position are one transaction: a crash before its commit leaves nothing, after it
        everything. Raises MovedError if the generation is not there, or not that far, any more.
        """
        # Waits for whoever else folds into it, and changes nothing if that has gone on.
        move = update(connection, _MOVE, (batch.last, generation.number, position, live))
        shared = frozenset[str]() if live else self._shared(connection, generation)
        with uncollected():
            return generation.fold(
                connection,
                batch,
                since=position,
                shared=shared,
                opening=move,
                meanwhile=meanwhile,
            )

    def _shared(self, connection: sa.Connection, generation: Generation) -> frozenset[str]:
        """Its tables that are the live generation's as well, which writes them."""
        live = self.open(connection, self.live(connection).number).tables
        return frozenset(
            name for name, table in generation.tables.items() if live[name].name == table.name
        )
