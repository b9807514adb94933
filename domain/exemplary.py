"""Exemplary units: selected, recognised, withdrawn, so many a year in each locality.

R33, R67, R111; catalogue C4: one commune and one ward a province (central), or one ward a district
(Quận 5). The aggregate is the locality's year and kind, so that the number is known where it is
decided (F7 counts the same).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple, Self
from uuid import UUID

from pydantic import model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import Draft, Record, body_of, derive_id, event_type, invalid, recorded_order
from domain.levels import Level
from domain.refusals import (
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    Notice,
    Refusal,
    Text,
    refuse,
)
from domain.rule_params import AuthorityMatter, RuleKind
from domain.standing import (
    authority_refusal,
    identity_refusal,
    known_unit_refusal,
    recorder_refusal,
)
from domain.subjects import SubjectBody, SubjectCategory, subject_unit_of, subject_year_id


class ExemplaryKind(StrEnum):
    """What it is an example of (R33)."""

    MOVEMENT = "movement"
    URBAN_ORDER = "urban_order"


class ExemplaryStage(StrEnum):
    """How far it has come."""

    SELECTED = "selected"
    RECOGNISED = "recognised"
    WITHDRAWN = "withdrawn"


@event_type(
    aggregate="exemplary_year",
    title_vi="Chọn, công nhận điển hình",
    title_en="Exemplary unit designated",
    levels=frozenset({Level.DISTRICT, Level.PROVINCE}),
)
class ExemplaryUnitDesignated(SubjectBody):
    """A subject was selected or recognised as exemplary, or ceased to be (R33, R67, R111)."""

    kind: ExemplaryKind
    stage: ExemplaryStage
    locality_id: UUID | None = None
    """The district or province among whose exemplary units it counts; the recording one unless
    given, or one under it or ended that it answers for."""

    @model_validator(mode="after")
    def _urban_order_of_communes(self) -> Self:
        if self.kind is ExemplaryKind.URBAN_ORDER and self.category is not SubjectCategory.COMMUNE:
            raise invalid(
                "urban_order_category",
                vi="Điển hình về trật tự đô thị là phường: category phải là commune (R33).",
                en="Wards are exemplary in urban order: the category must be commune (R33).",
            )
        return self

    @property
    def locality(self) -> UUID:
        """Among whose exemplary units it counts."""
        return self.locality_id or self.unit_id

    @property
    def subject_id(self) -> UUID:
        """The subject's identity in the year."""
        return subject_year_id(self.subject_unit, self.category, self.subject_code, self.year)

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from locality, kind and year."""
        del event_id
        return exemplary_year_id(self.locality, self.kind, self.year)


def exemplary_year_id(locality_id: UUID | str, kind: str, year: int) -> UUID:
    """The identity of a locality's exemplary units of a kind in a year."""
    return derive_id("exemplary-year", locality_id, ExemplaryKind(kind).value, year)


class Step(NamedTuple):
    """One stage that a subject reached: when, and the event that says so."""

    day: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Exemplary:
    """One subject's way: each stage it reached."""

    selected: Step | None = None
    recognised: Step | None = None
    withdrawn: Step | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts towards the quota (F7)."""
        return self.recognised is not None and self.withdrawn is None


_NOWHERE: Final = Exemplary()


def fold(records: Sequence[Record]) -> Mapping[str, Exemplary]:
    """By subject: what effective records, in any order, make of a locality's year. Of two records
    of one stage the first in `Record.order` counts."""
    reached: dict[str, dict[str, Step]] = {}
    for record in sorted(records, key=recorded_order):
        if record.type == "ExemplaryUnitDesignated":
            data = record.data
            subject = str(
                subject_year_id(
                    subject_unit_of(data), data["category"], data.get("subject_code"), data["year"]
                )
            )
            stages = reached.setdefault(subject, {})
            day = date.fromisoformat(data["occurred_on"])
            stages.setdefault(data["stage"], Step(day, record.event_id))
    return {subject: Exemplary(**stages) for subject, stages in reached.items()}


class ExemplaryChange(NamedTuple):
    """How many subjects stand at a stage: a change by day."""

    day: date
    stage: str
    """"selected", which the recognised stay, or "recognised"."""
    delta: int
    event_id: str


def stage_changes(state: Mapping[str, Exemplary]) -> Iterator[ExemplaryChange]:
    """Every change of a locality's year (F7); their sum up to a day is what stands on that day."""
    for subject in state.values():
        for stage, step in (("selected", subject.selected), ("recognised", subject.recognised)):
            if step is None:
                continue
            yield ExemplaryChange(step.day, stage, 1, step.event_id)
            if subject.withdrawn is not None:
                left = max(step.day, subject.withdrawn.day)
                yield ExemplaryChange(left, stage, -1, subject.withdrawn.event_id)


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ExemplaryUnitDesignated)
    refusal = (
        identity_refusal(draft, "R33")
        or known_unit_refusal(ctx, body.locality, "/data/locality_id", "R33")
        or known_unit_refusal(ctx, body.subject_unit, "/data/subject_unit_id", "R33")
        or recorder_refusal(ctx, draft, body.locality, "R33")
        or _under_the_locality(body, ctx)
    )
    if refusal is not None or body.stage is ExemplaryStage.SELECTED:
        return refusal
    return authority_refusal(
        ctx, draft, AuthorityMatter.EXEMPLARY, body.category, body.subject_unit, "R33"
    )


