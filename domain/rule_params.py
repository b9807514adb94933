"""What a rule of each kind fixes: its parameters, and what it is about within its kind."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from domain.choices import Choice
from domain.documents import DocumentKind
from domain.events import Count, Day, Label, Token, Value, distinct, invalid
from domain.levels import Level
from domain.organisations import Category
from domain.report_kinds import ReportKind
from domain.subjects import SubjectCategory

_LEAP_YEAR: Final = 2024


class RuleKind(StrEnum):
    """What a rule fixes."""

    PERIOD = "period"
    DUE = "due"
    CADENCE = "cadence"
    TARGET = "target"
    QUOTA = "quota"
    WINDOW = "window"
    AUTHORITY = "authority"
    TEMPLATE = "template"
    WORKING_DAYS = "working_days"
    TAG = "tag"


class DueShift(Choice):
    """Where a last good day goes that is no working day; a rule that names none leaves it."""

    PREVIOUS = "previous", "lùi về ngày làm việc trước", "to the working day before"
    NEXT = "next", "chuyển sang ngày làm việc sau", "to the next working day"


class Recurring(Choice):
    """What a cadence asks for, if not a meeting of the committee or of an association."""

    REVIEW = "review", "sơ kết, tổng kết", "review of the movement"
    """A preliminary or final review of the movement: of the unit (R38, R129), or of a category of
    member organisations, every year (R40) or every six months (R112)."""
    INSPECTION = "inspection", "kiểm tra cấp dưới", "inspection of units below"
    """An inspection of a unit below (R37, R75, R104)."""
    MODEL_REVIEW = "model_review", "rà soát mô hình", "review of models"
    """A review of the unit's models (R21, R31)."""


class PeriodicKind(StrEnum):
    """The reports that a period and a due date are fixed for."""

    HALF_YEAR = "half_year"
    ANNUAL = "annual"


class QuotaSubject(StrEnum):
    """What a number is fixed for (R33, R93, R111, R113)."""

    EXEMPLARY_MOVEMENT = "exemplary_movement"
    EXEMPLARY_URBAN_ORDER = "exemplary_urban_order"
    CAMPAIGN_COLLECTIVES = "campaign_collectives"
    CAMPAIGN_INDIVIDUALS = "campaign_individuals"
    ORGANISATION_MODELS = "organisation_models"


class StandardVersion(StrEnum):
    """The circular that a safe-unit standard follows (R09; facts)."""

    CIRCULAR_23_2012 = "circular_23_2012"
    CIRCULAR_124_2021 = "circular_124_2021"


class AuthorityMatter(StrEnum):
    """What a competent authority is fixed for."""

    STANDARD = "standard"
    CLASSIFICATION = "classification"
    EXEMPLARY = "exemplary"


def _every_year(value: str) -> str:
    month, day = int(value[:2]), int(value[3:])
    if value == "02-29" or day > calendar.monthrange(_LEAP_YEAR, month)[1]:
        raise invalid(
            "month_day",
            vi="Ngày phải có trong mọi năm, dạng TT-NN.",
            en="The day must exist in every year, written MM-DD.",
        )
    return value


MonthDay = Annotated[
    str,
    Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
    AfterValidator(_every_year),
]
"""A day of every year, written MM-DD."""


class YearDay(Value):
    """A day of a year counted from the period's year: 15/12 of the year before is 12-15, -1."""

    month_day: MonthDay
    year_offset: Annotated[int, Field(ge=-1, le=1, strict=True)] = 0


class PeriodParams(Value):
    """The days that a report covers, both included (R53: 15/12 before … 14/6; R54: … 14/12)."""

    report_kind: PeriodicKind
    half: Literal[1, 2] | None = None
    """Which half of the year; for half_year only, and then 1 unless given."""
    start: YearDay
    end: YearDay


class DueParams(Value):
    """The day before which a report is due, or by which if the rule is inclusive (R55, R120)."""

    report_kind: PeriodicKind
    half: Literal[1, 2] | None = None
    day: YearDay
    working_days: DueShift | None = None
    """Where the last good day goes if it is no working day; it stays unless given."""


