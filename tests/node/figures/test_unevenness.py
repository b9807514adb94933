"""F14: how far apart the units below are in F1, F2 and F3 (R04)."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.node.figures import FIGURES, CellFilter, Cut, FigureResult, Ratio, Span
from services.node.figures.unevenness import LEAST, spread
from tests.domain.scenario import Log, ident
from tests.node.figures import quan5, subjects
from tests.node.figures.projected import opened, projected

F14 = FIGURES["unevenness"]
QUARTER: Final = Span(date(2025, 1, 1), date(2025, 3, 31), "2025-Q1")
H1: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR: Final = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
MEETINGS: Final = Cut(category="meeting-compliance")
REPORTS: Final = Cut(category="report-status")

RATES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 40)).map(lambda n: Ratio(min(n), n[1])),
    min_size=LEAST,
    max_size=60,
)


def compute(log: Log, unit: str, span: Span, cut: Cut) -> FigureResult:
    with projected(log.records) as view:
        return F14.compute(view, ident(unit), span, cut)


@pytest.fixture(scope="module")
def meetings() -> Log:
    """Eight of ten wards met in the half-year, seven of ten reported in time and one late."""
    log = quan5.founded()
    quan5.merge_wards(log)
    for ward in list(quan5.WARDS)[:8]:
        quan5.meeting(log, ward, "2024-12-16")
    for number, ward in enumerate(list(quan5.WARDS)[:8]):
        quan5.report(log, ward, "2025-06-17" if number == 7 else "2025-06-12")
    return log


def test_meetings_and_reports_of_ten_wards(meetings: Log) -> None:
    held = compute(meetings, "quan 5", H1, MEETINGS)
    assert (held.values["units"], held.values["rated"]) == (10, 10)
    # In rising order 0, 0, 1, …, 1: P10 is the first of ten, P90 the ninth.
    assert (held.total.ratios["p10"], held.total.ratios["p90"]) == (Ratio(0, 1), Ratio(1, 1))
    assert held.ratio == Ratio(1, 1)
    assert held.total.ratios["rate"] == Ratio(8, 10)
    sent = compute(meetings, "quan 5", H1, REPORTS)
    assert sent.total.ratios["rate"] == Ratio(7, 10)


def test_rows_show_the_rates_that_are_compared(meetings: Log) -> None:
    result = compute(meetings, "quan 5", H1, MEETINGS)
    rates = [row.numbers.ratios["rate"] for row in result.children]
    assert rates.count(Ratio(1, 1)) == 8
    ended = next(row for row in result.children if row.unit.unit_id == ident("p8"))
    assert ended.numbers.ratios["rate"] is None


def test_few_units_have_no_percentiles() -> None:
    log = subjects.year_2025()
    result = compute(log, "city", YEAR, Cut())
    assert result.values["rated"] == 3
    assert result.ratio is None
    assert "too-few-units" in {note.code for note in result.notes}
    assert result.total.ratios["rate"] == Ratio(47, 55)


def test_the_standard_is_compared_among_those_that_reported() -> None:
    log = quan5.founded()
    log.at("2025-02-10")
    for number, (ward, areas) in enumerate(subjects.AREAS.items()):
        subjects.how_many(log, ward, areas)
        for area in range(1, 1 + (areas if number else 3)):
            subjects.register(log, ward, area)
    result = compute(log, "quan 5", QUARTER, Cut())
    # Nothing is recognised in the first quarter; all ten that reported stand at 0 %.
    assert result.values["rated"] == 10
    assert result.ratio == Ratio(0, 1)
    assert result.target is None


def test_numbers_of_units_are_no_events(meetings: Log) -> None:
    with projected(meetings.records) as view:
        for measure in ("units", "rated"):
            cell = CellFilter(measure)
            assert opened(F14, view, ident("quan 5"), H1, cell, cut=MEETINGS) == []


@given(RATES)
def test_percentiles_are_nearest_rank(rates: list[Ratio]) -> None:
    found = spread(rates)
    high, low, apart = found["p90"], found["p10"], found["spread"]
    assert high is not None
    assert low is not None
    assert apart is not None
    rising = sorted(rate.numerator / rate.denominator for rate in rates)
    assert high.numerator / high.denominator == rising[ceil(len(rates) * 9 / 10) - 1]
    assert low.numerator / low.denominator == rising[ceil(len(rates) / 10) - 1]
    assert 0 <= apart.percent <= 100
    assert apart.numerator / apart.denominator == pytest.approx(
        high.numerator / high.denominator - low.numerator / low.denominator
    )


@given(RATES)
def test_the_order_of_units_does_not_matter(rates: list[Ratio]) -> None:
    turned = spread(rates[::-1])
    assert [one and one.percent for one in spread(rates).values()] == [
        one and one.percent for one in turned.values()
    ]


def test_nine_rates_are_too_few() -> None:
    assert spread([Ratio(1, 2)] * (LEAST - 1)) == {"p90": None, "p10": None, "spread": None}
    assert spread([Ratio(1, 2)] * LEAST)["spread"] == Ratio(0, 1)
