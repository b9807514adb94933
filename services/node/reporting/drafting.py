"""A report that computes itself: every figure of its template in one state of the log (R53–R56,
R59, R86, R121).

The draft is an event ready to be pushed; nothing is recorded. It names the state it was computed in
(`computed_through`), so that anybody can compute it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from contracts.envelope import MAX_EVENT_BYTES, TYPE_PREFIX
from domain.events import derive_id
from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.report_state import ReportState
from domain.reports import MAX_STREAMS, report_id
from domain.rule_params import RuleKind
from domain.rules import Rule
from domain.texts import text_refusal
from services.node.figures import Figure
from services.node.figures.codes import Codebook, Coded, Numbers, code_of, title_of
from services.node.figures.placement import place
from services.node.figures.reported import concerned_units, report_of
from services.node.figures.result import FigureQuestionError
from services.node.figures.span import Span
from services.node.problems import Problem, from_refusal
from services.node.pushed import Pushed, read_pushed
from services.node.reporting.children import Children, children_of
from services.node.reporting.left_out import LeftOut, left_out
from services.node.views import View

MOST_FIGURES: Final = 500
"""What one report may hold (`ReportSubmitted.figures`)."""
_LARGEST: Final = MAX_EVENT_BYTES - 2_000
"""Bytes of data that still fit into an event with its envelope."""
_SOURCE: Final = "antq:draft"
_CONSOLIDATING: Final = frozenset(
    {ReportKind.HALF_YEAR, ReportKind.ANNUAL, ReportKind.CONSOLIDATED}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be drafted."""

    unit_id: str
    kind: ReportKind
    period: str
    org_id: str | None = None
    """The organisation that will send it; may be left out where the unit has one only."""
    account: str = "antq.draft"
    report_id: str | None = None
    """Of a thematic, exemplar or summary report: the one that this is the next version of."""
    texts: Mapping[str, Sequence[str]] | None = None
    """By section: its paragraphs."""
    sections: Sequence[str] = ()
    """Sections that are written elsewhere, besides those of `texts`."""
    recipients: Sequence[str] = ()
    codes: Sequence[str] = ()
    """Figures wanted; empty for those of the template, or all where it names none."""


