"""Stage `project`: live projection of a province's read models."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa

from bench import plain, plain_projection
from bench.catalogue import catalogue
from bench.floor import copy_rows, read_log
from bench.happenings import Recorded
from bench.load import recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.projecting import Table, projector, tables
from bench.stores import Store, Where, fill
from services.node.database import Database

STEPS: Final = (1_000, 100)
"""Events a transaction when the projector keeps up. While more than 50 events a second come, a node
lets them gather for two seconds (`ANTQ_FIGURES_SECONDS`): a thousand where 500 a second come, a
hundred where 50 do."""


def cases(store: Store, events: int) -> Iterator[Case]:
    """Far behind, in the largest batches; then keeping up, in smaller ones."""
    load = [*catalogue(), *recorded(events)]
    rows = result_rows(store, load)
    yield Case(
        "project",
        "far behind: 10,000 events a transaction",
        store.name,
        [_node(store, load, None), *_library(store, events), floor_of(store, load, rows)],
    )
    for step in STEPS:
        yield Case(
            "project",
            f"keeping up: {step:,} events a transaction",
            store.name,
            [_node(store, load, step), *_library(store, events)],
        )


def result_rows(store: Store, load: Sequence[Recorded]) -> list[Table]:
    """The rows that projecting these events gives."""
    with store.fresh() as where:
        fill(where, load)
        with projector(where) as projecting:
            while projecting.run_once():
                pass
            return tables(projecting)


def _node(store: Store, load: Sequence[Recorded], step: int | None) -> Contender:
    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            with projector(where, step) as projecting:
                started = time.perf_counter()
                while projecting.run_once():
                    pass
                return Sample(len(load), time.perf_counter() - started)

    return Contender(Role.NODE, "node", run)


def _library(store: Store, events: int) -> list[Contender]:
    """The library's runner subscribes, which it can on PostgreSQL only."""
    if store.name == "sqlite":
        return []
    few = recorded(max(events // 10, 1))  # the runner needs minutes for more

    def run() -> Sample:
        with store.fresh() as where:
            app = plain.Log(plain.environment(where))
            plain.fill(app, few)
            last = app.recorder.max_notification_id() or 0
            app.close()
            return Sample(len(few), plain_projection.project(where, last))

    return [Contender(Role.LIBRARY, "ProjectionRunner, 1 model", run)]


def floor_of(store: Store, load: Sequence[Recorded], rows: Sequence[Table]) -> Contender:
    """Read the log and write the rows that come of it, without working them out."""

    def run() -> Sample:
        with store.fresh() as where:
            fill(where, load)
            database = Database(where.state_url)
            try:
                for table in rows:
                    table.table.metadata.create_all(database.engine)
            finally:
                database.close()
            started = time.perf_counter()
            _write(where, rows)
            return Sample(len(load), time.perf_counter() - started)

    return Contender(Role.FLOOR, "read the log, write the rows", run)


def _write(where: Where, rows: Sequence[Table]) -> None:
    if where.database is not None:
        read_log(where.database)
        for part in rows:
            copy_rows(where.database, part.table.name, _columns(part.table), part.rows)
        return
    log = sqlite3.connect(where.folder / "log.db")
    log.execute("SELECT * FROM stored_events ORDER BY rowid").fetchall()
    log.close()
    state = sqlite3.connect(where.folder / "state.db", isolation_level=None)
    state.execute("BEGIN IMMEDIATE")
    for part in rows:
        marks = ", ".join("?" * len(part.table.columns))
        state.executemany(f"INSERT INTO {part.table.name} VALUES ({marks})", part.rows)  # noqa: S608 # our own names
    state.execute("COMMIT")
    state.close()


def _columns(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns]
