"""Reviews of a programme after 5 or 10 years: opened with a plan, closed with what became of it.

R58, R74, R86, R90–R95, R100. The plan's days are the campaign's own: its data window, milestones
and quota of exemplars hold for it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.campaign_state import Campaign, fold
from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentRef
from domain.effective import effective
from domain.events import (
    Body,
    Count,
    Day,
    Draft,
    Flag,
    Record,
    Value,
    body_of,
    distinct_by,
    event_type,
    invalid,
)
from domain.levels import Level
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    Notice,
    Refusal,
    Text,
    refuse,
)
from domain.rule_params import QuotaSubject, RuleKind
from domain.standing import recorder_refusal

_LEVELS = frozenset({Level.PROVINCE, Level.CENTRAL})


class MilestoneCode(StrEnum):
    """What a campaign has a day for (R89–R95)."""

    DEPARTMENT_REPORTS = "department_reports"
    LOCALITY_REPORTS = "locality_reports"
    EXEMPLAR_REPORTS = "exemplar_reports"
    PROVINCE_REPORT = "province_report"
    PAPERS = "papers"
    CONFERENCE = "conference"


class DataWindow(Value):
    """The days that the review's figures cover, both included (R92)."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise invalid("data_window", vi="last trước first.", en="last is before first.")
        return self


class Milestone(Value):
    """A day of the plan."""

    code: MilestoneCode
    due_on: Day
    inclusive: Flag = False
    """Whether the day itself is still in time; "trước ngày 10/4" is not (catalogue)."""
    at_discretion: Flag = False
    """Whether a locality may leave it out, as its conditions allow (R100)."""


class MilestoneMet(Value):
    """A milestone and the day it was reached."""

    code: MilestoneCode
    met_on: Day


class ExemplarQuota(Value):
    """How many exemplars each locality names (R93: one collective and one individual)."""

    collectives: Count
    individuals: Count


class ExemplarsNamed(Value):
    """How many localities there were, and the exemplars they named: counts, never names."""

    localities: Count
    collectives: Count
    individuals: Count


@event_type(
    aggregate="campaign",
    title_vi="Mở đợt sơ kết, tổng kết chương trình",
    title_en="Review campaign opened",
    levels=_LEVELS,
)
class SummaryCampaignOpened(Body):
    """A review of a programme after 5 or 10 years was set going (R58, R74)."""

    years: Literal[5, 10]
    """5: sơ kết; 10: tổng kết."""
    data_window: DataWindow
    milestones: Annotated[
        tuple[Milestone, ...], distinct_by("code"), Field(max_length=len(MilestoneCode))
    ] = ()
    exemplar_quota: ExemplarQuota
    document: DocumentRef
    """The plan or programme that triggered it."""

    @model_validator(mode="after")
    def _days_to_come(self) -> Self:
        if any(milestone.due_on < self.occurred_on for milestone in self.milestones):
            raise invalid(
                "milestone_past",
                vi="due_on của một mốc trước ngày mở đợt.",
                en="A milestone's due_on is before the campaign was opened.",
            )
        return self


