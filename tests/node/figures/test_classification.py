"""F4: how many units are weak, and how the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, Ratio, Span
from tests.domain.scenario import Log, ident, org
from tests.node.figures.projected import opened, projected

F4 = FIGURES["movement-classification"]
Y2024: Final = Span(date(2023, 12, 15), date(2024, 12, 14), "2024")
Y2025: Final = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1_2025: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
OLD, NEW = 139, 104


def classify(log: Log, units: Sequence[str], year: int, classes: Mapping[str, int]) -> None:
    """The province classifies the movement in its communes."""
    waiting = iter(units)
    for kind, number in classes.items():
        for _ in range(number):
            log.given(
                "MovementClassified",
                "hung yen",
                category="commune",
                subject_unit_id=ident(next(waiting)),
                year=year,
                classification=kind,
            )


@cache
def hung_yen() -> Log:
    """Storyline, step 15: 139 communes in 2024, 104 since 1/7/2025."""
    log = Log()
    log.create("centre", "central", "00", None, "1990-01-01")
    log.establish("centre", "1990-01-01", centre="police")
    log.create("hung yen", "province", "33", "centre", "1990-01-01")
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("hung yen", "police")],
        effective_on="1990-01-01",
    )
    for number in range(OLD):
        log.create(f"old {number}", "commune", f"{10_000 + number}", "hung yen", "1990-01-01")
    log.given(
        "RuleDefined",
        "centre",
        about="R122",
        kind="target",
        scope={"unit_id": ident("centre")},
        params={"figure": "F4", "most": 0},
        valid_from="2021-01-01",
    )
    classes = {"excellent": 38, "good": 86, "average": 14, "weak": 1}
    classify(log.at("2024-12-20"), [f"old {n}" for n in range(OLD)], 2024, classes)
    log.at("2025-07-02")
    for number in range(OLD - NEW):
        # Each of 35 communes goes whole into another; 104 are left.
        log.given(
            "UnitReorganised",
            "centre",
            kind="merge",
            **{"from": [{"unit_id": ident(f"old {NEW + number}")}]},
            to=[{"unit_id": ident(f"old {number}")}],
            effective_on="2025-07-01",
        )
    classes = {"excellent": 35, "good": 58, "average": 11}
    classify(log.at("2025-12-12"), [f"old {n}" for n in range(NEW)], 2025, classes)
    return log


def distribution(values: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(values[kind] for kind in ("excellent", "good", "average", "weak"))


def test_one_weak_commune_in_2024_and_none_in_2025() -> None:
    with projected(hung_yen().records) as view:
        before = F4.compute(view, ident("hung yen"), Y2024)
        after = F4.compute(view, ident("centre"), Y2025)
    assert distribution(before.values) == (38, 86, 14, 1)
    assert distribution(after.values) == (35, 58, 11, 0)
    assert (before.headline_count, before.most) == ("weak", 0)
    assert (before.values["units"], after.values["units"]) == (OLD, NEW)
    assert after.values["unclassified"] == 0
    assert after.total.ratios["good_or_better"] == Ratio(93, 104)
    assert [row.numbers.values["weak"] for row in after.children] == [0]


def test_a_year_that_is_not_classified_yet_says_so() -> None:
    with projected(hung_yen().records) as view:
        half = F4.compute(view, ident("hung yen"), H1_2025)
    assert (half.values["units"], half.values["unclassified"]) == (OLD, OLD)
    assert "not-all-classified" in {note.code for note in half.notes}
    assert half.total.ratios["classified"] == Ratio(0, OLD)


def test_the_year_before_under_todays_communes() -> None:
    """As it is: the 139 classifications of 2024 stand under the 104 communes of 2025."""
    with projected(hung_yen().records) as view:
        result = F4.compute(view, ident("hung yen"), Y2024, Cut(date(2025, 12, 31)))
    assert len(result.children) == NEW
    assert distribution(result.values) == (38, 86, 14, 1)


@pytest.mark.parametrize("row", [None, "old 0", "old 138"])
@pytest.mark.parametrize("measure", ["weak", "excellent", "units"])
def test_a_number_opens_into_the_classifications(row: str | None, measure: str) -> None:
    cell = CellFilter(measure, None if row is None else ident(row))
    with projected(hung_yen().records) as view:
        result = F4.compute(view, ident("hung yen"), Y2024)
        found = opened(F4, view, ident("hung yen"), Y2024, cell, limit=50)
    numbers = {child.unit.unit_id: child.numbers for child in result.children}
    number = result.total if row is None else numbers[ident(row)]
    expected = 0 if measure == "units" else number.values[measure]
    assert sum(value for _, value in found) == expected


def test_agencies_are_classified_apart() -> None:
    with projected(hung_yen().records) as view:
        result = F4.compute(view, ident("hung yen"), Y2024, Cut(category="agency"))
    assert not any(result.values.values())
