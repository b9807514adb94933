"""What the figures about subjects (F3, F4) read of the cells and look for behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import sqlalchemy as sa

from domain.classification import MovementClassified
from domain.emulation import EmulationRegistered
from domain.labels import label
from domain.refusals import Text
from domain.standard import StandardDecided
from domain.subjects import SubjectCategory
from services.node.figures.figure import days, of_units
from services.node.readmodels.subject_outcomes import REPORTED, SUBJECTS, SubjectOutcomes
from services.node.views import View

CATEGORIES: Final[Mapping[str, Text]] = {
    category.value: label(category) for category in SubjectCategory
}
"""The categories of subjects, by which these figures are divided."""

_ABOUT_SUBJECTS: Final = tuple(
    body.__name__ for body in (EmulationRegistered, StandardDecided, MovementClassified)
)


def subject_aggregates(
    view: View,
    units: Mapping[str, None],
    first: date | None,
    last: date,
    types: Iterable[str] | None = None,
) -> sa.Select[tuple[str]]:
    """Aggregates with an event of these types, or about subjects, on those days that concern the
    units: a superior may have recorded it, so it is not always an event of theirs."""
    timeline, concerned = view.tables["timeline"].c, view.tables["entity_units"].c
    named = of_units(concerned.unit_id, units)
    statement = sa.select(timeline.aggregate_id).where(
        timeline.type.in_(sorted(types or _ABOUT_SUBJECTS)),
        days(timeline.occurred_on, first, last),
    )
    if not named:
        return statement
    return statement.where(
        timeline.aggregate_id.in_(sa.select(concerned.aggregate_id).where(*named))
    )


def reported_numbers(
    view: View, units: Mapping[str, object], category: SubjectCategory, year: int
) -> dict[str, int]:
    """By unit that reported it: how many subjects of the category it has in the year (R08)."""
    table = view.tables[SubjectOutcomes.name].c
    statement = (
        sa.select(table.unit_id, table.outcome, sa.func.sum(table.value))
        .where(
            table.year == year,
            table.category == category.value,
            table.outcome.in_((REPORTED, SUBJECTS)),
            *of_units(table.unit_id, units),
        )
        .group_by(table.unit_id, table.outcome)
    )
    numbers: dict[str, int] = {}
    for unit_id, outcome, number in view.connection.execute(statement):
        numbers[unit_id] = numbers.get(unit_id, 0) + (int(number) if outcome == SUBJECTS else 0)
    return numbers