@event_type(
    aggregate="campaign",
    title_vi="Kết thúc đợt sơ kết, tổng kết chương trình",
    title_en="Review campaign closed",
    levels=_LEVELS,
)
class SummaryCampaignClosed(Body):
    """The review ended (F16): which milestones were reached and when, and the exemplars named."""

    milestones_met: Annotated[
        tuple[MilestoneMet, ...], distinct_by("code"), Field(max_length=len(MilestoneCode))
    ] = ()
    exemplars: ExemplarsNamed
    document: DocumentRef | None = None
    """The final report."""

    @model_validator(mode="after")
    def _reached_by_now(self) -> Self:
        last = self.occurred_to or self.occurred_on
        if any(met.met_on > last for met in self.milestones_met):
            raise invalid(
                "milestone_future",
                vi="met_on của một mốc sau ngày kết thúc đợt.",
                en="A milestone's met_on is after the campaign was closed.",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the campaign must be named."""
        del event_id


@decides(SummaryCampaignOpened)
def decide_opened(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A campaign is opened once; a quota other than the rule's is told (R93)."""
    body = body_of(draft, SummaryCampaignOpened)
    known = fold(effective(history))
    if known is not None:
        return refuse(
            ALREADY_EXISTS,
            "/aggregate_id",
            "R58",
            vi="Đợt {campaign} đã mở ngày {day}; đợt khác thì dùng mã khác.",
            en="Campaign {campaign} was opened on {day}; another one has another id.",
            campaign=draft.aggregate_id,
            day=known.opened_on,
        )
    return Accepted((draft,), _quota_notices(body, ctx))


def _quota_notices(body: SummaryCampaignOpened, ctx: Context) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    for subject, count in (
        (QuotaSubject.CAMPAIGN_COLLECTIVES, body.exemplar_quota.collectives),
        (QuotaSubject.CAMPAIGN_INDIVIDUALS, body.exemplar_quota.individuals),
    ):
        rule = ctx.directory.rule(
            RuleKind.QUOTA, body.unit_id, body.occurred_on, about=subject.value
        )
        if rule is None:
            continue
        least, most = rule.params["minimum"], rule.params.get("maximum", count)
        if not least <= count <= most:
            text = Text(
                "Số {subject} là {count}, khác quy định {rule}.",
                "The number of {subject} is {count}, other than rule {rule} says.",
            )
            notices.append(
                Notice(
                    "quota-differs",
                    text.format(subject=subject.value, count=count, rule=rule.rule_id),
                )
            )
    return tuple(notices)


@decides(SummaryCampaignClosed)
def decide_closed(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """The unit that opened it, or its successor, closes it once; what was missed is told (F16)."""
    body = body_of(draft, SummaryCampaignClosed)
    state = fold(effective(history))
    if state is None:
        return refuse(
            NO_SUCH_RECORD,
            "/aggregate_id",
            "R58",
            vi="Nút này không có đợt sơ kết, tổng kết {campaign}.",
            en="This node holds no review campaign {campaign}.",
            campaign=draft.aggregate_id,
        )
    refusal = recorder_refusal(
        ctx, draft, UUID(state.unit_id), "R58", superiors=False
    ) or _closable(state, body)
    return refusal or Accepted((draft,), _missed(state, body))


def _closable(state: Campaign, body: SummaryCampaignClosed) -> Refusal | None:
    if state.closed_on is not None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/aggregate_id",
            "R58",
            vi="Đợt này đã kết thúc ngày {day} (sự kiện {event}).",
            en="The campaign was closed on {day} (event {event}).",
            day=state.closed_on,
            event=state.closed_by,
        )
    if body.occurred_on < state.opened_on:
        return refuse(
            INVALID_FIELD,
            "/data/occurred_on",
            "R58",
            vi="{day} trước ngày mở đợt {opened}.",
            en="{day} is before the campaign was opened on {opened}.",
            day=body.occurred_on,
            opened=state.opened_on,
        )
    for index, met in enumerate(body.milestones_met):
        if met.code not in state.milestones:
            return refuse(
                NO_SUCH_RECORD,
                f"/data/milestones_met/{index}/code",
                "R58",
                vi="Kế hoạch của đợt không có mốc {code}.",
                en="The campaign's plan has no milestone {code}.",
                code=met.code.value,
            )
    return None


def _missed(state: Campaign, body: SummaryCampaignClosed) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    met = {mark.code.value: mark.met_on for mark in body.milestones_met}
    missed = [
        code
        for code, mark in state.milestones.items()
        if not mark.at_discretion and (code not in met or met[code] > mark.due_on)
    ]
    if missed:
        text = Text("Mốc không đạt hoặc muộn: {codes}.", "Milestones missed or late: {codes}.")
        notices.append(Notice("milestones-missed", text.format(codes=", ".join(missed))))
    named, wanted = body.exemplars, state.quota
    if (
        named.collectives < wanted[0] * named.localities
        or named.individuals < wanted[1] * named.localities
    ):
        text = Text(
            "{localities} địa phương chọn {collectives} tập thể, {individuals} cá nhân; mỗi địa "
            "phương phải chọn {each} tập thể, {one} cá nhân.",
            "{localities} localities named {collectives} collectives and {individuals} "
            "individuals; each was to name {each} and {one}.",
        )
        notices.append(
            Notice(
                "exemplars-missing",
                text.format(
                    localities=named.localities,
                    collectives=named.collectives,
                    individuals=named.individuals,
                    each=wanted[0],
                    one=wanted[1],
                ),
            )
        )
    return tuple(notices)
