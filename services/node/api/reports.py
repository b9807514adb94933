"""/v1/reports: how reports stand, their versions and differences, and F15 for one of them."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query

from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.report_state import ReportState, Version
from services.node.api import cursors
from services.node.api.asof import AskedState, as_of_answer
from services.node.api.language import AskedLanguage
from services.node.api.parameters import Cursor, Limit, TheNode, refused
from services.node.api.problem_documents import ProblemError
from services.node.api.report_answers import (
    DifferenceAnswer,
    ReconciliationAnswer,
    ReportList,
    ReportRow,
    VersionList,
    difference_answer,
    reconciliation_answer,
    version_list,
)
from services.node.figures.reported import frozen, report_of
from services.node.problems import NOT_FOUND, problem
from services.node.readmodels.report_status import ReportStatus, Standing
from services.node.reporting.checking import checked
from services.node.reporting.versions import difference, numbered
from services.node.views import View

router = APIRouter(tags=["reports"])

_CURSOR: Final = "reports"
VersionNumber = Annotated[int, Query(ge=1, le=1000)]


@router.get("/v1/reports", summary="Các báo cáo / Reports")
def list_reports(
    node: TheNode,
    state: AskedState,
    unit: UUID | None = None,
    period: Annotated[str | None, Query(max_length=10, examples=["2025-H1"])] = None,
    kind: ReportKind | None = None,
    status: Standing | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ReportList:
    """The reports that this node holds, and how each stands; with `as_of`, as it stood."""
    after = "" if cursor is None else cursors.read_key(_CURSOR, cursor)
    asked = {
        "unit_id": None if unit is None else str(unit),
        "period": period,
        "kind": None if kind is None else kind.value,
        "status": None if status is None else status.value,
    }
    with node.projector.view(state) as view:
        table = view.tables[ReportStatus.name].c
        conditions = [table[name] == value for name, value in asked.items() if value is not None]
        rows = view.connection.execute(
            sa.select(*table)
            .where(table.report_id > after, *conditions)
            .order_by(table.report_id)
            .limit(limit + 1)
        ).all()
    shown = rows[:limit]
    return ReportList(
        items=[_row(row) for row in shown],
        next=cursors.write(_CURSOR, shown[-1].report_id) if len(rows) > limit else None,
        as_of=as_of_answer(state),
    )


@router.get("/v1/reports/{report}/versions", summary="Các phiên bản / The versions of a report")
def list_versions(node: TheNode, report: UUID, state: AskedState) -> VersionList:
    """Every version with its receipts; a return or acceptance names the digest it is about."""
    with node.projector.view(state) as view:
        return version_list(_report(view, report))


@router.get(
    "/v1/reports/{report}/difference",
    summary="Khác nhau giữa hai phiên bản / What two versions say otherwise",
)
def read_difference(
    node: TheNode,
    language: AskedLanguage,
    report: UUID,
    before: Annotated[VersionNumber, Query(alias="from")],
    after: Annotated[VersionNumber, Query(alias="to")],
) -> DifferenceAnswer:
    """Figures, sections and reports from below by which two versions differ."""
    with node.projector.view() as view:
        state = _report(view, report)
    first, second = _version(state, before, "from"), _version(state, after, "to")
    return difference_answer(state.report_id, difference(first, second), language)


@router.get(
    "/v1/reports/{report}/reconciliation",
    summary="Đối chiếu báo cáo với các sự kiện (F15) / A report against the records (F15)",
)
def read_reconciliation(
    node: TheNode,
    language: AskedLanguage,
    report: UUID,
    version: Annotated[
        int | None,
        Query(
            ge=1,
            le=1000,
            description="Không có: bản đã được tiếp nhận, hoặc bản mới nhất. / Without it: the "
            "version accepted, or the latest.",
        ),
    ] = None,
) -> ReconciliationAnswer:
    """Each figure as reported, as its own state gives it, and as it is now, with the events that
    came later and why they count."""
    with node.projector.view() as view:
        state = _report(view, report)
        chosen = frozen(state) if version is None else _version(state, version, "version")
        found = checked(view, state, chosen)
    return reconciliation_answer(state, chosen, found.basis, found.items, found.changes, language)


def _report(view: View, report: UUID) -> ReportState:
    state = report_of(view, str(report))
    if state is None:
        raise ProblemError(
            problem(
                NOT_FOUND,
                Text("Nút này không có báo cáo đó.", "This node holds no such report."),
            )
        )
    return state


def _version(state: ReportState, number: int, parameter: str) -> Version:
    found = numbered(state, number)
    if found is None:
        numbers = ", ".join(str(version.number) for version in state.versions)
        raise refused(
            parameter,
            f"Báo cáo này có các phiên bản: {numbers}.",
            f"The report has the versions {numbers}.",
        )
    return found


def _row(row: sa.Row[Any]) -> ReportRow:
    fields = {name: row._mapping[name] for name in ReportRow.model_fields if name != "href"}
    return ReportRow(**fields, href=f"/v1/reports/{row.report_id}/versions")
