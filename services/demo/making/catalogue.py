"""The catalogue: units, offices and rules, recorded where each belongs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from domain.events import derive_id
from services.demo.making.drafts import Event, event
from services.demo.making.places import (
    CENTRE,
    COMMUNES,
    FIRST_PLACES,
    HCM,
    MERGERS,
    OLD_WARDS,
    Q5,
    TAN_BIEN,
    TAY_NINH,
    Place,
)

START: Final = "2021-01-01"
"""The day from which this catalogue describes units and offices; most are older."""
_REFORM: Final = "2025-01-01"

_POLICE: Final = ("police", "Công an")
_FRONT: Final = ("front", "Ủy ban MTTQ Việt Nam")


def units() -> Iterable[Event]:
    """All units as they were, and the reorganisation of Quận 5's wards on 1/1/2025 (R102)."""
    ids = {place.key: place.unit_id for place in FIRST_PLACES}
    yield event(
        "UnitReorganised",
        CENTRE,
        "police",
        START,
        "units-2021",
        kind="created",
        to_=[
            {
                "unit_id": place.unit_id,
                "code": place.code,
                "name": place.name,
                "kind": place.kind,
                **({} if place.parent is None else {"parent_id": ids[place.parent]}),
            }
            for place in FIRST_PLACES
        ],
        effective_on=START,
    )


def reorganisation() -> Iterable[Event]:
    """Four pairs of wards become one each; the codes go on to the new wards."""
    for numbers, ward in MERGERS.values():
        yield event(
            "UnitReorganised",
            CENTRE,
            "police",
            "2024-12-31",
            f"merge-{ward.key}",
            kind="merge",
            from_=[{"unit_id": OLD_WARDS[number].unit_id, "share": "full"} for number in numbers],
            to_=[
                {
                    "unit_id": ward.unit_id,
                    "code": ward.code,
                    "name": ward.name,
                    "kind": ward.kind,
                    "parent_id": Q5.unit_id,
                }
            ],
            effective_on=_REFORM,
        )


def _office(place: Place, category: str, name: str, *roles: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "org_id": place.office(category),
        "unit_id": place.unit_id,
        "name": name,
        "category": category,
    }
    if roles:
        entry["roles"] = list(roles)
    return entry


def _local_offices(place: Place) -> list[dict[str, Any]]:
    return [
        _office(place, _POLICE[0], f"{_POLICE[1]} {place.name}", "standing_org"),
        _office(place, _FRONT[0], f"{_FRONT[1]} {place.name}", "committee_member"),
    ]


def _established(recorder: Place, record: str, day: str, offices: list[dict[str, Any]]) -> Event:
    return event(
        "OrganisationChanged",
        recorder,
        "police",
        day,
        record,
        kind="established",
        organisations=offices,
        effective_on=day,
    )


def central_offices() -> Iterable[Event]:
    """The centre's two receivers of reports (R56)."""
    yield _established(
        CENTRE,
        "offices-centre",
        START,
        [
            _office(
                CENTRE,
                "police",
                "Cục Xây dựng phong trào bảo vệ ANTQ (V05), Bộ Công an",
                "standing_org",
                "report_receiver",
            ),
            _office(
                CENTRE,
                "front",
                "Ban Phong trào, Ủy ban Trung ương MTTQ Việt Nam",
                "report_receiver",
            ),
        ],
    )
    for province in (HCM, TAY_NINH):
        yield _established(CENTRE, f"offices-{province.key}", START, _local_offices(province))


def hcm_offices() -> Iterable[Event]:
    """The offices of Quận 5 and its wards, before and after the merger of wards."""
    yield _established(
        HCM,
        "offices-q5",
        START,
        [
            *_local_offices(Q5),
            _office(Q5, "peoples_committee", "Ủy ban nhân dân Quận 5", "committee_member"),
        ],
    )
    wards = [office for ward in OLD_WARDS.values() for office in _local_offices(ward)]
    yield _established(HCM, "offices-wards-2021", START, wards)
    new = [office for _, ward in MERGERS.values() for office in _local_offices(ward)]
    yield _established(HCM, "offices-wards-2025", _REFORM, new)
    for numbers, ward in MERGERS.values():
        for category, _ in (_POLICE, _FRONT):
            yield event(
                "OrganisationChanged",
                HCM,
                "police",
                _REFORM,
                f"merge-{ward.key}-{category}",
                kind="merged",
                organisations=[
                    {
                        "org_id": OLD_WARDS[number].office(category),
                        "unit_id": OLD_WARDS[number].unit_id,
                    }
                    for number in numbers
                ],
                effective_on=_REFORM,
                successor_org_id=ward.office(category),
            )


