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

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import orjson
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


Make = Callable[[int, SignedCheckpoint | None], SignedCheckpoint]
"""Makes what is to be kept at a place, given its number and what is held there."""


class CheckpointConflictError(StopError):
    """Another root is kept for that origin and size; nothing was written."""


class Kept(NamedTuple):
    """What became of one place."""

    now: SignedCheckpoint
    before: SignedCheckpoint | None
    newest: SignedCheckpoint
    """The largest of its stream that was held before, or this one."""


class CheckpointStore:
    """Reads and writes this table. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_tables(self) -> None:
        """Create the table if it is missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def save(self, checkpoints: Iterable[SignedCheckpoint]) -> Sequence[SignedCheckpoint]:
        """Keep checkpoints, no two of one stream and size, all or none; each as it is held now,
        with all its signatures.

        One that is held already gets the signatures that are new. Whoever calls has checked them.
        Raises NoteError if one is no origin's, CheckpointConflictError.
        """
        given = list(checkpoints)
        places = [(origin_in(one.checkpoint.origin), one.checkpoint.size) for one in given]
        return [one.now for one in self.merge(places, lambda number, _held: given[number])]

    def merge(self, places: Sequence[Place], make: Make) -> list[Kept]:
        """Keep what `make` makes for each of these places, all or none, in one transaction.

        As `save` otherwise; a row that would not change is not written.
        """
        with self._db.transaction() as connection:
            kept: list[Kept] = []
            for number, (held, newer) in enumerate(_beside(connection, places)):
                made = make(number, held)
                if held is not None:
                    made = _merged(held, made)
                kept.append(Kept(made, held, newer or made))
            changed = [
                (place, one.now)
                for place, one in zip(places, kept, strict=True)
                if one.now != one.before
            ]
            changed.sort(key=lambda row: (row[0][0].int, row[0][1]))  # one order of locking
            self._db.upsert(
                connection,
                checkpoints_table,
                [
                    {
                        "origin": origin,
                        "size": size,
                        "root": signed.checkpoint.root,
                        "note": signed.note.encode(),
                    }
                    for (origin, size), signed in changed
                ],
            )
        return kept

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


def _merged(held: SignedCheckpoint, made: SignedCheckpoint) -> SignedCheckpoint:
    """What is held with the signatures of what was made for the same place."""
    if held.checkpoint != made.checkpoint:
        raise CheckpointConflictError(
            f"{made.checkpoint.origin} has another root at size {made.checkpoint.size}"
        )
    return SignedCheckpoint(held.checkpoint, held.note.with_signatures(made.note.signatures))


def _beside(
    connection: sa.Connection, places: Sequence[Place]
) -> Iterator[tuple[SignedCheckpoint | None, SignedCheckpoint | None]]:
    """What is held at each of these places, and the largest of its stream beyond it."""
    is_sqlite = connection.dialect.name == "sqlite"
    payload = orjson.dumps(
        [
            {"place": number, "origin": origin.hex if is_sqlite else origin, "size": size}
            for number, (origin, size) in enumerate(places)
        ]
    ).decode()
    found = connection.execute(_BESIDE_SQLITE if is_sqlite else _BESIDE, {"places": payload})
    rows = {row[0]: (row[1], row[2]) for row in found}
    for number in range(len(places)):
        held, newer = rows[number]
        yield _read(held), _read(newer)


_PLACES_SQLITE: Final = (
    "SELECT key AS place, json_extract(value, '$.origin') AS origin,"
    " json_extract(value, '$.size') AS size FROM json_each(:places)"
)
_PLACES: Final = (
    "SELECT * FROM json_to_recordset(CAST(:places AS json))"
    " AS p (place integer, origin uuid, size bigint)"
)


def _beside_in(places: str) -> sa.TextClause:
    # Looked up one by one, never a join: the planner may turn that into reading the whole table.
    return sa.text(
        "SELECT p.place,"  # noqa: S608 # our own names
        " (SELECT c.note FROM ledger_checkpoints AS c"
        " WHERE c.origin = p.origin AND c.size = p.size),"
        " (SELECT c.note FROM ledger_checkpoints AS c"
        " WHERE c.origin = p.origin AND c.size > p.size ORDER BY c.size DESC LIMIT 1)"
        f" FROM ({places}) AS p"
    )


_BESIDE_SQLITE: Final = _beside_in(_PLACES_SQLITE)
_BESIDE: Final = _beside_in(_PLACES)


def _at(connection: sa.Connection, origin: UUID, size: int) -> SignedCheckpoint | None:
    columns = checkpoints_table.c
    statement = sa.select(columns.note).where(columns.origin == origin, columns.size == size)
    return _read(connection.execute(statement).scalar())


def _read(note: bytes | None) -> SignedCheckpoint | None:
    return None if note is None else SignedCheckpoint.read(bytes(note))
