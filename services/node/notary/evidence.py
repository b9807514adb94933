"""Evidence: checkpoints that contradict what this node holds of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from services.node.database import Database

metadata = sa.MetaData()

evidence_table = sa.Table(
    "ledger_forks",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("held_root", sa.LargeBinary, nullable=False),
    sa.Column("sender", sa.String(63), nullable=False),
    sa.Column("seen_at", sa.String(27), nullable=False),
)


class ForkReason(StrEnum):
    """What is wrong with a checkpoint."""

    ROOT = "root"
    """It is signed by the stream's own key for another history than the one held here."""


@dataclass(frozen=True, slots=True)
class CheckpointFork:
    """A checkpoint that contradicts, and what is held instead."""

    origin: UUID
    size: int
    reason: ForkReason
    note: bytes
    """Exactly as it arrived."""
    held_root: bytes
    """The root of the stream's tree here at that size; empty where it has not come so far."""
    sender: str
    """The node that sent it."""
    seen_at: str

    @property
    def digest(self) -> str:
        """SHA-256 of the note, hexadecimal."""
        return sha256(self.note).hexdigest()


class EvidenceStore:
    """Reads and writes this table. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_tables(self) -> None:
        """Create the table if it is missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def save(self, fork: CheckpointFork) -> None:
        """Keep evidence; the same evidence again is kept once."""
        row = {
            "origin": fork.origin,
            "size": fork.size,
            "digest": fork.digest,
            "reason": fork.reason.value,
            "note": fork.note,
            "held_root": fork.held_root,
            "sender": fork.sender,
            "seen_at": fork.seen_at,
        }
        with self._db.transaction() as connection:
            self._db.insert(connection, evidence_table, [row])

    def of(self, origin: UUID | None = None) -> Sequence[CheckpointFork]:
        """All evidence, or that of one origin, by origin and size."""
        columns = evidence_table.c
        statement = sa.select(evidence_table).order_by(columns.origin, columns.size, columns.digest)
        if origin is not None:
            statement = statement.where(columns.origin == origin)
        with self._db.reading() as connection:
            return [
                CheckpointFork(
                    row.origin,
                    row.size,
                    ForkReason(row.reason),
                    bytes(row.note),
                    bytes(row.held_root),
                    row.sender,
                    row.seen_at,
                )
                for row in connection.execute(statement)
            ]