class PlanDueParams(Value):
    """The day before which a unit issues its plan of the year, or by which if the rule is inclusive
    (R118: "trước ngày 28/3/2023"; R128: "hoàn thành trước ngày 30/4/2019").

    A rule that was meant for one year ends with that year.
    """

    document_kind: Literal[DocumentKind.PLAN]
    day: YearDay
    working_days: DueShift | None = None
    """As of a report."""


class CadenceParams(Value):
    """A meeting is due in every slot: n months from `anchor`, again and again (R76, R119); or what
    else `activity` names."""

    every_months: Annotated[int, Field(ge=1, le=60, strict=True)]
    anchor: Day
    activity: Recurring | None = None
    """Unless given: the periodic meeting of the committee, or of the category of organisations in
    the rule's scope (R72)."""


FormulaCode = Annotated[str, Field(pattern=r"^F([1-9]|1[0-6])$")]
"""The number of a formula, "F1" to "F16"."""


class TargetParams(Value):
    """The target of a figure in percent (R08: F3 at least 75)."""

    figure: FormulaCode
    percent: Annotated[int, Field(ge=0, le=100, strict=True)]


class TargetCountParams(Value):
    """The target of a figure that counts, as the most there may be (R122: F4, no unit weak)."""

    figure: FormulaCode
    most: Count


class QuotaParams(Value):
    """How many there are to be a year or a campaign (R33: at least one; R93: one and one)."""

    subject: QuotaSubject
    minimum: Count
    maximum: Count | None = None
    """None where the document says "at least"."""

    @model_validator(mode="after")
    def _not_less_than_the_minimum(self) -> Self:
        if self.maximum is not None and self.maximum < self.minimum:
            raise invalid(
                "quota_bounds", vi="maximum nhỏ hơn minimum.", en="maximum is less than minimum."
            )
        return self


class WindowParams(Value):
    """The days by which a category of subjects is judged for a year (R09; Circular 124/2021)."""

    subject_category: SubjectCategory
    standard_version: StandardVersion
    window_start: YearDay
    window_end: YearDay
    register_by: YearDay
    """The last good day to register without a warning: 31/3 for "in the first quarter"."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        start, by, end = (
            (day.year_offset, day.month_day)
            for day in (self.window_start, self.register_by, self.window_end)
        )
        if not start <= by <= end:
            raise invalid(
                "window_order",
                vi="Phải theo thứ tự window_start, register_by, window_end.",
                en="The order must be window_start, register_by, window_end.",
            )
        return self


class AuthorityParams(Value):
    """The level, and if named the category of organisation, that decides a matter (R70, R122)."""

    matter: AuthorityMatter
    subject_category: SubjectCategory | None = None
    """For one category of subjects only; such a rule goes before one for all."""
    competent_level: Level
    competent_organisation: Category | None = None


class WorkingDaysParams(Value):
    """Days off and days worked that the public calendar does not have: swapped days and local
    holidays. Such a rule is laid down for a year."""

    days_off: Annotated[tuple[Day, ...], AfterValidator(distinct), Field(max_length=100)] = ()
    days_worked: Annotated[tuple[Day, ...], AfterValidator(distinct), Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        distinct((*self.days_off, *self.days_worked))
        return self


class TemplateParams(Value):
    """The sections that a kind of report must have, and the figures it gives (R07, R29, R86)."""

    template_kind: ReportKind
    sections: Annotated[
        tuple[Token, ...], AfterValidator(distinct), Field(min_length=1, max_length=100)
    ]
    figures: (
        Annotated[tuple[Token, ...], AfterValidator(distinct), Field(min_length=1, max_length=500)]
        | None
    ) = None
    """Codes of the figures, for example f1.met; None where the document names none."""


class TagParams(Value):
    """The tag of a campaign that the owner of the rule launched, and its name (R14)."""

    tag: Token
    name: Label


_TELLING: Final[tuple[tuple[str, str], ...]] = (
    ("document_kind", "params:plan_due"),
    ("matter", "params:authority"),
    ("competent_level", "params:authority"),
    ("every_months", "params:cadence"),
    ("anchor", "params:cadence"),
    ("most", "params:target_count"),
    ("figure", "params:target"),
    ("percent", "params:target"),
    ("minimum", "params:quota"),
    ("maximum", "params:quota"),
    ("template_kind", "params:template"),
    ("sections", "params:template"),
    ("tag", "params:tag"),
    ("window_start", "params:window"),
    ("window_end", "params:window"),
    ("register_by", "params:window"),
    ("days_off", "params:working_days"),
    ("days_worked", "params:working_days"),
    ("day", "params:due"),
    ("start", "params:period"),
    ("end", "params:period"),
)
"""Fields that tell a kind of parameters, the first that is there; and which. The tags carry a colon
so that `domain.parse` can drop them from an error's pointer."""


