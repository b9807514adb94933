"""The steps of a build, as any process can do them: deal out, fold, add up, finish."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from contracts.tombstone import ERASED_TYPE
from services.node.balances import balances_of, fill_balances
from services.node.collecting import uncollected
from services.node.contributing import Contributed, Contributing, Key
from services.node.database import Database
from services.node.entities import dump, extended
from services.node.errors import MovedError, StoreUnavailableError
from services.node.eventlog import EventLog
from services.node.generation import UNPROJECTED, Generation
from services.node.reading import Unknown, record_of
from services.node.readmodel import Entity, Placed, ReadModel, digested_types
from services.node.rebuilding.adding import added_up, leave, sections_of
from services.node.rebuilding.builds import Build, Builds
from services.node.rebuilding.filling import (
    append,
    append_cells,
    cell_keys,
    complete,
    create_bare,
)
from services.node.rebuilding.routing import route, routed

_TOGETHER: Final = 500
"""Aggregates that are parsed at once; then they are let go."""

Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def _files() -> Iterator[None]:
    """Raise StoreUnavailableError where the build's files cannot be written or read."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"the rebuild's files: {error}") from error


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
        self._balances = {
            model.name: name for name, model in balances_of(models).items() if name in self._tables
        }
        self._everything = self._generation.contributing
        self._suspects = frozenset(build.suspects)
        named = [model for model in models if model.name in self._tables]
        self._contributing = self._everything
        if len(named) < len(models) and not build.as_of:
            self._contributing = Contributing(named, self._tables)
        self._digested = digested_types(models if self._suspects else named)

    def create(self, connection: sa.Connection) -> None:
        """Create the tables to fill."""
        for table in self._tables.values():
            create_bare(connection, table)

    def route(self, after: int) -> int:
        """Deal out the slice of the log behind a position; 0. Raises StoreUnavailableError."""
        with _files():
            route(self._log, self._build, self._folder, after)
        return 0

    def fold(self, partition: int) -> int:
        """Fold a partition, leave its cells to be added up, append its rows; the number of events.

        Rows and the note that it is done are one transaction, and cells are on disk before: a crash
        before the commit leaves a file that is written again. A step that is done already, by a
        process that outlived its parent for a moment, is left as it is.
        Raises StoreUnavailableError.
        """
        with uncollected():
            with _files():
                events, rows, cells = self._folded(partition)
                leave(self._build, self._folder, partition, map(self._dealt, cells, cells.values()))
            with suppress(MovedError), self._db.transaction() as connection:
                Builds.note(connection, self._build.number, f"fold {partition}", events)
                for name, listed in rows.items():
                    append(connection, self._tables[name], listed)
        return events

    def add(self, section: int) -> int:
        """Add up the cells of a section over all partitions, which are folded; 0.

        One transaction, as above. Raises StoreUnavailableError.
        """
        with uncollected():
            with _files():
                cells = added_up(self._build, self._folder, section)
            with suppress(MovedError), self._db.transaction() as connection:
                Builds.note(connection, self._build.number, f"add {section}", 0)
                for name, sums in cells.items():
                    append_cells(connection, self._tables[name], sums)
        return 0

    def finish(self, name: str) -> int:
        """Fill the balances of a table, make keys and indexes; 0.

        One transaction, as above.
        """
        table = self._tables[name]
        with suppress(MovedError), self._db.transaction() as connection:
            Builds.note(connection, self._build.number, f"finish {name}", 0)
            if name in self._balances:
                balances = self._tables[self._balances[name]]
                fill_balances(connection, table, balances)
                complete(connection, balances)
            complete(connection, table)
        return 0

    def _dealt(
        self, name: str, cells: Mapping[Key, int]
    ) -> tuple[str, list[int], Iterable[tuple[Any, int]]]:
        keys = list(cells)
        forms = cell_keys(self._db, self._tables[name], keys)
        return name, sections_of(keys, self._build), zip(forms, cells.values(), strict=True)

    def _folded(self, partition: int) -> tuple[int, Rows, dict[str, dict[Key, int]]]:
        # Only bytes are held for the whole partition: an aggregate is parsed, folded and let go.
        aggregates: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
        for aggregate, position, raw in routed(self._build, self._folder, partition):
            aggregates[aggregate].append((position, raw))
        rows: Rows = defaultdict(list)
        cells: dict[str, dict[Key, int]] = defaultdict(dict)
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
            record = record_of(raw, self._digested)
            if until and record.recorded_at > until:
                continue
            if isinstance(record, Unknown):
                if record.type == ERASED_TYPE:
                    continue
                rows[UNPROJECTED].append((position, record.type, record.version))
            else:
                placed.append(Placed(record, position, raw))
        return placed
