"""A unit's steering committee through time: established, renewed, merged, dissolved (F11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from domain.events import Record

COMPOSITION: Final = ("name", "head_role", "standing_org", "member_orgs")
"""What a committee that begins has."""


class CommitteeChangeKind(StrEnum):
    """What happened to the committee (R16, R17, R87)."""

    ESTABLISHED = "established"
    CONSOLIDATED = "consolidated"
    MERGED = "merged"
    DISSOLVED = "dissolved"

    def fits(self, active: bool) -> bool:
        """Whether this can happen to a unit that has, or has not, an active committee.

        Merging several bodies into one common committee (R16) may be the first that is recorded of
        a unit: its many committees of before were never recorded here.
        """
        match self:
            case CommitteeChangeKind.ESTABLISHED:
                return not active
            case CommitteeChangeKind.MERGED:
                return True
            case _:
                return active


@dataclass(frozen=True, slots=True)
class Committee:
    """A committee as it stood from `since` on."""

    event_id: str
    """The event that made it what it is."""
    since: date
    name: str
    head_role: str
    standing_org: str
    member_orgs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One event, and the committee after it; None once it is dissolved."""

    event_id: str
    day: date
    kind: CommitteeChangeKind
    after: Committee | None


@dataclass(frozen=True, slots=True)
class CommitteeHistory:
    """All changes of a unit's committee, by day, then by recording.

    A unit has at most one active committee (R124): its identity is the unit's, and a change that
    fits no longer, because two seats recorded without knowing of each other, is left out.
    """

    changes: tuple[Change, ...] = ()
    misfits: tuple[str, ...] = ()
    """The events left out."""

    def on(self, day: date) -> Committee | None:
        """The committee at the end of that day; None if there was none.

        It says nothing of the unit: whoever counts committees (F11) asks for active units only.
        """
        return next((c.after for c in reversed(self.changes) if c.day <= day), None)


def fold(records: Sequence[Record]) -> CommitteeHistory:
    """The history that effective records make, in any order."""
    changes: list[Change] = []
    misfits: list[str] = []
    for record in _in_order(records):
        before = changes[-1].after if changes else None
        kind = CommitteeChangeKind(record.data["kind"])
        if not kind.fits(before is not None) or not (before or _begins(record)):
            misfits.append(record.event_id)
            continue
        day = date.fromisoformat(record.data["occurred_on"])
        after = None if kind is CommitteeChangeKind.DISSOLVED else _after(before, record, day)
        changes.append(Change(record.event_id, day, kind, after))
    return CommitteeHistory(tuple(changes), tuple(misfits))


def _in_order(records: Iterable[Record]) -> list[Record]:
    """The changes among the records by day, then by recording."""
    return sorted(
        (record for record in records if record.type == "CommitteeChanged"),
        key=lambda record: (record.data["occurred_on"], record.order),
    )


def _begins(record: Record) -> bool:
    """Whether the event says all that a committee needs to begin."""
    return all(record.data.get(name) for name in COMPOSITION)


def _after(before: Committee | None, record: Record, day: date) -> Committee:
    data = record.data
    if before is None:
        return Committee(
            record.event_id,
            day,
            data["name"],
            data["head_role"],
            data["standing_org"],
            tuple(data.get("member_orgs", ())),
        )
    return replace(
        before,
        event_id=record.event_id,
        since=day,
        name=data.get("name", before.name),
        head_role=data.get("head_role", before.head_role),
        standing_org=data.get("standing_org", before.standing_org),
        member_orgs=tuple(data.get("member_orgs") or before.member_orgs),
    )
