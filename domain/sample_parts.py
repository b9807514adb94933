"""What the samples are made of: units, organisations, and the fields that every event has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.events import derive_id


def sample_id(name: str) -> str:
    """The identifier that stands for a thing in the samples."""
    return str(derive_id("sample", name))


CENTRE: Final = sample_id("centre")
PROVINCE: Final = sample_id("province")
DISTRICT: Final = sample_id("district")
WARD: Final = sample_id("ward")
WARD_NEXT: Final = sample_id("ward-next")
MINISTRY: Final = sample_id("ministry")
CITY_POLICE: Final = sample_id("city-police")
DISTRICT_POLICE: Final = sample_id("district-police")
WARD_POLICE: Final = sample_id("ward-police")
WARD_FRONT: Final = sample_id("ward-front")

Data = Mapping[str, Any]

DOCUMENT: Final = {
    "number_raw": "13 /CTrPH-CA-MTTQ",
    "issued_on": "2024-10-22",
    "issuer": "Công an tỉnh và Ủy ban MTTQ Việt Nam tỉnh",
}
DIGEST: Final = "sha256:" + "0123456789abcdef" * 4


def common(
    unit: str, org: str, name: str, occurred_on: str, *, full: bool = False
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "unit_id": unit,
        "org_id": org,
        "actor_account": "sample.account",
        "occurred_on": occurred_on,
        "source_system": "sample",
        "source_record_id": name,
        "campaign_tags": [],
        "area_tags": [],
    }
    if full:
        fields |= {
            "occurred_to": occurred_on,
            "aggregate_version": 1,
            "document_id": sample_id("document"),
            "campaign_tags": ["new_rural_and_urban"],
            "area_tags": ["industrial_zone"],
        }
    return fields


def ward(name: str, occurred_on: str = "2025-03-14", *, full: bool = False) -> dict[str, Any]:
    return common(WARD, WARD_POLICE, name, occurred_on, full=full)


def district(name: str, *, full: bool = False) -> dict[str, Any]:
    return common(DISTRICT, DISTRICT_POLICE, name, "2025-06-16", full=full)


def centre(name: str, *, full: bool = False) -> dict[str, Any]:
    return common(CENTRE, MINISTRY, name, "2025-06-16", full=full)
