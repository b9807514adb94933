"""From a log entry to what folds read."""

from __future__ import annotations

from contracts.envelope import Envelope, decode, digest_of
from domain.events import EVENTS, Record
from services.node.eventlog import Logged


def to_record(envelope: Envelope) -> Record | None:
    """The record of an event, in this code's schema version.

    None for a type or version that this code does not know: such an event is stored and forwarded,
    and projected after an upgrade.
    """
    spec = EVENTS.get(envelope.type)
    if spec is None or envelope.version > spec.version:
        return None
    data = envelope.data
    if envelope.version < spec.version:
        data = spec.upcast(envelope.version, data)
    return Record(
        envelope.event_id,
        envelope.type,
        str(envelope.origin),
        envelope.sequence,
        envelope.recorded_at,
        envelope.aggregate_id,
        digest_of(envelope.raw),
        data,
    )


def read_logged(logged: Logged) -> tuple[Envelope, Record | None]:
    """The envelope and, where its type is known, the record of a log entry."""
    envelope = decode(logged.raw)
    return envelope, to_record(envelope)
