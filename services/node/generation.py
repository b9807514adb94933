"""One generation of read models: a complete set of tables folded from the log by one code version.

Rows and position commit together, so a crash anywhere repeats a batch or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
import sqlalchemy as sa

from domain.events import EVENTS
from services.node.balances import balances_of, balances_table
from services.node.batches import Batch
from services.node.contributing import UNREADABLE, Contributing, Grown, unreadable_table
from services.node.differences import Differences
from services.node.entities import (
    as_of,
    dump,
    entities_table,
    entity_units_table,
    extended,
    grown_by,
    read,
)
from services.node.errors import MovedError
from services.node.exchanges import Changes, Statement, ask, by_text_key, changing
from services.node.readmodel import Entity, Placed, ReadModel
from services.node.rowsets import ordered_by_bytes

ENGINE: Final = 4
"""Raised when the tables that this engine itself fills change; the node then rebuilds by itself."""
UNPROJECTED: Final = "unprojected"
_PARTS: Final = 4
_FEW: Final = 100
_TOGETHER: Final = 1_000
"""Aggregates whose changes go to the database together: a quarter of the batch, so that it has
something to do while the next are worked out; and at least so few, and at most so many."""


@dataclass(slots=True)
class Folded:
    """What one batch changed, for whoever keeps something in memory."""

    entities: list[Entity]
    events: int


class Generation:
    """The tables of one generation and the fold that fills them."""

    def __init__(
        self,
        number: int,
        models: Sequence[ReadModel],
        places: Mapping[str, int] | None = None,
    ) -> None:
        """`places` names the tables that it took over from older generations, with their numbers:
        a rebuild of some models leaves the tables of the others where they are."""
        self.number = number
        self.models = tuple(models)
        self.places = dict(places or {})
        self._metadata = metadata = sa.MetaData()
        makers: dict[str, Callable[[str], sa.Table]] = {
            "entities": partial(entities_table, metadata),
            "entity_units": partial(entity_units_table, metadata),
            UNREADABLE: partial(unreadable_table, metadata),
            UNPROJECTED: partial(_unprojected_table, metadata),
            **{model.name: partial(model.table, metadata) for model in self.models},
            **{
                name: partial(balances_table, model, metadata)
                for name, model in balances_of(self.models).items()
            },
        }
        self.tables: dict[str, sa.Table] = {
            name: ordered_by_bytes(make(f"_g{self.places.get(name, number)}"))
            for name, make in makers.items()
        }
        self.contributing = Contributing(self.models, self.tables)
        self.balances = {model.name: name for name, model in balances_of(self.models).items()}
        """By model that has balances: their table."""
        self.keys: Mapping[str, int] = {
            name: len(table.primary_key) for name, table in self.tables.items()
        }
        """How many columns are each table's key; they come first."""

    def create(self, connection: sa.Connection) -> None:
        """Create its tables where they are missing."""
        self._metadata.create_all(connection)

    def drop(self, connection: sa.Connection, keep: Collection[str] = ()) -> None:
        """Drop its tables, but for those named."""
        tables = [table for table in self.tables.values() if table.name not in keep]
        self._metadata.drop_all(connection, tables=tables)

    def fold(
        self,
        connection: sa.Connection,
        batch: Batch,
        *,
        since: int = 0,
        shared: frozenset[str] = frozenset(),
        opening: Statement | None = None,
        meanwhile: Iterable[None] = (),
    ) -> Folded:
        """Fold a batch into the tables, within the caller's transaction.

        The batch follows what is folded already, through position `since`. Tables in `shared` are
        another generation's to write, which is at least as far as the batch. `opening` comes
        before all else and must change one row. `meanwhile` is work, in pieces of some
        milliseconds, to be done while a server writes; where there is none it is not done.

        What some aggregates change is on its way to the server while the next are worked out; their
        histories go first, so that it has something to do meanwhile.
        Raises MovedError if `opening` changes nothing, StoreUnavailableError.
        """
        touched = batch.touched
        histories, unreadable = self._held(connection, list(touched), opening)
        with changing(connection) as changes:
            if UNPROJECTED not in shared:
                changes.upsert(self.tables[UNPROJECTED], batch.unknown)
            entities = [
                extended(None, key, placed)
                for key, placed in touched.items()
                if key not in histories
            ]
            self._keep(changes, entities, shared)
            held = {key: read(key, history) for key, history in histories.items()}
            if "entities" in shared:
                held = {key: as_of(entity, since) for key, entity in held.items()}
            grown = [extended(entity, key, touched[key]) for key, entity in held.items()]
            self._keep(changes, grown, shared)
            entities += grown
            # Of what could not be understood before, only a part counted. Where another generation
            # writes some tables, they are of another moment, and every aggregate is worked out
            # whole.
            whole = held.keys() if shared else unreadable
            together = min(_TOGETHER, max(_FEW, -(-len(entities) // _PARTS)))
            for start in range(0, len(entities), together):
                some = entities[start : start + together]
                self._write(changes, self._difference(held, touched, some, whole), shared)
            changes.meanwhile(meanwhile)
        return Folded(entities, batch.events)

    def _keep(self, changes: Changes, entities: Sequence[Entity], shared: Collection[str]) -> None:
        """Write the histories of aggregates."""
        if "entities" not in shared:
            for start in range(0, len(entities), _TOGETHER):
                some = entities[start : start + _TOGETHER]
                changes.upsert(self.tables["entities"], list(map(dump, some)))

    def _held(
        self, connection: sa.Connection, ids: Sequence[str], opening: Statement | None
    ) -> tuple[dict[str, bytes], set[str]]:
        """The histories of those of the aggregates that are there, and which could not be
        understood; in one exchange, with what opens it."""
        statements = [] if opening is None else [opening]
        if ids:
            found = (self.tables["entities"], self.tables[UNREADABLE])
            statements += [by_text_key(connection, table, ids) for table in found]
        answers = ask(connection, statements)
        if opening is not None and answers.pop(0).found != 1:
            raise MovedError(f"generation {self.number} is not where it was any more")
        if not ids:
            return {}, set()
        entities, unreadable = answers
        return {row[0]: row[2] for row in entities.rows}, {row[0] for row in unreadable.rows}

    def _difference(
        self,
        held: Mapping[str, Entity],
        touched: Mapping[str, list[Placed]],
        after: Iterable[Entity],
        whole: Collection[str],
    ) -> Differences:
        """What the new records of aggregates change; those in `whole` are worked out whole."""
        before: list[Entity] = []
        changed: list[Entity] = []
        grown: list[Grown] = []
        for entity in after:
            aggregate_id = entity.aggregate_id
            old = held.get(aggregate_id)
            if old is not None and old.placed:
                added = None
                if aggregate_id not in whole:
                    added = grown_by(entity, touched[aggregate_id])
                if added is not None:
                    grown.append(Grown(old, entity, added))
                    continue
                before.append(old)
            changed.append(entity)
        difference = Differences(self.keys)
        less, more = self.contributing.of_grown(grown)
        for contributed in (self.contributing.of_all(before), less):
            difference.remove(contributed)
        for contributed in (self.contributing.of_all(changed), more):
            difference.add(contributed)
        return difference

    def _write(self, changes: Changes, difference: Differences, shared: Collection[str]) -> None:
        difference.balance(self.balances)
        for name, rows in difference.rows.items():
            if name not in shared:
                changes.delete(self.tables[name], rows.removed)
                changes.upsert(self.tables[name], list(rows.written.values()))
        for name, cells in difference.cells.items():
            if name not in shared:
                changes.add(self.tables[name], {k: v for k, v in cells.items() if v})

    def set_aside(self, connection: sa.Connection) -> bool:
        """Whether anything was left out because this code, or older code, did not understand it."""
        return any(
            connection.execute(sa.select(table).limit(1)).first() is not None
            for table in (self.tables[UNPROJECTED], self.tables[UNREADABLE])
        )

    def digests(self, connection: sa.Connection) -> dict[str, str]:
        """A digest of each table's rows in key order: equal rows, equal digests."""
        return {name: table_digest(connection, table) for name, table in self.tables.items()}


def _unprojected_table(metadata: sa.MetaData, suffix: str) -> sa.Table:
    """Events of types or versions that this code does not know."""
    return sa.Table(
        f"{UNPROJECTED}{suffix}",
        metadata,
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def table_digest(connection: sa.Connection, table: sa.Table) -> str:
    """SHA-256 over every row in the order of the primary key."""
    digest = hashlib.sha256()
    # An option of the statement: set on the connection it would hold for what comes after, too.
    statement = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=2_000)
    for part in connection.execute(statement).partitions():
        # Whoever has the same rows cuts them into the same parts.
        digest.update(orjson.dumps([tuple(row) for row in part], default=_plain))
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return value.hex()
    raise TypeError(f"no column holds a {type(value).__name__}")


def models_signature(models: Sequence[ReadModel]) -> str:
    """What a generation was built by: the engine's own tables, and the read models' versions."""
    return ",".join([f"engine:{ENGINE}", *sorted(f"{m.name}:{m.version}" for m in models)])


def types_signature() -> str:
    """Which event types and versions this code knows."""
    return ",".join(sorted(f"{spec.name}:{spec.version}" for spec in EVENTS.values()))
