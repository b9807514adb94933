"""A unit's steering committee through time: established, renewed, merged, dissolved (F11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

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
class Rival:
    """A committee established while the unit had one: what R124 wants to be overcome."""

    event_id: str
    day: date
    settled_by: Change | None
    """The merger or dissolution after it, which leaves one or none; None while both stand."""


@dataclass(frozen=True, slots=True)
class CommitteeHistory:
    """All changes of a unit's committee, by day, then by recording.

    A unit has at most one active committee (R124): its identity is the unit's, and a change that
    fits no longer, because two seats recorded without knowing of each other, is left out.
    """

    changes: tuple[Change, ...] = ()
    misfits: tuple[str, ...] = ()
    """The events left out."""
    rivals: tuple[Rival, ...] = ()
    """Those of them that establish a second committee."""

    def on(self, day: date) -> Committee | None:
        """The committee at the end of that day; None if there was none.

        It says nothing of the unit: whoever counts committees (F11) asks for active units only.
        """
        return next((c.after for c in reversed(self.changes) if c.day <= day), None)


def fold(records: Sequence[Record]) -> CommitteeHistory:
    """The history that effective records make, in any order."""
    changes: list[Change] = []
    misfits: list[str] = []
    seconds: list[tuple[Record, int]] = []
    for record in _in_order(records):
        before = changes[-1].after if changes else None
        kind = CommitteeChangeKind(record.data["kind"])
        if not kind.fits(before is not None) or not (before or _begins(record)):
            misfits.append(record.event_id)
            if kind is CommitteeChangeKind.ESTABLISHED and _begins(record):
                seconds.append((record, len(changes)))
            continue
        day = date.fromisoformat(record.data["occurred_on"])
        after = None if kind is CommitteeChangeKind.DISSOLVED else _after(before, record, day)
        changes.append(Change(record.event_id, day, kind, after))
    rivals = tuple(_rival(record, changes[later:]) for record, later in seconds)
    return CommitteeHistory(tuple(changes), tuple(misfits), rivals)


def _rival(record: Record, later: Sequence[Change]) -> Rival:
    ending = {CommitteeChangeKind.MERGED, CommitteeChangeKind.DISSOLVED}
    settled = next((change for change in later if change.kind in ending), None)
    return Rival(record.event_id, date.fromisoformat(record.data["occurred_on"]), settled)


class NumberChange(NamedTuple):
    """How many active committees a unit has: a change by day."""

    day: date
    delta: int
    event_id: str


def number_changes(history: CommitteeHistory) -> Iterator[NumberChange]:
    """Every change of the number of a unit's committees (F11); their sum up to a day is how many
    it has on that day. It is 0 or 1 unless two seats established one without knowing of each
    other."""
    standing = False
    for change in history.changes:
        stands = change.after is not None
        if stands != standing:
            yield NumberChange(change.day, 1 if stands else -1, change.event_id)
        standing = stands
    for rival in history.rivals:
        yield NumberChange(rival.day, 1, rival.event_id)
        if rival.settled_by is not None:
            yield NumberChange(rival.settled_by.day, -1, rival.settled_by.event_id)


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
