"""The reports from below that a report takes up, in which version, and those it lacks (R59,
R121)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.node.figures.placement import Placement
from services.node.figures.report_cases import cases_of
from services.node.figures.span import Span
from services.node.readmodels.report_status import Standing
from services.node.views import View


@dataclass(frozen=True, slots=True)
class Included:
    """A report from below, in exactly one version."""

    unit_id: str
    report_id: str
    version: int
    digest: str
    status: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A report from below that cannot be taken up."""

    unit_id: str
    why: str
    """"missing": not sent; "returned": sent back and not sent again."""
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Children:
    """What the units directly below sent for a period."""

    included: tuple[Included, ...] = ()
    missing: tuple[Missing, ...] = ()


def children_of(view: View, placement: Placement, span: Span) -> Children:
    """The latest version of each report that is expected from directly below.

    A version that was returned is not taken up: it waits for the next.
    """
    period = span.period
    rows = [row.unit_id for row in placement.rows]
    if period is None or not rows:
        return Children()
    included: list[Included] = []
    missing: list[Missing] = []
    for case in cases_of(view, rows, period).cases:
        report = case.report
        if report is None:
            missing.append(Missing(case.bearer, "missing", case.due_on))
        elif report.status == Standing.RETURNED.value:
            missing.append(Missing(case.bearer, "returned", case.due_on))
        else:
            included.append(
                Included(
                    case.bearer,
                    report.report_id,
                    report.latest_version,
                    report.latest_digest,
                    report.status,
                )
            )
    order = {unit_id: place for place, unit_id in enumerate(rows)}
    last = len(order)
    return Children(
        tuple(sorted(included, key=lambda item: order.get(item.unit_id, last))),
        tuple(sorted(missing, key=lambda item: order.get(item.unit_id, last))),
    )
