"""Where trees lie: of each origin the frontier, and its full tiles.

A tile that is not full yet is not kept: its hashes are those of the last events in the log, at most
255 of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from services.node.database import Database
from services.node.ledger.tree import HASH_SIZE, Frontier

metadata = sa.MetaData()

trees_table = sa.Table(
    "ledger_trees",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
)
tiles_table = sa.Table(
    "ledger_tiles",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class FullTile:
    """A tile that will never change."""

    origin: UUID
    level: int
    number: int
    """Its place at its level, from 0 on."""
    root: bytes
    """The hash over it: what stands for it in the tile above."""
    hashes: bytes
    """256 hashes, 8,192 bytes."""


class TreeStore:
    """Reads and writes these tables. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_tables(self) -> None:
        """Create the tables that are missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def sizes(self) -> Mapping[UUID, int]:
        """How large every tree is."""
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(trees_table.c.origin, trees_table.c.size)).all()
        return {row[0]: row[1] for row in rows}

    def load(self, origins: Iterable[UUID]) -> Mapping[UUID, Frontier]:
        """The frontiers of these origins; those that have none are absent."""
        wanted = list(origins)
        found: dict[UUID, Frontier] = {}
        with self._db.reading() as connection:
            for start in range(0, len(wanted), 500):
                statement = sa.select(trees_table).where(
                    trees_table.c.origin.in_(wanted[start : start + 500])
                )
                for row in connection.execute(statement):
                    found[row.origin] = Frontier.load(row.size, bytes(row.frontier))
        return found

    def save(self, trees: Mapping[UUID, Frontier], tiles: Sequence[FullTile]) -> None:
        """Keep frontiers and the tiles that were completed, all or none."""
        rows = [
            {"origin": origin, "size": tree.size, "frontier": tree.dump()}
            for origin, tree in sorted(trees.items())  # one order of locking
        ]
        with self._db.transaction() as connection:
            self._db.insert(
                connection,
                tiles_table,
                [
                    {
                        "origin": tile.origin,
                        "level": tile.level,
                        "number": tile.number,
                        "root": tile.root,
                        "hashes": tile.hashes,
                    }
                    for tile in tiles
                ],
            )
            self._db.upsert(connection, trees_table, rows)

    def tile(self, origin: UUID, level: int, number: int) -> bytes | None:
        """A full tile's 256 hashes; None if it is not full yet."""
        columns = tiles_table.c
        statement = sa.select(columns.hashes).where(
            columns.origin == origin, columns.level == level, columns.number == number
        )
        with self._db.reading() as connection:
            found = connection.execute(statement).scalar()
        return None if found is None else bytes(found)

    def roots(self, origin: UUID, level: int, first: int, count: int) -> list[bytes]:
        """The roots of up to `count` full tiles from number `first` on, as far as there are any
        without a hole."""
        columns = tiles_table.c
        statement = (
            sa.select(columns.number, columns.root)
            .where(
                columns.origin == origin,
                columns.level == level,
                columns.number >= first,
                columns.number < first + count,
            )
            .order_by(columns.number)
        )
        with self._db.reading() as connection:
            rows = connection.execute(statement).all()
        found = [bytes(row.root) for place, row in enumerate(rows) if row.number == first + place]
        return [root for root in found if len(root) == HASH_SIZE]

    def forget(self, origin: UUID) -> None:
        """Drop an origin's tree: it is grown again from the log."""
        with self._db.transaction() as connection:
            for table in (tiles_table, trees_table):
                connection.execute(sa.delete(table).where(table.c.origin == origin))
