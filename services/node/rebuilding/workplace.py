"""The steps of a build, as any process can do them: deal out, fold, finish."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from contracts.tombstone import ERASED_TYPE
from services.node.balances import balances_of, fill_balances
from services.node.collecting import uncollected
from services.node.contributing import Contributed, Contributing
from services.node.database import Database
from services.node.entities import dump, extended
from services.node.errors import MovedError, StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.generation import UNPROJECTED, Generation
from services.node.reading import Unknown, record_of
from services.node.readmodel import Entity, Placed, ReadModel
from services.node.rebuilding.builds import Build, Builds
from services.node.rebuilding.filling import add_up, append, complete, create_bare, parts_of
from services.node.rebuilding.routing import route, routed

_TOGETHER: Final = 500
"""Aggregates that are parsed at once; then they are let go."""

Rows = dict[str, list[tuple[Any, ...]]]


def built_tables(generation: Generation, build: Build) -> dict[str, sa.Table]:
    """The tables that a build fills, by name."""
    return {
        name: table
        for name, table in generation.tables.items()
        if not build.only or name in build.only
    }


class Workplace:
    """One process's share of a build: the stores, and the steps that are done on them."""

    def __init__(
        self,
        log: EventLog,
        database: Database,
        models: Sequence[ReadModel],
        build: Build,
        folder: Path,
    ) -> None:
        self._log = log
        self._db = database
        self._build = build
        self._folder = folder
        # What the others hold is of no concern here, so the tables taken over need not be known.
        self._generation = Generation(build.number, models)
        self._tables = built_tables(self._generation, build)
        self._parts = parts_of(models, self._tables)
        self._balances = {
            model.name: name for name, model in balances_of(models).items() if name in self._tables
        }
        self._everything = self._generation.contributing
        self._suspects = frozenset(build.suspects)
        named = [model for model in models if model.name in self._tables]
        self._contributing = self._everything
        if len(named) < len(models) and not build.as_of:
            self._contributing = Contributing(named, self._tables)

    def create(self, connection: sa.Connection) -> None:
        """Create the tables to fill."""
        for name, table in self._tables.items():
            create_bare(connection, table)
            if name in self._parts:
                self._parts[name].create(connection)

    def drop_parts(self, connection: sa.Connection) -> None:
        """Drop what a build that is given up leaves beside its tables."""
        for table in self._parts.values():
            table.drop(connection, checkfirst=True)

    def route(self, after: int) -> int:
        """Deal out the slice of the log behind a position; 0. Raises StoreUnavailableError."""
        try:
            route(self._log, self._build, self._folder, after)
        except OSError as error:
            raise StoreUnavailableError(f"the rebuild's files: {error}") from error
        return 0

    def fold(self, partition: int) -> int:
        """Fold a partition and append its rows; the number of its events.

        Rows and the note that it is done are one transaction: a crash before it leaves nothing.
        A step that is done already, by a process that outlived its parent for a moment, is left as
        it is. Raises StoreUnavailableError.
        """
        try:
            with uncollected():
                events, rows, cells = self._folded(partition)
        except OSError as error:
            raise StoreUnavailableError(f"the rebuild's files: {error}") from error
        with suppress(MovedError), self._db.transaction() as connection:
            Builds.note(connection, self._build.number, f"fold {partition}", events)
            for name, contributed in cells.items():
                parts = [(*key, value) for key, value in contributed.items() if value]
                append(connection, self._parts[name], parts)
            for name, listed in rows.items():
                append(connection, self._tables[name], listed)
        return events

    def finish(self, name: str) -> int:
        """Add up a table's cells and their balances, make keys and indexes; 0.

        One transaction, as above.
        """
        table = self._tables[name]
        with suppress(MovedError), self._db.transaction() as connection:
            Builds.note(connection, self._build.number, f"finish {name}", 0)
            if name in self._parts:
                add_up(connection, table, self._parts[name])
            if name in self._balances:
                balances = self._tables[self._balances[name]]
                fill_balances(connection, table, balances)
                complete(connection, balances)
            complete(connection, table)
        return 0

    def _folded(self, partition: int) -> tuple[int, Rows, dict[str, dict[Any, int]]]:
        # Only bytes are held for the whole partition: an aggregate is parsed, folded and let go.
        aggregates: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
        for aggregate, position, raw in routed(self._build, self._folder, partition):
            aggregates[aggregate].append((position, raw))
        rows: Rows = defaultdict(list)
        cells: dict[str, dict[Any, int]] = defaultdict(dict)
        tables = self._tables
        keeps_entities = "entities" in tables
        events = 0
        histories = iter(aggregates.values())
        while some := list(islice(histories, _TOGETHER)):
            entities: list[Entity] = []
            for listed in some:
                placed = self._read(listed, rows)
                events += len(listed) if not self._build.recorded_until else len(placed)
                if placed:
                    entities.append(extended(None, placed[0].record.aggregate_id, placed))
            contributed = self._contributed(entities)
            for name in contributed.cells.keys() & tables.keys():
                summed = cells[name]
                for key, value in contributed.cells[name]:
                    summed[key] = summed.get(key, 0) + value
            for name in contributed.rows.keys() & tables.keys():
                rows[name] += contributed.rows[name]
            if keeps_entities:
                rows["entities"] += map(dump, entities)
        return events, {name: rows[name] for name in rows if name in tables}, cells

    def _contributed(self, entities: list[Entity]) -> Contributed:
        suspects = [entity for entity in entities if entity.aggregate_id in self._suspects]
        if not suspects:
            return self._contributing.of_all(entities)
        others = [entity for entity in entities if entity.aggregate_id not in self._suspects]
        contributed = self._contributing.of_all(others)
        contributed.extend(self._everything.of_all(suspects))
        return contributed

    def _read(self, listed: Sequence[tuple[int, bytes]], rows: Rows) -> list[Placed]:
        """The records of one aggregate; what this code does not know becomes a row of its own."""
        until = self._build.recorded_until
        placed: list[Placed] = []
        for position, raw in listed:
            record = record_of(raw)
            if until and record.recorded_at > until:
                continue
            if isinstance(record, Unknown):
                if record.type == ERASED_TYPE:
                    continue
                rows[UNPROJECTED].append((position, record.type, record.version))
            else:
                placed.append(Placed(record, position, raw))
        return placed
