"""The reports of a unit and of those directly below it: how each stands, and where its page is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from domain.labels import label
from domain.report_kinds import ReportKind
from services.node.figures import parse_span
from services.node.readmodels.report_status import ReportStatus
from services.node.web.periods import label as span_label
from services.node.web.site import Asked
from services.node.web.texts import REPORT_STATUSES

_MOST: Final = 500
"""Rows of one page: a unit has at most some hundreds directly below it, and three periods a year
that reports are about."""


def reports_page(asked: Asked) -> Mapping[str, Any]:
    """The reports about the period asked for, or, where reports are not about such a period, about
    its year; the unit's own first, then by unit."""
    span, directory = asked.span, asked.directory
    below = directory.children_between(asked.unit_id, span.first, span.last)
    order = {unit: place for place, unit in enumerate((asked.unit_id, *below))}
    year = span.last.year
    periods = [str(year), f"{year}-H1", f"{year}-H2"]
    chosen = [span.code] if span.code in periods else periods
    table = asked.view.tables[ReportStatus.name].c
    rows = asked.view.connection.execute(
        sa.select(*table)
        .where(table.unit_id.in_(order), table.period.in_(chosen))
        .order_by(table.period.desc(), table.unit_id, table.kind)
        .limit(_MOST + 1)
    ).all()
    shown = sorted(rows[:_MOST], key=lambda row: order[row.unit_id])
    return {
        "reports": [_row(asked, row) for row in shown],
        "more": len(rows) > _MOST,
        "of_year": None if span.code in periods else year,
    }


def _row(asked: Asked, row: Any) -> Mapping[str, Any]:
    span = parse_span(row.period, asked.directory, row.unit_id)
    unit = asked.directory.attributes(row.unit_id, asked.span.last)
    return {
        "href": asked.url(f"/reports/{row.report_id}", unit=asked.unit_id, period=asked.span.code),
        "kind": asked.language.of(label(ReportKind(row.kind))),
        "unit": asked.unit_name(row.unit_id),
        "code": "" if unit is None else unit.code,
        "period": row.period if span is None else span_label(span, asked.language),
        "versions": row.latest_version,
        "submitted_on": date.fromisoformat(row.latest_submitted_on),
        "returned": row.returned,
        "status": asked.language.of(REPORT_STATUSES[row.status]),
        "mark": _MARKS.get(row.status, ""),
    }


_MARKS: Final[Mapping[str, str]] = {"submitted": "open", "returned": "late", "accepted": ""}
"""How a status is coloured: as the same standing of a task in the calendar."""
