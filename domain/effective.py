"""What the events of an aggregate say once corrections and retractions are taken into account.

One rule for every fold, and independent of the order of arrival:
- a retracted event is left out; a retraction is final, retracting it has no effect;
- an event whose content was removed (`EventRedacted`) is left out in the same way;
- of several corrections of one event the last in `Record.order` holds; a correction may itself be
  retracted, and then the one before it holds again;
- a correction or retraction touches its own aggregate only;
- an event that a unit recorded from two seats under the same event id counts once;
- a corrected event keeps its identity, its place and its digest: an acceptance that names the
  digest still finds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.events import EVENTS, Record, recorded_order

CORRECTED: Final = "EventCorrected"
RETRACTED: Final = "EventRetracted"
REDACTED: Final = "EventRedacted"
FINAL: Final = frozenset({RETRACTED, REDACTED})
"""What ends an event, and cannot itself be taken back."""
AMENDMENTS: Final = FINAL | {CORRECTED}


def effective(records: Iterable[Record]) -> list[Record]:
    """The events that hold, in `Record.order`, corrected; no correction or retraction among them.

    Raises KeyError if a replacement has a newer schema version than this code knows.
    """
    ordered = sorted(records, key=recorded_order)
    if not ordered:
        return ordered
    ordered = _without_copies(ordered)
    if not any(record.type in AMENDMENTS for record in ordered):
        return ordered
    retractions = {record.event_id for record in ordered if record.type in FINAL}
    retracted = {
        (record.aggregate_id, record.data["target_event_id"])
        for record in ordered
        if record.type in FINAL and record.data["target_event_id"] not in retractions
    }
    corrections = {
        (record.aggregate_id, record.data["target_event_id"]): record
        for record in ordered
        if record.type == CORRECTED and (record.aggregate_id, record.event_id) not in retracted
    }
    result: list[Record] = []
    for record in ordered:
        place = (record.aggregate_id, record.event_id)
        if record.type in AMENDMENTS or place in retracted:
            continue
        correction = corrections.get(place)
        result.append(record if correction is None else _corrected(record, correction))
    return result


def _without_copies(ordered: list[Record]) -> list[Record]:
    """The first of several records of the same event of the same unit.

    A unit that lost its newest records and pushes them again from another recording seat records
    them twice; they happened once.
    """
    if len({record.event_id for record in ordered}) == len(ordered):
        return ordered
    first: dict[tuple[str, str], Record] = {}
    for record in ordered:
        first.setdefault((record.event_id, record.data["unit_id"]), record)
    return list(first.values())


def _corrected(record: Record, correction: Record) -> Record:
    data = correction.data["replacement"]
    version = correction.data.get("replacement_version")
    spec = EVENTS.get(record.type)
    if spec is not None and version is not None and version != spec.version:
        data = spec.upcast(version, data)
    return record._replace(data=data)
