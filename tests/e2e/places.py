"""A small country for tests: its units, the services that record for them, and its catalogue.

Wards stand under a district, towns directly under the city, so events reach the centre by ways of
two lengths. One commune service records for three units, one for two, one for a single unit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Event = dict[str, Any]
"""A CloudEvent as a local system pushes it."""

_NAMESPACE: Final = uuid.UUID("0d9f5c0e-52a7-4a43-9a6e-3c1b7a0f6c21")


def ident(name: str) -> str:
    """The identifier of what a test calls by this name."""
    return str(uuid.uuid5(_NAMESPACE, name))


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit."""

    name: str
    kind: str
    code: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """A node: what it is called in tests, its level, the node above, the units it records for."""

    name: str
    level: str
    parent: str | None
    units: tuple[str, ...]


UNITS: Final[Mapping[str, Unit]] = {
    unit.name: unit
    for unit in (
        Unit("centre", "central", "00", None),
        Unit("city", "province", "79", "centre"),
        Unit("district", "district", "774", "city"),
        Unit("ward-1", "ward", "27301", "district"),
        Unit("ward-2", "ward", "27304", "district"),
        Unit("ward-3", "ward", "27307", "district"),
        Unit("ward-4", "ward", "27310", "district"),
        Unit("town-1", "township", "27313", "city"),
        Unit("town-2", "commune", "27316", "city"),
    )
}
SERVICES: Final[Mapping[str, Service]] = {
    service.name: service
    for service in (
        Service("central", "central", None, ("centre",)),
        Service("city", "province", "central", ("city",)),
        Service("district", "district", "city", ("district",)),
        Service("wards", "commune", "district", ("ward-1", "ward-2", "ward-3")),
        Service("ward", "commune", "district", ("ward-4",)),
        Service("towns", "commune", "city", ("town-1", "town-2")),
    )
}
COMMUNE_SERVICES: Final = tuple(s.name for s in SERVICES.values() if s.level == "commune")
COMMUNES: Final = tuple(unit for name in COMMUNE_SERVICES for unit in SERVICES[name].units)
DESKS: Final = ("police", "front")
"""The organisations of every unit; each has a system of its own that pushes."""
LAST_GOOD_DAY: Final[Mapping[str, str]] = {
    f"{year}{half}": f"{year}-{day}"
    for year in ("2023", "2024")
    for half, day in (("-H1", "06-19"), ("-H2", "12-19"), ("", "12-19"))
}
"""Of the reports of each period, by the rules in the catalogue."""


def service_of(unit: str) -> str:
    """The service that records for a unit."""
    return next(s.name for s in SERVICES.values() if unit in s.units)


def event(
    type: str,
    unit: str,
    record: str,
    occurred_on: str,
    *,
    desk: str = "police",
    subject: str | None = None,
    **data: Any,
) -> Event:
    """An event as the desk's system pushes it; the same words always make the same event."""
    attributes = {} if subject is None else {"subject": subject}
    return {
        "specversion": "1.0",
        "id": ident(f"event {unit} {desk} {record}"),
        "source": f"/local/{desk}",
        "type": f"vn.antq.{type}",
        **attributes,
        "data": {
            "unit_id": ident(unit),
            "org_id": ident(f"{unit} {desk}"),
            "actor_account": f"{desk}.desk",
            "occurred_on": occurred_on,
            "source_system": desk,
            "source_record_id": record,
            **data,
        },
    }


def catalogue() -> list[Event]:
    """Everything the centre records before anybody else can: units, organisations, rules."""
    units = [
        {
            "unit_id": ident(unit.name),
            "code": unit.code,
            "name": f"Đơn vị {unit.code}",
            "kind": unit.kind,
            **({} if unit.parent is None else {"parent_id": ident(unit.parent)}),
        }
        for unit in UNITS.values()
    ]
    return [
        _central("UnitReorganised", "units", kind="created", to=units, effective_on="2000-01-01"),
        _central(
            "OrganisationChanged",
            "organisations",
            kind="established",
            organisations=[organisation(unit, desk) for unit in UNITS for desk in DESKS],
            effective_on="2000-01-01",
        ),
        *_rules(),
    ]


def organisation(unit: str, desk: str) -> dict[str, str]:
    """An organisation as it stands in the event that establishes it."""
    category = desk if desk in DESKS else "other"
    return {
        "org_id": ident(f"{unit} {desk}"),
        "unit_id": ident(unit),
        "name": f"{desk} {UNITS[unit].code}",
        "category": category,
    }


def _central(type: str, record: str, **data: Any) -> Event:
    return event(type, "centre", record, "2022-12-01", **data)


def _rules() -> list[Event]:
    """Everybody's half-years end on 14/6 and 14/12; communes report before the 20th and meet every
    month."""
    rules: list[tuple[str, str, dict[str, Any]]] = [
        ("cadence", "cadence", {"every_months": 1, "anchor": "2023-01-01"})
    ]
    for record, about, start, end, due in (
        ("h1", {"report_kind": "half_year", "half": 1}, ("12-15", -1), "06-14", "06-20"),
        ("h2", {"report_kind": "half_year", "half": 2}, ("06-15", 0), "12-14", "12-20"),
        ("year", {"report_kind": "annual"}, ("12-15", -1), "12-14", "12-20"),
    ):
        first = {"month_day": start[0], "year_offset": start[1]}
        rules.append((f"period {record}", "period", {**about, "start": first, "end": _day(end)}))
        rules.append((f"due {record}", "due", {**about, "day": _day(due)}))
    commune = {"level": "commune"}
    return [
        _central(
            "RuleDefined",
            record,
            kind=kind,
            scope={"unit_id": ident("centre")} | ({} if kind == "period" else commune),
            params=params,
            valid_from="2022-01-01",
        )
        for record, kind, params in rules
    ]


def _day(month_day: str) -> dict[str, Any]:
    return {"month_day": month_day, "year_offset": 0}
