"""From a log entry to what folds read."""

from __future__ import annotations

import re
from typing import Final

from contracts.envelope import Envelope, decode, digest_of
from domain.events import EVENTS, Record
from services.node.eventlog import Logged

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def to_record(envelope: Envelope) -> Record | None:
    """The record of an event, in this code's schema version.

    None for a type or version that this code does not know, or for identifiers in another form than
    every recorder gives them: such an event is stored and forwarded, and projected by code that
    understands it.
    """
    spec = EVENTS.get(envelope.type)
    if spec is None or not 1 <= envelope.version <= spec.version:
        return None
    if not (_UUID.fullmatch(envelope.event_id) and _UUID.fullmatch(envelope.aggregate_id)):
        return None
    data = envelope.data
    if envelope.version < spec.version:
        try:
            data = spec.upcast(envelope.version, data)
        except Exception:  # another node recorded it in a form its version does not have
            return None
    if "unit_id" not in data:
        return None
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
