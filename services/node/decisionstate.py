"""What decisions look at: the aggregates and the directory, level with the log.

The projector's tables are a little behind the log. Before each batch the recorder reads the log
from where the tables end and keeps that tail in memory, so a decision sees everything this node
holds, whoever recorded it. After a crash, or when the answer of a write was lost, the same reading
finds out what was recorded: recovery is the normal way.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory, concerns_directory
from domain.events import Record, recorded_order
from domain.forks import FORK_TYPE, ForkBook
from domain.signing_keys import KEY_TYPES, KeyBook
from services.node.entities import load
from services.node.eventlog import EventLog
from services.node.histories import Histories
from services.node.projector import Projector
from services.node.reading import read_logged
from services.node.readmodel import Entity
from services.node.reference import NOTARY_KINDS, REFERENCE_KINDS, directory_with

_KINDS: Final = REFERENCE_KINDS | NOTARY_KINDS
_PAGE: Final = 2_000


class DecisionState:
    """The tail of the log in memory over the projector's tables. Thread-safe."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._projector: Projector
        self._stored: Histories
        self._lock = threading.RLock()
        self._directory = Directory()
        self._keys = KeyBook()
        self._forks = ForkBook()
        self._seen = 0
        """The log is read through this position."""
        self._tail: dict[str, list[tuple[int, Record]]] = defaultdict(list)
        self._started = False

    def start(self, projector: Projector) -> None:
        """Load the directory from the tables and read the tail. Raises StoreUnavailableError."""
        self._projector = projector
        self._stored = Histories(projector)
        self.reload()

    def close(self) -> None:
        """Let go of the database; safe to call twice and before `start`."""
        if self._started:
            self._stored.close()

    def reload(self) -> None:
        """Read it all again: at the start, and when the tables were replaced by others."""
        with self._lock:
            self._reload()

    def _reload(self) -> None:
        with self._projector.view() as view:
            entities = view.tables["entities"]
            rows = view.connection.execute(entities.select().where(entities.c.kind.in_(_KINDS)))
            records = [record for row in rows for record in load(row).history]
            position = view.position
        self._directory, self._keys, self._forks = Directory(), KeyBook(), ForkBook()
        self._learn(records)
        self._seen = position
        self._tail.clear()
        self.catch_up()
        self._started = True

    @contextmanager
    def steady(self) -> Iterator[None]:
        """While it is held, nothing is taken out from under a decision: see `Ingest.record`."""
        with self._lock:
            yield

    @property
    def position(self) -> int:
        """The log is known through this position."""
        return self._seen

    @property
    def directory(self) -> Directory:
        """Units, organisations and rules, level with the last `catch_up`."""
        return self._directory

    @property
    def keys(self) -> KeyBook:
        """Signing keys, level with the last `catch_up`."""
        return self._keys

    @property
    def forks(self) -> ForkBook:
        """Decisions about forks, level with the last `catch_up`."""
        return self._forks

    def _learn(self, records: Sequence[Record]) -> None:
        self._directory = directory_with(self._directory, records)
        self._keys = self._keys.with_records(records)
        self._forks = self._forks.with_records(records)

    def catch_up(self) -> None:
        """Read what the log has got since. Raises StoreUnavailableError."""
        with self._lock:
            while page := self._log.read(self._seen, _PAGE):
                reference: list[Record] = []
                for logged in page:
                    _, record = read_logged(logged)
                    if record is None:
                        continue
                    self._tail[record.aggregate_id].append((logged.position, record))
                    if _is_reference(record):
                        reference.append(record)
                if reference:
                    self._learn(reference)
                self._seen = page[-1].position

    def recorded(self, positions: Sequence[int], records: Sequence[Record]) -> None:
        """This node appended `records` at these positions: they need not be read back.

        Only if they follow what is seen without a gap. Otherwise somebody else may have written in
        between, and `catch_up` reads all of it; so it does after a store that tells no positions.
        """
        with self._lock:
            if not positions or positions[0] != self._seen + 1:
                return
            for position, record in zip(positions, records, strict=True):
                self._tail[record.aggregate_id].append((position, record))
            reference = [record for record in records if _is_reference(record)]
            if reference:
                self._learn(reference)
            self._seen = positions[-1]

    def on_folded(self, start: int, position: int, entities: Sequence[Entity]) -> None:
        """The projector committed what stands behind `start` through `position`.

        What is folded need not be kept in memory. If the tables went on without this being told (a
        commit whose answer was lost, another process), the log says what was in between.
        """
        if not self._started:
            return
        with self._lock:
            if start > self._seen:
                self.catch_up()
            if not entities:
                self._forget_through(position)
            reference = [
                record for entity in entities if entity.kind in _KINDS for record in entity.history
            ]
            if reference and position > self._seen:
                self._learn(reference)
            for entity in entities:
                tail = self._tail.get(entity.aggregate_id)
                if tail is None:
                    continue
                rest = [item for item in tail if item[0] > position]
                if rest:
                    self._tail[entity.aggregate_id] = rest
                else:
                    del self._tail[entity.aggregate_id]
            self._seen = max(self._seen, position)

    def _forget_through(self, position: int) -> None:
        """Drop what is folded, of whichever aggregates that may be."""
        for aggregate_id, tail in list(self._tail.items()):
            rest = [item for item in tail if item[0] > position]
            if rest:
                self._tail[aggregate_id] = rest
            else:
                del self._tail[aggregate_id]

    def histories(self, aggregate_ids: Iterable[str]) -> Mapping[str, list[Record]]:
        """All that is recorded about these aggregates, in `Record.order`.

        Raises StoreUnavailableError.
        """
        wanted = set(aggregate_ids)
        # The tail first: what the projector commits between the two reads stands in the tables
        # then, and would be missing if it had been taken from the tail after that.
        with self._lock:
            tail = {
                aggregate_id: [record for _, record in self._tail.get(aggregate_id, ())]
                for aggregate_id in wanted
            }
        rows = self._stored.rows(wanted)
        histories: dict[str, list[Record]] = {key: [] for key in wanted}
        for row in rows:
            histories[row.aggregate_id] = list(load(row).history)
        for aggregate_id, records in tail.items():
            if not records and len(histories[aggregate_id]) < 2:
                continue  # most are the first event of their aggregate
            held = {(record.origin, record.sequence) for record in histories[aggregate_id]}
            histories[aggregate_id] += [r for r in records if (r.origin, r.sequence) not in held]
            histories[aggregate_id].sort(key=recorded_order)
        return histories

    def aggregates_of(self, event_ids: Iterable[str]) -> Mapping[str, str]:
        """The aggregate of each of these events that this node holds. For corrections.

        Raises StoreUnavailableError.
        """
        wanted = set(event_ids)
        with self._lock:
            found = {
                record.event_id: aggregate_id
                for aggregate_id, tail in self._tail.items()
                for _, record in tail
                if record.event_id in wanted
            }
        with self._projector.view() as view:
            timeline = view.tables["timeline"]
            columns = (timeline.c.event_id, timeline.c.aggregate_id)
            for part in _parts(sorted(wanted)):
                statement = sa.select(*columns).where(timeline.c.event_id.in_(part))
                for event_id, aggregate_id in view.connection.execute(statement):
                    found.setdefault(event_id, aggregate_id)
        return found


def _is_reference(record: Record) -> bool:
    """Whether decisions, or the checking of signatures, look at this record."""
    return record.type in KEY_TYPES or record.type == FORK_TYPE or concerns_directory(record)


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts small enough for one statement."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]
