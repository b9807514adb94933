"""The directory as a value: the same from the same records, whatever way they came."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import Directory, concerns_directory
from domain.effective import AMENDMENTS
from domain.events import Record
from domain.unit_book import UnitBook
from tests.domain.directories import has_role
from tests.domain.scenario import Log, day, ident, new_unit, setting
from tests.domain.test_corrections import correcting, retracting


def _history() -> Log:
    log = setting().at("2024-12-16")
    merged = log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on="2025-01-01",
    )
    log.given(
        "UnitReorganised",
        "centre",
        kind="reparent",
        to=[{"unit_id": ident(ward), "parent_id": ident("city")} for ward in ("p7", "p12", "p14")],
        effective_on="2025-07-01",
    )
    log.given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("quan 5")}], "to": [{"unit_id": ident("city")}]},
        effective_on="2025-07-01",
    )
    log.given(
        "UnitReorganised",
        "centre",
        kind="rename",
        to=[{"unit_id": ident("p12"), "name": "Phường Chợ Lớn", "code": "27343"}],
        effective_on="2020-01-01",
    )
    log.given("EventCorrected", "centre", **correcting(merged, effective_on="2025-01-15"))
    for holder, since in (("police", "2020-01-01"), ("front", "2024-03-01")):
        log.given(
            "OrganisationChanged",
            "city",
            kind="role_assigned",
            role="standing_org",
            organisations=[{"org_id": ident(f"p7 {holder}"), "unit_id": ident("p7")}],
            effective_on=since,
        )
    wrong = log.given(
        "OrganisationChanged",
        "city",
        kind="dissolved",
        organisations=[{"org_id": ident("p14 front"), "unit_id": ident("p14")}],
        effective_on="2024-06-01",
    )
    log.given("EventRetracted", "city", **retracting(wrong))
    rule: dict[str, Any] = {
        "kind": "cadence",
        "params": {"every_months": 1, "anchor": "2025-01-01"},
        "valid_from": "2020-01-01",
    }
    log.given("RuleDefined", "centre", scope={"unit_id": ident("centre")}, **rule)
    log.given("RuleDefined", "city", about="r", scope={"unit_id": ident("city")}, **rule)
    log.given(
        "RuleDefined",
        "city",
        about="r",
        scope={"unit_id": ident("city")},
        **{**rule, "valid_to": "2025-06-30"},
    )
    return log


LOG = _history()
UNITS = [ident(n) for n in ("centre", "city", "tay ninh", "quan 5", "p7", "p8", "p12", "p14")]
DAYS = [
    day(text) for text in ("1989-01-01", "2019-12-31", "2025-01-10", "2025-01-20", "2025-07-01")
]


def seen(directory: Directory) -> list[Any]:
    """Everything a reader could ask, on days around every change."""
    answers: list[Any] = [sorted(directory.problems), directory.centre]
    for unit in UNITS:
        answers += [directory.successors(unit), directory.predecessors(unit)]
        for on in DAYS:
            answers += [
                directory.attributes(unit, on),
                directory.active(unit, on),
                directory.ancestors(unit, on),
                sorted(directory.children(unit, on)),
                sorted(directory.descendants(unit, on, DAYS[-1])),
                directory.heir(unit, on),
                sorted(directory.organisations_of(unit, on)),
                directory.rule("cadence", unit, on),
            ]
            answers += [
                (org_id, has_role(directory, org_id, "standing_org", on))
                for org_id in sorted(directory.organisations_of(unit, on))
            ]
    return answers


EXPECTED = seen(LOG.directory)


@settings(max_examples=60)
@given(st.permutations(LOG.records), st.integers(1, 12))
def test_the_order_and_the_portions_of_arrival_do_not_matter(
    arrived: list[Record], portion: int
) -> None:
    directory = Directory()
    for start in range(0, len(arrived), portion):
        directory = directory.with_records(arrived[start : start + portion])
    assert seen(directory) == EXPECTED


PLAIN = [record for record in LOG.records if record.type not in AMENDMENTS]
EXPECTED_PLAIN = seen(Directory.fold(PLAIN))


@settings(max_examples=60)
@given(st.permutations(PLAIN), st.integers(1, 12))
def test_nor_where_only_the_days_from_there_on_are_folded_again(
    arrived: list[Record], portion: int
) -> None:
    """Without corrections a record of an earlier day starts from the book of that day."""
    directory = Directory()
    for start in range(0, len(arrived), portion):
        directory = directory.with_records(arrived[start : start + portion])
    assert seen(directory) == EXPECTED_PLAIN


def test_a_record_of_an_earlier_day_folds_only_what_comes_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Recording a catalogue under a few later events must not fold all of it at each event."""
    log = setting().at("2025-08-01")
    log.create("late", "ward", "29998", "city", "2025-07-15")
    applied: list[str] = []
    change = UnitBook._change

    def counting(book: UnitBook, record: Record) -> None:
        applied.append(record.event_id)
        change(book, record)

    monkeypatch.setattr(UnitBook, "_change", counting)
    log.create("earlier", "ward", "29999", "city", "2025-07-01")
    applied.clear()
    log.create("earlier too", "ward", "29997", "city", "2025-07-01")
    # Two folds (deciding, recording) of the later event, the new one, and those of its own day.
    assert len(applied) <= 2 * 3
    directory = Directory.fold(log.records)
    assert [directory.active(ident(name), day("2025-07-14")) for name in ("earlier", "late")] == [
        True,
        False,
    ]


