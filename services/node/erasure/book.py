"""Which events are to be removed, which are, and by which decision: a function of the log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar
from uuid import UUID

from contracts.envelope import decode
from contracts.tombstone import ERASED_TYPE, is_tombstone, leaf_of, tombstone_of
from domain.directory import Directory
from domain.effective import REDACTED
from services.node.erasure.redaction import Place, Redaction, owner_of
from services.node.eventlog import Logged, NewEvent

_Key = TypeVar("_Key")
_TOLD: Final = frozenset({REDACTED, ERASED_TYPE})


def _add(book: dict[_Key, tuple[Redaction, ...]], key: _Key, redaction: Redaction) -> None:
    known = book.get(key, ())
    if redaction not in known:
        book[key] = (*known, redaction)


class Book:
    """Redactions and tombstones that the log holds. Any thread may ask."""

    def __init__(
        self, directory: Callable[[], Directory], unit_of: Callable[[UUID], str | None]
    ) -> None:
        """`unit_of` tells the unit of a stream that is known here."""
        self._directory = directory
        self._unit_of = unit_of
        self._lock = threading.Lock()
        self._redactions: dict[Place, tuple[Redaction, ...]] = {}
        self._by_event: dict[str, tuple[Redaction, ...]] = {}
        self._tombstones: dict[Place, bytes] = {}
        """The leaf that each tells."""
        self._new: list[Redaction] = []
        self.is_behind = True
        """Whether something may have been appended that is not learnt yet."""
        self.position = 0
        """The log is known through it."""

    def learn(self, found: Iterable[Logged]) -> None:
        """Take what `EventLog.erasures` gave; the same again is passed over."""
        with self._lock:
            for logged in found:
                self.position = max(self.position, logged.position)
                if is_tombstone(logged.raw):
                    place = (logged.origin.int, logged.sequence)
                    self._tombstones[place] = leaf_of(logged.raw)
                    continue
                envelope = decode(logged.raw)
                redaction = (
                    Redaction.read(envelope, logged.position) if envelope.type == REDACTED else None
                )
                if redaction is not None:
                    self._new.append(redaction)
                    _add(self._redactions, redaction.place, redaction)
                    _add(self._by_event, redaction.target_event_id, redaction)

    def take_new(self) -> list[Redaction]:
        """Redactions learnt since the last call, in the order of their positions."""
        with self._lock:
            new, self._new = self._new, []
        return new

    def explains(self, origin: UUID, size: int) -> bool:
        """Whether every tombstone among so many events of a stream is explained."""
        return not self._tombstones or not any(
            origin == stream and number <= size for stream, number in self.unexplained()
        )

    def replaced(self, redaction: Redaction) -> None:
        """A tombstone has taken the place of the event."""
        with self._lock:
            self._tombstones[redaction.place] = redaction.leaf

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever to be removed."""
        return not self._redactions

    def __iter__(self) -> Iterator[Redaction]:
        with self._lock:
            known = [one for found in self._redactions.values() for one in found]
        return iter(known)

    def of_event(self, event_id: str) -> Redaction | None:
        """The decision by which an event was removed here; None if it was not."""
        with self._lock:
            found = self._by_event.get(event_id, ())
        return next((one for one in found if self.is_carried_out(one)), None)

    def is_carried_out(self, redaction: Redaction) -> bool:
        """Whether a tombstone stands where it says."""
        return self._tombstones.get(redaction.place) == redaction.leaf and self.is_valid(redaction)

    def is_valid(self, redaction: Redaction, owner: str | None = None) -> bool:
        """Whether who recorded it may decide about that event.

        Asked anew at every node: a unit's redaction of a stranger's event is recorded and carried
        on like any event, and has no effect. The stream that holds it must be the recorder's.
        """
        return redaction.is_authorised(
            self._directory(),
            recorder=self._unit_of(redaction.origin),
            owner=owner or self._unit_of(redaction.stream),
        )

    def unexplained(self) -> frozenset[tuple[UUID, int]]:
        """Tombstones in whose place no valid redaction removes the event that they tell."""
        with self._lock:
            held = dict(self._tombstones)
            known = dict(self._redactions)
        return frozenset(
            (UUID(int=place[0]), place[1])
            for place, leaf in held.items()
            if not any(one.leaf == leaf and self.is_valid(one) for one in known.get(place, ()))
        )

    def instead(self, events: Sequence[NewEvent]) -> Sequence[NewEvent]:
        """The same events, tombstones in the place of those that are removed already.

        So what arrives again (from a topic that still holds it, a bundle, a range) is not stored.
        """
        if any(event.type in _TOLD for event in events):
            self.is_behind = True
        if not self._redactions:
            return events
        return [self._instead(event) for event in events]

    def waiting(self, origin: UUID, sequence: int, raw: bytes) -> bytes:
        """See `syncstate.Erased`."""
        if not self._redactions:
            return raw
        return self._instead(NewEvent(origin, sequence, "", raw)).raw

    def evidence(self, origin: UUID, sequence: int, raw: bytes) -> bytes:
        """See `syncstate.Erased`: another version of what must not be kept must go as well."""
        found = self._redactions.get((origin.int, sequence), ())
        return b"" if any(self.is_valid(one) for one in found) else raw

    def unread(self, raw: bytes) -> bytes:
        """See `syncstate.Erased`."""
        hit = any(one.stands_in(raw) and self.is_valid(one) for one in self)
        return b"" if hit else raw

    def _instead(self, event: NewEvent) -> NewEvent:
        found = self._redactions.get((event.origin.int, event.sequence), ())
        if not found or is_tombstone(event.raw):
            return event
        leaf, owner = leaf_of(event.raw), owner_of(event.raw)
        if any(one.leaf == leaf and self.is_valid(one, owner) for one in found):
            return event._replace(type=ERASED_TYPE, raw=tombstone_of(event.raw))
        return event
