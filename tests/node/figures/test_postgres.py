"""The figures on PostgreSQL are those on SQLite, and so are the events behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import pytest

from infra.backing import PostgresBacking
from services.node.figures import FIGURES, REPORT_STATUS, CellFilter, Cut, Figure, Span
from services.node.figures import figure as figure_module
from services.node.obligations import listed as listed_obligations
from services.node.views import View
from tests.domain.scenario import Log, ident
from tests.node.figures import movement, quan5, subjects
from tests.node.figures.projected import opened, projected
from tests.node.obligations.owing import question

pytestmark = pytest.mark.integration

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")


@contextmanager
def both(log: Log, postgres: PostgresBacking) -> Iterator[tuple[View, View]]:
    """A node on a server and one on a file that hold a history."""
    name = f"figures_{uuid4().hex[:12]}"
    postgres.create_database(name)
    url = postgres.dsn(name).replace("postgresql://", "postgresql+psycopg://", 1)
    with projected(log.records, url) as server, projected(log.records) as embedded:
        yield server, embedded
    postgres.drop_database(name)


def half_year() -> Log:
    """Meetings, models and reports of the first half-year, and the three wards after it."""
    log = quan5.founded()
    quan5.meeting(log, "p8", "2024-12-16")
    quan5.merge_wards(log)
    quan5.models(log)
    log.at("2025-06-01")
    for ward in quan5.WARDS:
        quan5.meeting(log, ward, "2025-03-01", 12)
    quan5.review(log, "p5 point 0", "weak")
    quan5.review(log, "p7 point 0", "good")
    quan5.reports(log)
    quan5.two_tiers(log.at("2025-07-02"))
    return log


def whole_year() -> Log:
    """The standard, the classification, exemplary units, festivals and committees of 2025."""
    log = subjects.year_2025()
    subjects.other_subjects(log)
    return log


@pytest.fixture(scope="module", params=[half_year, whole_year], ids=["half-year", "year"])
def views(request: pytest.FixtureRequest, postgres: PostgresBacking) -> Iterator[tuple[View, View]]:
    """Made once for each history: figures only read them."""
    with both(request.param(), postgres) as found:
        yield found


@pytest.mark.parametrize("listed", [500, 2])
def test_same_figures(
    views: tuple[View, View], listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_module, "_LISTED", listed)
    server, embedded = views
    for figure in FIGURES.values():
        for span in (H1, YEAR):
            for cut in (Cut(), Cut(hierarchy_on=date(2025, 7, 2)), *_by_category(figure)):
                for unit in ("city", "quan 5", "p7", "an dong"):
                    here = figure.compute(server, ident(unit), span, cut)
                    assert here == figure.compute(embedded, ident(unit), span, cut)
                    assert all(type(value) is int for value in here.values.values())


def _by_category(figure: Figure) -> list[Cut]:
    return [Cut(category=category) for category in figure.categories]


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("meeting-compliance", "met"),
        ("report-status", "on_time"),
        ("model-stock", "points"),
        ("standard-rate", "recognised"),
        ("standard-rate", "subjects"),
        ("movement-classification", "weak"),
        ("exemplary-quota", "met"),
        ("festival-coverage", "active_areas"),
        ("committee-coverage", "with_one"),
        ("activity", "MeetingHeld.attendees"),
    ],
)
def test_same_events_behind(views: tuple[View, View], name: str, measure: str) -> None:
    server, embedded = views
    for span in (H1, YEAR):
        question = (ident("city"), span, CellFilter(measure))
        found = opened(FIGURES[name], server, *question)
        assert found == opened(FIGURES[name], embedded, *question)
        number = FIGURES[name].compute(server, *question[:2]).values.get(measure, 0)
        assert sum(n for _, n in found) == number


def test_a_year_of_everything(postgres: PostgresBacking) -> None:
    behind = {
        "organisation-quota": "met",
        "inspections": "remedied",
        "tips-petitions": "petitions_resolved",
        "plans": "acknowledged",
        "funding": "spent.crime",
        "campaigns": "met",
        "indicators": "tips.received",
    }
    with both(movement.year(), postgres) as (server, embedded):
        for figure in FIGURES.values():
            for unit in ("city", "quan 5", "cho lon"):
                for span in (H1, YEAR):
                    here = figure.compute(server, ident(unit), span)
                    assert here == figure.compute(embedded, ident(unit), span)
        for name, measure in behind.items():
            question = (ident("city"), H1, CellFilter(measure))
            found = opened(FIGURES[name], server, *question)
            assert found
            assert found == opened(FIGURES[name], embedded, *question)


def test_same_lines(postgres: PostgresBacking) -> None:
    log = half_year()
    with both(log, postgres) as (server, embedded):
        found = REPORT_STATUS.lines(server, ident("city"), H1)
        assert found == REPORT_STATUS.lines(embedded, ident("city"), H1)
        assert len(found[0]) == 12


def test_same_obligations(postgres: PostgresBacking) -> None:
    log = half_year()
    log.given(
        "ReminderSent", "city", obliged_unit_id=ident("quan 5"), kind="half_year", period="2025-H1"
    )
    asked = question("city", "2025-07-02", subtree=True)
    with both(log, postgres) as (server, embedded):
        found = listed_obligations(server, asked, None, 1_000)
        assert found == listed_obligations(embedded, asked, None, 1_000)
    assert {entry.standing.state.value for entry in found.entries} >= {"met", "late"}
    assert any(entry.reminders for entry in found.entries)
