"""F7: whether each locality has the exemplary units that its rule asks for, by kind and year."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, FigureResult, Ratio, Span
from tests.domain.scenario import Log, ident, setting
from tests.node.figures.projected import opened, projected

F7 = FIGURES["exemplary-quota"]
YEAR: Final = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
MOVEMENT: Final = Cut()
URBAN: Final = Cut(category="urban_order")


def quota(log: Log, scope: str, level: str, kind: str, minimum: int = 1) -> str:
    """A rule: so many a year in every unit of a level; its id."""
    return log.given(
        "RuleDefined",
        scope,
        kind="quota",
        scope={"unit_id": ident(scope), "level": level},
        params={"subject": f"exemplary_{kind}", "minimum": minimum},
        valid_from="2021-01-01",
    ).aggregate_id


def designate(log: Log, locality: str, unit: str, kind: str, *stages: str) -> list[str]:
    """A commune passes these stages; the events' ids."""
    about: dict[str, Any] = {"category": "commune", "subject_unit_id": ident(unit), "year": 2025}
    return [
        log.given("ExemplaryUnitDesignated", locality, kind=kind, stage=stage, **about).event_id
        for stage in stages
    ]


@pytest.fixture
def log() -> Log:
    """C4: a commune and a ward a province by the centre, a ward a year a district by Quận 5."""
    log = setting().at("2025-05-20")
    quota(log, "centre", "province", "movement")
    quota(log, "centre", "province", "urban_order")
    quota(log, "quan 5", "district", "movement")
    return log


def compute(log: Log, unit: str = "centre", span: Span = YEAR, cut: Cut = MOVEMENT) -> FigureResult:
    with projected(log.records) as view:
        return F7.compute(view, ident(unit), span, cut)


def numbers(result: FigureResult, *measures: str) -> tuple[int, ...]:
    return tuple(result.values[measure] for measure in measures)


def test_both_rules_of_c4_hold_side_by_side(log: Log) -> None:
    designate(log, "quan 5", "p8", "movement", "selected", "recognised")
    result = compute(log)
    # Two provinces and one district owe; what Quận 5 named counts for Quận 5.
    assert numbers(result, "due", "met", "required", "recognised") == (3, 1, 3, 1)
    rows = {row.unit.unit_id: row.numbers.ratios["quota_met"] for row in result.children}
    assert rows == {ident("city"): Ratio(1, 2), ident("tay ninh"): Ratio(0, 1)}
    met = {level.value: n.values["met"] for level, n in result.levels.items() if n.values["due"]}
    assert met == {"district": 1, "province": 0}
    assert len(result.rules) == 2


def test_kinds_are_apart(log: Log) -> None:
    designate(log, "tay ninh", "tan ninh", "movement", "selected", "recognised")
    assert compute(log, "tay ninh").ratio == Ratio(1, 1)
    urban = compute(log, "tay ninh", cut=URBAN)
    assert (urban.ratio, urban.values["recognised"]) == (Ratio(0, 1), 0)
    assert compute(log, "quan 5", cut=URBAN).notes[0].code == "no-quota"


def test_selected_is_not_recognised_and_what_was_withdrawn_is_neither(log: Log) -> None:
    designate(log, "city", "p7", "movement", "selected")
    designate(log.at("2025-11-20"), "tay ninh", "tan ninh", "movement", "selected", "recognised")
    designate(log.at("2025-11-25"), "tay ninh", "tan ninh", "movement", "withdrawn")
    result = compute(log)
    assert numbers(result, "met", "recognised", "selected") == (0, 0, 1)
    before = Span(date(2025, 11, 1), date(2025, 11, 22), "2025-11-01..2025-11-22")
    assert numbers(compute(log, "tay ninh", before), "met", "recognised") == (1, 1)


def test_the_half_year_shows_how_far_it_has_come(log: Log) -> None:
    designate(log.at("2025-11-20"), "city", "p7", "movement", "selected", "recognised")
    assert compute(log, "city", H1).values["met"] == 0
    assert compute(log, "city").values["met"] == 1


@pytest.mark.parametrize("minimum", [1, 2])
def test_a_quota_met_opens_into_its_recognitions(log: Log, minimum: int) -> None:
    quota(log, "tay ninh", "province", "movement", minimum)
    for unit in ("tan ninh", "chau thanh"):
        designate(log, "tay ninh", unit, "movement", "selected", "recognised")
    with projected(log.records) as view:
        result = F7.compute(view, ident("centre"), YEAR)
        for measure in ("met", "recognised", "selected"):
            cell = CellFilter(measure, ident("tay ninh"))
            found = opened(F7, view, ident("centre"), YEAR, cell)
            (row,) = (r for r in result.children if r.unit.unit_id == ident("tay ninh"))
            assert sum(value for _, value in found) == row.numbers.values[measure]
            assert len(found) == 2
        assert opened(F7, view, ident("centre"), YEAR, CellFilter("due")) == []
