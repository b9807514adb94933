"""Rules as data: periods, due dates, cadences and targets, per jurisdiction and dated.

Where the documents disagree (catalogue C1–C3), both sides are rules with a scope; the nearest scope
wins. Nothing here knows a deadline or a cadence: R53–R55, R76, R119 and R120 are events.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from domain.books import FOREVER, Book, day_or_none, ordinal
from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.events import (
    Body,
    Day,
    Draft,
    Flag,
    Record,
    Value,
    body_of,
    event_type,
    invalid,
)
from domain.levels import Level
from domain.organisations import Category
from domain.refusals import (
    NOT_IN_THAT_STATE,
    RULE_OVERLAP,
    UNIT_NOT_HOSTED,
    UNKNOWN_UNIT,
    Refusal,
    refuse,
)

_LEAP_YEAR: Final = 2024
_LATER_KINDS: Final = frozenset({"quota", "window", "authority", "template"})


class RuleKind(StrEnum):
    """What a rule fixes. The catalogue's quota, window, authority and template come later."""

    PERIOD = "period"
    DUE = "due"
    CADENCE = "cadence"
    TARGET = "target"


class PeriodicKind(StrEnum):
    """The reports that a period and a due date are fixed for."""

    HALF_YEAR = "half_year"
    ANNUAL = "annual"


def _kind_of_today(value: object) -> object:
    if isinstance(value, str) and value in _LATER_KINDS:
        raise invalid(
            "rule_kind_not_yet",
            vi="Loại quy định này có trong danh mục nhưng chưa được phần mềm áp dụng; hiện có "
            "period, due, cadence, target.",
            en="This kind of rule is in the catalogue but not applied yet; there are period, due, "
            "cadence, target.",
        )
    return value


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


class CadenceParams(Value):
    """A meeting is due in every slot: n months from `anchor`, again and again (R76, R119)."""

    every_months: Annotated[int, Field(ge=1, le=60, strict=True)]
    anchor: Day


class TargetParams(Value):
    """The target of a figure in percent (R08: F3 at least 75)."""

    figure: Annotated[str, Field(pattern=r"^F([1-9]|1[0-6])$")]
    percent: Annotated[int, Field(ge=0, le=100, strict=True)]


def _params_tag(value: object) -> str | None:
    """Which parameters these are, told by the field that only they have.

    The tags carry a colon so that `domain.parse` can drop them from an error's pointer.
    """
    fields: Any = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for field, tag in (
        ("every_months", "params:cadence"),
        ("anchor", "params:cadence"),
        ("figure", "params:target"),
        ("percent", "params:target"),
        ("day", "params:due"),
        ("start", "params:period"),
        ("end", "params:period"),
    ):
        if field in fields:
            return tag
    return None


Params = Annotated[
    Annotated[PeriodParams, Tag("params:period")]
    | Annotated[DueParams, Tag("params:due")]
    | Annotated[CadenceParams, Tag("params:cadence")]
    | Annotated[TargetParams, Tag("params:target")],
    Discriminator(
        _params_tag,
        custom_error_type="rule_params",
        custom_error_message="The parameters are those of no known kind of rule.",
        custom_error_context={"vi": "Tham số không thuộc loại quy định nào đã biết."},
    ),
]

_PARAMS: Final[Mapping[RuleKind, type[Value]]] = {
    RuleKind.PERIOD: PeriodParams,
    RuleKind.DUE: DueParams,
    RuleKind.CADENCE: CadenceParams,
    RuleKind.TARGET: TargetParams,
}


class Scope(Value):
    """Where a rule holds: in the subtree of a unit, and there for a level or a category only."""

    unit_id: UUID
    level: Level | None = None
    organisation: Category | None = None


