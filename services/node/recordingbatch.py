"""What one transaction of pushed events will hold: their places, their bytes and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from contracts.canonical import canonical
from contracts.envelope import MAX_EVENT_BYTES, digest_of, enclose
from domain.decide import next_version
from domain.decisions import Accepted, Context
from domain.directory import Directory, concerns_directory
from domain.events import Draft, Record
from services.node.eventlog import EventKey, NewEvent
from services.node.itemverdicts import ItemVerdict, Outcome, refused
from services.node.pushed import Pushed, with_version
from services.node.recordingproblems import too_large


class Head(NamedTuple):
    """Where a unit's own stream ends."""

    origin: UUID
    text: str
    """The origin as text."""
    sequence: int
    recorded_at: str
    """Of its last event; "" if there is none."""


@dataclass(slots=True)
class Batch:
    """What one transaction will hold, and what its own decisions may look at meanwhile."""

    context: Context
    at: str
    """The moment as it is recorded."""
    record_keys: Mapping[int, str]
    """Of each item, by its `id()`."""
    histories: dict[str, list[Record]]
    by_event: dict[str, EventKey]
    by_record: dict[str, EventKey]
    events: list[NewEvent] = field(default_factory=list)
    keys: list[EventKey] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """By event id."""
    heads: dict[str, Head] = field(default_factory=dict)
    """By unit."""

    @property
    def directory(self) -> Directory:
        return self.context.directory

    def place(self, item: Pushed, aggregate_id: str, accepted: Accepted, head: Head) -> ItemVerdict:
        """Give the events their places in the unit's stream, which ends at `head`, and their bytes.

        `aggregate_id` is that of the item's own event. An event that becomes too large is refused,
        and nothing of the item is kept.
        """
        # A clock that was set back must not make a later event look earlier.
        recorded_at = max(self.at, head.recorded_at)
        sequence = head.sequence
        record_key = self.record_keys[id(item)]
        placed: list[tuple[NewEvent, EventKey, Record]] = []
        for number, draft in enumerate(accepted.events):
            sequence += 1
            own = draft.body is item.body
            record, raw = _encode(
                draft,
                item if own else None,
                aggregate_id if own else str(draft.aggregate_id),
                head.text,
                sequence,
                recorded_at,
                self.histories,
            )
            if len(raw) > MAX_EVENT_BYTES:
                return refused(item.event_text, too_large(len(raw)))
            key = EventKey(
                record.event_id,
                record_key if number == 0 else f"{record_key}\x1f{number}",
                item.content,
                record.aggregate_id,
                head.origin,
                sequence,
            )
            placed.append((NewEvent(head.origin, sequence, record.type, raw), key, record))
        for new, key, record in placed:
            self.events.append(new)
            self.keys.append(key)
            self.records.append(record)
            self.by_event[record.event_id] = key
            self.by_record[key.record_key] = key
            self.digests[record.event_id] = record.digest
            self.histories.setdefault(record.aggregate_id, []).append(record)
            if concerns_directory(record):
                directory = self.directory.with_records([record])
                self.context = replace(self.context, directory=directory)
        self.heads[item.unit] = Head(head.origin, head.text, sequence, recorded_at)
        _, _, first = placed[0]
        return ItemVerdict(
            Outcome.RECORDED,
            first.event_id,
            head.origin,
            first.sequence,
            first.digest,
            first.aggregate_id,
            (*item.notices, *accepted.notices),
        )


def _encode(
    draft: Draft,
    item: Pushed | None,
    aggregate_id: str,
    origin: str,
    sequence: int,
    recorded_at: str,
    histories: Mapping[str, Sequence[Record]],
) -> tuple[Record, bytes]:
    """The record of a draft and its bytes. `item` is the pushed event if it is recorded as it is.

    Raises NotCanonicalError for data that a decision made and that have no canonical form.
    """
    version = next_version(histories.get(aggregate_id, ()), draft)
    data: Mapping[str, Any]
    if item is not None:
        event_id = item.event_text
        data = {**item.data, "aggregate_version": version}
        written = with_version(item, data)
    else:
        event_id = str(draft.event_id)
        data = {**draft.body.to_data(), "aggregate_version": version}
        written = canonical(data)
    spec = draft.spec
    raw = enclose(
        event_id=event_id,
        origin=origin,
        sequence=sequence,
        type=spec.name,
        version=spec.version,
        aggregate_id=aggregate_id,
        recorded_at=recorded_at,
        data=written,
    )
    record = Record(
        event_id,
        spec.name,
        origin,
        sequence,
        recorded_at,
        aggregate_id,
        digest_of(raw),
        data,
    )
    return record, raw
