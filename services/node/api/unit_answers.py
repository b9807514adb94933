"""How units are written: as of a day, and through time."""

from __future__ import annotations

import unicodedata
from datetime import date

from pydantic import BaseModel

from domain.books import FOREVER, day_or_none
from domain.directory import Directory
from domain.levels import Level
from domain.organisation_book import OrganisationHistory
from domain.unit_history import LineageEdge, UnitHistory


class UnitBrief(BaseModel):
    """A unit as it is called on a day."""

    unit_id: str
    code: str
    name: str
    kind: str
    level: Level
    parent_id: str | None
    valid_from: date
    """The unit's first day."""
    valid_to: date | None
    """Its last day; null while no end is known."""
    active: bool
    """Whether it exists on the day asked about."""


class UnitSpell(BaseModel):
    """What a unit was from one day to another."""

    valid_from: date
    valid_to: date | None
    code: str
    name: str
    kind: str
    parent_id: str | None


class DatedName(BaseModel):
    """A name and the day from which it holds."""

    valid_from: date
    name: str


class DatedRole(BaseModel):
    """A role an organisation is charged with over a time."""

    role: str
    valid_from: date
    valid_to: date | None


class OrganisationAnswer(BaseModel):
    """An organisation through time."""

    org_id: str
    category: str
    name: str
    """Its name on the day asked about, or the nearest."""
    active: bool
    valid_from: date
    valid_to: date | None
    names: list[DatedName]
    roles: list[DatedRole]
    successor_id: str | None


class Lineage(BaseModel):
    """One unit became part of another."""

    from_id: str
    to_id: str
    share: str
    on: date
    event_id: str


class UnitAnswer(BaseModel):
    """A unit with everything dated about it."""

    unit: UnitBrief
    day: date
    versions: list[UnitSpell]
    ancestors: list[UnitBrief]
    children: list[UnitBrief]
    organisations: list[OrganisationAnswer]
    predecessors: list[Lineage]
    successors: list[Lineage]


def folded(text: str) -> str:
    """Text for finding: lower case, without the marks of Vietnamese."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def brief(unit: UnitHistory, day: date) -> UnitBrief:
    """The unit as of a day."""
    number = day.toordinal()
    version = unit.at(number)
    return UnitBrief(
        unit_id=unit.unit_id,
        code=version.code,
        name=version.name,
        kind=version.kind.value,
        level=unit.level,
        parent_id=version.parent_id,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        active=unit.active(number),
    )


def unit_answer(directory: Directory, unit: UnitHistory, day: date) -> UnitAnswer:
    """The whole answer about one unit."""
    return UnitAnswer(
        unit=brief(unit, day),
        day=day,
        versions=[
            UnitSpell(
                valid_from=date.fromordinal(start),
                valid_to=_last_day(stop),
                code=version.code,
                name=version.name,
                kind=version.kind.value,
                parent_id=version.parent_id,
            )
            for start, stop, version in unit.spells()
        ],
        ancestors=_briefs(directory, directory.ancestors(unit.unit_id, day), day),
        children=sorted(
            _briefs(directory, directory.children(unit.unit_id, day), day),
            key=lambda child: (child.code, child.unit_id),
        ),
        organisations=[
            _organisation(found, day)
            for org_id in directory.organisations_of(unit.unit_id)
            if (found := directory.organisation(org_id)) is not None
        ],
        predecessors=[_edge(edge) for edge in directory.predecessors(unit.unit_id)],
        successors=[_edge(edge) for edge in directory.successors(unit.unit_id)],
    )


def _briefs(directory: Directory, ids: tuple[str, ...], day: date) -> list[UnitBrief]:
    units = (directory.unit(unit_id) for unit_id in ids)
    return [brief(unit, day) for unit in units if unit is not None]


def _organisation(found: OrganisationHistory, day: date) -> OrganisationAnswer:
    number = day.toordinal()
    return OrganisationAnswer(
        org_id=found.org_id,
        category=found.category.value,
        name=found.name_at(number),
        active=found.active(number),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        names=[
            DatedName(valid_from=date.fromordinal(start), name=name) for start, name in found.names
        ],
        roles=[
            DatedRole(
                role=spell.role,
                valid_from=date.fromordinal(spell.start),
                valid_to=_last_day(spell.stop),
            )
            for spell in found.roles
        ],
        successor_id=found.successor_id,
    )


def _edge(edge: LineageEdge) -> Lineage:
    return Lineage(
        from_id=edge.from_id,
        to_id=edge.to_id,
        share=edge.share.value,
        on=edge.on,
        event_id=edge.event_id,
    )


def _last_day(stop: int) -> date | None:
    return day_or_none(stop - 1) if stop < FOREVER else None
