"""One decision to remove an event, as the log holds it. Pure: auditors read it too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.envelope import Envelope, decode
from domain.directory import Directory
from domain.redactions import may_redact

Place = tuple[int, int]
"""A stream, as the number of its UUID (a UUID itself hashes in Python), and a number in it."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """One recorded decision to remove an event."""

    event_id: str
    origin: UUID
    """The stream that holds the decision, and its number there."""
    sequence: int
    position: int
    """In this node's log."""
    recorded_at: str
    recorder: str
    """The unit that recorded it."""
    day: date
    target_event_id: str
    target_type: str
    owner: str
    """The unit that it says the event is of."""
    stream: UUID
    number: int
    leaf: bytes
    legal_basis: str
    content_kind: str
    decided_by: str

    @property
    def place(self) -> Place:
        """Where the event stands that is removed."""
        return self.stream.int, self.number

    def stands_in(self, raw: bytes) -> bool:
        """Whether these bytes hold the event, whole or damaged, alone or among others: its id or
        its place as canonical bytes write them. What only refers to it has another name before."""
        return (
            b'"id":"%s"' % self.target_event_id.encode() in raw
            or b'"sequence":"%010d","source":"urn:uuid:%s"'
            % (self.number, str(self.stream).encode())
            in raw
        )

    @classmethod
    def read(cls, envelope: Envelope, position: int) -> Redaction | None:
        """From a redaction event; None if another node recorded one that names no place."""
        data = envelope.data
        try:
            return cls(
                envelope.event_id,
                envelope.origin,
                envelope.sequence,
                position,
                envelope.recorded_at,
                str(data["unit_id"]),
                date.fromisoformat(data["occurred_on"]),
                str(data["target_event_id"]),
                str(data["target_type"]),
                str(data["target_unit_id"]),
                UUID(data["stream_id"]),
                int(data["sequence"]),
                bytes.fromhex(data["leaf_hash"]),
                str(data["legal_basis"]),
                str(data["content_kind"]),
                str(data["decided_by_org_id"]),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def is_authorised(
        self, directory: Directory, *, recorder: str | None, owner: str | None
    ) -> bool:
        """Whether who recorded it may decide about that event.

        Asked anew at every node and by auditors: a unit's redaction of a stranger's event is
        recorded and carried on like any event, and has no effect. `recorder` and `owner`: the units
        of the two streams, as far as they are known.
        """
        if recorder and recorder != self.recorder:
            return False
        return (owner or self.owner) == self.owner and may_redact(
            directory, self.recorder, self.owner, self.day
        )


def owner_of(raw: bytes) -> str | None:
    """The unit that an event says it was recorded for; None of a tombstone."""
    unit_id = decode(raw).data.get("unit_id")
    return None if unit_id is None else str(unit_id)
