"""The catalogue of units and organisations to measure with: what every node needs first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from bench.country import CENTRE, COMMUNES, DISTRICTS, organisation_of, unit_of
from bench.happenings import Data, Happening, Recorded, Recorder, common_fields
from domain.events import derive_id

_UNITS_AN_EVENT: Final = 100
_FOUNDED: Final = "1990-01-01"


def catalogue(provinces: int = 1) -> list[Recorded]:
    """Units and organisations, as the centre records them: what every node needs first.

    Every province has the districts and communes of the first, numbered on.
    """
    recorder = Recorder()
    at = datetime(2014, 12, 1, tzinfo=UTC)
    return [
        recorder.record(happening, at + timedelta(seconds=number))
        for number, happening in enumerate(_catalogue(provinces))
    ]


def _catalogue(provinces: int) -> Iterator[Happening]:
    top = [_created(CENTRE, "00", "central", None)]
    top += [
        _created(unit_of("province", n), f"{79 + n}", "province", CENTRE) for n in range(provinces)
    ]
    top += [
        _created(
            unit_of("district", n),
            f"{700 + n}",
            "district",
            unit_of("province", n // DISTRICTS),
        )
        for n in range(DISTRICTS * provinces)
    ]
    communes = [
        _created(
            unit_of("commune", n),
            f"{20000 + n}",
            "ward",
            unit_of("district", n % DISTRICTS + n // COMMUNES * DISTRICTS),
        )
        for n in range(COMMUNES * provinces)
    ]
    for number, part in enumerate((*_parts(top), *_parts(communes))):
        yield _founding("UnitReorganised", f"units-{number}", {"kind": "created", "to": part})
    units = [UUID(unit["unit_id"]) for unit in (*top, *communes)]
    organisations = [
        {
            "org_id": str(organisation_of(unit, category)),
            "unit_id": str(unit),
            "name": name,
            "category": category,
            "roles": [],
        }
        for unit in units
        for category, name in (("police", "Công an"), ("front", "Ủy ban MTTQ Việt Nam"))
    ]
    for number, part in enumerate(_parts(organisations)):
        yield _founding(
            "OrganisationChanged",
            f"organisations-{number}",
            {"kind": "established", "organisations": part},
        )


def _parts(values: list[Data]) -> list[list[Data]]:
    return [values[i : i + _UNITS_AN_EVENT] for i in range(0, len(values), _UNITS_AN_EVENT)]


def _created(unit_id: UUID, code: str, kind: str, parent: UUID | None) -> Data:
    unit = {"unit_id": str(unit_id), "code": code, "name": f"{kind} {code}", "kind": kind}
    return unit if parent is None else {**unit, "parent_id": str(parent)}


def _founding(kind: str, name: str, data: Data) -> Happening:
    day = date.fromisoformat(_FOUNDED)
    return Happening(
        0,
        CENTRE,
        kind,
        derive_id("bench", name),
        None,
        {**common_fields(CENTRE, name, day), "effective_on": _FOUNDED, **data},
    )
