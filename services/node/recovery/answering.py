"""The parent's part: it tells a child what it holds of the child's streams."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from contracts.control import Range
from contracts.holdings import STREAMS_A_MESSAGE, HeldStream, HoldingsAsked, HoldingsTold
from domain.directory import Directory
from services.node.database import Database
from services.node.origins import Origins
from services.node.syncstate import Direction, OriginState, SyncState
from services.node.trees import CheckpointStore, Trees

metadata = sa.MetaData()

questions_table = sa.Table(
    "recovery_questions",
    metadata,
    sa.Column("node", sa.String(63), primary_key=True),
    sa.Column("question", sa.Uuid, nullable=False),
    sa.Column("units", sa.Text, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
)

_MAX_PENDING: Final = 10_000
"""Questions that wait; who asked one that is passed over asks again."""

_Place = tuple[str, UUID, tuple[UUID, ...]]
"""A question: who asks, its id, and the units."""


@dataclass(frozen=True, slots=True)
class _Below:
    """The streams that come from below, by the unit they belong to."""

    by_unit: Mapping[str, Sequence[OriginState]]
    waiting: Mapping[UUID, tuple[int, int]]
    """Events aside behind a gap: how many, and the first."""


class Answers:
    """Answers questions about holdings. `asked` and `brought` may be called from any thread."""

    def __init__(
        self,
        node: str,
        database: Database,
        trees: Trees,
        sync: SyncState,
        origins: Origins,
        checkpoints: CheckpointStore,
        directory: Callable[[], Directory],
    ) -> None:
        self._node = node
        self._db = database
        self._trees = trees
        self._sync = sync
        self._origins = origins
        self._checkpoints = checkpoints
        self._directory = directory
        self._lock = threading.Lock()
        self._pending: dict[_Place, HoldingsAsked] = {}
        self._bringers: dict[UUID, str] = {}
        """Who announces each stream from below; made again from what they repeat."""

    def create_tables(self) -> None:
        """Create the table if it is missing."""
        with self._db.migrating() as connection:
            metadata.create_all(connection)

    def brought(self, node: str, origins: Iterable[UUID]) -> None:
        """A node below announces these streams."""
        with self._lock:
            self._bringers.update(dict.fromkeys(origins, node))

    def asked(self, message: HoldingsAsked) -> None:
        """A question arrived. Kept in memory: who asked repeats it until it is answered."""
        place = (message.node, message.question, tuple(message.units))
        with self._lock:
            if len(self._pending) < _MAX_PENDING:
                self._pending[place] = message

    def due(self) -> list[tuple[str, HoldingsTold]]:
        """The answers to what was asked since the last call, and who asked. What cannot be said in
        this moment is answered by a later call.

        Raises StoreUnavailableError; then they are asked again.
        """
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return []
        below = self._below()
        due: list[tuple[str, HoldingsTold]] = []
        for place, asked in pending.items():
            told = self._told(asked, below)
            if told:
                due += [(asked.node, part) for part in told]
            else:
                with self._lock:
                    self._pending.setdefault(place, asked)
        return due

    # -- by hand

    def keep(self, message: HoldingsAsked, held: Mapping[UUID, int]) -> None:
        """A question came in a bundle: the next bundle to that node answers it.

        `held`: how far who asks holds each stream that it would send up.
        """
        row = {
            "node": message.node,
            "question": message.question,
            "units": orjson.dumps([str(unit) for unit in message.units]).decode(),
            "held": orjson.dumps({str(o): head for o, head in held.items()}).decode(),
        }
        with self._db.transaction() as connection:
            self._db.upsert(connection, questions_table, [row])

    def forget(self, node: str) -> None:
        """A bundle of that node asks nothing any more."""
        with self._db.transaction() as connection:
            connection.execute(sa.delete(questions_table).where(questions_table.c.node == node))

    def kept(self, node: str) -> tuple[list[HoldingsTold], list[Range]]:
        """The answer to what a node asked in its last bundle, and what it lacks of these streams;
        nothing if it asked nothing."""
        statement = sa.select(questions_table).where(questions_table.c.node == node)
        with self._db.reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return [], []
        units = [UUID(unit) for unit in orjson.loads(row.units)]
        held = orjson.loads(row.held)
        told = self._told(HoldingsAsked(node, row.question, units), self._below())
        lacking = [
            Range(stream.origin, held.get(str(stream.origin), 0) + 1, stream.head)
            for message in told
            for stream in message.streams
            if held.get(str(stream.origin), 0) < stream.head
        ]
        return told, lacking

    # -- working it out

    def _below(self) -> _Below:
        by_unit: dict[str, list[OriginState]] = {}
        for state in self._origins.states():
            if state.direction == Direction.BELOW and state.unit_id:
                by_unit.setdefault(state.unit_id, []).append(state)
        return _Below(by_unit, self._sync.waiting_counts())

    def _told(self, asked: HoldingsAsked, below: _Below) -> list[HoldingsTold]:
        named = {str(unit) for unit in asked.units}
        directory = self._directory()
        units = dict.fromkeys(sorted(named))
        for unit in sorted(named):
            units.update(dict.fromkeys(directory.descendants(unit, date.min, date.max)))
        states = [state for unit in units for state in below.by_unit.get(unit, ())]
        self._origins.learn_heads(state.origin for state in states)
        streams: list[HeldStream] = []
        for state in states:
            stream = self._stream(state, below.waiting, with_note=state.unit_id in named)
            if stream is None:
                return []  # its tree is behind the log for a moment
            if stream.known:
                streams.append(stream)
        parts = [
            streams[start : start + STREAMS_A_MESSAGE]
            for start in range(0, max(len(streams), 1), STREAMS_A_MESSAGE)
        ]
        return [
            HoldingsTold(self._node, asked.question, asked.units, number, len(parts), part)
            for number, part in enumerate(parts, start=1)
        ]

    def _stream(
        self, state: OriginState, waiting: Mapping[UUID, tuple[int, int]], *, with_note: bool
    ) -> HeldStream | None:
        origin = state.origin
        head = self._origins.head(origin)
        if self._trees.size(origin) < head:
            return None
        count, first = waiting.get(origin, (0, 1))
        signed = self._checkpoints.latest(origin) if with_note else None
        with self._lock:
            by = self._bringers.get(origin, "")
        return HeldStream(
            origin,
            state.unit_id,
            head,
            max(head, state.announced, first + count - 1),
            self._trees.root(origin, head),
            by,
            signed.note.encode() if signed is not None and signed.checkpoint.size <= head else b"",
        )
