"""What this node knows of those it exchanges bundles with: what they bring, and what they hold.

Learnt from their bundles, and which streams a child brings also from what it announces over a
carrier, so that bundles can take over from a line that is cut. An empty table only makes the next
bundle larger: everything goes out again, and receivers ignore what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.node.database import Database

metadata = sa.MetaData()

known_table = sa.Table(
    "bundle_known",
    metadata,
    sa.Column("peer", sa.String(63), primary_key=True),
    sa.Column("says", sa.String(8), primary_key=True),
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("head", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.String(27), nullable=False),
)


class Says(StrEnum):
    """What a number in the table means."""

    BRINGS = "brings"
    """The peer forwards this stream to us; its head when it first said so, or in a bundle."""
    HOLDS = "holds"
    """The peer has recorded this stream of ours through this number."""


class Peers:
    """Reads and writes this table. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._db = database

        self._heard: dict[str, set[UUID]] = {}
        """Of each peer on the carrier, what it is known to bring."""

    def create_tables(self) -> None:
        """Create the table if it is missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def learn(self, peer: str, says: Says, heads: Mapping[UUID, int], made_at: str) -> None:
        """A bundle made at that time says so. A later one wins, also if its number is smaller: the
        peer may have been restored from a backup. A bundle that comes late changes nothing."""
        with self._db.transaction() as connection:
            held = self._held(connection, peer, says)
            self._db.upsert(
                connection,
                known_table,
                [
                    {
                        "peer": peer,
                        "says": says.value,
                        "origin": origin,
                        "head": head,
                        "made_at": made_at,
                    }
                    for origin, head in sorted(heads.items())
                    if origin not in held or held[origin][1] <= made_at
                ],
            )

    def hear(self, peer: str, heads: Mapping[UUID, int], at: str) -> None:
        """A child announces these over the carrier, every few seconds; only what is new is
        written. Used by one thread at a time."""
        if peer not in self._heard:
            self._heard[peer] = set(self.heads(peer, Says.BRINGS))
        new = {origin: heads[origin] for origin in heads.keys() - self._heard[peer]}
        if new:
            self.learn(peer, Says.BRINGS, new, at)
            self._heard[peer].update(new)

    def heads(self, peer: str, says: Says) -> Mapping[UUID, int]:
        """What a peer brings or holds, by origin."""
        with self._db.reading() as connection:
            return {o: head for o, (head, _) in self._held(connection, peer, says).items()}

    def peers(self, says: Says) -> list[str]:
        """Who has said anything of that kind."""
        statement = sa.select(known_table.c.peer).distinct().where(known_table.c.says == says.value)
        with self._db.reading() as connection:
            return sorted(connection.execute(statement).scalars())

    @staticmethod
    def _held(connection: sa.Connection, peer: str, says: Says) -> dict[UUID, tuple[int, str]]:
        columns = known_table.c
        statement = sa.select(columns.origin, columns.head, columns.made_at).where(
            columns.peer == peer, columns.says == says.value
        )
        return {row.origin: (row.head, row.made_at) for row in connection.execute(statement)}