@event_type(aggregate="rule", title_vi="Ban hành quy định", title_en="Rule defined")
class RuleDefined(Body):
    """A rule was laid down, or laid down anew from `valid_from` on.

    The aggregate is the rule. A second event of it replaces everything the rule said from its
    `valid_from` on; so a rule is ended by defining it again with the same `valid_from` and a
    `valid_to`. Kind, scope and what the rule is about stay.
    """

    kind: Annotated[RuleKind, BeforeValidator(_kind_of_today)]
    scope: Scope
    params: Params
    inclusive: Flag = False
    """Of a due date: whether the day itself is still in time. "trước ngày 20/6" is not (19/6)."""
    valid_from: Day
    valid_to: Day | None = None
    """Its last day, included."""
    document: DocumentRef | None = None

    @model_validator(mode="after")
    def _params_of_its_kind(self) -> Self:
        if not isinstance(self.params, _PARAMS[self.kind]):
            raise invalid(
                "rule_params",
                vi="Tham số không thuộc loại quy định đã nêu ở kind.",
                en="The parameters are not those of the kind of rule named.",
            )
        params = self.params
        if (
            isinstance(params, PeriodParams | DueParams)
            and params.report_kind is PeriodicKind.ANNUAL
            and params.half is not None
        ):
            raise invalid(
                "rule_half",
                vi="Chỉ báo cáo half_year có half.",
                en="Only half_year reports have a half.",
            )
        if isinstance(params, PeriodParams) and _year_day(params.end) < _year_day(params.start):
            raise invalid(
                "rule_period",
                vi="Ngày cuối kỳ trước ngày đầu kỳ.",
                en="The period ends before it starts.",
            )
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise invalid(
                "rule_validity",
                vi="valid_to trước valid_from.",
                en="valid_to is before valid_from.",
            )
        if self.inclusive and self.kind is not RuleKind.DUE:
            raise invalid(
                "rule_inclusive",
                vi="inclusive chỉ dùng cho quy định hạn gửi (due).",
                en="inclusive is for due dates only.",
            )
        return self


