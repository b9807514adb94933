"""The figures on PostgreSQL are those on SQLite, and so are the events behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest

from infra.backing import PostgresBacking
from services.node.figures import FIGURES, REPORT_STATUS, CellFilter, Cut, Span
from services.node.figures import figure as figure_module
from tests.domain.scenario import Log, ident
from tests.node.figures import quan5
from tests.node.figures.projected import opened, projected

pytestmark = pytest.mark.integration

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")


@pytest.fixture
def url(postgres: PostgresBacking) -> Iterator[str]:
    name = f"figures_{uuid4().hex[:12]}"
    postgres.create_database(name)
    yield postgres.dsn(name).replace("postgresql://", "postgresql+psycopg://", 1)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def log() -> Log:
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


@pytest.mark.parametrize("listed", [500, 2])
def test_same_figures(log: Log, url: str, listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_module, "_LISTED", listed)
    with projected(log.records, url) as server, projected(log.records) as embedded:
        for figure in FIGURES.values():
            for span in (H1, YEAR):
                for cut in (Cut(), Cut(hierarchy_on=date(2025, 7, 2))):
                    for unit in ("city", "quan 5", "p7", "an dong"):
                        here = figure.compute(server, ident(unit), span, cut)
                        assert here == figure.compute(embedded, ident(unit), span, cut)
                        assert all(type(value) is int for value in here.values.values())


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("meeting-compliance", "met"),
        ("report-status", "on_time"),
        ("model-stock", "points"),
        ("activity", "MeetingHeld.attendees"),
    ],
)
def test_same_events_behind(log: Log, url: str, name: str, measure: str) -> None:
    question = (ident("city"), H1, CellFilter(measure))
    with projected(log.records, url) as server, projected(log.records) as embedded:
        found = opened(FIGURES[name], server, *question)
        assert found == opened(FIGURES[name], embedded, *question)
        assert (
            sum(n for _, n in found) == FIGURES[name].compute(server, *question[:2]).values[measure]
        )


def test_same_lines(log: Log, url: str) -> None:
    with projected(log.records, url) as server, projected(log.records) as embedded:
        found = REPORT_STATUS.lines(server, ident("city"), H1)
        assert found == REPORT_STATUS.lines(embedded, ident("city"), H1)
        assert len(found[0]) == 12
