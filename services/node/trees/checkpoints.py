"""Where checkpoints lie: of each origin the signed heads, with every cosignature that came.

One row for each origin and size: there is one root that a tree has at a size, and whatever else
claims that size is evidence of a fork and lies elsewhere. `note` is the signed note as it travels
(C2SP signed-note); `size` and `root` are taken from it, so that a row can be found.

    store = CheckpointStore(database)
    store.create_tables()
    store.save([checkpoint])          # a SignedCheckpoint; cosignatures are added to what is held
    store.latest(origin)              # the largest, or None
    store.of(origin, after=0)         # all, by size
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.node.database import Database
from services.node.errors import StopError
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_in

metadata = sa.MetaData()

checkpoints_table = sa.Table(
    "ledger_checkpoints",
    metadata,
    sa.Column("origin", sa.Uuid, primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
)

_PART: Final = 500

Place = tuple[UUID, int]
"""A stream and a size of its tree."""


class CheckpointConflictError(StopError):
    """Another root is kept for that origin and size; nothing was written."""


class CheckpointStore:
    """Reads and writes this table. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_tables(self) -> None:
        """Create the table if it is missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def save(self, checkpoints: Iterable[SignedCheckpoint]) -> Sequence[SignedCheckpoint]:
        """Keep checkpoints, all or none; each as it is held now, with all its signatures.

        One that is held already gets the signatures that are new. Whoever calls has checked them.
        Raises NoteError if one is no origin's, CheckpointConflictError.
        """
        given = list(checkpoints)
        places = [(origin_in(one.checkpoint.origin), one.checkpoint.size) for one in given]
        with self._db.transaction() as connection:
            kept = dict(_held(connection, places))
            for place, signed in zip(places, given, strict=True):
                held = kept.get(place)
                if held is None:
                    kept[place] = signed
                    continue
                if held.checkpoint != signed.checkpoint:
                    raise CheckpointConflictError(
                        f"{signed.checkpoint.origin} has another root at size {place[1]}"
                    )
                merged = held.note.with_signatures(signed.note.signatures)
                kept[place] = SignedCheckpoint(held.checkpoint, merged)
            rows = [
                {
                    "origin": origin,
                    "size": size,
                    "root": signed.checkpoint.root,
                    "note": signed.note.encode(),
                }
                for (origin, size), signed in sorted(kept.items())  # one order of locking
            ]
            if rows:
                self._db.upsert(connection, checkpoints_table, rows)
        return [kept[place] for place in places]

    def held(self, places: Iterable[Place]) -> Mapping[Place, SignedCheckpoint]:
        """The checkpoints of these streams and sizes; those that there are none of are absent."""
        with self._db.reading() as connection:
            return _held(connection, list(places))

    def at(self, origin: UUID, size: int) -> SignedCheckpoint | None:
        """The checkpoint of a size; None if there is none."""
        with self._db.reading() as connection:
            return _at(connection, origin, size)

    def latest(self, origin: UUID) -> SignedCheckpoint | None:
        """The largest checkpoint of an origin; None if there is none."""
        return self.covering(origin, 0, largest=True)

    def latest_of(self, origins: Collection[UUID]) -> Mapping[UUID, SignedCheckpoint]:
        """The largest checkpoint of each of these; those that have none are absent."""
        return self._latest(origins) if origins else {}

    def covering(
        self, origin: UUID, size: int, *, largest: bool = False
    ) -> SignedCheckpoint | None:
        """The smallest checkpoint (or the largest) of at least that size; None if there is none."""
        columns = checkpoints_table.c
        statement = (
            sa.select(columns.note)
            .where(columns.origin == origin, columns.size >= size)
            .order_by(columns.size.desc() if largest else columns.size)
            .limit(1)
        )
        with self._db.reading() as connection:
            return _read(connection.execute(statement).scalar())

    def all_latest(self) -> Mapping[UUID, SignedCheckpoint]:
        """The largest checkpoint of every origin."""
        return self._latest(None)

    def _latest(self, origins: Collection[UUID] | None) -> Mapping[UUID, SignedCheckpoint]:
        columns = checkpoints_table.c
        sizes = sa.select(columns.origin, sa.func.max(columns.size).label("size"))
        if origins is not None:
            sizes = sizes.where(columns.origin.in_(origins))
        heads = sizes.group_by(columns.origin).subquery()
        statement = sa.select(columns.origin, columns.note).join(
            heads, (heads.c.origin == columns.origin) & (heads.c.size == columns.size)
        )
        with self._db.reading() as connection:
            rows = connection.execute(statement).all()
        return {row.origin: SignedCheckpoint.read(bytes(row.note)) for row in rows}

    def before(self, origin: UUID, size: int, limit: int) -> list[SignedCheckpoint]:
        """Checkpoints of an origin smaller than `size`, the largest first."""
        columns = checkpoints_table.c
        statement = (
            sa.select(columns.note)
            .where(columns.origin == origin, columns.size < size)
            .order_by(columns.size.desc())
            .limit(limit)
        )
        with self._db.reading() as connection:
            notes = connection.execute(statement).scalars().all()
        return [SignedCheckpoint.read(bytes(note)) for note in notes]

    def of(self, origin: UUID, *, after: int = 0, limit: int = _PART) -> list[SignedCheckpoint]:
        """Checkpoints of an origin larger than `after`, by size."""
        columns = checkpoints_table.c
        statement = (
            sa.select(columns.note)
            .where(columns.origin == origin, columns.size > after)
            .order_by(columns.size)
            .limit(limit)
        )
        with self._db.reading() as connection:
            notes = connection.execute(statement).scalars().all()
        return [SignedCheckpoint.read(bytes(note)) for note in notes]


def _held(connection: sa.Connection, places: Sequence[Place]) -> Mapping[Place, SignedCheckpoint]:
    columns = checkpoints_table.c
    place = sa.tuple_(columns.origin, columns.size)
    found: dict[Place, SignedCheckpoint] = {}
    for start in range(0, len(places), _PART):  # SQLite bounds the parameters of a statement
        statement = sa.select(columns.origin, columns.size, columns.note).where(
            place.in_(places[start : start + _PART])
        )
        for row in connection.execute(statement):
            found[row.origin, row.size] = SignedCheckpoint.read(bytes(row.note))
    return found


def _at(connection: sa.Connection, origin: UUID, size: int) -> SignedCheckpoint | None:
    columns = checkpoints_table.c
    statement = sa.select(columns.note).where(columns.origin == origin, columns.size == size)
    return _read(connection.execute(statement).scalar())


def _read(note: bytes | None) -> SignedCheckpoint | None:
    return None if note is None else SignedCheckpoint.read(bytes(note))
