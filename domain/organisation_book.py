"""All organisations through time: what their events make of them, and why one cannot be applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.books import FOREVER, Book, Lifespan, inactive, ordinal, recorded
from domain.events import Record
from domain.layers import Layered
from domain.organisations import RULE, STANDING_ORG, Category, ChangeKind
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    ORGANISATION_NOT_ACTIVE,
    UNKNOWN_ORGANISATION,
    Refusal,
    Text,
    refuse,
)


@dataclass(frozen=True, slots=True)
class RoleSpell:
    """A role held from `start` until before `stop` (ordinals)."""

    role: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class OrganisationHistory(Lifespan):
    """An organisation through time. `stop` is the ordinal after its last day."""

    org_id: str
    unit_id: str
    category: Category
    names: tuple[tuple[int, str], ...]
    recorded: int
    """The day its establishment was recorded (ordinal)."""
    roles: tuple[RoleSpell, ...] = ()
    stop: int = FOREVER
    stop_recorded: int = 0
    """The day its end was recorded."""
    successor_id: str | None = None

    @property
    def start(self) -> int:
        return self.names[0][0]

    def active_as_recorded_by(self, number: int, by: int) -> bool:
        """Whether it is active on a day, as far as was recorded by another (ordinals)."""
        return (
            self.start <= number
            and self.recorded <= by
            and not (self.stop <= number and self.stop_recorded <= by)
        )

    def name_at(self, number: int) -> str:
        """Its name then, or the first or last known one outside its life."""
        for start, name in reversed(self.names):
            if start <= number:
                return name
        return self.names[0][1]


Data = Mapping[str, Any]


class OrganisationBook(Book):
    """All organisations, folded in the order of the day they take effect, then of recording."""

    def __init__(self) -> None:
        super().__init__()
        self.organisations: Layered[str, OrganisationHistory] = Layered()
        self.by_unit: Layered[str, tuple[str, ...]] = Layered()

    @staticmethod
    def place(record: Record) -> tuple[str, tuple[str, str, int]]:
        return (record.data["effective_on"], record.order)

    @staticmethod
    def era(record: Record) -> str:
        day: str = record.data["effective_on"]
        return day

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
                    self._begin(entry, effective, recorded(record))
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
                        stop_recorded=recorded(record),
                        successor_id=data.get("successor_org_id"),
                    )

    def _begin(self, entry: Data, effective: int, recorded_on: int) -> None:
        org_id, unit_id = entry["org_id"], entry["unit_id"]
        self.organisations[org_id] = OrganisationHistory(
            org_id, unit_id, Category(entry["category"]), ((effective, entry["name"]),), recorded_on
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
    subject = Text("Cơ quan {org}", "Organisation {org}").format(org=known.org_id)
    return inactive(
        known, number, kind=ORGANISATION_NOT_ACTIVE, field=field, rule=RULE, subject=subject
    )