def _under_the_locality(body: ExemplaryUnitDesignated, ctx: Context) -> Refusal | None:
    """A commune lies under its locality; another subject may lie in the locality itself."""
    unit_id, locality, day = body.subject_unit, body.locality, body.occurred_on
    commune = body.category is SubjectCategory.COMMUNE
    if ctx.directory.within(unit_id, locality, day) and not (
        commune and ctx.directory.level(unit_id) is not Level.COMMUNE
    ):
        return None
    return refuse(
        INVALID_FIELD,
        "/data/subject_unit_id",
        "R33",
        vi="Đơn vị {unit} không phải {what} thuộc {locality} vào {day}.",
        en="Unit {unit} is not a {what} under {locality} on {day}.",
        unit=unit_id,
        what=Text("xã, phường", "commune") if commune else Text("đơn vị", "unit"),
        locality=locality,
        day=day,
    )


@decides(ExemplaryUnitDesignated, check=_check)
def decide_designated(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Selected, then recognised, then perhaps withdrawn; more than the quota allows is a warning:
    the documents say "at least", and what an authority decided happened (R33, R111)."""
    body = body_of(draft, ExemplaryUnitDesignated)
    state = fold(effective(history))
    known = state.get(str(body.subject_id), _NOWHERE)
    refusal = _in_turn(known, body)
    if refusal is not None:
        return refusal
    if body.stage is not ExemplaryStage.RECOGNISED:
        return Accepted((draft,))
    return Accepted((draft,), _over_quota(state, body, ctx))


def _in_turn(known: Exemplary, body: ExemplaryUnitDesignated) -> Refusal | None:
    day, reached = body.occurred_on, None
    match body.stage:
        case ExemplaryStage.SELECTED:
            before, reached = None, known.selected
        case ExemplaryStage.RECOGNISED:
            before, reached = known.selected, known.recognised
        case ExemplaryStage.WITHDRAWN:
            before = known.recognised or known.selected
    reached = known.withdrawn or reached
    if reached is not None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/stage",
            "R33",
            vi="Bước {stage} không còn ghi được: đã {state} ngày {reached}.",
            en="Stage {stage} cannot be recorded any more: {state} on {reached}.",
            stage=body.stage.value,
            state=Text("rút", "withdrawn") if known.withdrawn else Text("ghi", "recorded"),
            reached=reached.day,
        )
    if body.stage is ExemplaryStage.SELECTED:
        return None
    if before is None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/stage",
            "R33",
            vi="Chưa được chọn; ghi bước selected trước.",
            en="It was not selected; record the stage selected first.",
        )
    if before.day <= day:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/occurred_on",
        "R33",
        vi="{day} trước bước liền trước ngày {before}.",
        en="{day} is before the stage before it, on {before}.",
        day=day,
        before=before.day,
    )


def _over_quota(
    state: Mapping[str, Exemplary], body: ExemplaryUnitDesignated, ctx: Context
) -> tuple[Notice, ...]:
    rule = ctx.directory.rule(
        RuleKind.QUOTA, body.locality, body.occurred_on, about=f"exemplary_{body.kind.value}"
    )
    most = None if rule is None else rule.params.get("maximum")
    count = 1 + sum(subject.counts for subject in state.values())
    if rule is None or most is None or count <= most:
        return ()
    text = Text(
        "Năm {year} đã có {count} đơn vị được công nhận, quy định {rule} cho tối đa {most}.",
        "For {year} {count} are recognised; rule {rule} allows at most {most}.",
    )
    return (
        Notice(
            "quota-exceeded",
            text.format(year=body.year, count=count, rule=rule.rule_id, most=most),
        ),
    )