@dataclass(frozen=True, slots=True)
class DraftedFigure:
    """One figure of a draft."""

    code: str
    title: Text
    value: int
    figure: str
    measure: str
    category: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, and what stands behind it."""

    event: Mapping[str, Any]
    """A CloudEvent as `POST /v1/events` takes it."""
    span: Span
    position: int
    figures: tuple[DraftedFigure, ...]
    not_computed: tuple[str, ...]
    """Codes asked for that this node does not compute."""
    template: str | None
    """The rule that fixes the sections."""
    missing_sections: tuple[str, ...]
    children: Children
    left_out: LeftOut
    covered: tuple[str, ...]
    """Units whose records are counted."""
    named: bool
    """Whether the streams could be named: a report of more streams than it can name is compared
    with what had been recorded by then."""


def draft(
    view: View, now: View, figures: Iterable[Figure], asked: Asked, today: date
) -> Drafted | Problem:
    """The next version of a report, computed in `view`; a problem where it may not be sent so.

    `now` is the state now: it tells which version is next. Raises FigureQuestionError for an
    unknown unit or period, TooFarBackError, StoreUnavailableError.
    """
    codebook = Codebook(figure for figure in figures if figure.opens_the_page)
    numbers = _numbers(view, asked)
    span = numbers.span
    if span is None:
        raise FigureQuestionError(
            "period",
            Text(
                "Chưa có quy định nào xác định kỳ báo cáo này cho đơn vị (RuleDefined, kind "
                "period).",
                "No rule fixes this reporting period for the unit (RuleDefined, kind period).",
            ),
        )
    placement = place(view.directory, asked.unit_id, span, None)
    template = view.directory.rule(
        RuleKind.TEMPLATE, asked.unit_id, span.last, about=asked.kind.value
    )
    drafted, lacking = _figures(numbers, codebook, _wanted(asked, template))
    children = Children()
    if asked.kind in _CONSOLIDATING:
        children = children_of(view, placement, span)
    sections = tuple(dict.fromkeys((*asked.sections, *(asked.texts or ()))))
    through = _through(view, asked.unit_id)
    data = _data(view, now, asked, today) | {
        "figures": {figure.code: figure.value for figure in drafted},
        "sections": list(sections),
        "child_reports": [
            {"report_id": child.report_id, "digest": child.digest} for child in children.included
        ],
        "recipients": list(asked.recipients),
    }
    if asked.texts:
        data["texts"] = {code: list(lines) for code, lines in asked.texts.items()}
    if 0 < len(through) <= MAX_STREAMS:
        data["computed_through"] = through
        if len(orjson.dumps(data)) > _LARGEST:
            del data["computed_through"]
    event = _event(asked, data)
    problem = _problem(event)
    if problem is not None:
        return problem
    return Drafted(
        event=event,
        span=span,
        position=view.position,
        figures=drafted,
        not_computed=lacking,
        template=None if template is None else template.rule_id,
        missing_sections=tuple(code for code in _sections(template) if code not in sections),
        children=children,
        left_out=left_out(view, now, asked.unit_id, placement, span),
        covered=tuple(placement.units),
        named="computed_through" in data,
    )


def _numbers(view: View, asked: Asked) -> Numbers:
    if view.directory.unit(asked.unit_id) is None:
        raise FigureQuestionError(
            "unit_id",
            Text("Không có đơn vị này trong danh mục.", "The catalogue has no such unit."),
        )
    try:
        return Numbers(view, asked.unit_id, asked.period)
    except ValueError:
        raise FigureQuestionError(
            "period", Text("Viết như 2025-H1 hoặc 2025.", "Write it like 2025-H1 or 2025.")
        ) from None


# -- figures


def _wanted(asked: Asked, template: Rule | None) -> Sequence[str]:
    if asked.codes or template is None:
        return asked.codes
    return tuple(template.params.get("figures") or ())


def _sections(template: Rule | None) -> Sequence[str]:
    return () if template is None else tuple(template.params["sections"])


def _figures(
    numbers: Numbers, codebook: Codebook, wanted: Sequence[str]
) -> tuple[tuple[DraftedFigure, ...], tuple[str, ...]]:
    """The figures wanted, all there are if none is named; and the codes that are not computed."""
    if not wanted:
        found = [figure for one in codebook.figures for figure in _whole(numbers, one)]
        return tuple(found[:MOST_FIGURES]), tuple(f.code for f in found[MOST_FIGURES:])
    drafted: list[DraftedFigure] = []
    lacking: list[str] = []
    for code in dict.fromkeys(wanted):
        coded = codebook.meaning(code)
        value = None if coded is None else numbers.value(coded)
        if coded is None or value is None:
            lacking.append(code)
        else:
            drafted.append(_drafted(numbers, coded, value))
    return tuple(drafted), tuple(lacking)


def _whole(numbers: Numbers, figure: Figure) -> Iterable[DraftedFigure]:
    """Every measure of a figure, of each of its categories, and whole where these add up."""
    whole = (None,) if figure.opening_category is None else ()
    for category in (*whole, *figure.categories):
        result = numbers.result(figure, category)
        for measure, value in result.total.values.items() if result is not None else ():
            code = code_of(figure, measure, category)
            if code is not None:
                coded = Coded(code, figure, measure.lower(), category)
                yield DraftedFigure(
                    code, title_of(coded, measure), value, figure.name, measure, category
                )


def _drafted(numbers: Numbers, coded: Coded, value: int) -> DraftedFigure:
    cell = numbers.cell(coded)
    measure = coded.measure if cell is None else cell.measure
    title = Text(coded.code, coded.code) if cell is None else title_of(coded, measure)
    return DraftedFigure(coded.code, title, value, coded.figure.name, measure, coded.category)


# -- the event


def _through(view: View, unit_id: str) -> dict[str, int]:
    """How far each stream is held that may count for the unit."""
    concerned = concerned_units(view.directory, unit_id)
    return {
        origin: stream.through
        for origin, stream in sorted(view.streams().items())
        if stream.unit_id in concerned and stream.through
    }


def _data(view: View, now: View, asked: Asked, today: date) -> dict[str, Any]:
    state = _before(now, asked)
    number = 1 if state is None else state.latest.number + 1
    own = [s.through for s in view.streams().values() if s.unit_id == asked.unit_id]
    data: dict[str, Any] = {
        "unit_id": asked.unit_id,
        "org_id": asked.org_id or _only_organisation(view, asked, today),
        "actor_account": asked.account,
        "occurred_on": today.isoformat(),
        "source_system": "antq.draft",
        "kind": asked.kind.value,
        "period": asked.period,
        "report_version": number,
        "log_position": max(own, default=0),
    }
    if state is not None and not state.latest.returned:
        data["supersedes"] = state.latest.digest
    about = asked.period
    if state is not None:
        about = state.report_id
    elif not asked.kind.one_per_period:  # a unit may send several a period
        about = f"{asked.period}-{derive_id('draft', asked.codes, asked.sections, asked.texts)}"
    data["source_record_id"] = f"{asked.kind.value}-{about}-v{number}"
    return data


def _before(now: View, asked: Asked) -> ReportState | None:
    """The report that the draft is the next version of."""
    if asked.kind.one_per_period:
        return report_of(now, str(report_id(asked.unit_id, asked.kind, asked.period)))
    return None if asked.report_id is None else report_of(now, asked.report_id)


def _only_organisation(view: View, asked: Asked, today: date) -> str:
    found = view.directory.organisations_of(asked.unit_id, today)
    if len(found) == 1:
        return found[0]
    names = ", ".join(found) or "–"
    raise FigureQuestionError(
        "org_id",
        Text(
            f"Nêu cơ quan gửi báo cáo; đơn vị có: {names}.",
            f"Name the organisation that sends it; the unit has {names}.",
        ),
    )


def _event(asked: Asked, data: Mapping[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "specversion": "1.0",
        # The same draft is the same event: pushed twice it is recorded once.
        "id": str(derive_id("draft", sorted(data.items(), key=lambda item: item[0]))),
        "source": _SOURCE,
        "type": f"{TYPE_PREFIX}ReportSubmitted",
        "data": dict(data),
    }
    if asked.report_id is not None and not asked.kind.one_per_period:
        event["subject"] = asked.report_id
    return event


def _problem(event: Mapping[str, Any]) -> Problem | None:
    """Why the event could not be pushed as it is: a wrong section, a text that may not be kept."""
    pushed = read_pushed(dict(event))
    if not isinstance(pushed, Pushed):
        return pushed
    refusal = text_refusal(pushed.body)
    return None if refusal is None else from_refusal(refusal)
