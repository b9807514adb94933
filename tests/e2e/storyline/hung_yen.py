"""Hưng Yên (step 15): of 139 communes one is weak in 2024; a directive goes down; in 2025 none is.

Codes from 90001 stand for its communes: which of them the storyline means nobody says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from domain.refusals import Text
from services.demo.making.drafts import Event, event, event_id
from services.demo.making.places import CENTRE, Place
from services.demo.reading import at
from services.demo.story import Act, Check, Push, Step
from tests.e2e.storyline.asking import figure
from tests.e2e.storyline.making import created, merged, offices

HUNG_YEN: Final = Place("hungyen", "33", "Tỉnh Hưng Yên", "province", "centre")
_COMMUNES: Final = [
    Place(f"hungyen-{n}", f"{90_000 + n}", f"Xã {n}", "commune", "hungyen") for n in range(1, 140)
]
_STAYING: Final = _COMMUNES[:104]
_JOINING: Final = _COMMUNES[104:]
_WEAK: Final = _COMMUNES[0]
_CLASSES: Final = {
    2024: {"weak": 1, "average": 14, "good": 86, "excellent": 38},
    2025: {"weak": 0, "average": 11, "good": 58, "excellent": 35},
}
_NODES: Final = ("hungyen", "central")


def _units() -> Iterator[Event]:
    yield created("units-hungyen", [HUNG_YEN], CENTRE)
    yield created("units-hungyen-communes", _COMMUNES, HUNG_YEN)
    yield offices(CENTRE, "offices-hungyen", "2021-01-01", [HUNG_YEN])


def _classified(year: int, places: Sequence[Place]) -> Iterator[Event]:
    classes = [name for name, number in _CLASSES[year].items() for _ in range(number)]
    for place, name in zip(places, classes, strict=True):
        yield event(
            "MovementClassified",
            HUNG_YEN,
            "police",
            f"{year}-12-10",
            f"classified-{year}-{place.code}",
            category_="commune",
            subject_unit_id=place.unit_id,
            year=year,
            classification=name,
        )


def _directive() -> Iterator[Event]:
    yield event(
        "DocumentIssued",
        HUNG_YEN,
        "police",
        "2025-01-06",
        "directive-weak",
        subject=event_id(f"demo.{HUNG_YEN.key}.police", "directive-weak"),
        kind="directive",
        number_raw="01/CT-BCĐ",
        issuers=[HUNG_YEN.office("police")],
        issued_on="2025-01-06",
        recipients=[{"org_id": _WEAK.office("police"), "purpose": "action"}],
    )


def _acknowledged() -> Iterator[Event]:
    yield event(
        "DocumentAcknowledged",
        _WEAK,
        "police",
        "2025-01-08",
        "received-directive",
        subject=event_id(f"demo.{HUNG_YEN.key}.police", "directive-weak"),
        received_at="2025-01-08T02:30:00Z",
    )


def _reform() -> Iterator[Event]:
    for number, place in enumerate(_JOINING):
        yield merged([place], _STAYING[1 + number], None, "2025-07-01")


def _counted(year: int) -> Iterator[Check]:
    words: Mapping[str, tuple[str, str]] = {
        "excellent": ("xuất sắc", "excellent"),
        "good": ("khá", "good"),
        "average": ("trung bình", "average"),
        "weak": ("yếu", "weak"),
    }
    for name, (vi, en) in words.items():
        yield Check(
            Text(f"Hưng Yên {year}: xã {vi}", f"Hưng Yên {year}: communes {en}"),
            "/v1/figures/movement-classification",
            MappingProxyType({"unit": HUNG_YEN.unit_id, "period": f"{year}"}),
            at("total", "values", name),
            str(_CLASSES[year][name]),
            _NODES,
        )


STEP_15: Final = Step(
    "15",
    "2024 – 2025",
    Text("Hưng Yên: một xã yếu, rồi không còn xã yếu", "Hưng Yên: one weak commune, then none"),
    (
        Act((Push("central", "15-units"),)),
        Act((Push("hungyen", "15-offices"),)),
        Act((Push("hungyen", "15-classified-2024"),), tuple(_counted(2024))),
        Act(
            (Push("hungyen", "15-directive"),),
            (
                figure(
                    "Chỉ đạo còn chờ tiếp nhận",
                    "The directive waits to be acknowledged",
                    "plans",
                    {"unit": HUNG_YEN.unit_id, "period": "2025-01"},
                    at("total", "values", "awaiting"),
                    "1",
                    ("hungyen-communes", "hungyen"),
                ),
            ),
            changed_later=True,
        ),
        Act(
            (Push("hungyen-communes", "15-acknowledged"),),
            (
                Check(
                    Text("Xã yếu đã tiếp nhận chỉ đạo", "The weak commune acknowledged"),
                    "/v1/figures/activity",
                    MappingProxyType({"unit": HUNG_YEN.unit_id, "period": "2025-01"}),
                    at("total", "values", "DocumentAcknowledged.events"),
                    "1",
                    ("hungyen-communes", *_NODES),
                ),
                figure(
                    "Nơi nhận đã tiếp nhận chỉ đạo",
                    "Recipients of the directive that acknowledged it",
                    "plans",
                    {"unit": HUNG_YEN.unit_id, "period": "2025-01"},
                    at("total", "ratios", "acknowledgement"),
                    "1/1",
                    ("hungyen-communes", "hungyen"),
                ),
            ),
        ),
        Act((Push("central", "15-reform"),)),
        Act((Push("hungyen", "15-classified-2025"),), tuple(_counted(2025))),
    ),
)

FILES: Final = {
    "15-units": _units,
    "15-offices": lambda: [offices(HUNG_YEN, "offices-weak", "2021-01-01", [_WEAK])],
    "15-classified-2024": lambda: _classified(2024, _COMMUNES),
    "15-directive": _directive,
    "15-acknowledged": _acknowledged,
    "15-reform": _reform,
    "15-classified-2025": lambda: _classified(2025, _STAYING),
}
