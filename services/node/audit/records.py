"""Records as an auditor reads them: from bytes that nobody has vouched for yet."""

from __future__ import annotations

from contracts.envelope import Envelope
from domain.events import EVENTS, Record


def record_in(envelope: Envelope) -> Record | None:
    """The record of an event in this code's schema version; None of one that it cannot read."""
    spec = EVENTS.get(envelope.type)
    try:
        data = envelope.data if spec is None else spec.upcast(envelope.version, envelope.data)
    except Exception:  # recorded in a form its version does not have
        return None
    return Record(
        envelope.event_id,
        envelope.type,
        str(envelope.origin),
        envelope.sequence,
        envelope.recorded_at,
        envelope.aggregate_id,
        envelope.digest,
        data,
    )
