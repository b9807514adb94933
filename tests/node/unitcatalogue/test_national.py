"""The whole country, from the public tables: counts, lineage, codes, and how long it takes."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from domain.directory import Directory
from domain.levels import Level
from domain.units import Share
from services.node.unitcatalogue.choices import Source
from services.node.unitcatalogue.planning import FIRST_DAY, REFORM, Event, plan_events, unit_id
from services.node.unitcatalogue.sources import Loaded, load
from services.node.unitcatalogue.tables import RemarkKind
from services.node.unitcatalogue.trying import TRIAL, population, tried
from tests.domain.directories import bearer

_NAMES = (
    "nso-conversion-2025-07-01.csv",
    "units-before-2025-07-01.csv",
    "quan-5-wards-lineage.csv",
)
_FOLDERS = [parent / "shared/data/units" for parent in Path(__file__).resolve().parents]
TABLES = next((folder for folder in _FOLDERS if folder.is_dir()), None)

pytestmark = pytest.mark.skipif(
    TABLES is None, reason="the public tables are kept beside the project, not in it"
)


@cache
def loaded() -> Loaded:
    assert TABLES is not None
    return load(Source.CSV, [TABLES / name for name in _NAMES])


@cache
def events() -> tuple[Event, ...]:
    return plan_events(loaded().tables, TRIAL, FIRST_DAY, loaded().mergers)


@cache
def directory() -> Directory:
    found, problems = tried(events())
    assert problems == {}
    return found


def test_63_and_10035_before_34_and_3321_after() -> None:
    counted = {
        day: tuple(population(directory(), day)[level] for level in reversed(Level))
        for day in (date(2024, 12, 31), REFORM - timedelta(days=1), REFORM)
    }
    assert counted == {
        date(2024, 12, 31): (1, 63, 696, 10_039),
        date(2025, 6, 30): (1, 63, 696, 10_035),
        REFORM: (1, 34, 0, 3_321),
    }


def test_every_commune_of_before_has_its_lineage() -> None:
    without = [
        unit.unit_id
        for unit in directory().units()
        if unit.level is Level.COMMUNE
        and not unit.active(REFORM.toordinal())
        and not directory().successors(unit.unit_id)
    ]
    assert without == []


def test_divided_communes_have_parts_and_no_heir() -> None:
    tables = loaded().tables
    divided = {move.old for move in tables.moves if move.share is Share.PART} - tables.staying
    assert 430 < len(divided) < 450
    for code in divided:
        edges = directory().successors(unit_id(code))
        assert {edge.share for edge in edges} == {Share.PART}
        assert directory().heir(unit_id(code), REFORM) is None


def test_the_five_islands_are_special_zones() -> None:
    zones = loaded().tables.zones
    assert len(zones) == 5
    for district, zone in zones.items():
        assert directory().heir(unit_id(district), REFORM) == unit_id(zone, REFORM)


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("27316", date(2024, 12, 16), "Phường 8"),
        ("27316", date(2025, 1, 1), "Phường 7"),
        ("27316", date(2025, 7, 3), "Phường An Đông"),
        ("27307", date(2025, 6, 30), "Phường 2"),
        ("27307", date(2025, 7, 5), None),
        ("27301", date(2025, 7, 5), "Phường Chợ Quán"),
        ("80", date(2025, 6, 30), "Tỉnh Long An"),
        ("80", date(2025, 7, 1), "Tỉnh Tây Ninh"),
        ("72", date(2025, 6, 30), "Tỉnh Tây Ninh"),
    ],
)
def test_a_code_means_the_unit_of_that_day(code: str, day: date, name: str | None) -> None:
    """Storyline 11."""
    found = bearer(directory(), code, day)
    attributes = None if found is None else directory().attributes(found, day)
    assert (None if attributes is None else attributes.name) == name


def test_what_the_tables_disagree_about_is_told() -> None:
    remarks = loaded().remarks
    corrected = {r.code for r in remarks if r.kind is RemarkKind.CORRECTED}
    assert {"00553", "01615", "02485"} <= corrected  # other communes' codes
    skipped = [r for r in remarks if r.kind is RemarkKind.SKIPPED]
    assert len(skipped) == 18
