"""What a node knows about every origin, and what it keeps aside: waiting, forked, quarantined.

None of it decides what is recorded, the log does; a crash between the log and these tables leaves
them behind the log, never ahead of it, and every reader here allows for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from services.node.database import Database

metadata = sa.MetaData()

origins_table = sa.Table(
    "sync_origins",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("direction", sa.String(5), nullable=False),
    sa.Column("unit_id", sa.String(36), nullable=False),
    sa.Column("announced", sa.BigInteger, nullable=False),
    sa.Column("last_seen", sa.String(27), nullable=False),
    sa.Column("forked", sa.Boolean, nullable=False),
)
waiting_table = sa.Table(
    "sync_waiting",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
)
forks_table = sa.Table(
    "sync_forks",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("held_digest", sa.String(71), nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("seen_at", sa.String(27), nullable=False),
)
quarantine_table = sa.Table(
    "sync_quarantine",
    metadata,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("seen_at", sa.String(27), nullable=False),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("released_at", sa.String(27)),
)
cursors_table = sa.Table(
    "sync_cursors",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)

MAX_WAITING: Final = 20_000
"""Events of one origin kept while an earlier one is missing; later ones are asked for again."""


class Direction(StrEnum):
    """Where an origin's events come from, as this node sees it."""

    OWN = "own"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class OriginState:
    """What is known about one origin besides what the log holds of it."""

    origin: UUID
    direction: Direction
    unit_id: str
    announced: int
    """The highest head its sender has announced; 0 if none."""
    last_seen: str
    """When anything of it last arrived or was announced; "" if never."""
    forked: bool


