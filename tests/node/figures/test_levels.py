"""What each level's committee reads, from the tables its node keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.levels import Level
from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.district.spec import SPEC as DISTRICT
from services.node.balances import balances_name
from services.node.figures import FIGURES, CellFilter, Span
from services.node.levelspec import LevelSpec
from services.node.readmodels import EVERY_NODES
from services.node.views import View
from services.province.spec import SPEC as PROVINCE
from tests.domain.scenario import ident
from tests.node.figures import movement
from tests.node.figures.projected import projected

YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
SPECS = (COMMUNE, DISTRICT, PROVINCE, CENTRAL)
each = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.level.value)


@each
def test_a_node_keeps_the_tables_that_its_figures_ask(spec: LevelSpec) -> None:
    kept = {"entities", "entity_units"} | {model.name for model in (*EVERY_NODES, *spec.models)}
    kept |= {balances_name(name) for name in kept}
    with projected(movement.year().records) as view:
        own = replace(view, tables={n: t for n, t in view.tables.items() if n in kept})
        for figure in spec.figures:
            result = figure.compute(own, ident("city"), YEAR)
            for measure in result.values:
                if measure in figure.measures:
                    figure.behind(own, ident("city"), YEAR, CellFilter(measure))


@each
def test_every_table_that_a_node_keeps_is_asked(spec: LevelSpec) -> None:
    """A table that nothing reads costs every event its time."""
    names = [model.name for model in spec.models]
    with projected(movement.year().records) as view:
        for name in names:
            own = replace(view, tables={n: t for n, t in view.tables.items() if n != name})
            with pytest.raises(KeyError, match=name):
                _all_figures(spec, own)


def _all_figures(spec: LevelSpec, view: View) -> None:
    for figure in spec.figures:
        figure.compute(view, ident("city"), YEAR)


def test_each_committee_reads_what_concerns_it() -> None:
    """As the views of the four committees are laid down."""
    read = {spec.level: {figure.formula for figure in spec.figures} - {""} for spec in SPECS}
    assert read == {
        Level.COMMUNE: {f"F{n}" for n in (1, 2, 3, 5, 9, 12, 15)},
        Level.DISTRICT: {f"F{n}" for n in (1, 2, 5, 6, 7, 9, 12, 15)},
        Level.PROVINCE: {f"F{n}" for n in (*range(1, 6), *range(7, 17))},
        Level.CENTRAL: {f"F{n}" for n in (1, 2, 3, 4, 5, 7, 11, 14, 15)},
    }
    for spec in SPECS:
        names = {figure.name for figure in spec.figures}
        assert {"indicators", "activity"} <= names <= FIGURES.keys()