def _params_tag(value: object) -> str | None:
    """Which parameters these are, told by the field that only they have."""
    fields: Any = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return next((tag for field, tag in _TELLING if field in fields), None)


Params = Annotated[
    Annotated[PeriodParams, Tag("params:period")]
    | Annotated[DueParams, Tag("params:due")]
    | Annotated[CadenceParams, Tag("params:cadence")]
    | Annotated[TargetParams, Tag("params:target")]
    | Annotated[QuotaParams, Tag("params:quota")]
    | Annotated[WindowParams, Tag("params:window")]
    | Annotated[AuthorityParams, Tag("params:authority")]
    | Annotated[TemplateParams, Tag("params:template")]
    | Annotated[TargetCountParams, Tag("params:target_count")]
    | Annotated[PlanDueParams, Tag("params:plan_due")]
    | Annotated[WorkingDaysParams, Tag("params:working_days")]
    | Annotated[TagParams, Tag("params:tag")],
    Discriminator(
        _params_tag,
        custom_error_type="rule_params",
        custom_error_message="The parameters are those of no known kind of rule.",
        custom_error_context={"vi": "Tham số không thuộc loại quy định nào đã biết."},
    ),
]

PARAMS: Final[Mapping[RuleKind, type[Value] | tuple[type[Value], ...]]] = {
    RuleKind.PERIOD: PeriodParams,
    RuleKind.DUE: (DueParams, PlanDueParams),
    RuleKind.CADENCE: CadenceParams,
    RuleKind.TARGET: (TargetParams, TargetCountParams),
    RuleKind.QUOTA: QuotaParams,
    RuleKind.WINDOW: WindowParams,
    RuleKind.AUTHORITY: AuthorityParams,
    RuleKind.TEMPLATE: TemplateParams,
    RuleKind.WORKING_DAYS: WorkingDaysParams,
    RuleKind.TAG: TagParams,
}


def about(kind: str, params: Mapping[str, Any]) -> str:
    """What a rule with these recorded parameters is about within its kind.

    "half_year:1", "annual", "plan", "F3", "exemplary_movement", "residential_area",
    "standard:commune", "summary", "review", a tag; "" for the cadence of meetings, for working
    days, and for a kind or parameters that only later code knows: such a rule is kept and holds for
    nobody who does not know it.
    """
    match kind:
        case RuleKind.PERIOD | RuleKind.DUE if "report_kind" in params:
            found = str(params["report_kind"])
            return found if found == "annual" else f"{found}:{params.get('half', 1)}"
        case RuleKind.DUE if "document_kind" in params:
            return str(params["document_kind"])
        case RuleKind.AUTHORITY if "matter" in params:
            return matter_about(params["matter"], params.get("subject_category"))
        case _:
            return str(params.get(_ABOUT.get(kind, ""), ""))


_ABOUT: Final[Mapping[str, str]] = {
    RuleKind.CADENCE: "activity",
    RuleKind.TARGET: "figure",
    RuleKind.QUOTA: "subject",
    RuleKind.WINDOW: "subject_category",
    RuleKind.TEMPLATE: "template_kind",
    RuleKind.TAG: "tag",
}
"""The parameter that a rule of the kind is about."""


def matter_about(matter: str, category: str | None) -> str:
    """What a rule of authority is about: a matter, or a matter of one category of subjects."""
    return matter if category is None else f"{matter}:{category}"
