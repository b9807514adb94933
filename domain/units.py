"""Administrative units: how they are created, changed and succeed one another.

A unit is its UUID. Its code, name, kind and parent are dated, because the statistics office reuses
codes and the hierarchy changes (requirement R102, reform of 1/7/2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.events import (
    Body,
    Day,
    Draft,
    Label,
    Record,
    UnitCode,
    Value,
    body_of,
    event_type,
)
from domain.levels import Level
from domain.refusals import (
    UNIT_NOT_HOSTED,
    Notice,
    Refusal,
    Text,
    refuse,
)

MAX_UNITS: Final = 500
"""Units in one event; its bytes are limited as well (65,535)."""

RULE: Final = "R102"


class UnitKind(StrEnum):
    """What a unit is called; its level follows from it."""

    COMMUNE = "commune"
    WARD = "ward"
    TOWNSHIP = "township"
    SPECIAL_ZONE = "special_zone"
    DISTRICT = "district"
    PROVINCE = "province"
    CENTRAL = "central"

    @property
    def level(self) -> Level:
        return _LEVELS.get(self, Level.COMMUNE)


_LEVELS: Final = {
    UnitKind.DISTRICT: Level.DISTRICT,
    UnitKind.PROVINCE: Level.PROVINCE,
    UnitKind.CENTRAL: Level.CENTRAL,
}


class ReorganisationKind(StrEnum):
    """What happened to the units."""

    CREATED = "created"
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    ABOLISH = "abolish"
    REPARENT = "reparent"


class Share(StrEnum):
    """Whether a unit went in whole or only a part of it did."""

    FULL = "full"
    PART = "part"


class FromUnit(Value):
    """A unit that gives: whole, and then it ends; or a part, and then it goes on."""

    unit_id: UUID
    share: Share = Share.FULL


class ToUnit(Value):
    """A unit that receives, begins or changes.

    A unit that begins needs `code`, `name`, `kind` and (except the centre) `parent_id`; of a unit
    that exists, only what changes is given.
    """

    unit_id: UUID
    share: Share | None = None
    """Whether the receiving unit consists of the giving units only; for readers of the event.
    The lineage is computed from the giving side."""
    code: UnitCode | None = None
    name: Label | None = None
    kind: UnitKind | None = None
    level: Level | None = None
    """May be given with `kind`, and then agrees with it."""
    parent_id: UUID | None = None


@event_type(
    aggregate="unit",
    title_vi="Sắp xếp đơn vị hành chính",
    title_en="Administrative units reorganised",
    levels=frozenset({Level.CENTRAL}),
)
class UnitReorganised(Body):
    """Units were created, merged, split, renamed, abolished or given another parent (R102).

    `occurred_on` is the day of the act, `effective_on` the day it takes effect, which may be
    earlier (history entered later) or later (a resolution before its date). A giving unit was
    active on the day before. A split is never apportioned by formula.
    """

    kind: ReorganisationKind
    from_units: tuple[FromUnit, ...] = Field(alias="from", default=(), max_length=MAX_UNITS)
    to_units: tuple[ToUnit, ...] = Field(alias="to", default=(), max_length=MAX_UNITS)
    effective_on: Day
    document: DocumentRef | None = None

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """The unit itself when the event concerns one unit, else an aggregate of its own."""
        receiving = {unit.unit_id for unit in self.to_units}
        concerned = receiving or {unit.unit_id for unit in self.from_units}
        return concerned.pop() if len(concerned) == 1 else event_id


def _by_the_centre(draft: Draft, ctx: Context) -> Refusal | None:
    centre = ctx.directory.centre
    body = body_of(draft, UnitReorganised)
    if centre is None:
        # Bootstrap: before any unit is known, the only event taken is the one in which the
        # central unit creates itself.
        itself = any(
            unit.unit_id == body.unit_id and unit.kind is UnitKind.CENTRAL for unit in body.to_units
        )
        if body.kind is ReorganisationKind.CREATED and itself:
            return None
    elif centre == str(body.unit_id):
        return None
    return refuse(
        UNIT_NOT_HOSTED,
        "/data/unit_id",
        RULE,
        vi="Chỉ đơn vị trung ương ghi sắp xếp đơn vị; sự kiện đầu tiên là created, có chính đơn "
        "vị trung ương trong to.",
        en="Only the central unit records reorganisations; the first one is created, with the "
        "central unit itself in to.",
    )


@decides(UnitReorganised, check=_by_the_centre)
def decide_reorganisation(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Accept what leaves the whole catalogue consistent, on every day from `effective_on` on."""
    del history
    refusal = ctx.directory.refusal_of(draft, ctx)
    if refusal is not None:
        return refusal
    return Accepted((draft,), _orphans(draft, ctx))


def _orphans(draft: Draft, ctx: Context) -> tuple[Notice, ...]:
    """Warn of units whose parent ends here: nobody may guess where they go."""
    body = body_of(draft, UnitReorganised)
    if body.kind is ReorganisationKind.ABOLISH:
        return ()
    receiving = {unit.unit_id for unit in body.to_units}
    left = sum(
        len(ctx.directory.children(unit.unit_id, body.effective_on))
        for unit in body.from_units
        if unit.share is Share.FULL and unit.unit_id not in receiving
    )
    if not left:
        return ()
    text = Text(
        "Còn {left} đơn vị trực thuộc các đơn vị kết thúc vào {day}; ghi reparent cho chúng.",
        "{left} units are under units that end on {day}; record reparent for them.",
    )
    return (Notice("children-to-reparent", text.format(left=left, day=body.effective_on)),)
