"""Units through time: created, merged, split, renamed, abolished, given another parent."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decisions import Accepted
from domain.refusals import Refusal
from domain.units import Share
from tests.domain.directories import bearer
from tests.domain.scenario import Log, day, ident, new_unit


def reorganise(kind: str, effective_on: str, **sides: Any) -> dict[str, Any]:
    """The fields of an event; `giving` and `to` as names, with a share where it is not whole."""
    giving = [
        {"unit_id": ident(name), "share": share} for name, share in sides.pop("giving", {}).items()
    ]
    return {"kind": kind, "effective_on": effective_on, "from": giving, **sides}


def existing(unit: str, /, **changes: str) -> dict[str, Any]:
    return {"unit_id": ident(unit), **changes}


def test_the_first_event_is_the_centre_creating_itself() -> None:
    log = Log()
    refusal = log.refused(
        "UnitReorganised",
        "centre",
        kind="created",
        to=[new_unit("city", "province", "79", None)],
        effective_on="1990-01-01",
    )
    assert refusal.code == "unit-not-hosted"
    other = log.refused(
        "UnitReorganised",
        "centre",
        kind="created",
        to=[new_unit("another", "central", "00", None)],
        effective_on="1990-01-01",
    )
    assert other.code == "unit-not-hosted"
    log.given(
        "UnitReorganised",
        "centre",
        kind="created",
        to=[
            new_unit("p8", "ward", "27316", "quan 5"),
            new_unit("quan 5", "district", "774", "city"),
            new_unit("city", "province", "79", "centre"),
            new_unit("centre", "central", "00", None),
        ],
        effective_on="1990-01-01",
    )
    assert log.directory.centre == ident("centre")
    assert log.directory.ancestors(ident("p8"), day("2024-01-01")) == tuple(
        ident(name) for name in ("quan 5", "city", "centre")
    )


def test_only_the_centres_founding_events_need_no_organisation() -> None:
    log = Log()
    log.create("centre", "central", "00", None, "1990-01-01")
    rule = {
        "kind": "target",
        "scope": {"unit_id": ident("centre")},
        "params": {"figure": "F3", "percent": 75},
        "valid_from": "2021-01-01",
    }
    assert log.refused("RuleDefined", "centre", **rule).code == "unknown-organisation"
    log.establish("centre", "1990-01-01", centre="police")
    log.given("RuleDefined", "centre", **rule)
    created = reorganise("created", "1990-01-01", to=[new_unit("x", "province", "01", "centre")])
    assert log.refused("UnitReorganised", "centre", org_id=ident("none"), **created).code == (
        "unknown-organisation"
    )


def test_a_merged_ward_ends_and_its_successor_is_whole(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-01-01", giving={"p8": "full"}, to=[existing("p7")]),
    )
    directory = log.directory
    assert directory.active(ident("p8"), day("2024-12-31"))
    assert not directory.active(ident("p8"), day("2025-01-01"))
    (edge,) = directory.successors(ident("p8"))
    assert (edge.to_id, edge.share, edge.on) == (ident("p7"), Share.FULL, day("2025-01-01"))
    assert directory.heir(ident("p8"), day("2024-12-31")) == ident("p8")
    assert directory.heir(ident("p8"), day("2025-01-01")) == ident("p7")
    assert directory.predecessors(ident("p7")) == (edge,)


def test_a_code_is_used_again_and_means_another_unit(log: Log) -> None:
    """Storyline 11: 27316 is Phường 8 in 12/2024 and An Đông on 3/7/2025."""
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "merge",
            "2025-07-01",
            giving={"p7": "full", "p8": "full"},
            to=[new_unit("an dong", "ward", "27316", "city")],
        ),
    )
    directory = log.directory
    assert bearer(directory, "27316", day("2024-12-31")) == ident("p8")
    assert bearer(directory, "27316", day("2025-07-03")) == ident("an dong")
    assert bearer(directory, "27309", day("2025-07-05")) is None
    assert directory.parent(ident("an dong"), day("2025-07-03")) == ident("city")
    assert directory.parent(ident("p8"), day("2026-01-01")) == ident("quan 5")


def test_a_split_unit_has_no_whole_heir(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "split",
            "2025-07-01",
            giving={"chau thanh": "full"},
            to=[existing("tan ninh"), new_unit("hao duoc", "commune", "25600", "tay ninh")],
        ),
    )
    directory = log.directory
    assert directory.heir(ident("chau thanh"), day("2025-07-01")) is None
    assert [edge.share for edge in directory.successors(ident("chau thanh"))] == [Share.PART] * 2


def test_a_unit_that_gives_a_part_goes_on(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "merge",
            "2025-07-01",
            giving={"p7": "full", "p8": "part"},
            to=[new_unit("cho lon", "ward", "27301", "quan 5")],
        ),
    )
    assert log.directory.active(ident("p8"), day("2025-07-01"))
    assert log.directory.heir(ident("p8"), day("2025-07-01")) == ident("p8")
    shares = {edge.from_id: edge.share for edge in log.directory.predecessors(ident("cho lon"))}
    assert shares == {ident("p7"): Share.FULL, ident("p8"): Share.PART}


def test_abolished_first_gives_its_code_and_still_its_lineage_on_the_same_day(log: Log) -> None:
    log.given(
        "UnitReorganised", "centre", **reorganise("abolish", "2025-07-01", giving={"p8": "full"})
    )
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "merge",
            "2025-07-01",
            giving={"p7": "full", "p8": "part"},
            to=[new_unit("cho quan", "ward", "27316", "city")],
        ),
    )
    (edge,) = log.directory.successors(ident("p8"))
    assert (edge.to_id, edge.share) == (ident("cho quan"), Share.PART)
    assert log.directory.heir(ident("p8"), day("2025-07-01")) is None
    assert not log.directory.problems


def test_the_district_level_ends_and_its_wards_go_to_the_city(log: Log) -> None:
    refusal = log.refused(
        "UnitReorganised",
        "centre",
        **reorganise("abolish", "2025-07-01", giving={"quan 5": "full"}),
    )
    assert refusal.code == "not-in-that-state"
    assert "4" in refusal.detail.vi
    wards = ("p7", "p8", "p12", "p14")
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "reparent", "2025-07-01", to=[existing(w, parent_id=ident("city")) for w in wards]
        ),
    )
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("abolish", "2025-07-01", giving={"quan 5": "full"}, to=[existing("city")]),
    )
    directory = log.directory
    assert directory.children(ident("quan 5"), day("2025-06-30")) == tuple(map(ident, wards))
    assert directory.children(ident("quan 5"), day("2025-07-01")) == ()
    assert set(directory.children(ident("city"), day("2025-07-01"))) == set(map(ident, wards))
    assert directory.heir(ident("quan 5"), day("2025-07-01")) == ident("city")
    assert set(directory.children_between(ident("city"), day("2025-06-30"), day("2025-07-01"))) == {
        ident(name) for name in (*wards, "quan 5")
    }


def test_descendants_follow_the_hierarchy_of_the_days_asked_for(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("reparent", "2025-07-01", to=[existing("p8", parent_id=ident("tay ninh"))]),
    )
    directory = log.directory
    city, tay_ninh, p8 = ident("city"), ident("tay ninh"), ident("p8")
    before, after = day("2025-06-30"), day("2025-07-01")
    assert p8 in directory.descendants(city, before, before)
    assert p8 not in directory.descendants(city, after, after)
    assert p8 in directory.descendants(tay_ninh, after, after)
    assert p8 in directory.descendants(city, before, after)
    assert directory.descendants(city, before, before) is directory.descendants(
        city, before, before
    )


def test_renaming_changes_the_name_from_its_day_on(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "rename",
            "2025-02-01",
            to=[existing("chau thanh", name="Thị trấn Châu Thành", kind="township")],
        ),
    )
    before = log.directory.attributes(ident("chau thanh"), day("2025-01-31"))
    after = log.directory.attributes(ident("chau thanh"), day("2025-02-01"))
    assert before is not None
    assert after is not None
    assert (before.name, before.kind) == ("Đơn vị chau thanh", "commune")
    assert (after.name, after.kind, after.code) == ("Thị trấn Châu Thành", "township", "25597")


def test_an_event_entered_late_takes_its_place_in_time(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("rename", "2020-01-01", to=[existing("p8", name="Tên thứ hai")]),
    )
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("rename", "2010-01-01", to=[existing("p8", name="Tên thứ nhất")]),
    )
    names = []
    for year in (2009, 2010, 2019, 2020):
        attributes = log.directory.attributes(ident("p8"), day(f"{year}-06-01"))
        assert attributes is not None
        names.append(attributes.name)
    assert names == ["Đơn vị p8", "Tên thứ nhất", "Tên thứ nhất", "Tên thứ hai"]


def test_an_event_entered_late_may_not_break_a_later_one(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-01-01", giving={"p8": "full"}, to=[existing("p7")]),
    )
    refusal = log.refused(
        "UnitReorganised", "centre", **reorganise("abolish", "2020-01-01", giving={"p7": "full"})
    )
    assert refusal.code == "not-in-that-state"
    assert log.records[-1].event_id in refusal.detail.en
    assert refusal.field == ""


def test_lineage_does_not_turn_back(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise(
            "split",
            "2010-01-01",
            giving={"p7": "part"},
            to=[new_unit("p16", "ward", "27330", "quan 5")],
        ),
    )
    refusal = log.refused(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2020-01-01", giving={"p16": "full"}, to=[existing("p7")]),
    )
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/from/0/unit_id")


def test_units_left_without_a_parent_are_pointed_out(log: Log) -> None:
    answer = log.when(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-07-01", giving={"city": "full"}, to=[existing("tay ninh")]),
    )
    assert isinstance(answer, Accepted)
    assert [notice.code for notice in answer.notices] == ["children-to-reparent"]


NEW = new_unit("new", "ward", "29999", "quan 5")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        (reorganise("created", "2025-01-01"), "invalid-field", "/data"),
        (reorganise("created", "2025-01-01", to=[NEW, NEW]), "invalid-field", "/data/to"),
        (
            reorganise("created", "2025-01-01", to=[existing("new", code="29999")]),
            "invalid-field",
            "/data/to/0",
        ),
        (
            reorganise("created", "2025-01-01", to=[{**NEW, "unit_id": ident("p8")}]),
            "already-exists",
            "/data/to/0/unit_id",
        ),
        (
            reorganise("created", "2025-01-01", to=[{**NEW, "code": "27316"}]),
            "already-exists",
            "/data/to/0/code",
        ),
        (
            reorganise("created", "2025-01-01", to=[{**NEW, "level": "district"}]),
            "invalid-field",
            "/data/to/0/kind",
        ),
        (
            reorganise("created", "2025-01-01", to=[{**NEW, "parent_id": ident("p8")}]),
            "invalid-field",
            "/data/to/0/parent_id",
        ),
        (
            reorganise("created", "2025-01-01", to=[{**NEW, "parent_id": ident("nowhere")}]),
            "unknown-unit",
            "/data/to/0/parent_id",
        ),
        (
            reorganise("created", "1989-01-01", to=[NEW]),
            "unknown-unit",
            "/data/to/0/parent_id",
        ),
        (
            reorganise("created", "2025-01-01", to=[new_unit("c2", "central", "99", None)]),
            "already-exists",
            "/data/to/0",
        ),
        (
            reorganise("merge", "2025-01-01", giving={"nowhere": "full"}, to=[NEW]),
            "unknown-unit",
            "/data/from/0/unit_id",
        ),
        (
            reorganise("merge", "1990-01-01", giving={"p8": "full"}, to=[existing("p7")]),
            "unit-not-active",
            "/data/from/0/unit_id",
        ),
        (
            reorganise("merge", "2025-01-01", giving={"p8": "full"}, to=[existing("city")]),
            "invalid-field",
            "/data/to",
        ),
        (
            reorganise("split", "2025-01-01", giving={"p8": "full", "p7": "full"}, to=[NEW]),
            "invalid-field",
            "/data",
        ),
        (
            reorganise("rename", "2025-01-01", to=[existing("p8")]),
            "invalid-field",
            "/data/to/0",
        ),
        (
            reorganise("rename", "2025-01-01", to=[existing("p8", kind="district")]),
            "invalid-field",
            "/data/to/0/kind",
        ),
        (
            reorganise("rename", "2025-01-01", to=[existing("p8", code="27309")]),
            "already-exists",
            "/data/to/0/code",
        ),
        (
            reorganise("rename", "2025-01-01", to=[existing("nowhere", name="A")]),
            "unknown-unit",
            "/data/to/0/unit_id",
        ),
        (
            reorganise("reparent", "2025-01-01", to=[existing("p8", name="A")]),
            "invalid-field",
            "/data/to/0",
        ),
        (
            reorganise("reparent", "2025-01-01", to=[existing("p8", parent_id=ident("p7"))]),
            "invalid-field",
            "/data/to/0/parent_id",
        ),
        (
            reorganise("abolish", "2025-01-01", giving={"p8": "part"}),
            "invalid-field",
            "/data/from",
        ),
        (
            reorganise("abolish", "2025-01-01", giving={"p8": "full"}, to=[existing("nowhere")]),
            "unknown-unit",
            "/data/to/0/unit_id",
        ),
    ],
)
def test_what_a_reorganisation_may_not_be(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    answer = log.when("UnitReorganised", "centre", **fields)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)
    assert answer.rule == "R102"


def test_a_refusal_names_the_days(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-01-01", giving={"p8": "full"}, to=[existing("p7")]),
    )
    ended = log.refused(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-01-03", giving={"p8": "full"}, to=[existing("p12")]),
    )
    assert all(text in ended.detail.vi for text in ("2/1/2025", "1/1/1990", "31/12/2024"))
    early = log.refused(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "1990-01-01", giving={"p12": "full"}, to=[existing("p7")]),
    )
    assert "1989-12-31" in early.detail.en


def test_a_unit_has_one_aggregate_and_a_bulk_event_one_of_its_own(log: Log) -> None:
    one = log.draft("UnitReorganised", "centre", **reorganise("created", "2025-01-01", to=[NEW]))
    two = log.draft(
        "UnitReorganised",
        "centre",
        **reorganise("created", "2025-01-01", to=[NEW, new_unit("b", "ward", "29998", "quan 5")]),
    )
    assert str(one.aggregate_id) == ident("new")
    assert two.aggregate_id == two.event_id


@pytest.mark.parametrize(
    ("first", "second"), [("full", "full"), ("full", "part"), ("part", "full")]
)
def test_a_unit_goes_whole_to_one_side_only(log: Log, first: str, second: str) -> None:
    to = [new_unit("one", "ward", "27301", "quan 5")], [new_unit("two", "ward", "27302", "quan 5")]
    log.given(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-07-01", giving={"p8": first}, to=to[0]),
    )
    refusal = log.refused(
        "UnitReorganised",
        "centre",
        **reorganise("merge", "2025-07-01", giving={"p8": second}, to=to[1]),
    )
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/from/0/unit_id")
