"""Checks that hold for every event (catalogue, "Checks that hold for every event")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain.books import key
from domain.decisions import Context
from domain.events import Body, Draft
from domain.identifiers import text_of
from domain.names import LEVEL_NAMES
from domain.refusals import (
    CATALOGUE_NOT_RECEIVED,
    DATE_IN_FUTURE,
    LEVEL_NOT_ALLOWED,
    ORGANISATION_NOT_ACTIVE,
    UNIT_NOT_ACTIVE,
    UNKNOWN_ORGANISATION,
    UNKNOWN_UNIT,
    Refusal,
    Text,
    refuse,
)
from domain.tags import tag_refusal
from domain.texts import text_refusal

if TYPE_CHECKING:
    from domain.directory import Directory

_RULE: Final = "catalogue"
_FOUNDING: Final = frozenset({"UnitReorganised", "OrganisationChanged"})


def check_event(draft: Draft, ctx: Context) -> Refusal | None:
    """The first of the common checks that the draft fails, or None."""
    body, directory = draft.body, ctx.directory
    founding = draft.type == "UnitReorganised" and directory.is_empty
    if directory.is_empty and not founding:
        return refuse(
            CATALOGUE_NOT_RECEIVED,
            "",
            _RULE,
            vi="Nút chưa có đơn vị nào trong danh mục.",
            en="This node knows no unit yet.",
        )
    if ctx.level not in draft.spec.levels:
        return refuse(
            LEVEL_NOT_ALLOWED,
            "/data/unit_id",
            _RULE,
            vi="{type} do cấp {levels} ghi, không phải cấp {level}.",
            en="{type} is recorded at the level {levels}, not {level}.",
            type=draft.type,
            levels=_levels(draft),
            level=LEVEL_NAMES[ctx.level],
        )
    last = body.occurred_to or body.occurred_on
    if last > ctx.today:
        return refuse(
            DATE_IN_FUTURE,
            "/data/occurred_to" if body.occurred_to else "/data/occurred_on",
            _RULE,
            vi="{day} sau ngày ghi {today}.",
            en="{day} is after the day of recording, {today}.",
            day=last,
            today=ctx.today,
        )
    refusal = text_refusal(body) or tag_refusal(body, directory)
    if refusal is not None:
        return refusal
    # Bootstrap: the centre creates itself before any unit exists (the units' own decision allows
    # nothing else then), and founds its first organisation before one can sign for it.
    if founding:
        return None
    unit_id = text_of(body.unit_id)
    refusal = unit_refusal(directory, unit_id, body.occurred_on, "/data/unit_id")
    if refusal is None and body.occurred_to is not None:
        refusal = unit_refusal(directory, unit_id, body.occurred_to, "/data/unit_id")
    if refusal is not None:
        return refusal
    if (
        draft.type in _FOUNDING
        and unit_id == directory.centre
        and not directory.organisations_of(unit_id)
    ):
        return None
    org_id = text_of(body.org_id)
    refusal = organisation_refusal(
        directory, org_id, body.occurred_on, "/data/org_id", unit_id=unit_id
    )
    if refusal is None and last != body.occurred_on:
        refusal = organisation_refusal(directory, org_id, last, "/data/org_id", unit_id=unit_id)
    return refusal


def unit_refusal(
    directory: Directory, unit_id: UUID | str, day: date, field: str
) -> Refusal | None:
    """Why a unit cannot be named for that day, or None."""
    unit = directory.unit(unit_id)
    if unit is None:
        return refuse(
            UNKNOWN_UNIT,
            field,
            _RULE,
            vi="Không có đơn vị {unit} trong danh mục.",
            en="Unit {unit} is not in the catalogue.",
            unit=unit_id,
        )
    number = day.toordinal()
    if unit.active(number):
        return None
    until = unit.valid_to
    version = unit.at(number)
    return refuse(
        UNIT_NOT_ACTIVE,
        field,
        _RULE,
        vi="{name} (mã {code}) không hoạt động vào {day}; hoạt động từ {first} đến {last}.{heir}",
        en="{name} (code {code}) was not active on {day}; it was from {first} to {last}.{heir}",
        name=version.name,
        code=version.code,
        day=day,
        first=unit.valid_from,
        last=until if until is not None else "…",
        heir=_heir(directory, unit_id, day),
    )


def _heir(directory: Directory, unit_id: UUID | str, day: date) -> Text:
    """Which unit to record for instead, where the whole unit became part of it."""
    found = directory.heir(unit_id, day)
    heir = None if found in (None, str(unit_id)) else directory.attributes(found or "", day)
    if heir is None:
        return Text("", "")
    return Text(
        " Đơn vị kế thừa: {name} (mã {code}).", " Its successor is {name} (code {code})."
    ).format(name=heir.name, code=heir.code)


def organisation_refusal(
    directory: Directory,
    org_id: UUID | str,
    day: date,
    field: str,
    *,
    unit_id: UUID | str | None = None,
) -> Refusal | None:
    """Why an organisation (of `unit_id`, if given) cannot be named for that day, or None."""
    found = directory.organisation(org_id)
    if found is None or (unit_id is not None and found.unit_id != key(unit_id)):
        return refuse(
            UNKNOWN_ORGANISATION,
            field,
            _RULE,
            vi="Không có cơ quan {org} trong {unit}.",
            en="There is no organisation {org} in {unit}.",
            org=org_id,
            unit=unit_id if unit_id is not None else "…",
        )
    number = day.toordinal()
    if found.active(number):
        return None
    until = found.valid_to
    return refuse(
        ORGANISATION_NOT_ACTIVE,
        field,
        _RULE,
        vi="{name} không hoạt động vào {day}; hoạt động từ {first} đến {last}.",
        en="{name} was not active on {day}; it was from {first} to {last}.",
        name=found.name_at(number),
        day=day,
        first=found.valid_from,
        last=until if until is not None else "…",
    )


def organisations_refusal(
    ctx: Context,
    body: Body,
    named: Mapping[str, UUID | None],
    *,
    own: bool = False,
    day: date | None = None,
) -> Refusal | None:
    """Why one of the organisations, by the JSON pointer it stands at, cannot be named, or None.

    Each was active on `day` (`occurred_on` unless given) and, if `own`, belongs to the recording
    unit.
    """
    unit_id = body.unit_id if own else None
    for field, org_id in named.items():
        if org_id is None:
            continue
        refusal = organisation_refusal(
            ctx.directory, org_id, day or body.occurred_on, field, unit_id=unit_id
        )
        if refusal is not None:
            return refusal
    return None


def any_of_the_unit(ctx: Context, body: Body, org_ids: Iterable[UUID]) -> bool:
    """Whether at least one of the organisations belongs to the recording unit."""
    found = map(ctx.directory.organisation, org_ids)
    return any(one is not None and one.unit_id == text_of(body.unit_id) for one in found)


def each(field: str, org_ids: Iterable[UUID]) -> dict[str, UUID | None]:
    """The members of a list of organisations by their JSON pointers."""
    return {f"{field}/{index}": org_id for index, org_id in enumerate(org_ids)}


def _levels(draft: Draft) -> Text:
    """The levels that record the type, lowest first."""
    names = [LEVEL_NAMES[level] for level in sorted(draft.spec.levels, key=lambda v: v.rank)]
    return Text("; ".join(name.vi for name in names), "; ".join(name.en for name in names))