def _year_day(day: YearDay) -> tuple[int, str]:
    return (day.year_offset, day.month_day)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force from `start` until before `stop` (ordinals)."""

    rule_id: str
    event_id: str
    kind: str
    about: str
    """What it is about within its kind: "half_year:1", "annual", "F3"; "" for a cadence."""
    unit_id: str
    level: str | None
    organisation: str | None
    params: Mapping[str, Any]
    inclusive: bool
    start: int
    stop: int

    @property
    def valid_from(self) -> date:
        return date.fromordinal(self.start)

    @property
    def valid_to(self) -> date | None:
        """Its last day, or None."""
        return day_or_none(self.stop - 1) if self.stop < FOREVER else None

    @property
    def specificity(self) -> tuple[int, int]:
        """Greater wins among rules of one scope: a named category, then a named level."""
        return (self.organisation is not None, self.level is not None)

    @property
    def subject(self) -> tuple[str, str, str, str | None, str | None]:
        """What two rules must not share on one day."""
        return (self.kind, self.about, self.unit_id, self.level, self.organisation)


Data = Mapping[str, Any]


def about(kind: str, params: Data) -> str:
    """What a rule with these parameters is about within its kind."""
    if kind in (RuleKind.PERIOD, RuleKind.DUE):
        report_kind: str = params["report_kind"]
        return report_kind if report_kind == "annual" else f"{report_kind}:{params.get('half', 1)}"
    if kind == RuleKind.TARGET:
        figure: str = params["figure"]
        return figure
    return ""


def rule_of(record: Record) -> Rule:
    """The rule that one event lays down."""
    data = record.data
    scope: Data = data["scope"]
    valid_to = data.get("valid_to")
    return Rule(
        rule_id=record.aggregate_id,
        event_id=record.event_id,
        kind=data["kind"],
        about=about(data["kind"], data["params"]),
        unit_id=scope["unit_id"],
        level=scope.get("level"),
        organisation=scope.get("organisation"),
        params=data["params"],
        inclusive=data.get("inclusive", False),
        start=ordinal(data["valid_from"]),
        stop=FOREVER if valid_to is None else ordinal(valid_to) + 1,
    )


class RuleBook(Book):
    """All rules, folded in the order of recording.

    Two owners may record rules that overlap before either hears of the other; the one recorded
    first stands and the other is a problem that everyone sees.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, tuple[Rule, ...]] = {}
        """By rule id: what it says, one after the other in time."""
        self.by_scope: dict[tuple[str, str, str], tuple[str, ...]] = {}
        """Rule ids by kind, what they are about, and scope unit."""

    @staticmethod
    def place(record: Record) -> tuple[str, str, int]:
        return record.order

    def copy(self) -> Self:
        other = type(self)()
        other.problems = self.problems.copy()
        other.last = self.last
        other.rules = self.rules.copy()
        other.by_scope = self.by_scope.copy()
        return other

    def at_scope(self, kind: str, about_what: str, unit_id: str) -> list[Rule]:
        """Every rule with exactly this scope unit, whatever its time."""
        found: list[Rule] = []
        for rule_id in self.by_scope.get((kind, about_what, unit_id), ()):
            found.extend(self.rules[rule_id])
        return found

    def problem(self, record: Record) -> Refusal | None:
        new = rule_of(record)
        known = self.rules.get(new.rule_id, ())
        if known and known[-1].subject != new.subject:
            return refuse(
                NOT_IN_THAT_STATE,
                "/data/scope",
                "catalogue",
                vi="Quy định {rule} đã có với loại, nội dung hoặc phạm vi khác; dùng mã quy định "
                "mới.",
                en="Rule {rule} exists with another kind, subject or scope; use a new rule id.",
                rule=new.rule_id,
            )
        for other in self.at_scope(new.kind, new.about, new.unit_id):
            if (
                other.rule_id != new.rule_id
                and other.subject == new.subject
                and other.start < new.stop
                and new.start < other.stop
            ):
                until = other.valid_to
                return refuse(
                    RULE_OVERLAP,
                    "/data/valid_from",
                    "catalogue",
                    vi="Quy định {rule} cùng loại, cùng phạm vi có hiệu lực từ {first} đến {last}.",
                    en="Rule {rule} of the same kind and scope holds from {first} to {last}.",
                    rule=other.rule_id,
                    first=other.valid_from,
                    last=until if until is not None else "…",
                )
        return None

    def _change(self, record: Record) -> None:
        new = rule_of(record)
        before = tuple(
            replace(old, stop=min(old.stop, new.start))
            for old in self.rules.get(new.rule_id, ())
            if old.start < new.start
        )
        if new.rule_id not in self.rules:
            place = (new.kind, new.about, new.unit_id)
            self.by_scope[place] = (*self.by_scope.get(place, ()), new.rule_id)
        self.rules[new.rule_id] = (*before, new)


def _own_ground(draft: Draft, ctx: Context) -> Refusal | None:
    """A rule holds for the recording unit or below it, never beside or above."""
    body = body_of(draft, RuleDefined)
    root = body.scope.unit_id
    if ctx.directory.unit(root) is None:
        return refuse(
            UNKNOWN_UNIT,
            "/data/scope/unit_id",
            "catalogue",
            vi="Không có đơn vị {unit} trong danh mục.",
            en="Unit {unit} is not in the catalogue.",
            unit=root,
        )
    if ctx.directory.within(root, body.unit_id, body.occurred_on):
        return None
    return refuse(
        UNIT_NOT_HOSTED,
        "/data/scope/unit_id",
        "catalogue",
        vi="Phạm vi {unit} không thuộc đơn vị ban hành {recorder}.",
        en="The scope {unit} is not under the unit that lays the rule down, {recorder}.",
        unit=root,
        recorder=body.unit_id,
    )


@decides(RuleDefined, check=_own_ground)
def decide_rule(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Accept what does not overlap; a rule is laid down anew by its owner only."""
    for record in history:
        if record.type == draft.type and record.data["unit_id"] != str(draft.body.unit_id):
            return refuse(
                UNIT_NOT_HOSTED,
                "/data/unit_id",
                "catalogue",
                vi="Quy định do đơn vị {owner} ban hành; chỉ đơn vị đó ban hành lại.",
                en="Unit {owner} laid this rule down; only it lays it down anew.",
                owner=record.data["unit_id"],
            )
    return ctx.directory.refusal_of(draft, ctx) or Accepted((draft,))