@dataclass(frozen=True, slots=True)
class Fork:
    """Evidence: other bytes for a place that is taken."""

    origin: UUID
    sequence: int
    digest: str
    raw: bytes
    held_digest: str
    place: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes that could not be read, and why."""

    digest: str
    topic: str
    place: str
    content_type: str
    reason: str
    raw: bytes
    seen_at: str
    times: int
    released_at: str | None


class Erased(Protocol):
    """What of bytes may be kept aside, where events were erased."""

    def waiting(self, origin: UUID, sequence: int, raw: bytes) -> bytes:
        """An event that waits: itself, or its tombstone."""

    def evidence(self, origin: UUID, sequence: int, raw: bytes) -> bytes:
        """Other bytes for a place: themselves, or nothing."""

    def unread(self, raw: bytes) -> bytes:
        """Bytes for the quarantine: themselves, or nothing if they hold an erased event."""


class SyncState:
    """Reads and writes these tables. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database, erased: Erased | None = None) -> None:
        """`erased` keeps out what was erased and comes again."""
        self._db = database
        self._erased = erased

    def create_tables(self) -> None:
        """Create the tables that are missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    # -- origins

    def origins(self) -> Mapping[UUID, OriginState]:
        """Every origin met so far."""
        with self._db.reading() as connection:
            rows = connection.execute(sa.select(origins_table)).all()
        return {
            row.origin: OriginState(
                row.origin,
                Direction(row.direction),
                row.unit_id,
                row.announced,
                row.last_seen,
                row.forked,
            )
            for row in rows
        }

    def save_origins(self, states: Iterable[OriginState]) -> None:
        """Insert or replace what is known about these origins."""
        rows = [
            {
                "origin": s.origin,
                "direction": s.direction.value,
                "unit_id": s.unit_id,
                "announced": s.announced,
                "last_seen": s.last_seen,
                "forked": s.forked,
            }
            for s in sorted(states, key=lambda state: str(state.origin))  # one order of locking
        ]
        if rows:
            with self._db.transaction() as connection:
                self._db.upsert(connection, origins_table, rows)

    # -- waiting

    def waiting_counts(self) -> Mapping[UUID, tuple[int, int]]:
        """For each origin with events waiting: how many, and the first sequence among them."""
        columns = waiting_table.c
        statement = sa.select(
            columns.origin, sa.func.count(), sa.func.min(columns.sequence)
        ).group_by(columns.origin)
        with self._db.reading() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}

    def add_waiting(self, events: Sequence[tuple[UUID, int, bytes]]) -> None:
        """Keep events until those before them arrive. One that waits already is left as it is."""
        gate = self._erased
        rows = [
            {"origin": o, "sequence": s, "raw": raw if gate is None else gate.waiting(o, s, raw)}
            for o, s, raw in events
        ]
        if rows:
            with self._db.transaction() as connection:
                self._db.insert(connection, waiting_table, rows)

    def waiting_from(self, origin: UUID, first: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Waiting events of an origin from `first` on, in order."""
        columns = waiting_table.c
        statement = (
            sa.select(columns.sequence, columns.raw)
            .where(columns.origin == origin, columns.sequence >= first)
            .order_by(columns.sequence)
            .limit(limit)
        )
        with self._db.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(statement)]

    def drop_waiting(self, origin: UUID, last: int) -> None:
        """Forget waiting events up to `last`: they are recorded."""
        columns = waiting_table.c
        with self._db.transaction() as connection:
            connection.execute(
                sa.delete(waiting_table).where(columns.origin == origin, columns.sequence <= last)
            )

    # -- forks and quarantine

    def save_forks(self, forks: Sequence[Fork]) -> None:
        """Keep evidence; the same evidence again is kept once."""
        gate = self._erased
        rows = [
            {
                "origin": f.origin,
                "sequence": f.sequence,
                "digest": f.digest,
                "raw": f.raw if gate is None else gate.evidence(f.origin, f.sequence, f.raw),
                "held_digest": f.held_digest,
                "place": f.place,
                "seen_at": f.seen_at,
            }
            for f in forks
        ]
        if rows:
            with self._db.transaction() as connection:
                self._db.insert(connection, forks_table, rows)

    def forks(self, origin: UUID | None = None) -> Sequence[Fork]:
        """All evidence, or that of one origin, in the order of the places."""
        statement = sa.select(forks_table).order_by(
            forks_table.c.origin, forks_table.c.sequence, forks_table.c.digest
        )
        if origin is not None:
            statement = statement.where(forks_table.c.origin == origin)
        with self._db.reading() as connection:
            return [Fork(**row._mapping) for row in connection.execute(statement)]

    def quarantine(self, items: Sequence[Quarantined]) -> None:
        """Keep unreadable bytes; the same bytes again only count up."""
        if self._erased is not None:
            items = [replace(item, raw=self._erased.unread(item.raw)) for item in items]
        with self._db.transaction() as connection:
            for item in items:
                known = connection.execute(
                    sa.update(quarantine_table)
                    .where(quarantine_table.c.digest == item.digest)
                    .values(
                        times=quarantine_table.c.times + 1,
                        seen_at=item.seen_at,
                        reason=item.reason,
                        released_at=None,
                    )
                )
                if known.rowcount == 0:
                    connection.execute(sa.insert(quarantine_table).values(**_as_row(item)))

    def quarantined(
        self, *, after: str = "", limit: int = 100, released: bool = False
    ) -> Sequence[Quarantined]:
        """What lies in quarantine (or was released from it), by digest from behind `after`."""
        columns = quarantine_table.c
        condition = columns.released_at.is_not(None) if released else columns.released_at.is_(None)
        statement = (
            sa.select(quarantine_table)
            .where(condition, columns.digest > after)
            .order_by(columns.digest)
            .limit(limit)
        )
        with self._db.reading() as connection:
            return [Quarantined(**row._mapping) for row in connection.execute(statement)]

    def quarantined_item(self, digest: str) -> Quarantined | None:
        """One item by its digest."""
        statement = sa.select(quarantine_table).where(quarantine_table.c.digest == digest)
        with self._db.reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else Quarantined(**row._mapping)

    def quarantine_count(self) -> int:
        """How many items lie in quarantine."""
        statement = sa.select(sa.func.count()).where(quarantine_table.c.released_at.is_(None))
        with self._db.reading() as connection:
            return connection.execute(statement).scalar_one()

    def release(self, digest: str, at: str) -> None:
        """Mark an item as replayed. Its bytes are kept."""
        with self._db.transaction() as connection:
            connection.execute(
                sa.update(quarantine_table)
                .where(quarantine_table.c.digest == digest)
                .values(released_at=at)
            )

    # -- cursors

    def cursor(self, name: str) -> int:
        """A saved position; 0 if none. A cursor that is lost only causes sending again."""
        statement = sa.select(cursors_table.c.position).where(cursors_table.c.name == name)
        with self._db.reading() as connection:
            return connection.execute(statement).scalar() or 0

    def save_cursor(self, name: str, position: int) -> None:
        """Save a position."""
        with self._db.transaction() as connection:
            self._db.upsert(connection, cursors_table, [{"name": name, "position": position}])


def _as_row(item: Quarantined) -> dict[str, Any]:
    return {field: getattr(item, field) for field in Quarantined.__slots__}
