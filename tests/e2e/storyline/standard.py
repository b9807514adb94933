"""Registrations and plans (step 3), and who is recognised by the standard of the year (step 14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from domain.refusals import Text
from services.demo.making.drafts import Event, event
from services.demo.making.places import HCM, Q5, WARDS, Place
from services.demo.reading import at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.asking import figure, row, row_percent
from tests.e2e.storyline.making import rule
from tests.e2e.storyline.places import AN_DONG, CHO_LON, CHO_QUAN, FROM_WARDS, NEW_WARDS

_UP: Final = ("q5-wards", "hcm", "central")
"""Who reads F3: communes, provinces and the centre."""
_ABOVE: Final = ("hcm", "central")
_NUMBER: Final = {ward.key: number for number, ward in WARDS.items()}

_AREAS: Final = dict(zip(WARDS, (6, 6, 6, 6, 6, 5, 5, 5, 5, 5), strict=True))
"""Residential areas by ward, 55 together: 18 in what becomes Chợ Quán, 17 in An Đông, 20 in Chợ
Lớn."""
_UNREGISTERED: Final = frozenset({5, 7, 9})
"""Wards of which one area each does not register, all in what becomes An Đông; so 52 do."""
_NOT_RECOGNISED: Final = {CHO_QUAN.key: 2, AN_DONG.key: 1, CHO_LON.key: 2}
"""By new ward: registered areas that the council does not find safe; so 47 are recognised."""


def _codes(number: int) -> list[str]:
    """The areas of a ward that register."""
    areas = _AREAS[number] - (number in _UNREGISTERED)
    return [f"kp-{area:02}" for area in range(1, areas + 1)]


def _counted(place: Place, day: str, areas: int) -> Event:
    return event(
        "IndicatorReported",
        place,
        "front",
        day,
        "areas-2025",
        indicator_code="subjects.residential_area",
        period="2025",
        value=areas,
        unit="areas",
    )


def _registrations() -> Iterator[Event]:
    for number, ward in WARDS.items():
        yield _counted(ward, "2025-02-20", _AREAS[number])
        for code in _codes(number):
            yield event(
                "EmulationRegistered",
                ward,
                "front",
                "2025-02-20",
                f"register-{code}",
                category_="residential_area",
                subject_code=code,
                year=2025,
                kind="register",
                households=200,
                households_committed=190,
            )


def _plan_rule() -> Iterator[Event]:
    """Trước ngày 28/3 (R118)."""
    yield rule(
        Q5,
        "plan-2025",
        "due",
        "2025-01-01",
        {"document_kind": "plan", "day": {"month_day": "03-28"}},
        level="commune",
        valid_to="2025-12-31",
    )


def _plans() -> Iterator[Event]:
    for number, ward in WARDS.items():
        day = "2025-04-02" if number == 12 else "2025-03-20"
        yield event(
            "DocumentIssued",
            ward,
            "front",
            day,
            "plan-2025",
            kind="plan",
            number_raw=f"{number:02}/KH-BCĐ",
            issuers=[ward.office("front")],
            issued_on=day,
        )


def _plans_are(vi: str, en: str, share: str, name: str, expected: str) -> Check:
    return figure(
        vi,
        en,
        "plans",
        {"unit": Q5.unit_id, "period": "2025-Q1"},
        at("total", share, name),
        expected,
        ("q5-wards", "q5", "hcm"),
    )


STEP_3: Final = Step(
    "3",
    "Quý I",
    Text("Đăng ký thi đua và kế hoạch năm", "Registrations and the plans of the year"),
    (
        Act((Push("q5", "03-rule"),)),
        Act(
            (Push("q5-wards", "03-registrations"), Push("q5-wards", "03-plans")),
            (
                figure(
                    "Khu dân cư đăng ký trên tổng số",
                    "Residential areas that register, of all",
                    "standard-rate",
                    {"unit": Q5.unit_id, "period": "2025-Q1"},
                    at("total", "ratios", "registration"),
                    "52/55",
                    _UP,
                ),
                _plans_are(
                    "Kế hoạch ban hành trước 28/3",
                    "Plans issued before 28/3",
                    "ratios",
                    "timeliness",
                    "9/10",
                ),
                _plans_are("Kế hoạch ban hành muộn", "Plans issued late", "values", "late", "1"),
                figure(
                    "Kế hoạch của Phường 12, ngày 2/4",
                    "Phường 12's plan, on 2/4",
                    "activity",
                    {"unit": WARDS[12].unit_id, "period": "2025-04-02..2025-04-02"},
                    at("total", "details", "DocumentIssued.plan.events"),
                    "1",
                    ("q5-wards", "q5", "hcm", "central"),
                ),
            ),
        ),
    ),
)


def _judged() -> Iterator[Event]:
    """In November the city judges the areas that the ten wards registered.

    Its node holds the registrations; the new wards' node is no superior of the old wards' and never
    got them.
    """
    for place in NEW_WARDS:
        registered = [(w, code) for w in FROM_WARDS[place.key] for code in _codes(_NUMBER[w.key])]
        refused = registered[: _NOT_RECOGNISED[place.key]]
        for ward, code in registered:
            outcome = "refused" if (ward, code) in refused else "recognised"
            days = {"self_assessed": "2025-11-03", "council": "2025-11-10", outcome: "2025-11-14"}
            yield from (_stage(ward, code, *step) for step in days.items())


def _stage(ward: Place, code: str, stage: str, day: str) -> Event:
    return event(
        "StandardDecided",
        HCM,
        "police",
        day,
        f"{stage}-{ward.key}-{code}",
        category_="residential_area",
        subject_code=code,
        subject_unit_id=ward.unit_id,
        year=2025,
        stage=stage,
        standard_version="circular_124_2021",
        window={"first": "2024-11-01", "last": "2025-10-31"},
    )


_ASKED: Final[Mapping[str, str]] = {"unit": HCM.unit_id, "period": "2025"}


def _rate(place: Place, share: str, percent: str) -> tuple[Check, Check]:
    """A ward's areas recognised, of all that it has; and the same in percent."""
    name, asked = "standard-rate", _ASKED
    return (
        figure(
            f"{place.name}: được công nhận trên tổng số",
            f"{place.name}: recognised, of all",
            name,
            asked,
            row(place, "standard_rate", "ratios"),
            share,
            _ABOVE,
        ),
        figure(
            f"{place.name}: tỷ lệ đạt (%)",
            f"{place.name}: rate in percent",
            name,
            asked,
            row_percent(place, "standard_rate"),
            percent,
            _ABOVE,
        ),
    )


