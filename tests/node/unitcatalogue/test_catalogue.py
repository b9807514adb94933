"""From the publishers' tables to events: what is planned, and what does not fit."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.directory import Directory
from domain.levels import Level
from domain.units import Share
from services.node.unitcatalogue import package
from services.node.unitcatalogue.choices import Source
from services.node.unitcatalogue.comparing import compare
from services.node.unitcatalogue.conversion import read_conversion, read_listing
from services.node.unitcatalogue.csvfiles import Layout, layout_of
from services.node.unitcatalogue.earlier import read_earlier
from services.node.unitcatalogue.names import same_key
from services.node.unitcatalogue.planning import FIRST_DAY, REFORM, plan_events, unit_id
from services.node.unitcatalogue.sources import load
from services.node.unitcatalogue.tables import (
    Move,
    RemarkKind,
    Tables,
    UnreadableTableError,
    consistent_shares,
)
from services.node.unitcatalogue.trying import TRIAL, population, tried
from tests.domain.directories import bearer
from tests.node.unitcatalogue import small

EVE = date(2025, 6, 30)


@pytest.fixture(autouse=True)
def _no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about files, whether or not the package is installed."""
    monkeypatch.setattr("services.node.unitcatalogue.sources.installed", lambda: None)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return read_conversion(small.conversion(tmp_path), read_listing(small.listing(tmp_path)))


@pytest.fixture
def directory(tables: Tables, tmp_path: Path) -> Directory:
    mergers = read_earlier(small.earlier(tmp_path))
    found, problems = tried(plan_events(tables, TRIAL, FIRST_DAY, mergers))
    assert problems == {}
    return found


def test_everything_is_there_on_both_sides_of_the_reform(directory: Directory) -> None:
    before, after = population(directory, EVE), population(directory, REFORM)
    assert (before[Level.PROVINCE], before[Level.DISTRICT], before[Level.COMMUNE]) == (3, 4, 10)
    assert (after[Level.PROVINCE], after[Level.DISTRICT], after[Level.COMMUNE]) == (2, 0, 9)


def test_a_code_of_a_province_goes_to_another_one(directory: Directory) -> None:
    """80 was Long An and is Tây Ninh; Tây Ninh was 72."""
    assert bearer(directory, "80", EVE) == unit_id("80")
    tay_ninh = bearer(directory, "80", REFORM)
    assert tay_ninh is not None
    provinces = {
        edge.from_id
        for edge in directory.predecessors(tay_ninh)
        if directory.level(edge.from_id) is Level.PROVINCE
    }
    assert provinces == {unit_id("72"), unit_id("80")}
    assert bearer(directory, "72", REFORM) is None
    assert bearer(directory, "79", EVE) == bearer(directory, "79", REFORM)


def test_a_divided_commune_is_never_apportioned(directory: Directory) -> None:
    """Its parts are lineage, it has no whole heir, and its code goes on to another unit."""
    edges = directory.successors(unit_id("27697"))
    assert [edge.share for edge in edges] == [Share.PART, Share.PART]
    assert {edge.to_id for edge in edges} == {unit_id("27694", REFORM), unit_id("27697", REFORM)}
    assert directory.heir(unit_id("27697"), REFORM) is None
    assert not directory.active(unit_id("27697"), REFORM)
    assert bearer(directory, "27697", REFORM) == unit_id("27697", REFORM)


def test_what_went_on_is_the_same_unit_under_the_province(directory: Directory) -> None:
    province = bearer(directory, "80", REFORM)
    for code, name in (("25600", "Xã Hảo Đước"), ("25601", "Xã Đạ Huoai"), ("25603", "Xã Phước")):
        found = directory.attributes(unit_id(code), REFORM)
        assert found is not None
        assert (found.name, found.parent_id) == (name, province)
        assert directory.parent(unit_id(code), EVE) == unit_id("708")
    renamed = directory.attributes(unit_id("25601"), EVE)
    assert renamed is not None
    assert (renamed.name, renamed.kind) == ("Thị trấn Bà Gia", "township")
    assert [edge.share for edge in directory.successors(unit_id("25603"))] == [Share.PART]


def test_a_district_without_communes_becomes_its_special_zone(directory: Directory) -> None:
    zone = bearer(directory, "26732", REFORM)
    assert zone is not None
    assert directory.heir(unit_id("755"), REFORM) == zone
    assert directory.heir(unit_id("774"), REFORM) == unit_id("79")


def test_wards_merged_before_the_reform_keep_their_own_lives(directory: Directory) -> None:
    assert bearer(directory, "27316", date(2024, 12, 16)) == unit_id("27316")
    merged = bearer(directory, "27316", EVE)
    assert merged == unit_id("27316", date(2025, 1, 1))
    an_dong = bearer(directory, "27316", REFORM)
    assert directory.heir(unit_id("27316"), date(2025, 3, 1)) == merged
    assert directory.heir(unit_id("27316"), REFORM) == an_dong
    eight = directory.attributes(unit_id("27316"), date(2024, 12, 16))
    assert eight is not None
    assert eight.name == "Phường 8"


def test_a_misprinted_code_is_found_by_the_list(tables: Tables) -> None:
    """ "Phường 1" bears the code of Phường 9; the list says it is 27325."""
    assert tables.before["27325"].name == "Phường 1"
    assert Move("27325", "27301", Share.FULL) in tables.moves
    kinds = {(remark.kind, remark.code) for remark in tables.remarks}
    assert kinds == {
        (RemarkKind.CORRECTED, "27304"),
        (RemarkKind.SKIPPED, "25999"),
        (RemarkKind.SKIPPED, "27301"),  # the land without a code
    }


