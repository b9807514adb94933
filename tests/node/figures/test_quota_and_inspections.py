"""F6 and F9: mass organisations that carry a model, units inspected, findings remedied."""

from __future__ import annotations

from datetime import date

import pytest

from domain.levels import Level
from services.node.figures import FIGURES, CellFilter, Cut, Ratio, Span
from tests.domain.scenario import Log, ident, org
from tests.node.figures import movement, quan5
from tests.node.figures.projected import opened, projected

F6 = FIGURES["organisation-quota"]
F9 = FIGURES["inspections"]
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
QUAN_5 = ident("quan 5")


@pytest.fixture
def log() -> Log:
    log = quan5.founded()
    movement.mass_organisations(log)
    return log.at("2025-03-01")


def test_two_of_quan_5s_five_mass_organisations_carry_a_model(log: Log) -> None:
    """R113; a second model of one organisation does not stand for another's."""
    rule = movement.quota_rule(log)
    first = movement.model(log, "quan 5", "womens_union", "a")
    movement.model(log.at("2025-03-02"), "quan 5", "womens_union", "b")
    movement.model(log, "quan 5", "labour", "c")
    movement.model(log, "quan 5", "police", "d")
    with projected(log.records) as view:
        result = F6.compute(view, QUAN_5, H1)
        women = opened(F6, view, QUAN_5, H1, CellFilter("met.womens_union"))
        everybody = opened(F6, view, QUAN_5, H1, CellFilter("organisations"))
    assert result.ratio == Ratio(2, 5)
    assert result.values["models"] == 3
    assert result.total.details["organisations.elderly"] == 1
    assert result.rules == (rule,)
    assert result.notes == ()
    assert dict(women)[first] == 1
    assert sum(value for _, value in women) == 1
    assert everybody == [], "the registry says which there are"


def test_a_retired_model_is_carried_by_nobody(log: Log) -> None:
    movement.quota_rule(log)
    movement.model(log, "quan 5", "labour", "c")
    movement.retire(log.at("2025-05-01"), "quan 5", "c")
    march = Span(date(2025, 3, 1), date(2025, 3, 31), "2025-03")
    with projected(log.records) as view:
        assert F6.compute(view, QUAN_5, march).ratio == Ratio(1, 5)
        assert F6.compute(view, QUAN_5, H1).ratio == Ratio(0, 5)


def test_a_rule_may_ask_for_two_and_may_be_for_one_category(log: Log) -> None:
    movement.quota_rule(log, minimum=2)
    movement.rule(
        log,
        "quan 5",
        "elderly",
        "quota",
        scope={"unit_id": QUAN_5, "organisation": "elderly"},
        params={"subject": "organisation_models", "minimum": 1},
    )
    for host, name in (("womens_union", "a"), ("womens_union", "b"), ("labour", "c")):
        movement.model(log, "quan 5", host, name)
    movement.model(log, "quan 5", "elderly", "d")
    with projected(log.records) as view:
        result = F6.compute(view, QUAN_5, H1)
    assert result.ratio == Ratio(2, 5)
    assert {m for m in result.total.details if m.startswith("met.")} == {
        "met.elderly",
        "met.womens_union",
    }


def test_without_a_rule_nothing_is_asked(log: Log) -> None:
    movement.model(log, "quan 5", "labour", "c")
    with projected(log.records) as view:
        result = F6.compute(view, QUAN_5, H1)
        ward = F6.compute(view, ident("p1"), H1)
    assert result.ratio is None
    assert result.values["units_without_rule"] == 1
    assert [note.code for note in result.notes] == ["no-rule"]
    assert [note.code for note in ward.notes] == ["no-mass-organisations"]


def test_a_model_counts_for_the_organisation_that_took_its_hosts_place(log: Log) -> None:
    movement.quota_rule(log)
    movement.model(log, "quan 5", "labour", "c")
    change = {"org_id": ident("quan 5 labour"), "unit_id": QUAN_5}
    log.given(
        "OrganisationChanged",
        "centre",
        kind="merged",
        organisations=[change],
        successor_org_id=ident("quan 5 veterans"),
        effective_on="2025-04-01",
    )
    with projected(log.records) as view:
        result = F6.compute(view, QUAN_5, H1)
    assert result.ratio == Ratio(1, 4)
    assert result.total.details["met.veterans"] == 1


