"""What a figure answers: totals, one row per unit below, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.levels import Level
from domain.refusals import Text
from services.node.errors import RefusedError
from services.node.figures.span import Span


class FigureQuestionError(RefusedError):
    """A figure was asked for in a way that cannot be answered.

    `parameter` names what to change, `text` says it to a person.
    """

    def __init__(self, parameter: str, text: Text) -> None:
        super().__init__(f"{parameter}: {text.en}")
        self.parameter = parameter
        self.text = text


@dataclass(frozen=True, slots=True)
class Cut:
    """How a figure is cut, besides unit and period."""

    hierarchy_on: date | None = None
    """None: along the hierarchy as it was in the period. A day: along the hierarchy of that day; a
    unit that went whole into another stands under its successor."""
    today: date | None = None
    """What falls due after this day is counted as upcoming, not as due. None: everything that falls
    due within the period is due."""
    category: str | None = None
    """One of the figure's categories: of subjects, of festivals and so on. None: the one that the
    figure opens with, or all together where they add up."""
    organisation: str | None = None
    """One of the figure's categories of organisations. None: all together."""
    tag: str | None = None
    """Only what is part of this campaign (`domain.tags`)."""
    area: str | None = None
    """Only what was done in this kind of area."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share that still shows what it was computed from. The denominator is never 0: a share of
    nothing is None, not 0 %."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> float:
        """In percent with one decimal, halves up: 541 of 564 is 95.9."""
        return (2000 * self.numerator + self.denominator) // (2 * self.denominator) / 10


def ratio(numerator: int, denominator: int) -> Ratio | None:
    """The share, or None where there is nothing to take a share of."""
    return Ratio(numerator, denominator) if denominator else None


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know to read a number rightly. The code never changes."""

    code: str
    text: Text


NO_RULE = Note(
    "no-rule",
    Text(
        "Chưa có quy định về kỳ, nhịp hoặc hạn nên không có gì đến hạn.",
        "No rule fixes a period, cadence or due date here, so nothing is due.",
    ),
)
NOTHING_DUE = Note(
    "nothing-due",
    Text("Không có gì đến hạn trong kỳ.", "Nothing falls due in the period."),
)
NOT_A_REPORT_PERIOD = Note(
    "not-a-report-period",
    Text(
        "Khoảng thời gian này không phải kỳ báo cáo; hãy chọn kỳ 6 tháng hoặc năm.",
        "This span is not a reporting period; choose a half-year or a year.",
    ),
)
NOT_REPORTED = Note(
    "denominator-not-reported",
    Text(
        "Có đơn vị chưa báo tổng số; các đơn vị đó không tính vào tỷ lệ.",
        "Some units have not reported how many there are; they are in no rate.",
    ),
)
MORE_THAN_REPORTED = Note(
    "more-than-reported",
    Text(
        "Có đơn vị ghi nhiều hơn tổng số đã báo; cần đính chính tổng số hoặc các sự kiện.",
        "Some unit recorded more than the number it reported; the number or the events need a "
        "correction.",
    ),
)
SUPPRESSED = Note(
    "suppressed",
    Text(
        "Trên cấp xã, số dưới 5 của chỉ tiêu nhạy cảm và số có thể làm lộ số đó được ẩn.",
        "Above commune level, sensitive counts under 5 and counts that would give them away are "
        "withheld.",
    ),
)
SPLIT = Note(
    "split-not-apportioned",
    Text(
        "Có đơn vị đã chia tách; số liệu của đơn vị đó không chia theo công thức mà chờ phân giao.",
        "A unit was split; its records are not apportioned until someone assigns them.",
    ),
)


def waiting(records: int) -> Note:
    """`SPLIT`, with how many records wait."""
    return Note(
        SPLIT.code,
        Text(
            "{split} Số bản ghi chưa phân giao: {records}.",
            "{split} Records not assigned yet: {records}.",
        ).format(split=SPLIT.text, records=records),
    )