def test_without_the_list_a_misprint_is_left_out_and_said(tmp_path: Path) -> None:
    tables = read_conversion(small.conversion(tmp_path))
    assert "27325" not in tables.before
    assert tables.before["27304"].name == "Phường 9"
    assert ("27304", RemarkKind.SKIPPED) in {(r.code, r.kind) for r in tables.remarks}
    _, problems = tried(plan_events(tables, TRIAL, FIRST_DAY))
    assert problems == {}


def test_the_order_of_rows_changes_nothing(tmp_path: Path, tables: Tables) -> None:
    rows = list(small.PAIRS)
    random.Random(5).shuffle(rows)
    listing = read_listing(small.listing(tmp_path))
    other = read_conversion(small.conversion(tmp_path, rows), listing)
    assert plan_events(tables, TRIAL, FIRST_DAY) == plan_events(other, TRIAL, FIRST_DAY)


def test_planning_again_gives_the_same_events(tables: Tables) -> None:
    assert plan_events(tables, TRIAL, FIRST_DAY) == plan_events(tables, TRIAL, FIRST_DAY)


def test_history_is_entered_on_the_first_day_of_the_organisation(tables: Tables) -> None:
    recorder = replace(TRIAL, first_day=date(2021, 3, 1))
    days = {
        (event["data"]["effective_on"], event["data"]["occurred_on"])
        for event in plan_events(tables, recorder, FIRST_DAY)
    }
    assert days == {("2004-07-08", "2021-03-01"), ("2025-07-01", "2025-07-01")}


def test_what_goes_to_several_is_a_part_whatever_the_source_says() -> None:
    moves, remarks = consistent_shares(
        [Move("1", "a", Share.FULL), Move("1", "b", Share.PART), Move("2", "a", Share.FULL)]
    )
    assert [move.share for move in moves] == [Share.PART, Share.PART, Share.FULL]
    assert [(r.kind, r.code) for r in remarks] == [(RemarkKind.CORRECTED, "1")]


def test_a_source_matches_itself_and_every_difference_is_told(tables: Tables) -> None:
    assert compare(tables, tables) == ()
    renamed = replace(tables.before["25605"], name="Xã Khác", parent="774")
    other = replace(
        tables,
        before={**tables.before, "25605": renamed},
        after={code: unit for code, unit in tables.after.items() if code != "26732"},
        moves=[
            replace(move, share=Share.PART) if move.old == "27325" else move
            for move in tables.moves
            if move.old != "27304"
        ],
    )
    found = {(remark.kind, remark.code) for remark in compare(tables, other)}
    assert found == {
        (RemarkKind.NAME, "25605"),
        (RemarkKind.PARENT, "25605"),
        (RemarkKind.ONE_SOURCE, "26732"),
        (RemarkKind.LINEAGE, "27304"),
        (RemarkKind.LINEAGE, "27325"),
    }


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Xã Hoà Lạc", "xã  Hòa Lạc", True),
        ("Phường Thuỷ Vân", "Phường Thủy Vân", True),
        ("Xã Hòa Lạc", "Xã Hóa Lạc", False),
        ("Xã Ba Tô", "Xã Ba Tơ", False),
    ],
)
def test_the_place_of_the_tone_does_not_make_another_name(one: str, other: str, same: bool) -> None:
    assert (same_key(one) == same_key(other)) is same


def test_files_are_told_apart_by_their_columns(tmp_path: Path) -> None:
    assert layout_of(small.conversion(tmp_path)) is Layout.CONVERSION
    assert layout_of(small.listing(tmp_path)) is Layout.LISTING
    assert layout_of(small.earlier(tmp_path)) is Layout.EARLIER


def _refused(source: Source, *files: Path) -> str:
    with pytest.raises(UnreadableTableError) as caught:
        load(source, files)
    assert caught.value.text.vi != caught.value.text.en
    return caught.value.text.en


def test_files_that_do_not_serve_are_refused_with_what_to_do(tmp_path: Path) -> None:
    conversion, listing = small.conversion(tmp_path), small.listing(tmp_path)
    stranger = small.write(tmp_path / "other.csv", [("a", "b")])
    empty = small.write(tmp_path / "empty.csv", small.HEAD)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\xff")
    bad = small.conversion(tmp_path / ".", [("Tây Ninh", *small.PAIRS[0][1:])])
    assert "is no table" in _refused(Source.CSV, stranger)
    assert "no row of conversion" in _refused(Source.CSV, empty)
    assert "cannot be read" in _refused(Source.CSV, binary)
    assert "line 4" in _refused(Source.CSV, bad)
    assert "--file" in _refused(Source.CSV, listing)
    assert "same kind" in _refused(Source.CSV, conversion, conversion)


def test_mergers_of_an_unknown_code_are_told(tmp_path: Path) -> None:
    unknown = [(f"P{n}", f"{n}", "P3", "99999", "", "") for n in (1, 2)]
    path = small.write(tmp_path / "earlier.csv", [*small.EARLIER, *unknown])
    loaded = load(Source.CSV, [small.conversion(tmp_path), small.listing(tmp_path), path])
    assert (RemarkKind.SKIPPED, "99999") in {(r.kind, r.code) for r in loaded.remarks}
    assert not loaded.compared


def test_the_package_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    assert "pip install" in _refused(Source.PACKAGE)