def tay_ninh_offices() -> Iterable[Event]:
    """The offices of Huyện Tân Biên and its communes."""
    yield _established(
        TAY_NINH,
        "offices-tanbien",
        START,
        [office for place in (TAN_BIEN, *COMMUNES) for office in _local_offices(place)],
    )


def police_of_q5_dissolved() -> Iterable[Event]:
    """District police end on 1/3/2025; the committee's standing organisation changes (R18)."""
    yield event(
        "OrganisationChanged",
        HCM,
        "police",
        "2025-03-01",
        "q5-police-dissolved",
        subject=Q5.office("police"),
        kind="dissolved",
        organisations=[{"org_id": Q5.office("police"), "unit_id": Q5.unit_id}],
        effective_on="2025-03-01",
        successor_org_id=HCM.office("police"),
    )
    yield event(
        "OrganisationChanged",
        HCM,
        "police",
        "2025-03-01",
        "q5-front-standing",
        subject=Q5.office("front"),
        kind="role_assigned",
        organisations=[{"org_id": Q5.office("front"), "unit_id": Q5.unit_id}],
        role="standing_org",
        effective_on="2025-03-01",
    )


def _rule(
    recorder: Place,
    name: str,
    kind: str,
    valid_from: str,
    params: dict[str, Any],
    *,
    level: str | None = None,
    document: dict[str, Any] | None = None,
) -> Event:
    scope: dict[str, Any] = {"unit_id": recorder.unit_id}
    if level is not None:
        scope["level"] = level
    more: dict[str, Any] = {} if document is None else {"document": document}
    return event(
        "RuleDefined",
        recorder,
        "police",
        valid_from,
        f"rule-{name}",
        subject=str(derive_id("demo", "rule", recorder.key, name)),
        kind=kind,
        scope=scope,
        params=params,
        valid_from=valid_from,
        **more,
    )


def _day(month_day: str, year_offset: int = 0) -> dict[str, Any]:
    return {"month_day": month_day, **({"year_offset": year_offset} if year_offset else {})}


def central_rules() -> Iterable[Event]:
    """Periods and due dates (R53–R55) and targets (F1, R08 for F3)."""
    plan = {"number_raw": "279/KH-MTTW-BCA"}
    half = {"report_kind": "half_year", "half": 1}
    annual = {"report_kind": "annual"}
    before = _day("12-15", -1)
    for name, kind, params, level in (
        ("period-h1", "period", {**half, "start": before, "end": _day("06-14")}, None),
        ("period-annual", "period", {**annual, "start": before, "end": _day("12-14")}, None),
        ("due-h1", "due", {**half, "day": _day("06-20")}, "province"),
        ("due-annual", "due", {**annual, "day": _day("12-20")}, "province"),
        ("target-f1", "target", {"figure": "F1", "percent": 100}, None),
        ("target-f3", "target", {"figure": "F3", "percent": 75}, None),
    ):
        yield _rule(CENTRE, name, kind, START, params, level=level, document=plan)


def hcm_rules() -> Iterable[Event]:
    """The city asks its districts earlier than the centre asks the city (catalogue, C8)."""
    yield _rule(
        HCM,
        "due-h1-districts",
        "due",
        "2023-01-01",
        {"report_kind": "half_year", "half": 1, "day": _day("06-18")},
        level="district",
    )


def q5_rules() -> Iterable[Event]:
    """Quận 5's own cadence and due dates for its wards, of 2023 and rolled over (R119, R120)."""
    plan = {"number_raw": "05/KH-MTTQ-BTT", "issued_on": "2023-02-22"}
    half = {"report_kind": "half_year", "half": 1, "day": _day("06-15")}
    annual = {"report_kind": "annual", "day": _day("11-15")}
    cadence = {"every_months": 6, "anchor": "2022-12-15"}
    for name, kind, params in (
        ("cadence-wards", "cadence", cadence),
        ("due-h1-wards", "due", half),
        ("due-annual-wards", "due", annual),
    ):
        yield _rule(Q5, name, kind, "2023-02-22", params, level="commune", document=plan)


def tay_ninh_rules() -> Iterable[Event]:
    """Communes meet every month, the province every six (R76).

    The districts' three months are left out: no node of the demonstration records for Tân Biên's
    own committee, which would then owe meetings that nobody could enter.
    """
    programme = {"number_raw": "13 /CTrPH-CA-MTTQ", "issued_on": "2024-01-12"}
    for name, months, level in (("communes", 1, "commune"), ("province", 6, "province")):
        yield _rule(
            TAY_NINH,
            f"cadence-{name}",
            "cadence",
            "2024-01-12",
            {"every_months": months, "anchor": "2023-12-15"},
            level=level,
            document=programme,
        )