def test_four_findings_in_cho_lon_three_remedied_by_15_november() -> None:
    """Storyline 13."""
    log = movement.year()
    cho_lon = ident("cho lon")
    with projected(log.records) as view:
        result = F9.compute(view, ident("city"), YEAR)
        fixed = opened(F9, view, ident("city"), YEAR, CellFilter("remedied", cho_lon))
        before = F9.compute(view, ident("city"), YEAR, Cut(today=date(2025, 10, 31)))
    row = next(row.numbers for row in result.children if row.unit.unit_id == cho_lon)
    assert row.ratios["remediation"] == Ratio(3, 4)
    assert (row.values["remedied_late"], row.values["open"]) == (1, 0)
    assert row.ratios["coverage"] == Ratio(1, 1)
    assert len(fixed) == 3
    # What is remedied is known; the spring's second finding was due before.
    assert before.values["upcoming"] == 0
    assert before.values["open"] == 1


def test_two_of_three_wards_were_inspected_one_of_them_through_what_it_was_made_of() -> None:
    """R104: Phường 1, inspected in May, went into Chợ Quán."""
    log = movement.year()
    with projected(log.records) as view:
        year = F9.compute(view, ident("city"), YEAR)
        half = F9.compute(view, QUAN_5, H1)
        ward = F9.compute(view, ident("cho quan"), YEAR)
        inspected = opened(F9, view, ident("city"), YEAR, CellFilter("inspected"))
    assert year.ratio == Ratio(2, 3)
    assert year.levels[Level.COMMUNE].ratios["coverage"] == Ratio(2, 3)
    assert half.ratio == Ratio(1, 10)
    assert half.total.ratios["remediation"] == Ratio(1, 2)
    assert half.values["open"] == 1
    assert ward.ratio == Ratio(1, 1)
    assert [value for _, value in inspected] == [1, 1]


def test_a_unit_inspected_twice_is_covered_once() -> None:
    log = quan5.founded().at("2025-03-01")
    first = movement.inspect(log, "quan 5", "p1", "first")
    second = movement.inspect(log.at("2025-03-05"), "city", "p1", "second")
    with projected(log.records) as view:
        result = F9.compute(view, QUAN_5, H1)
        behind = opened(F9, view, QUAN_5, H1, CellFilter("inspected"))
    assert (result.values["inspections"], result.values["inspected"]) == (2, 1)
    assert dict(behind) == {first: 1, second: 0}
    assert result.total.details["inspections.ad_hoc"] == 2


def test_a_finding_not_due_yet_is_not_overdue_and_the_last_good_day_is_still_good() -> None:
    log = quan5.founded().at("2025-03-01")
    movement.inspect(log, "quan 5", "p1", "first", a="2025-03-10", b="2025-03-20")
    with projected(log.records) as view:
        result = F9.compute(view, QUAN_5, H1, Cut(today=date(2025, 3, 10)))
        later = F9.compute(view, QUAN_5, H1, Cut(today=date(2025, 3, 11)))
    assert (result.values["findings_due"], result.values["upcoming"]) == (0, 2)
    assert (later.values["findings_due"], later.values["open"]) == (1, 1)


def test_a_retracted_inspection_covers_nothing() -> None:
    log = quan5.founded().at("2025-03-01")
    event = movement.inspect(log, "quan 5", "p1", "first", a="2025-03-10")
    log.given(
        "EventRetracted", "quan 5", about="first", target_event_id=event, reason="never_happened"
    )
    with projected(log.records) as view:
        values = F9.compute(view, QUAN_5, H1).values
    assert not any(number for measure, number in values.items() if measure != "units")


def test_organisations_of_a_ward_that_ended_are_not_counted() -> None:
    log = quan5.founded()
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("p8", "labour"), org("p7", "labour")],
        effective_on="1990-01-01",
    )
    movement.quota_rule(log)
    quan5.merge_wards(log)
    with projected(log.records) as view:
        assert F6.compute(view, QUAN_5, H1).values["organisations"] == 1
