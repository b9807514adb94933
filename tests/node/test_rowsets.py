"""Rows and keys in bulk give on both databases what a statement for each of them would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.node.database import Database
from services.node.exchanges import ask, by_text_key, changing
from services.node.rowsets import delete_keys, insert_rows, select_keys

if TYPE_CHECKING:
    from pathlib import Path


METADATA = sa.MetaData()
TABLE = sa.Table(
    "bulk",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("order", sa.Integer),  # a word of SQL
    sa.Column("raw", sa.LargeBinary),
    sa.Column("flag", sa.Boolean),
    sa.Column("origin", sa.Uuid),
)
KEYS_ONLY = sa.Table("bulk_keys", METADATA, sa.Column("name", sa.String(100), primary_key=True))
ORIGIN = UUID("3b9c7a52-7d0f-4d52-8d0a-4b1f2a3c4d5e")
AWKWARD = 'Phường 8\'s "%s" :name \\x41 {1,2} NULL\x1f'


def row(name: str, number: int, **values: Any) -> dict[str, Any]:
    empty = {"order": None, "raw": None, "flag": None, "origin": None}
    return {"name": name, "number": number, **empty, **values}


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
        METADATA.create_all(database.engine)
        yield database
        database.close()
        return
    database = Database(request.getfixturevalue("database_address"))
    METADATA.create_all(database.engine)
    yield database
    database.close()


both = pytest.mark.parametrize(
    "database",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)],
    indirect=True,
)


@both
def test_values_come_back_as_they_went_in(database: Database) -> None:
    rows = [
        row(AWKWARD, 2**62, order=-1, raw=bytes(range(256)), flag=True, origin=ORIGIN),
        row("", -(2**63), raw=b"", flag=False),
    ]
    with database.transaction() as connection:
        insert_rows(connection, TABLE, rows, replace=True)
        found = select_keys(connection, TABLE, [(AWKWARD, 2**62), ("", -(2**63)), ("no", 1)])
    assert sorted((dict(r._mapping) for r in found), key=repr) == sorted(rows, key=repr)


@both
def test_a_row_that_is_there_is_replaced_or_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        insert_rows(connection, TABLE, [row("a", 1, order=1), row("b", 1, order=1)], replace=True)
        insert_rows(connection, TABLE, [row("a", 1, order=2), row("c", 1, order=2)], replace=True)
        insert_rows(connection, TABLE, [row("b", 1, order=3), row("d", 1, order=3)], replace=False)
        held = connection.execute(sa.select(TABLE.c.name, TABLE.c.order).order_by("name")).all()
    assert [tuple(r) for r in held] == [("a", 2), ("b", 1), ("c", 2), ("d", 3)]


@both
def test_only_the_whole_key_matches(database: Database) -> None:
    everything = [row(name, number) for name in ("a", "b") for number in (1, 2)]
    with database.transaction() as connection:
        insert_rows(connection, TABLE, everything, replace=True)
        delete_keys(connection, TABLE, [("a", 1), ("b", 2), ("b", 3)])
        left = connection.execute(sa.select(TABLE.c.name, TABLE.c.number).order_by("name")).all()
        found = select_keys(connection, TABLE, [("a", 1), ("a", 2)])
    assert [tuple(r) for r in left] == [("a", 2), ("b", 1)]
    assert [(r.name, r.number) for r in found] == [("a", 2)]


@both
def test_a_table_of_keys_alone(database: Database) -> None:
    with database.transaction() as connection:
        for _ in range(2):
            insert_rows(connection, KEYS_ONLY, [{"name": AWKWARD}], replace=True)
        assert len(select_keys(connection, KEYS_ONLY, [(AWKWARD,)])) == 1


@both
def test_nothing_asks_nothing(database: Database) -> None:
    with database.transaction() as connection:
        insert_rows(connection, TABLE, [], replace=True)
        delete_keys(connection, TABLE, [])
        assert list(select_keys(connection, TABLE, [])) == []


@both
def test_many_more_rows_than_a_statement_has_parameters(database: Database) -> None:
    many = [row(f"n{i:06d}", i, order=i) for i in range(12_000)]
    keys = [(r["name"], r["number"]) for r in many]
    with database.transaction() as connection:
        insert_rows(connection, TABLE, many, replace=True)
        assert len(select_keys(connection, TABLE, keys)) == len(many)
        delete_keys(connection, TABLE, keys[1:])
        assert connection.execute(sa.select(TABLE.c.name)).scalars().all() == ["n000000"]


EVERY_TYPE = sa.Table(
    "bulk_every_type",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("small", sa.Integer),
    sa.Column("large", sa.BigInteger),
    sa.Column("flag", sa.Boolean),
    sa.Column("raw", sa.LargeBinary),
)
CELLS = sa.Table(
    "bulk_cells",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)


def add_cells(
    connection: sa.Connection, table: sa.Table, cells: Mapping[tuple[Any, ...], int]
) -> None:
    with changing(connection) as changes:
        changes.add(table, cells)


@both
def test_rows_of_every_type_are_replaced_together(database: Database) -> None:
    rows = [
        ("a", AWKWARD, -(2**31), -(2**63), True, bytes(range(256))),
        ("b", "", 2**31 - 1, 1, False, b""),
        ("c", None, None, None, None, None),
    ]
    with database.transaction() as connection:
        for some in ([("a", "before", 1, 2, False, b"before")], rows, []):
            with changing(connection) as changes:
                changes.upsert(EVERY_TYPE, some)
        found = connection.execute(sa.select(EVERY_TYPE).order_by(EVERY_TYPE.c.name)).all()
    assert [tuple(row) for row in found] == rows


@both
def test_texts_of_every_length_and_none(database: Database) -> None:
    texts = ["", "a" * 127, "b" * 128, None, AWKWARD, "\x7f"]
    rows = [(f"{i}", text, None, None, None, None) for i, text in enumerate(texts)]
    for some in (rows[:2], rows[:3], rows[3:4], rows[4:], rows):
        with database.transaction() as connection:
            with changing(connection) as changes:
                changes.delete(EVERY_TYPE, [(row[0],) for row in rows])
                changes.upsert(EVERY_TYPE, some)
            names = [row[0] for row in rows]
            (found,) = ask(connection, [by_text_key(connection, EVERY_TYPE, names)])
        assert (found.found, sorted(found.rows)) == (len(some), some)


@both
def test_a_cell_that_was_nothing_for_a_moment_stays(database: Database) -> None:
    with database.transaction() as connection:
        with changing(connection) as changes:
            for value in (1, -1, 2):
                changes.add(CELLS, {("a", 1): value, ("b", 1): value - 1})
            changes.add(CELLS, {("b", 1): 1})
        rows = connection.execute(sa.select(CELLS)).all()
    assert [tuple(found) for found in rows] == [("a", 1, 2)]


@both
def test_cells_add_up_and_go_when_they_come_to_nothing(database: Database) -> None:
    with database.transaction() as connection:
        add_cells(connection, CELLS, {})
        add_cells(connection, CELLS, {(AWKWARD, 1): 3, ("b", 1): -2, ("c", 1): 5})
        add_cells(connection, CELLS, {(AWKWARD, 1): 4, ("b", 1): 2, ("b", 2): 2**60})
        rows = connection.execute(sa.select(CELLS)).all()
    assert {tuple(found) for found in rows} == {(AWKWARD, 1, 7), ("c", 1, 5), ("b", 2, 2**60)}
    with database.transaction() as connection:
        add_cells(connection, CELLS, {("c", 1): -5, ("b", 2): -(2**60), (AWKWARD, 1): -7})
        assert connection.execute(sa.select(CELLS)).all() == []
