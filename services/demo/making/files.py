"""Which events stand in which file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import orjson

from services.demo.making import catalogue, meetings, models, reports
from services.demo.making.drafts import Event

_Maker = Callable[[], Iterable[Event]]

_CONTENTS: Final[Mapping[str, tuple[_Maker, ...]]] = MappingProxyType(
    {
        "00-central-catalogue": (
            catalogue.units,
            catalogue.central_offices,
            catalogue.reorganisation,
            catalogue.central_rules,
        ),
        "00-hcm-catalogue": (catalogue.hcm_offices, catalogue.hcm_rules),
        "00-tayninh-catalogue": (catalogue.tay_ninh_offices, catalogue.tay_ninh_rules),
        "00-q5-rules-and-models": (catalogue.q5_rules, models.established),
        "00-q5-wards-points": (models.points,),
        "00-tayninh-communes-meetings": (meetings.tay_ninh_communes,),
        "00-tayninh-meetings": (meetings.tay_ninh_province,),
        "01-q5-wards-meeting": (meetings.phuong_8_meeting,),
        "04-hcm-police-dissolved": (catalogue.police_of_q5_dissolved,),
        "05-q5-wards-quarter": (meetings.first_quarter, models.reviews),
        "05-q5-wards-correction": (meetings.correction,),
        "06-q5-wards-replay": (meetings.replayed,),
        "06-q5-wards-pushed-twice": (meetings.pushed_twice,),
        "06-q5-wards-retraction": (meetings.duplicate_retracted,),
        "07-q5-wards-reviews": (models.weak_point,),
        "07-q5-wards-retirement": (models.retirement,),
        "08-q5-wards-reports": (meetings.ward_committees, reports.from_wards),
        "08-q5-return": (reports.returned,),
        "08-q5-wards-version-2": (reports.second_version,),
        "08-q5-report": (reports.by_district,),
        "08-hcm-report": (reports.by_city,),
        "08-tayninh-report": (reports.by_tay_ninh,),
        "08-central-receipts": (reports.by_centre,),
    }
)


def contents() -> Mapping[str, bytes]:
    """Every file by its name without suffix: one event a line. The same on every call."""
    return {name: _lines(makers) for name, makers in _CONTENTS.items()}


def _lines(makers: Iterable[_Maker]) -> bytes:
    return b"".join(orjson.dumps(event) + b"\n" for maker in makers for event in maker())
