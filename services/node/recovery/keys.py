"""The keys of own events that came back: without them the same record would be recorded twice.

What a sender meant is not in the event as it was digested then, so these keys say nothing of it; a
push under such a key is compared with the event itself (`Ingest`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from contracts.envelope import MalformedEnvelopeError, decode
from contracts.tombstone import is_tombstone
from services.node.eventlog import ERASED_KEY, EventKey, EventLog

_log = logging.getLogger(__name__)
_PAGE: Final = 2_000


def restore_keys(log: EventLog, origin: UUID) -> int:
    """Make the keys of an own stream again; how many events it holds.

    A crash in the middle leaves some of them, and starting again is harmless.
    Raises StoreUnavailableError.
    """
    head, following = log.head(origin), 1
    while following <= head:
        upto = min(following + _PAGE - 1, head)
        log.restore_keys(list(_keys(log, origin, following, upto)))
        following = upto + 1
    return head


def _keys(log: EventLog, origin: UUID, first: int, last: int) -> Iterator[EventKey]:
    for logged in log.read_stream(origin, first, last):
        if is_tombstone(logged.raw):
            # The sender's own key is gone with the content; the event's id is recognised.
            stone = decode(logged.raw)
            yield EventKey(
                stone.event_id,
                f"{ERASED_KEY}{stone.event_id}",
                "",
                stone.aggregate_id,
                origin,
                logged.sequence,
            )
            continue
        try:
            envelope = decode(logged.raw)
            system = envelope.data["source_system"]
            record = envelope.data["source_record_id"]
            UUID(envelope.event_id), UUID(envelope.aggregate_id)
        except (MalformedEnvelopeError, KeyError, ValueError):
            # Of a type that names its record otherwise, or none that could be pushed again.
            _log.warning("event %d of stream %s gets no key", logged.sequence, origin)
            continue
        yield EventKey(
            envelope.event_id,
            f"{origin}\x1f{system}\x1f{record}",
            "",
            envelope.aggregate_id,
            origin,
            logged.sequence,
        )
