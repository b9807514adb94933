"""F10, F13 and F16: tips and petitions, money by source, reviews of a programme."""

from __future__ import annotations

from datetime import date

import pytest

from services.node.figures import FIGURES, CellFilter, Ratio, Span
from tests.domain.scenario import Log, ident
from tests.node.figures import movement, quan5
from tests.node.figures.projected import opened, projected

F10 = FIGURES["tips-petitions"]
F13 = FIGURES["funding"]
F16 = FIGURES["campaigns"]
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
MAY = Span(date(2025, 5, 1), date(2025, 5, 31), "2025-05")
QUAN_5 = ident("quan 5")
CITY = ident("city")


@pytest.fixture
def log() -> Log:
    return quan5.founded().at("2025-05-20")


def test_tips_of_the_period_and_petitions_of_its_forums(log: Log) -> None:
    """R12, R71, R108."""
    for ward, received, processed in (("p1", 30, 27), ("p2", 10, 9)):
        movement.indicator(log, ward, "tips.received", received)
        movement.indicator(log, ward, "tips.processed", processed)
        movement.indicator(log, ward, "tips.received", 1000, period="2025")
    movement.forum(log, "p1", 8, 6)
    half_settled = movement.forum(log, "p2", 4, 1)
    with projected(log.records) as view:
        result = F10.compute(view, QUAN_5, H1)
        behind = opened(F10, view, QUAN_5, H1, CellFilter("petitions_resolved", ident("p2")))
    assert result.total.ratios == {"tips": Ratio(36, 40), "petitions": Ratio(7, 12)}
    assert result.notes == ()
    assert behind == [(half_settled, 1)]


def test_a_later_settlement_is_a_correction_and_moves_the_share(log: Log) -> None:
    event = movement.forum(log, "p1", 8, 2)
    record = log.records[-1]
    log.given(
        "EventCorrected",
        "p1",
        about=record.aggregate_id,
        target_event_id=event,
        replacement={**record.data, "petitions_resolved": 7},
        reason="wrong_figure",
    )
    with projected(log.records) as view:
        assert F10.compute(view, QUAN_5, H1).total.ratios["petitions"] == Ratio(7, 8)


def test_a_month_has_petitions_but_no_tips(log: Log) -> None:
    movement.indicator(log, "p1", "tips.received", 30)
    movement.forum(log, "p1", 8, 6)
    with projected(log.records) as view:
        result = F10.compute(view, QUAN_5, MAY)
    assert result.ratio is None
    assert result.values["petitions_received"] == 8
    assert [note.code for note in result.notes] == ["tips-by-period"]


def test_spent_of_allocated_in_all_and_by_source(log: Log) -> None:
    """R83, R97."""
    movement.money(log, "p1", "allocated", "crime", 40_000_000)
    movement.money(log, "p1", "allocated", "drugs", 10_000_000)
    movement.money(log, "p1", "spent", "crime", 10_000_000)
    second = movement.money(log, "p1", "spent", "crime", 15_000_000)
    movement.money(log, "p2", "spent", "socialised", 5_000_000)
    with projected(log.records) as view:
        result = F13.compute(view, QUAN_5, YEAR)
        behind = opened(F13, view, QUAN_5, YEAR, CellFilter("spent.crime"))
    assert result.ratio == Ratio(30_000_000, 50_000_000)
    assert result.total.ratios["used.crime"] == Ratio(25_000_000, 40_000_000)
    assert result.total.ratios["used.drugs"] == Ratio(0, 10_000_000)
    assert result.total.ratios["used.socialised"] is None
    assert (second, 15_000_000) in behind
    assert result.notes == ()
    p2 = next(row for row in result.children if row.unit.unit_id == ident("p2"))
    assert [note.code for note in p2.numbers.notes] == ["spent-over-allocated"]


def test_money_settled_after_the_year_belongs_to_it(log: Log) -> None:
    movement.money(log, "p1", "allocated", "crime", 10)
    movement.money(log, "p1", "spent", "crime", 4)
    movement.money(log.at("2026-01-15"), "p1", "spent", "crime", 5)
    movement.money(log, "p1", "spent", "crime", 7, year=2026)
    with projected(log.records) as view:
        assert F13.compute(view, QUAN_5, YEAR).ratio == Ratio(9, 10)
        assert F13.compute(view, QUAN_5, MAY).ratio == Ratio(4, 10)


def test_a_campaign_judged_at_its_close(log: Log) -> None:
    """Two of three milestones that bind, one late; 21 localities, one collective and one
    individual each: two collectives too many do not stand for the individual that is missing."""
    log.at("2025-03-25")
    movement.campaign(log)
    closed = movement.close(log.at("2025-05-20"))
    with projected(log.records) as view:
        result = F16.compute(view, CITY, H1)
        met = opened(F16, view, CITY, H1, CellFilter("met"))
        before = F16.compute(view, CITY, Span(date(2025, 1, 1), date(2025, 3, 24), "x"))
    values = result.values
    assert result.ratio == Ratio(1, 3)
    assert (values["met"], values["met_late"], values["missed"]) == (1, 1, 1)
    assert result.total.ratios["exemplars"] == Ratio(41, 42)
    assert result.total.details["missed.locality_reports"] == 1
    assert met == [(closed, 1)]
    assert result.notes == ()
    assert [note.code for note in before.notes] == ["no-campaign"]


def test_an_open_campaign_is_not_judged(log: Log) -> None:
    log.at("2025-03-25")
    movement.campaign(log)
    with projected(log.records) as view:
        result = F16.compute(view, CITY, YEAR)
    assert result.ratio is None
    assert (result.values["campaigns"], result.values["upcoming"]) == (1, 4)
    assert [note.code for note in result.notes] == ["campaign-open"]


def test_a_milestone_at_discretion_counts_where_it_was_reached(log: Log) -> None:
    """R100."""
    log.at("2025-03-25")
    movement.campaign(log)
    movement.close(
        log.at("2025-05-20"), milestones_met=[{"code": "papers", "met_on": "2025-05-09"}]
    )
    with projected(log.records) as view:
        assert F16.compute(view, CITY, H1).ratio == Ratio(1, 4)
