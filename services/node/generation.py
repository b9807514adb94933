"""One generation of read models: a complete set of tables folded from the log by one code version.

Rows and position commit together, so a crash anywhere repeats a batch or nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import sqlalchemy as sa

from domain.events import EVENTS
from services.node.contributing import Contributing, unreadable_table
from services.node.database import Database
from services.node.entities import dump, entities_table, entity_units_table, extended, load
from services.node.eventlog import Logged
from services.node.reading import read_logged
from services.node.readmodel import Entity, Placed, ReadModel
from services.node.rowsets import delete_keys, select_keys

ENGINE: Final = 1
"""Raised when the tables that this engine itself fills change; the node then rebuilds by itself."""
UNPROJECTED: Final = "unprojected"
Key = tuple[Any, ...]


@dataclass(slots=True)
class Folded:
    """What one batch changed, for whoever keeps something in memory."""

    entities: list[Entity]
    events: int


@dataclass(slots=True)
class _Contributed:
    """Rows that some aggregates contribute to one table, before a batch and after it."""

    before: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    after: dict[Key, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class _Difference:
    """What a batch changes, table by table."""

    cells: dict[str, dict[Key, int]] = field(default_factory=lambda: defaultdict(dict))
    rows: dict[str, _Contributed] = field(default_factory=lambda: defaultdict(_Contributed))


class Generation:
    """The tables of one generation and the fold that fills them."""

    def __init__(self, database: Database, number: int, models: Sequence[ReadModel]) -> None:
        self.number = number
        self.models = tuple(models)
        self._db = database
        self._metadata = sa.MetaData()
        suffix = f"_g{number}"
        self.tables: dict[str, sa.Table] = {
            "entities": entities_table(self._metadata, suffix),
            "entity_units": entity_units_table(self._metadata, suffix),
            "unreadable": unreadable_table(self._metadata, suffix),
            UNPROJECTED: sa.Table(
                f"{UNPROJECTED}{suffix}",
                self._metadata,
                sa.Column("position", sa.BigInteger, primary_key=True),
                sa.Column("type", sa.String(100), nullable=False),
                sa.Column("version", sa.Integer, nullable=False),
            ),
        }
        for model in self.models:
            self.tables[model.name] = model.table(self._metadata, suffix)
        self._contributing = Contributing(self.models, self.tables)
        self._keys = {
            name: [str(column.name) for column in table.primary_key]
            for name, table in self.tables.items()
        }

    def create(self, connection: sa.Connection) -> None:
        """Create its tables where they are missing."""
        self._metadata.create_all(connection)

    def drop(self, connection: sa.Connection) -> None:
        """Drop its tables."""
        self._metadata.drop_all(connection)

    def fold(self, connection: sa.Connection, batch: Sequence[Logged]) -> Folded:
        """Fold a batch into the tables, within the caller's transaction.

        The batch follows what is folded already, in log order.
        """
        touched: dict[str, list[Placed]] = defaultdict(list)
        unknown: list[dict[str, Any]] = []
        for logged in batch:
            envelope, record = read_logged(logged)
            if record is None:
                unknown.append(
                    {
                        "position": logged.position,
                        "type": envelope.type,
                        "version": envelope.version,
                    }
                )
            else:
                touched[record.aggregate_id].append(Placed(record, logged.position))
        entities = self.tables["entities"]
        before = {
            row.aggregate_id: load(row)
            for row in select_keys(connection, entities, [(key,) for key in touched])
        }
        after = [
            extended(before.get(aggregate_id), aggregate_id, placed)
            for aggregate_id, placed in touched.items()
        ]
        difference = _Difference()
        for entity in after:
            old = before.get(entity.aggregate_id)
            if old is not None:
                self._contribute(difference, old, -1)
            self._contribute(difference, entity, 1)
        self._db.upsert(connection, entities, [dump(entity) for entity in after])
        self._db.upsert(connection, self.tables[UNPROJECTED], unknown)
        self._write(connection, difference)
        return Folded(after, len(batch))

    def _contribute(self, difference: _Difference, entity: Entity, sign: int) -> None:
        """Add what an aggregate contributes (sign 1), or take it away (sign -1)."""
        contributed = self._contributing.of(entity)
        for name, key, value in contributed.cells:
            cells = difference.cells[name]
            cells[key] = cells.get(key, 0) + sign * value
        for name, row in contributed.rows:
            rows = difference.rows[name]
            part = rows.after if sign > 0 else rows.before
            part[tuple(row[column] for column in self._keys[name])] = row

    def _write(self, connection: sa.Connection, difference: _Difference) -> None:
        for name, cells in difference.cells.items():
            self._add(connection, name, {k: v for k, v in cells.items() if v})
        for name, rows in difference.rows.items():
            table = self.tables[name]
            delete_keys(connection, table, [key for key in rows.before if key not in rows.after])
            changed = [row for key, row in rows.after.items() if rows.before.get(key) != row]
            self._db.upsert(connection, table, changed)

    def _add(self, connection: sa.Connection, name: str, cells: Mapping[Key, int]) -> None:
        """Add to cells; a cell that comes to 0 has no row, as if nothing had ever been there."""
        if not cells:
            return
        table = self.tables[name]
        names = self._keys[name]
        held: dict[Key, int] = {
            tuple(row[:-1]): row[-1] for row in select_keys(connection, table, cells)
        }
        values = {key: held.get(key, 0) + delta for key, delta in cells.items()}
        delete_keys(
            connection, table, [k for k, value in values.items() if not value and k in held]
        )
        self._db.upsert(
            connection,
            table,
            [
                {**dict(zip(names, key, strict=True)), "value": value}
                for key, value in values.items()
                if value
            ],
        )

    def set_aside(self, connection: sa.Connection) -> bool:
        """Whether anything was left out because this code, or older code, did not understand it."""
        return any(
            connection.execute(sa.select(table).limit(1)).first() is not None
            for table in (self.tables[UNPROJECTED], self.tables["unreadable"])
        )

    def digests(self, connection: sa.Connection) -> dict[str, str]:
        """A digest of each table's rows in key order: equal rows, equal digests."""
        return {name: table_digest(connection, table) for name, table in self.tables.items()}


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
