"""The subjects of a unit one by one: who registered for the year, and how far each has come (R66,
R70). What a commune's committee reads beside its rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from domain.subject_outcomes import STAGES
from domain.subject_years import Step, SubjectYear, fold
from domain.subjects import subject_unit_of
from services.node.entities import load
from services.node.figures.result import Cut, SubjectLine
from services.node.figures.span import Span
from services.node.figures.subjects import subject_aggregates
from services.node.readmodel import Entity
from services.node.views import View


def subject_lines(
    view: View,
    units: Mapping[str, None],
    span: Span,
    cut: Cut,
    days: tuple[date | None, date],
) -> tuple[SubjectLine, ...]:
    """Every subject of these units and the cut's category that registered for the span's year, or
    was judged for it, as it stood on the last of these days; by code."""
    entities = view.tables["entities"]
    rows = view.connection.execute(
        sa.select(entities).where(
            entities.c.kind == "subject_year",
            entities.c.aggregate_id.in_(subject_aggregates(view, units, *days)),
        )
    )
    lines = (_line(load(row), units, span, cut, days[1]) for row in rows)
    found = [line for line in lines if line is not None]
    return tuple(sorted(found, key=lambda line: (line.code, line.aggregate_id)))


def _line(
    entity: Entity, units: Mapping[str, None], span: Span, cut: Cut, last: date
) -> SubjectLine | None:
    state: SubjectYear = entity.state(fold)
    steps = {name: step for name, step in state.steps.items() if step.day <= last}
    registered = state.registered
    if registered is not None and registered.day > last:
        registered = None
    if not steps and registered is None:
        return None
    data = entity.records[0].data
    if (data["year"], data["category"]) != (span.year, cut.category):
        return None
    if subject_unit_of(data) not in units:
        return None
    stage = next((name for name in reversed(STAGES) if name in steps), None)
    return SubjectLine(
        aggregate_id=entity.aggregate_id,
        unit_id=subject_unit_of(data),
        code=data.get("subject_code") or "",
        registered_on=_day(registered),
        households=state.households if registered is not None else 0,
        households_committed=state.households_committed if registered is not None else 0,
        stage=stage,
        stage_on=_day(steps.get(stage or "")),
    )


def _day(step: Step | None) -> date | None:
    return None if step is None else step.day
