"""How figures are written."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from pydantic import BaseModel

from services.node.api.asof import AsOfAnswer
from services.node.api.completeness import Completeness
from services.node.figures import (
    Behind,
    FigureResult,
    Note,
    Numbers,
    Ratio,
    ReportLine,
    Row,
    UnitRef,
)
from services.node.language import Language


class UnitName(BaseModel):
    """A unit as it was called then."""

    unit_id: str
    code: str
    name: str
    kind: str
    level: str


class RatioAnswer(BaseModel):
    """A share and what it was computed from."""

    numerator: int
    denominator: int
    percent: float


class NoteAnswer(BaseModel):
    """What a reader must know to read a number rightly."""

    code: str
    text: str


class NumbersAnswer(BaseModel):
    """Numbers that belong together. A measure that could not be computed is absent, never 0; so is
    one that may not be shown, which `suppressed` names."""

    values: dict[str, int]
    ratios: dict[str, RatioAnswer | None]
    details: dict[str, int]
    notes: list[NoteAnswer]
    suppressed: list[str]


class RowAnswer(NumbersAnswer):
    """The numbers of one unit and everything under it."""

    unit: UnitName


class ReportAnswer(BaseModel):
    """How one unit stands with one report."""

    unit: UnitName
    due_on: date | None
    report_id: str | None
    status: str
    first_submitted_on: date | None
    version: int | None
    returned: int
    accepted_on: date | None
    receivers: dict[str, date]
    late_days: int


class SubjectAnswer(BaseModel):
    """How far one subject of a commune has come in a year."""

    aggregate_id: str
    unit_id: str
    code: str
    registered_on: date | None
    households: int
    households_committed: int
    stage: str | None
    stage_on: date | None


class PeriodAnswer(BaseModel):
    """The days a figure covers, both included."""

    code: str
    first: date
    last: date


class FigureAnswer(BaseModel):
    """A figure of one unit over one period, and what it rests on."""

    figure: str
    formula: str
    title: str
    unit: UnitName
    period: PeriodAnswer
    hierarchy_on: date | None
    """null: along the hierarchy as it was in the period."""
    category: str | None
    """The category answered; null: all together."""
    organisation: str | None
    """The category of organisations asked for; null: all together."""
    tag: str | None = None
    """The campaign asked for; null: everything."""
    area: str | None = None
    """The kind of area asked for; null: everywhere."""
    upcoming_after: date | None = None
    """What falls due after this day is counted as upcoming; null: everything is due."""
    titles: dict[str, str]
    headline: str
    target_percent: int | None
    headline_count: str
    """The measure that `target_most` is about; "" if none is."""
    target_most: int | None
    """The most there may be of it, where a rule says so."""
    total: NumbersAnswer
    own: RowAnswer
    children: list[RowAnswer]
    levels: dict[str, NumbersAnswer]
    reports: list[ReportAnswer]
    subjects: list[SubjectAnswer]
    """Of a commune, where the figure is about subjects."""
    rules: list[str]
    completeness: Completeness
    as_of: AsOfAnswer | None = None
    """null: the state now."""


class FigureBrief(BaseModel):
    """A figure that can be asked for."""

    name: str
    formula: str
    title: str
    explanation: str
    measures: dict[str, str]
    categories: dict[str, str]
    """What `category` may be."""
    opening_category: str | None
    """The category answered where none is asked for; null: all together."""
    organisations: dict[str, str]
    """What `organisation` may be."""
    href: str


class FigureList(BaseModel):
    """The figures this node's committee reads, in the order of its page."""

    items: list[FigureBrief]


class BehindAnswer(BaseModel):
    """One event that makes up a number."""

    event_id: str
    aggregate_id: str
    key: list[str]
    value: int
    assigned_by: str | None = None
    """The event that assigned it to a successor of the split unit it was recorded for."""
    href: str


class BehindList(BaseModel):
    """The events behind a number; the values of all pages add up to it, but for those withheld."""

    figure: str
    unit: str
    period: PeriodAnswer
    category: str | None
    organisation: str | None
    measure: str
    row: str | None
    items: list[BehindAnswer]
    next: str | None
    withheld: int
    """How many events are left out because what they add may not be shown."""
    position: int
    as_of: AsOfAnswer | None


def unit_name(unit: UnitRef) -> UnitName:
    """How a unit is written."""
    return UnitName(
        unit_id=unit.unit_id, code=unit.code, name=unit.name, kind=unit.kind, level=unit.level.value
    )


def figure_answer(
    result: FigureResult, title: str, complete: Completeness, language: Language
) -> FigureAnswer:
    """The whole answer of a figure."""
    return FigureAnswer(
        figure=result.figure,
        formula=result.formula,
        title=title,
        unit=unit_name(result.unit),
        period=PeriodAnswer(code=result.span.code, first=result.span.first, last=result.span.last),
        hierarchy_on=result.cut.hierarchy_on,
        category=result.cut.category,
        organisation=result.cut.organisation,
        tag=result.cut.tag,
        area=result.cut.area,
        upcoming_after=result.cut.today,
        titles={name: language.of(text) for name, text in result.titles.items()},
        headline=result.headline,
        target_percent=result.target,
        headline_count=result.headline_count,
        target_most=result.most,
        total=_numbers(result.total, language),
        own=_row(result.own, language),
        children=[_row(row, language) for row in result.children],
        levels={
            level.value: _numbers(numbers, language) for level, numbers in result.levels.items()
        },
        reports=[_report(line) for line in result.reports],
        subjects=[SubjectAnswer(**asdict(line)) for line in result.subjects],
        rules=list(result.rules),
        completeness=complete,
    )


def behind_answer(behind: Behind) -> BehindAnswer:
    """How an event behind a number is written."""
    return BehindAnswer(
        event_id=behind.event_id,
        aggregate_id=behind.aggregate_id,
        key=[str(part) for part in behind.key],
        value=behind.value,
        assigned_by=behind.assigned_by,
        href=f"/v1/events/{behind.event_id}",
    )


def _numbers(numbers: Numbers, language: Language) -> NumbersAnswer:
    return NumbersAnswer(
        values=dict(numbers.values),
        ratios={name: _ratio(ratio) for name, ratio in numbers.ratios.items()},
        details=dict(numbers.details),
        notes=[_note(note, language) for note in numbers.notes],
        suppressed=sorted(numbers.suppressed),
    )


def _row(row: Row, language: Language) -> RowAnswer:
    numbers = _numbers(row.numbers, language)
    return RowAnswer(
        unit=unit_name(row.unit),
        values=numbers.values,
        ratios=numbers.ratios,
        details=numbers.details,
        notes=numbers.notes,
        suppressed=numbers.suppressed,
    )


def _ratio(ratio: Ratio | None) -> RatioAnswer | None:
    if ratio is None:
        return None
    return RatioAnswer(
        numerator=ratio.numerator, denominator=ratio.denominator, percent=ratio.percent
    )


def _note(note: Note, language: Language) -> NoteAnswer:
    return NoteAnswer(code=note.code, text=language.of(note.text))


def _report(line: ReportLine) -> ReportAnswer:
    return ReportAnswer(
        unit=unit_name(line.unit),
        due_on=line.due_on,
        report_id=line.report_id,
        status=line.status,
        first_submitted_on=line.first_submitted_on,
        version=line.version,
        returned=line.returned,
        accepted_on=line.accepted_on,
        receivers=dict(line.receivers),
        late_days=line.late_days,
    )
