"""What holds for every figure, on a year in which everything happens at least once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, Figure, FigureResult, Numbers, Span
from services.node.views import View
from tests.domain.scenario import Log, ident
from tests.node.figures import movement
from tests.node.figures.projected import opened, projected

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
SPANS = (H1, YEAR)
CUTS = (Cut(), Cut(hierarchy_on=date(2025, 7, 2)), Cut(today=date(2025, 3, 26)))
UNITS = ("city", "quan 5", "p1", "cho lon")

BY_RULE = {
    "meeting-compliance": {"due", "upcoming", "units_without_rule"},
    "report-status": {"expected", "missing", "upcoming", "units_without_rule"},
    "organisation-quota": {"organisations", "units_without_rule"},
    "inspections": {"units"},
    "standard-rate": {"units_unreported"},
    "movement-classification": {"units", "unclassified"},
    "exemplary-quota": {"due", "required"},
    "festival-coverage": {"units_without", "units_unreported"},
    "committee-coverage": {"units", "without"},
    "unevenness": {"units", "rated"},
    "plans": {"plans_due", "missing", "upcoming", "units_without_rule"},
}
"""Measures that follow from rules, the registry or the hierarchy: no event is behind them."""
NO_SUM = {"acceptance_lag_days", "median_hours"}
"""Medians."""


@pytest.fixture(scope="module")
def log() -> Log:
    return movement.year()


@pytest.fixture(scope="module")
def view(log: Log) -> Iterator[View]:
    """A node that holds the year. Every figure only reads it."""
    with projected(log.records) as found:
        yield found


@pytest.fixture(scope="module")
def shuffled(log: Log) -> Iterator[View]:
    """One that got the same records in another order."""
    records = list(log.records)
    random.Random(7).shuffle(records)
    with projected(records) as found:
        yield found


OF_ROWS = {"unevenness"}
"""Figures that compare rows; nothing of theirs adds up."""

ELSEWHERE = {"reconciliation"}
"""Figures of the log itself, which is not in these views: `test_reconciliation.py` has one."""

figures = pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)


def numbers(result: FigureResult) -> Iterator[tuple[str | None, Numbers]]:
    yield None, result.total
    for row in (result.own, *result.children):
        yield row.unit.unit_id, row.numbers


@pytest.mark.parametrize(
    "figure", [f for f in FIGURES.values() if f.name not in ELSEWHERE], ids=lambda f: f.name
)
def test_it_has_something_to_say(view: View, figure: Figure) -> None:
    result = figure.compute(view, ident("city"), YEAR)
    half = figure.compute(view, ident("city"), H1)
    assert any(result.values.values()) or any(half.values.values())


@figures
def test_every_number_is_the_sum_of_the_events_behind_it(view: View, figure: Figure) -> None:
    """But for what rules say; of a sum that contains withheld counts, those are left out."""
    for unit in UNITS:
        for span in SPANS:
            for cut in CUTS:
                result = figure.compute(view, ident(unit), span, cut)
                for row, shown in numbers(result):
                    everything = {**shown.values, **shown.details}
                    for measure, number in everything.items():
                        if row is not None and not number:
                            continue  # most are 0; the totals open all of them
                        name = measure.partition(".")[0]
                        if name in BY_RULE.get(figure.name, ()) or measure in NO_SUM:
                            continue
                        cell = CellFilter(measure, row)
                        page = figure.behind(view, ident(unit), span, cell, cut=cut)
                        if page.withheld:
                            continue
                        found = opened(figure, view, ident(unit), span, cell, limit=40, cut=cut)
                        assert sum(value for _, value in found) == number, (unit, cell, cut)


@figures
def test_rules_have_no_events_and_events_no_rules(view: View, figure: Figure) -> None:
    for measure in BY_RULE.get(figure.name, ()):
        page = figure.behind(view, ident("city"), YEAR, CellFilter(measure))
        assert page.items == ()


@pytest.mark.parametrize(
    "figure",
    [f for f in FIGURES.values() if f.own_in_total and f.name not in OF_ROWS],
    ids=lambda figure: figure.name,
)
def test_a_row_is_what_the_units_own_page_says(view: View, figure: Figure) -> None:
    """Where the unit itself does not stand apart from its total."""
    for cut in (Cut(), Cut(hierarchy_on=date(2025, 7, 2))):
        city = figure.compute(view, ident("city"), H1, cut)
        for row in city.children:
            page = figure.compute(view, row.unit.unit_id, H1, cut)
            assert page.total.values == row.numbers.values
            assert page.total.suppressed == row.numbers.suppressed


@pytest.mark.parametrize(
    "figure", [f for f in FIGURES.values() if f.name not in OF_ROWS], ids=lambda f: f.name
)
def test_what_adds_up_adds_up(view: View, figure: Figure) -> None:
    for unit in UNITS:
        for cut in CUTS:
            result = figure.compute(view, ident(unit), H1, cut)
            rows = [row.numbers for row in result.children]
            if figure.own_in_total or not rows:
                rows.append(result.own.numbers)
            hidden = frozenset().union(*(row.suppressed for row in rows))
            sums: Counter[str] = Counter()
            for row in rows:
                sums.update(row.values)
            for measure, number in result.values.items():
                alone = measure in NO_SUM or measure == "criterion.cadres_percent"
                if measure not in hidden and not alone:
                    assert sums[measure] == number, (unit, measure)


@figures
def test_it_does_not_depend_on_the_order_of_arrival(
    view: View, shuffled: View, figure: Figure
) -> None:
    for unit in UNITS:
        for span in SPANS:
            assert figure.compute(view, ident(unit), span) == figure.compute(
                shuffled, ident(unit), span
            )


@figures
def test_every_name_has_a_title(view: View, figure: Figure) -> None:
    result = figure.compute(view, ident("city"), YEAR)
    for measure, title in result.titles.items():
        assert title.vi != measure
        assert title.en != measure
