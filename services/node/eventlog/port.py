"""What a log holds and promises, whatever database it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from services.node.errors import NodeError


class PositionTakenError(NodeError):
    """Another event, or the same one, already stands at that place, under that key or behind what
    was seen of the log.

    Nothing of the batch was recorded. Read the heads and keys again and decide again.
    """


class NewEvent(NamedTuple):
    """An event to append. `raw` are its exact bytes."""

    origin: UUID
    sequence: int
    type: str
    raw: bytes


class EventKey(NamedTuple):
    """What makes a push of this event repeatable.

    `content` is the digest of what the sender meant, without what the node added, so that the same
    record pushed twice is recognised whatever event id it carries.
    """

    event_id: str
    record_key: str
    """origin, source_system and source_record_id, joined: unique on its own."""
    content: str
    aggregate_id: str
    origin: UUID
    sequence: int


class Logged(NamedTuple):
    """An event as it stands in the log."""

    position: int
    """Grows with every event of this log, with holes; never compare it between nodes."""
    origin: UUID
    sequence: int
    raw: bytes


ERASED_KEY: Final = "erased\x1f"
"""How a record key begins whose event was erased; no other does: those begin with an origin."""


def erased_key(record_key: str) -> str:
    """What stands in the place of a record key whose event was erased: the sender's number of a
    record may itself tell what had to go, and the same number must be recognised all the same."""
    return ERASED_KEY + sha256(record_key.encode()).hexdigest()


class EventLog(Protocol):
    """The port. Every adapter passes `tests/node/eventlog/suite.py`.

    Guarantees:

    - When `append` returns, the events are durable and visible to every reader, all or none.
    - An origin's sequence holds each number once; a number taken is never given again.
    - A reader that has read up to position p never later finds an event at or below p.
    - Bytes come back exactly as they went in, or as their tombstone once `erase` has replaced them.

    Every method raises StoreUnavailableError when the database is away. After `append` raised it,
    the batch may or may not have been recorded; what is recorded is found again by reading.
    """

    def append(
        self,
        events: Sequence[NewEvent],
        keys: Sequence[EventKey] = (),
        *,
        seen: int | None = None,
    ) -> Sequence[int]:
        """Record a batch in one durable transaction; the events' positions, in their order.

        The positions of a batch are consecutive. With `seen`, only if nothing stands behind that
        position: what was decided with the log as it was there is recorded with it unchanged.

        Raises PositionTakenError if a place or key is taken, or something stands behind `seen`;
        then nothing was recorded.
        """

    def read(self, after: int, limit: int) -> Sequence[Logged]:
        """At most `limit` events behind position `after`, in the order of their positions."""

    def read_bytes(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Positions and exact bytes of what `read` gives: all that folding needs, at less cost."""

    def read_stream(self, origin: UUID, first: int, last: int) -> Sequence[Logged]:
        """Events `first` to `last` of one origin (those that are held), in order; positions are 0:
        the library does not tell them here."""

    def head(self, origin: UUID) -> int:
        """The last sequence held of an origin; 0 if none."""

    def heads(self) -> Mapping[UUID, int]:
        """The head of every origin held. Reads the whole index: for checks, not for each batch."""

    def position(self) -> int:
        """The position of the last event; 0 when the log is empty."""

    def find_keys(self, event_ids: Iterable[str], record_keys: Iterable[str]) -> Sequence[EventKey]:
        """The keys among these that are taken."""

    def erasures(self, after: int) -> Sequence[Logged]:
        """Every redaction and tombstone behind a position, in the order of their positions. From an
        index of their own: however long the log, it costs what they are."""

    def erase(self, origin: UUID, sequence: int, tombstone: bytes) -> bool:
        """Put a tombstone in the place of an event's bytes, durably; whether any were there.

        Place and position stay. Of the row that makes a push repeatable, the sender's own key is
        replaced by its digest (`erased_key`). Doing it again changes nothing. A reader sees the
        event or the tombstone. What the database keeps besides is for `scrub`.
        """

    def scrub(self) -> None:
        """Let the database let go of bytes that were replaced, as far as it does that by itself.

        SQLite: the file is written anew, and its journal emptied. PostgreSQL: dead rows are freed
        for reuse; the operator's manual says what is left to do. Takes time with the size of the
        log; other work goes on or waits. Raises StoreUnavailableError if it has to be tried again.
        """

    def restore_keys(self, keys: Sequence[EventKey]) -> None:
        """Keep the keys of events that are held and came back from elsewhere, in one durable
        transaction. One whose event or record key is taken is left as it is."""

    def close(self) -> None:
        """Let go of the database; safe to call twice."""