def test_folded_at_once_or_one_by_one_is_the_same() -> None:
    assert seen(Directory.fold(LOG.records)) == EXPECTED


def test_a_directory_is_a_value() -> None:
    before = Directory.fold(LOG.records)
    log = Log(records=list(LOG.records), directory=before).at("2025-08-01")
    log.create("new", "ward", "29999", "city", "2025-07-01")
    assert seen(before) == EXPECTED
    assert before.unit(ident("new")) is None
    assert log.directory.unit(ident("new")) is not None


def test_what_is_known_changes_nothing() -> None:
    assert LOG.directory.with_records(LOG.records) is LOG.directory
    assert LOG.directory.with_records([]) is LOG.directory


def test_only_its_own_records_concern_it() -> None:
    log = Log(records=list(LOG.records), directory=LOG.directory).at("2025-08-01")
    held = log.given("MeetingHeld", "p7", kind="briefing", attendees=1, mode="online")
    corrected = log.given("EventRetracted", "p7", **retracting(held))
    assert not concerns_directory(held)
    assert not concerns_directory(corrected)
    assert all(concerns_directory(record) for record in LOG.records)
    assert LOG.directory.with_records([held, corrected]) is LOG.directory


@pytest.mark.parametrize("kind", ["ceiling", "period", "quota", "authority"])
def test_a_rule_that_only_later_code_knows_does_not_break_the_fold(kind: str) -> None:
    last = LOG.records[-1]
    later = Record(
        event_id=ident("later"),
        type="RuleDefined",
        origin=last.origin,
        sequence=last.sequence + 1,
        recorded_at="2026-01-01T00:00:00.000000Z",
        aggregate_id=ident("later"),
        digest="",
        data={**last.data, "kind": kind, "params": {"models": 1}, "valid_from": "2025-01-01"},
    )
    directory = LOG.directory.apply(later)
    assert [rule.params for rule in directory.rules(kind)] == [{"models": 1}]
    assert seen(directory) == EXPECTED


def test_rules_that_may_hold_follow_the_hierarchy_of_those_days() -> None:
    rules = LOG.directory.rules_over("cadence", ident("p7"), date(2025, 6, 1), date(2025, 8, 1))
    assert [rule.unit_id for rule in rules] == [ident("city"), ident("centre")]
    later = LOG.directory.rules_over("cadence", ident("p7"), date(2025, 7, 1), date(2025, 8, 1))
    assert [rule.unit_id for rule in later] == [ident("centre")]


def test_a_rule_may_hold_on_the_first_or_the_last_day_alone() -> None:
    before, last, after = date(2019, 12, 31), date(2025, 6, 30), date(2025, 7, 1)
    first = date(2020, 1, 1)
    city = ident("city")
    found = {
        days: any(r.unit_id == city for r in LOG.directory.rules_over("cadence", city, *days))
        for days in ((before, before), (before, first), (last, after), (after, after))
    }
    assert list(found.values()) == [False, True, True, False]


def test_nothing_is_known_of_what_is_unknown() -> None:
    directory, nobody, on = LOG.directory, ident("nobody"), date(2025, 1, 1)
    assert (directory.unit(nobody), directory.level(nobody), directory.parent(nobody, on)) == (
        None,
        None,
        None,
    )
    assert directory.attributes(nobody, on) is None
    assert directory.heir(nobody, on) is None
    assert directory.org_heir(nobody, on) is None
    assert directory.organisation(nobody) is None
    assert directory.children(nobody, on) == ()
    assert directory.rules_over("cadence", nobody, on, on) == ()


def test_a_national_catalogue_is_folded_quickly() -> None:
    """11,000 units in 110 events: what a node reads at its start, and then one event more."""
    log = Log()
    log.create("centre", "central", "00", None, "1990-01-01")
    log.establish("centre", "1990-01-01", centre="police")
    for province in range(110):
        name = f"province {province}"
        to = [new_unit(name, "province", f"{province:03}", "centre")]
        to += [
            new_unit(f"{name} commune {number}", "commune", f"{province * 100 + number:05}", name)
            for number in range(100)
        ]
        log.given("UnitReorganised", "centre", kind="created", to=to, effective_on="1990-01-01")
    on = date(2025, 1, 1)
    assert len(log.directory.descendants(ident("centre"), on, on)) == 110 * 101
    assert len(list(log.directory.units())) == 110 * 101 + 1
    assert seen(Directory.fold(log.records)) == seen(log.directory)
