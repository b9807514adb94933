"""Units added up by where they stand give the same figure as units added up one by one."""

from __future__ import annotations

from datetime import date

import pytest

from domain.levels import Level
from services.node.figures import FIGURES, Cut, FigureResult, Span, between
from services.node.figures import figure as figure_module
from services.node.figures.cells import CellFigure
from services.node.figures.placement import place
from services.node.figures.together import stand_ins
from tests.domain.scenario import ident
from tests.node.figures import movement, quan5
from tests.node.figures.projected import projected

YEAR = between(date(2025, 1, 1), date(2025, 12, 31))
AS_IS = Cut(hierarchy_on=date(2025, 12, 31))
ONLY_ADD = [f for f in FIGURES.values() if isinstance(f, CellFigure) and f.only_adds]


@pytest.mark.parametrize("figure", ONLY_ADD, ids=lambda figure: figure.name)
@pytest.mark.parametrize("cut", [Cut(), AS_IS], ids=["as was", "as is"])
def test_same_figure(figure: CellFigure, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    log = movement.year()
    with projected(log.records) as view:

        def asked() -> list[FigureResult]:
            return [
                figure.compute(view, ident(unit), span, cut)
                for unit in ("city", "quan 5", "cho lon")
                for span in (YEAR, Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1"))
            ]

        by_unit = asked()
        monkeypatch.setattr(figure_module, "_LISTED", 0)
        assert asked() == by_unit
    assert any(any(result.values.values()) for result in by_unit)


def test_units_with_one_home_share_a_stand_in() -> None:
    log = quan5.founded()
    with projected(log.records) as view:
        placement = place(view.directory, ident("city"), YEAR, None)
    found = stand_ins(placement)
    wards = [u for u, home in placement.homes.items() if home.level is Level.COMMUNE]
    assert len(wards) > 1
    assert {placement.homes[found[u]].row for u in wards} == {placement.homes[u].row for u in wards}
    assert len({found[u] for u in wards}) == len({placement.homes[u].row for u in wards})
    assert found[ident("city")] == ident("city")