STEP_14: Final = Step(
    "14",
    "1/11 – 14/11",
    Text(
        "Khu dân cư đạt tiêu chuẩn “An toàn về an ninh, trật tự”",
        "Residential areas safe in security and order",
    ),
    (
        Act(
            (Push("hcm-wards", "14-counted"), Push("hcm", "14-judged")),
            (
                *_rate(CHO_QUAN, "16/18", "88.9"),
                *_rate(AN_DONG, "13/17", "76.5"),
                figure(
                    "Phường An Đông: trên số đăng ký",
                    "Phường An Đông: of the registered",
                    "standard-rate",
                    _ASKED,
                    row(AN_DONG, "of_registered", "ratios"),
                    "13/14",
                    _ABOVE,
                ),
                figure(
                    "Phường An Đông: trên số đăng ký (%)",
                    "Phường An Đông: of the registered, in percent",
                    "standard-rate",
                    _ASKED,
                    row_percent(AN_DONG, "of_registered"),
                    "92.9",
                    _ABOVE,
                ),
                *_rate(CHO_LON, "18/20", "90.0"),
                figure(
                    "Ba phường cộng lại",
                    "The three wards together",
                    "standard-rate",
                    _ASKED,
                    at("total", "ratios", "standard_rate"),
                    "47/55",
                    _ABOVE,
                ),
                figure(
                    "Ba phường cộng lại (%)",
                    "The three wards together, in percent",
                    "standard-rate",
                    _ASKED,
                    at("total", "ratios", "standard_rate", "percent"),
                    "85.5",
                    _ABOVE,
                ),
                figure(
                    "Chỉ tiêu phải đạt (%)",
                    "The target in percent",
                    "standard-rate",
                    _ASKED,
                    at("target_percent"),
                    "75",
                    _ABOVE,
                ),
            ),
        ),
    ),
)

FILES: Final = {
    "03-rule": _plan_rule,
    "03-registrations": _registrations,
    "03-plans": _plans,
    "14-counted": lambda: [
        _counted(place, "2025-11-01", sum(_AREAS[_NUMBER[w.key]] for w in FROM_WARDS[place.key]))
        for place in NEW_WARDS
    ],
    "14-judged": _judged,
}