ENDED = Note(
    "unit-ended",
    Text(
        "Đơn vị kết thúc hoạt động trước khi hết kỳ.",
        "The unit ended before the period did.",
    ),
)


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit as it was called on the day it is shown for."""

    unit_id: str
    code: str
    name: str
    kind: str
    level: Level


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers that belong together, in the order they are shown."""

    values: Mapping[str, int]
    """By measure. A measure that could not be computed is absent, never 0."""
    ratios: Mapping[str, Ratio | None]
    details: Mapping[str, int]
    """The same numbers divided further, for whoever asks."""
    notes: tuple[Note, ...]
    suppressed: frozenset[str] = frozenset()
    """Measures that are known and may not be shown; they are absent from `values`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One unit's numbers: its own and those of every unit under it."""

    unit: UnitRef
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class ReportLine:
    """How one unit stands with one report."""

    unit: UnitRef
    due_on: date | None
    """The last good day; None where no rule fixes one."""
    report_id: str | None
    status: str
    """"missing", "upcoming", "waived", "submitted", "returned" or "accepted"."""
    first_submitted_on: date | None
    version: int | None
    returned: int
    """How often it was returned."""
    accepted_on: date | None
    receivers: tuple[tuple[str, date], ...]
    """Every receiver's role with the day it accepted."""
    late_days: int
    """Days after the last good day at which it was first submitted; 0 if in time or missing."""


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """How far one subject has come in a year."""

    aggregate_id: str
    """The subject's year: everything recorded about it."""
    unit_id: str
    """The unit it lies in, or lay in when it was registered."""
    code: str
    """Its code in its unit's register; "" for a commune, which is the unit itself."""
    registered_on: date | None
    households: int
    households_committed: int
    stage: str | None
    """The last stage of the standard it reached (`domain.standard.StandardStage`)."""
    stage_on: date | None


@dataclass(frozen=True, slots=True)
class FigureResult:
    """A figure of one unit over one span."""

    figure: str
    formula: str
    unit: UnitRef
    span: Span
    cut: Cut
    position: int
    """The log position up to which it was computed."""
    total: Numbers
    headline: str
    """Which of the ratios stands for the figure; "" if none does."""
    target: int | None
    """Percent, where a target rule holds."""
    headline_count: str
    """Which of the measures a target of a count is about; "" if none is."""
    most: int | None
    """The most there may be of it, where a target rule holds."""
    rules: tuple[str, ...]
    """Ids of the rules it was computed by, sorted."""
    own: Row
    """The unit's own records, without those of the units under it."""
    children: tuple[Row, ...]
    levels: Mapping[Level, Numbers]
    """Units of one level added up, the unit's own level among them."""
    titles: Mapping[str, Text]
    """What each measure and ratio is called."""
    reports: tuple[ReportLine, ...] = ()
    subjects: tuple[SubjectLine, ...] = ()
    """Of a commune, where the figure is about subjects."""

    @property
    def values(self) -> Mapping[str, int]:
        return self.total.values

    @property
    def ratio(self) -> Ratio | None:
        """The share that stands for the figure; None if nothing is due or there is none."""
        return self.total.ratios.get(self.headline)

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.total.notes


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which number of a figure is opened."""

    measure: str
    """A key of `values` or `details`."""
    row: str | None = None
    """A unit: its row among the children, or the unit asked about for its own. None: the total."""


@dataclass(frozen=True, slots=True)
class Behind:
    """One event that makes up a number."""

    event_id: str
    aggregate_id: str
    key: tuple[str, ...]
    """What it counts as: the cell of the read model, or the slot or obligation it fulfils."""
    value: int
    """What it adds to the number."""
    assigned_by: str | None = None
    """The event that assigned it to a successor of the split unit it was recorded for."""


@dataclass(frozen=True, slots=True)
class BehindPage:
    """A page of events; `after` asks for the next page, None if this is the last."""

    items: tuple[Behind, ...]
    after: str | None
    withheld: int = 0
    """How many events of all pages are left out because what they add may not be shown."""
