"""Rows and cells of every type, appended by the fastest way of each database."""

from __future__ import annotations

import sqlalchemy as sa

from services.node.rebuilding.filling import append, append_cells, cell_keys, complete, create_bare
from tests.node.projection.stores import Stores

EVERY_TYPE = sa.Table(
    "every_type",
    sa.MetaData(),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("small", sa.Integer),
    sa.Column("large", sa.BigInteger),
    sa.Column("flag", sa.Boolean),
    sa.Column("raw", sa.LargeBinary),
)
CELLS = sa.Table(
    "cells",
    sa.MetaData(),
    sa.Column("unit_id", sa.String(36), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)


def test_rows_come_back_as_they_went_in(stores: Stores) -> None:
    rows = [
        ("a", "Ủy ban", -(2**31), 2**63 - 1, True, b"\x00\xff"),
        ("b", "", 0, -(2**63), False, b""),
        ("c", None, None, None, None, None),
        ("d", "Ủy ban", 1, 1, True, b"\x00\xff"),  # equal values, of other types too
    ]
    with stores.database.transaction() as connection:
        create_bare(connection, EVERY_TYPE)
        append(connection, EVERY_TYPE, rows)
        append(connection, EVERY_TYPE, [])
        complete(connection, EVERY_TYPE)
    with stores.database.reading() as connection:
        found = connection.execute(sa.select(EVERY_TYPE).order_by(EVERY_TYPE.c.name))
        assert [tuple(row) for row in found] == rows


def test_cells_that_come_to_nothing_have_no_row(stores: Stores) -> None:
    cells = {("Hà Nội", 2025): 3, ("Hà Nội", 2024): 0, ("Huế", 2025): -(2**40)}
    keys = cell_keys(stores.database, CELLS, list(cells))
    assert len(set(keys)) == len(cells)
    assert keys == cell_keys(stores.database, CELLS, list(cells))
    with stores.database.transaction() as connection:
        create_bare(connection, CELLS)
        append_cells(connection, CELLS, dict(zip(keys, cells.values(), strict=True)))
        append_cells(connection, CELLS, {})
    with stores.database.reading() as connection:
        found = {(unit, year): value for unit, year, value in connection.execute(sa.select(CELLS))}
    assert found == {key: value for key, value in cells.items() if value}
