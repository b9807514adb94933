"""Organisations: police, Front and others, which live and end apart from their units (R18, R56).

District police ended on 1/3/2025, districts on 1/7/2025: so an organisation has its own dates. What
an organisation is charged with (standing agency, receiver of reports) is a dated role, never code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.books import FOREVER, Book, day_or_none, ordinal
from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.events import (
    Body,
    Day,
    Draft,
    Label,
    Record,
    Token,
    Value,
    body_of,
    distinct,
    event_type,
)
from domain.levels import Level
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    ORGANISATION_NOT_ACTIVE,
    UNIT_NOT_ACTIVE,
    UNIT_NOT_HOSTED,
    UNKNOWN_ORGANISATION,
    UNKNOWN_UNIT,
    Refusal,
    refuse,
)

MAX_ORGANISATIONS: Final = 200
RULE: Final = "R18"

STANDING_ORG: Final = "standing_org"
"""The one role that a single organisation of a unit holds at a time: assigning it to another ends
it for the one before."""


class Category(StrEnum):
    """What an organisation is (glossary)."""

    POLICE = "police"
    FRONT = "front"
    FRONT_STANDING = "front_standing"
    PEOPLES_COMMITTEE = "peoples_committee"
    PARTY_COMMITTEE = "party_committee"
    VETERANS = "veterans"
    WOMENS_UNION = "womens_union"
    YOUTH_UNION = "youth_union"
    LABOUR = "labour"
    FARMERS = "farmers"
    ELDERLY = "elderly"
    COMMITTEE = "committee"
    MEMBER_ORG = "member_org"
    DEPARTMENT = "department"
    OTHER = "other"


class ChangeKind(StrEnum):
    """What happened to the organisations."""

    ESTABLISHED = "established"
    RENAMED = "renamed"
    MERGED = "merged"
    DISSOLVED = "dissolved"
    ROLE_ASSIGNED = "role_assigned"


class OrganisationEntry(Value):
    """One organisation of the event. `name` is given when it begins or is renamed, `category` and
    `roles` when it begins."""

    org_id: UUID
    unit_id: UUID
    """The unit it belongs to, for good."""
    name: Label | None = None
    category: Category | None = None
    roles: Annotated[tuple[Token, ...], AfterValidator(distinct), Field(max_length=20)] = ()
    """Roles it has from its first day."""


@event_type(
    aggregate="organisation",
    title_vi="Thay đổi cơ quan",
    title_en="Organisations changed",
    levels=frozenset({Level.PROVINCE, Level.CENTRAL}),
)
class OrganisationChanged(Body):
    """Organisations were established, renamed, merged, dissolved or given a role.

    `role` (with `role_until`, its last day, if known) goes with role_assigned. To end a role that
    has no end, assign it once more for its last day with that day as `role_until`.
    """

    kind: ChangeKind
    organisations: Annotated[
        tuple[OrganisationEntry, ...], Field(min_length=1, max_length=MAX_ORGANISATIONS)
    ]
    effective_on: Day
    role: Token | None = None
    role_until: Day | None = None
    successor_org_id: UUID | None = None
    """Required for merged, allowed for dissolved."""
    document: DocumentRef | None = None

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """The organisation itself when the event concerns one, else an aggregate of its own."""
        return self.organisations[0].org_id if len(self.organisations) == 1 else event_id


@dataclass(frozen=True, slots=True)
class RoleSpell:
    """A role held from `start` until before `stop` (ordinals)."""

    role: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class OrganisationHistory:
    """An organisation through time. `stop` is the ordinal after its last day."""

    org_id: str
    unit_id: str
    category: Category
    names: tuple[tuple[int, str], ...]
    roles: tuple[RoleSpell, ...] = ()
    stop: int = FOREVER
    successor_id: str | None = None

    @property
    def start(self) -> int:
        return self.names[0][0]

    @property
    def valid_from(self) -> date:
        """Its first day."""
        return date.fromordinal(self.start)

    @property
    def valid_to(self) -> date | None:
        """Its last day, or None while no end is known."""
        return day_or_none(self.stop - 1) if self.stop < FOREVER else None

    def active(self, number: int) -> bool:
        return self.start <= number < self.stop

    def name_at(self, number: int) -> str:
        """Its name then, or the first or last known one outside its life."""
        for start, name in reversed(self.names):
            if start <= number:
                return name
        return self.names[0][1]

    def roles_at(self, number: int) -> tuple[str, ...]:
        """The roles it holds then; none while it is not active."""
        if not self.active(number):
            return ()
        return tuple(spell.role for spell in self.roles if spell.start <= number < spell.stop)


Data = Mapping[str, Any]


class OrganisationBook(Book):
    """All organisations, folded in the order of the day they take effect, then of recording."""

    def __init__(self) -> None:
        super().__init__()
        self.organisations: dict[str, OrganisationHistory] = {}
        self.by_unit: dict[str, tuple[str, ...]] = {}

    @staticmethod
    def place(record: Record) -> tuple[str, tuple[str, str, int]]:
        return (record.data["effective_on"], record.order)

    def copy(self) -> Self:
        other = type(self)()
        other.problems = self.problems.copy()
        other.last = self.last
        other.organisations = self.organisations.copy()
        other.by_unit = self.by_unit.copy()
        return other

    def problem(self, record: Record) -> Refusal | None:
        data = record.data
        kind = ChangeKind(data["kind"])
        effective = ordinal(data["effective_on"])
        entries: Sequence[Data] = data["organisations"]
        shape = _shape_problem(kind, data, entries)
        if shape is not None:
            return shape
        for index, entry in enumerate(entries):
            field = f"/data/organisations/{index}"
            known = self.organisations.get(entry["org_id"])
            problem = (
                _established_problem(field, entry, known)
                if kind is ChangeKind.ESTABLISHED
                else _existing_problem(field, kind, entry, known, effective)
            )
            if problem is not None:
                return problem
        return self._successor_problem(data, entries, effective)

    def _successor_problem(
        self, data: Data, entries: Sequence[Data], effective: int
    ) -> Refusal | None:
        successor_id = data.get("successor_org_id")
        if successor_id is None:
            return None
        successor = self.organisations.get(successor_id)
        leaving = {entry["org_id"] for entry in entries}
        if successor is None:
            return _unknown("/data/successor_org_id", successor_id)
        if successor_id in leaving or not successor.active(effective):
            return _inactive("/data/successor_org_id", successor, effective)
        return None

    def _change(self, record: Record) -> None:
        data = record.data
        effective = ordinal(data["effective_on"])
        for entry in data["organisations"]:
            org_id = entry["org_id"]
            match data["kind"]:
                case "established":
                    self._begin(entry, effective)
                case "renamed":
                    old = self.organisations[org_id]
                    kept = tuple(item for item in old.names if item[0] < effective)
                    self.organisations[org_id] = replace(
                        old, names=(*kept, (effective, entry["name"]))
                    )
                case "role_assigned":
                    until = data.get("role_until")
                    stop = FOREVER if until is None else ordinal(until) + 1
                    self._assign(org_id, data["role"], effective, stop)
                case _:
                    self.organisations[org_id] = replace(
                        self.organisations[org_id],
                        stop=effective,
                        successor_id=data.get("successor_org_id"),
                    )

    def _begin(self, entry: Data, effective: int) -> None:
        org_id, unit_id = entry["org_id"], entry["unit_id"]
        self.organisations[org_id] = OrganisationHistory(
            org_id, unit_id, Category(entry["category"]), ((effective, entry["name"]),)
        )
        self.by_unit[unit_id] = (*self.by_unit.get(unit_id, ()), org_id)
        for role in entry.get("roles", ()):
            self._assign(org_id, role, effective, FOREVER)

    def _assign(self, org_id: str, role: str, start: int, stop: int) -> None:
        holder = self.organisations[org_id]
        self.organisations[org_id] = replace(
            holder, roles=(*_until(holder.roles, role, start), RoleSpell(role, start, stop))
        )
        if role != STANDING_ORG:
            return
        for other_id in self.by_unit[holder.unit_id]:
            other = self.organisations[other_id]
            if other_id != org_id and any(spell.role == role for spell in other.roles):
                self.organisations[other_id] = replace(
                    other, roles=_until(other.roles, role, start)
                )


def _until(roles: tuple[RoleSpell, ...], role: str, start: int) -> tuple[RoleSpell, ...]:
    """The spells with this role ended before `start`."""
    return tuple(
        replace(spell, stop=min(spell.stop, start)) if spell.role == role else spell
        for spell in roles
        if spell.role != role or spell.start < start
    )


def _shape_problem(kind: ChangeKind, data: Data, entries: Sequence[Data]) -> Refusal | None:
    if len({entry["org_id"] for entry in entries}) != len(entries):
        return refuse(
            INVALID_FIELD,
            "/data/organisations",
            RULE,
            vi="Một cơ quan xuất hiện hai lần.",
            en="An organisation stands there twice.",
        )
    needs_role = kind is ChangeKind.ROLE_ASSIGNED
    until = data.get("role_until")
    if ("role" in data) != needs_role or (until is not None and not needs_role):
        return refuse(
            INVALID_FIELD,
            "/data/role",
            RULE,
            vi="role (và role_until) đi cùng và chỉ đi cùng role_assigned.",
            en="role (and role_until) go with role_assigned, and with nothing else.",
        )
    if until is not None and until < data["effective_on"]:
        return refuse(
            INVALID_FIELD,
            "/data/role_until",
            RULE,
            vi="role_until ({until}) trước effective_on ({day}).",
            en="role_until ({until}) is before effective_on ({day}).",
            until=date.fromisoformat(until),
            day=date.fromisoformat(data["effective_on"]),
        )
    has_successor = "successor_org_id" in data
    if (kind is ChangeKind.MERGED and not has_successor) or (
        has_successor and kind not in (ChangeKind.MERGED, ChangeKind.DISSOLVED)
    ):
        return refuse(
            INVALID_FIELD,
            "/data/successor_org_id",
            RULE,
            vi="merged phải có successor_org_id; ngoài merged và dissolved thì không được có.",
            en="merged needs successor_org_id; kinds other than merged and dissolved have none.",
        )
    return None


def _established_problem(
    field: str, entry: Data, known: OrganisationHistory | None
) -> Refusal | None:
    if known is not None:
        return refuse(
            ALREADY_EXISTS,
            f"{field}/org_id",
            RULE,
            vi="Cơ quan {org} đã có từ {since}; mã định danh không dùng lại.",
            en="Organisation {org} exists since {since}; an identifier is never used again.",
            org=known.org_id,
            since=known.valid_from,
        )
    if "name" not in entry or "category" not in entry:
        return refuse(
            INVALID_FIELD,
            field,
            RULE,
            vi="Cơ quan mới phải có name và category.",
            en="A new organisation needs name and category.",
        )
    return None


def _existing_problem(
    field: str,
    kind: ChangeKind,
    entry: Data,
    known: OrganisationHistory | None,
    effective: int,
) -> Refusal | None:
    if known is None or known.unit_id != entry["unit_id"]:
        return _unknown(f"{field}/org_id", entry["org_id"])
    ending = kind in (ChangeKind.MERGED, ChangeKind.DISSOLVED)
    if not known.active(effective) or (ending and known.start == effective):
        return _inactive(f"{field}/org_id", known, effective)
    if kind is ChangeKind.RENAMED and "name" not in entry:
        return refuse(
            INVALID_FIELD,
            f"{field}/name",
            RULE,
            vi="Đổi tên phải có tên mới.",
            en="A renaming needs the new name.",
        )
    if "category" in entry or entry.get("roles") or ("name" in entry and kind != "renamed"):
        return refuse(
            INVALID_FIELD,
            field,
            RULE,
            vi="category và roles chỉ có khi thành lập, name khi thành lập hoặc đổi tên.",
            en="category and roles are given on establishment only, name then or on renaming.",
        )
    return None


def _unknown(field: str, org_id: str) -> Refusal:
    return refuse(
        UNKNOWN_ORGANISATION,
        field,
        RULE,
        vi="Không có cơ quan {org} trong đơn vị được nêu.",
        en="Organisation {org} is not known in the unit named.",
        org=org_id,
    )


def _inactive(field: str, known: OrganisationHistory, number: int) -> Refusal:
    until = known.valid_to
    return refuse(
        ORGANISATION_NOT_ACTIVE,
        field,
        RULE,
        vi="Cơ quan {org} không hoạt động vào {day} (từ {first} đến {last}).",
        en="Organisation {org} was not active on {day} (from {first} to {last}).",
        org=known.org_id,
        day=date.fromordinal(number),
        first=known.valid_from,
        last=until if until is not None else "…",
    )


def _within_reach(draft: Draft, ctx: Context) -> Refusal | None:
    """Each organisation belongs to the recording unit or to one under it."""
    body = body_of(draft, OrganisationChanged)
    directory = ctx.directory
    for unit_id in dict.fromkeys(entry.unit_id for entry in body.organisations):
        index = next(i for i, e in enumerate(body.organisations) if e.unit_id == unit_id)
        field = f"/data/organisations/{index}/unit_id"
        if directory.unit(unit_id) is None:
            return refuse(
                UNKNOWN_UNIT,
                field,
                RULE,
                vi="Không có đơn vị {unit} trong danh mục.",
                en="Unit {unit} is not in the catalogue.",
                unit=unit_id,
            )
        if body.kind is ChangeKind.ESTABLISHED and not directory.active(unit_id, body.effective_on):
            return refuse(
                UNIT_NOT_ACTIVE,
                field,
                RULE,
                vi="Đơn vị {unit} không hoạt động vào {day}.",
                en="Unit {unit} was not active on {day}.",
                unit=unit_id,
                day=body.effective_on,
            )
        if not directory.within(unit_id, body.unit_id, body.effective_on):
            return refuse(
                UNIT_NOT_HOSTED,
                field,
                RULE,
                vi="Đơn vị {unit} không thuộc đơn vị ghi {recorder} vào {day}.",
                en="Unit {unit} is not under the recording unit {recorder} on {day}.",
                unit=unit_id,
                recorder=body.unit_id,
                day=body.effective_on,
            )
    return None


@decides(OrganisationChanged, check=_within_reach)
def decide_organisations(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Accept what leaves the registry consistent."""
    del history
    return ctx.directory.refusal_of(draft, ctx) or Accepted((draft,))
