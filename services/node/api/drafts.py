"""POST /v1/reports/drafts: a report computed from the records, ready to be pushed."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from domain.report_kinds import PeriodCode, ReportKind
from services.node.api.asof import AskedState, AsOfAnswer, as_of_answer
from services.node.api.completeness import Completeness, completeness
from services.node.api.figure_answers import PeriodAnswer
from services.node.api.language import AskedLanguage
from services.node.api.parameters import TheNode, today
from services.node.api.problem_documents import ProblemError
from services.node.asof.cutoff import Cutoff, RecordedUntil
from services.node.language import Language
from services.node.problems import Problem
from services.node.reporting.drafting import Asked, Drafted, DraftedFigure, draft

router = APIRouter(tags=["reports"])

_Code = Annotated[str, Field(max_length=100)]


class DraftQuestion(BaseModel):
    """The report that is wanted."""

    model_config = ConfigDict(extra="forbid")

    unit: UUID
    kind: ReportKind
    period: PeriodCode
    org: UUID | None = None
    """The organisation that sends it; may be left out where the unit has one only."""
    account: Annotated[str, Field(max_length=100)] = "antq.draft"
    report: UUID | None = None
    """Of a thematic, exemplar or summary report: the one that this is the next version of."""
    figures: Annotated[list[_Code], Field(max_length=500)] = []
    """Codes, for example f1.met; empty for those of the template, or all where it names none."""
    sections: Annotated[list[_Code], Field(max_length=100)] = []
    """Codes of sections that are written elsewhere."""
    texts: Annotated[dict[str, list[str]], Field(max_length=30)] = {}
    """By section: its paragraphs, one line each. Screened; never about a person."""
    recipients: Annotated[list[UUID], Field(max_length=100)] = []


class DraftedFigureAnswer(BaseModel):
    """One figure of a draft."""

    code: str
    title: str
    value: int
    events: str
    """The events that it is made of, in the very state it was computed in."""


class LeftOutAnswer(BaseModel):
    """One event of the period that is not counted."""

    event_id: str
    href: str
    type: str
    unit_id: str
    occurred_on: str
    reason: str
    """retracted, corrected_away, outside_hierarchy, after_cutoff, not_understood."""
    changed_by: str | None


class LeftOutList(BaseModel):
    """What of the period is not counted, and why."""

    items: list[LeftOutAnswer]
    counts: dict[str, int]
    """Events by reason; of them at most 1,000 are listed."""
    unprojected_events: int
    """Events of types that this node does not know yet, of whatever unit and period."""
    quarantined: int
    """Unreadable items that arrived, of whatever unit and period."""


class IncludedAnswer(BaseModel):
    """A report from below that is taken up, in exactly one version."""

    unit_id: str
    report_id: str
    version: int
    digest: str
    status: str


class MissingAnswer(BaseModel):
    """A report from below that is lacking."""

    unit_id: str
    why: str
    """missing, returned."""
    due_on: str | None


class ChildrenAnswer(BaseModel):
    """The reports from directly below."""

    included: list[IncludedAnswer]
    missing: list[MissingAnswer]


class DraftAnswer(BaseModel):
    """A report ready to be pushed to POST /v1/events, and what stands behind it."""

    event: dict[str, Any]
    period: PeriodAnswer
    position: int
    as_of: AsOfAnswer | None
    names_streams: bool
    """Whether the event names the streams it was computed from (computed_through)."""
    template: str | None
    """The rule that fixes the sections; null if there is none."""
    missing_sections: list[str]
    figures: list[DraftedFigureAnswer]
    not_computed: list[str]
    """Codes asked for that this node does not compute."""
    children: ChildrenAnswer
    left_out: LeftOutList
    completeness: Completeness


@router.post("/v1/reports/drafts", summary="Dự thảo báo cáo / Draft a report")
def draft_report(
    node: TheNode, language: AskedLanguage, question: DraftQuestion, state: AskedState
) -> DraftAnswer:
    """Every figure of the report computed in one state, the reports from below, and what is not
    counted. Nothing is recorded: push `event` to send it.

    `as_of` is the data cut-off: what was recorded later is left out and listed.
    """
    asked = Asked(
        unit_id=str(question.unit),
        kind=question.kind,
        period=question.period,
        org_id=None if question.org is None else str(question.org),
        account=question.account,
        report_id=None if question.report is None else str(question.report),
        texts=question.texts,
        sections=question.sections,
        recipients=[str(org) for org in question.recipients],
        codes=question.figures,
    )
    with node.projector.view() as now:
        day = today(node.now())
        if state is None:
            found = draft(now, now, node.spec.figures, asked, day)
        else:
            with node.projector.view(state) as view:
                found = draft(view, now, node.spec.figures, asked, day)
    if isinstance(found, Problem):
        raise ProblemError(found)
    held = completeness(node, found.covered, found.position, everything=False)
    unprojected = node.projector.status().unprojected
    return DraftAnswer(
        event=dict(found.event),
        period=PeriodAnswer(code=found.span.code, first=found.span.first, last=found.span.last),
        position=found.position,
        as_of=as_of_answer(state),
        names_streams=found.named,
        template=found.template,
        missing_sections=list(found.missing_sections),
        figures=[_figure(figure, asked, found, state, language) for figure in found.figures],
        not_computed=list(found.not_computed),
        children=ChildrenAnswer(
            included=[
                IncludedAnswer(
                    unit_id=child.unit_id,
                    report_id=child.report_id,
                    version=child.version,
                    digest=child.digest,
                    status=child.status,
                )
                for child in found.children.included
            ],
            missing=[
                MissingAnswer(
                    unit_id=child.unit_id,
                    why=child.why,
                    due_on=None if child.due_on is None else child.due_on.isoformat(),
                )
                for child in found.children.missing
            ],
        ),
        left_out=_left_out(found, unprojected, node.sync.quarantine_count()),
        completeness=held,
    )


def _figure(
    figure: DraftedFigure, asked: Asked, found: Drafted, state: Cutoff | None, language: Language
) -> DraftedFigureAnswer:
    question = {"unit": asked.unit_id, "period": found.span.code, "measure": figure.measure}
    if figure.category is not None:
        question["category"] = figure.category
    if isinstance(state, RecordedUntil):
        question["as_of"] = state.moment
    else:
        question["as_of_position"] = str(found.position)
    return DraftedFigureAnswer(
        code=figure.code,
        title=language.of(figure.title),
        value=figure.value,
        events=f"/v1/figures/{figure.figure}/events?{urlencode(question)}",
    )


def _left_out(found: Drafted, unprojected: int, quarantined: int) -> LeftOutList:
    return LeftOutList(
        items=[
            LeftOutAnswer(
                event_id=event.event_id,
                href=f"/v1/events/{event.event_id}",
                type=event.type,
                unit_id=event.unit_id,
                occurred_on=event.occurred_on,
                reason=event.reason.value,
                changed_by=event.changed_by,
            )
            for event in found.left_out.items
        ],
        counts=dict(found.left_out.counts),
        unprojected_events=unprojected,
        quarantined=quarantined,
    )
