"""The history of one aggregate: each event that touched it, and what it changed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.assignments import ASSIGNED
from domain.effective import AMENDMENTS, CORRECTED, REDACTED, effective
from domain.events import Record
from domain.report_state import Version, fold
from services.node.history.changes import FieldChange, field_changes
from services.node.readmodel import Entity, Placed
from services.node.readmodels.timeline import Timeline
from services.node.reporting.versions import VersionDifference, difference

Order = tuple[str, str, int]
"""Where an event stands (`Record.order`)."""


class Effect(StrEnum):
    """What a correction, a retraction or an assignment did when it was recorded."""

    CORRECTED = "corrected"
    RETRACTED = "retracted"
    REDACTED = "redacted"
    """The content of the event it names was removed for good, at every level."""
    RESTORED = "restored"
    """A correction was retracted: what had held before it holds again."""
    ASSIGNED = "assigned"
    NONE = "none"
    """Nothing: what it names no longer held, or said the same."""
    AWAITED = "awaited"
    """What it names has not arrived here."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What one event did to others of the aggregate."""

    effect: Effect
    targets: tuple[str, ...]
    """Event ids; none if it is about all of them."""
    target_type: str | None
    """The type of the event whose fields changed, as far as it is known."""
    changes: tuple[FieldChange, ...] = ()
    """Against what held right before it: of a second correction, against the first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the history."""

    placed: Placed
    status: str
    """How it stands in the end (`EventStatus`)."""
    changed_by: str | None
    """The event that the status comes from."""
    assigned_to: str | None
    """The successor of a split unit that it was assigned to."""
    holds: Mapping[str, Any] | None
    """What it says in the end; None if it was retracted, or amends others."""
    amendment: Amendment | None = None
    version: Version | None = None
    """Of a report that was sent: which version it is."""
    difference: VersionDifference | None = None
    """What that version says otherwise than the one before it."""

    @property
    def record(self) -> Record:
        """As it was recorded."""
        return self.placed.record


def history_of(entity: Entity, after: Order | None = None, limit: int | None = None) -> list[Entry]:
    """The events behind a place, in `Record.order`, at most `limit`."""
    families = _Families(entity.history)
    holding = {(record.event_id, record.data["unit_id"]): record for record in entity.records}
    versions = _versions(entity)
    found: list[Entry] = []
    for placed, row in zip(entity.placed, Timeline().rows(entity), strict=True):
        record = placed.record
        if after is not None and record.order <= after:
            continue
        if len(found) == limit:
            break
        held = holding.get((record.event_id, record.data["unit_id"]))
        version, versus = versions.get(record.event_id, (None, None))
        found.append(
            Entry(
                placed,
                row["status"],
                row["changed_by"],
                row["assigned_to"],
                None if held is None else held.data,
                _amendment(record, families),
                version,
                versus,
            )
        )
    return found


class _Families:
    """Each event with its corrections and retractions, and the retractions of those."""

    def __init__(self, history: Sequence[Record]) -> None:
        self._by_id = {record.event_id: record for record in history}
        self._members: dict[str, list[Record]] = defaultdict(list)
        for record in history:
            self._members[self._root(record)].append(record)

    def of(self, record: Record) -> Sequence[Record]:
        """The family that an event belongs to, in `Record.order`."""
        return self._members[self._root(record)]

    def _root(self, record: Record) -> str:
        """The event that a correction or retraction is about in the end; any other's own id."""
        passed: set[str] = set()
        while record.type in AMENDMENTS and record.event_id not in passed:
            passed.add(record.event_id)
            target: str = record.data["target_event_id"]
            if target not in self._by_id:
                return target
            record = self._by_id[target]
        return record.event_id


def _amendment(record: Record, families: _Families) -> Amendment | None:
    if record.type == ASSIGNED:
        targets = tuple(record.data.get("target_event_ids", ()))
        return Amendment(Effect.ASSIGNED, targets, None)
    if record.type not in AMENDMENTS:
        return None
    family = families.of(record)
    targets = (record.data["target_event_id"],)
    original = next((member for member in family if member.type not in AMENDMENTS), None)
    if record.type == REDACTED:
        return Amendment(Effect.REDACTED, targets, record.data.get("target_type"))
    if original is None and any(member.type == REDACTED for member in family):
        return Amendment(Effect.NONE, targets, record.data.get("target_type"))
    if original is None:
        return Amendment(Effect.AWAITED, targets, record.data.get("target_type"))
    before = _held(member for member in family if _counts_before(member, record))
    after = _held(member for member in family if member is record or _counts_before(member, record))
    if before is None or before == after:
        return Amendment(Effect.NONE, targets, original.type)
    if after is None:
        return Amendment(Effect.RETRACTED, targets, original.type)
    effect = Effect.CORRECTED if record.type == CORRECTED else Effect.RESTORED
    return Amendment(effect, targets, original.type, field_changes(before, after))


def _counts_before(member: Record, record: Record) -> bool:
    """Whether it is taken for known when `record` came: the original always, for a superior's clock
    may be behind that of the unit that recorded it."""
    return member.type not in AMENDMENTS or member.order < record.order


def _held(family: Iterable[Record]) -> Mapping[str, Any] | None:
    """What the original says by these events; None if it does not hold."""
    holding = effective(family)
    return holding[0].data if holding else None


def _versions(entity: Entity) -> Mapping[str, tuple[Version, VersionDifference | None]]:
    """By event id: the versions of a report, each with what it says otherwise than the last."""
    state = entity.state(fold) if entity.kind == "report" else None
    if state is None:
        return {}
    found: dict[str, tuple[Version, VersionDifference | None]] = {}
    before: Version | None = None
    for version in state.versions:
        found[version.event_id] = (
            version,
            None if before is None else difference(before, version),
        )
        before = version
    return found
