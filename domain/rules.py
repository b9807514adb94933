"""Rules as data, per jurisdiction and dated: periods, due dates, quotas, windows and the others.

Where the documents disagree (catalogue C1–C8), both sides are rules with a scope; the nearest scope
wins. Nothing here knows a deadline or a cadence: R53–R55, R76, R119 and R120 are events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import model_validator

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
from domain.rule_params import (
    PARAMS,
    DueParams,
    Params,
    PeriodicKind,
    PeriodParams,
    RuleKind,
    YearDay,
    about,
)


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

    kind: RuleKind
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
        if not isinstance(self.params, PARAMS[self.kind]):
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
    """What it is about within its kind: see `domain.rule_params.about`."""
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
    def specificity(self) -> int:
        """Greater wins among rules of one scope: a named level."""
        return self.level is not None

    @property
    def subject(self) -> tuple[str, str, str, str | None, str | None]:
        """What two rules must not share on one day."""
        return (self.kind, self.about, self.unit_id, self.level, self.organisation)


Data = Mapping[str, Any]


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
