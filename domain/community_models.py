"""Models of self-management and their points and groups: opened, reviewed, retired.

A model has points, a point has groups, and all three are counted (R20; Guidance 22/HD-BCA-V05). A
model that does not work is retired after a review (R21, R31).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from domain.checks import organisation_refusal, unit_refusal
from domain.choices import Choice
from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import (
    Body,
    Count,
    Day,
    Draft,
    Label,
    Record,
    body_of,
    event_type,
)
from domain.identifiers import text_of
from domain.model_state import ModelState, fold
from domain.refusals import (
    ALREADY_EXISTS,
    DATE_IN_FUTURE,
    INVALID_FIELD,
    NO_SUCH_RECORD,
    NOT_IN_THAT_STATE,
    ORGANISATION_NOT_ALLOWED,
    UNIT_NOT_HOSTED,
    Refusal,
    Text,
    refuse,
)


class Domain(StrEnum):
    """The four selves (R64)."""

    SELF_MANAGEMENT = "self_management"
    SELF_PREVENTION = "self_prevention"
    SELF_PROTECTION = "self_protection"
    SELF_MEDIATION = "self_mediation"


class Rating(StrEnum):
    """How a model or a point was found to work."""

    GOOD = "good"
    FAIR = "fair"
    AVERAGE = "average"
    WEAK = "weak"


class Proposal(StrEnum):
    """What a review proposes."""

    KEEP = "keep"
    REPLICATE = "replicate"
    RETIRE = "retire"


class RetirementReason(StrEnum):
    """Why a model or a point was retired (R21: not effective, for form's sake)."""

    NOT_EFFECTIVE = "not_effective"
    FORMALISTIC = "formalistic"
    MERGED = "merged"
    PURPOSE_FULFILLED = "purpose_fulfilled"
    UNIT_REORGANISED = "unit_reorganised"
    OTHER = "other"


class NamedModel(Choice):
    """Models that the documents name, so that all units count them under one name."""

    FIVE_PLUS_ONE = "five_plus_one", "mô hình “5+1”", "“5+1” model"
    """Five offices and one family help one person who offended; the person is never recorded
    (R109)."""
    VOLUNTEER_SOCIAL_TEAM = (
        "volunteer_social_team",
        "Đội cán sự xã hội tình nguyện",
        "volunteer social work team",
    )
    """R116."""


ModelCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+/-]{0,49}$")]
"""The code of a model in its unit's register."""


@event_type(aggregate="model", title_vi="Xây dựng mô hình", title_en="Model established")
class ModelEstablished(Body):
    """A model was set up (R20, R64). It has no points yet; each is a `ModelReplicated`."""

    code: ModelCode
    name: Label
    domain: Domain
    host_org_id: UUID
    """The organisation of the unit that runs it."""
    opened_on: Day
    named: NamedModel | None = None
    """Which of the named models it is, if one (R109, R116)."""


@event_type(aggregate="model", title_vi="Nhân rộng mô hình", title_en="Model replicated")
class ModelReplicated(Body):
    """A point of a model was opened, with its groups (R20)."""

    countable: ClassVar[Mapping[str, Text]] = {
        "group_count": Text("Số tổ", "Groups"),
        "member_count": Text("Số thành viên", "Members"),
    }

    point_id: UUID
    point_unit_id: UUID | None = None
    """The unit where the point is: the recording one (the default) or one under it."""
    group_count: Count
    member_count: Count
    opened_on: Day | None = None
    """`occurred_on` unless given."""

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the model must be named."""
        del event_id


@event_type(aggregate="model", title_vi="Rà soát mô hình", title_en="Model reviewed")
class ModelReviewed(Body):
    """A model, or one of its points, was reviewed (R21, R31)."""

    point_id: UUID | None = None
    rating: Rating
    proposal: Proposal
    proposer_org_id: UUID

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the model must be named."""
        del event_id


@event_type(aggregate="model", title_vi="Loại bỏ mô hình", title_en="Model retired")
class ModelRetired(Body):
    """A point was retired, or the whole model and with it every point still open (R21).

    Who proposed it and who decided it may differ; a review came first (R31).
    """

    point_id: UUID | None = None
    reason: RetirementReason
    proposer_org_id: UUID

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: the model must be named."""
        del event_id


def _no_model(draft: Draft) -> Refusal:
    return refuse(
        NO_SUCH_RECORD,
        "/aggregate_id",
        "R20",
        vi="Nút này không có mô hình {model}.",
        en="This node holds no model {model}.",
        model=draft.aggregate_id,
    )


def _no_point(point_id: str) -> Refusal:
    return refuse(
        NO_SUCH_RECORD,
        "/data/point_id",
        "R20",
        vi="Mô hình không có điểm {point}.",
        en="The model has no point {point}.",
        point=point_id,
    )


def _retired(day: date, event_id: str | None, field_: str) -> Refusal:
    return refuse(
        NOT_IN_THAT_STATE,
        field_,
        "R21",
        vi="Đã loại bỏ từ {day} (sự kiện {event}).",
        en="It was retired on {day} (event {event}).",
        day=day,
        event=event_id,
    )


def _not_later(day: date, than: date, field_: str) -> Refusal | None:
    if day <= than:
        return None
    return refuse(
        DATE_IN_FUTURE,
        field_,
        "catalogue",
        vi="{day} sau ngày ghi {today}.",
        en="{day} is after the day of recording, {today}.",
        day=day,
        today=than,
    )


def _check_established(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ModelEstablished)
    return _not_later(body.opened_on, ctx.today, "/data/opened_on") or organisation_refusal(
        ctx.directory,
        body.host_org_id,
        body.occurred_on,
        "/data/host_org_id",
        unit_id=body.unit_id,
    )


@decides(ModelEstablished, check=_check_established)
def decide_established(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A model is established once."""
    del ctx
    state = fold(effective(history))
    if state is not None:
        return refuse(
            ALREADY_EXISTS,
            "/aggregate_id",
            "R20",
            vi="Mô hình {name} (mã {code}) đã có từ {day}.",
            en="Model {name} (code {code}) exists since {day}.",
            name=state.name,
            code=state.code,
            day=state.opened_on,
        )
    return Accepted((draft,))


def _check_replicated(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ModelReplicated)
    opened_on = body.opened_on or body.occurred_on
    refusal = _not_later(opened_on, ctx.today, "/data/opened_on")
    if refusal is not None or body.point_unit_id is None:
        return refusal
    refusal = unit_refusal(ctx.directory, body.point_unit_id, opened_on, "/data/point_unit_id")
    if refusal is not None or ctx.directory.within(body.point_unit_id, body.unit_id, opened_on):
        return refusal
    return refuse(
        UNIT_NOT_HOSTED,
        "/data/point_unit_id",
        "R20",
        vi="Điểm ở đơn vị {unit}, không thuộc đơn vị ghi {recorder}.",
        en="The point is in unit {unit}, which is not under the recording unit {recorder}.",
        unit=body.point_unit_id,
        recorder=body.unit_id,
    )


@decides(ModelReplicated, check=_check_replicated)
def decide_replicated(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A point is opened once, in a model that is open."""
    del ctx
    body = body_of(draft, ModelReplicated)
    state = fold(effective(history))
    if state is None:
        return _no_model(draft)
    opened_on = body.opened_on or body.occurred_on
    if state.retired_on is not None:
        return _retired(state.retired_on, state.retired_by, "/aggregate_id")
    if opened_on < state.opened_on:
        return refuse(
            INVALID_FIELD,
            "/data/opened_on",
            "R20",
            vi="Điểm mở ngày {day}, trước khi mô hình mở ngày {opened}.",
            en="The point opened on {day}, before the model did on {opened}.",
            day=opened_on,
            opened=state.opened_on,
        )
    known = state.points.get(str(body.point_id))
    if known is not None:
        return refuse(
            ALREADY_EXISTS,
            "/data/point_id",
            "R20",
            vi="Điểm {point} đã mở từ {day}.",
            en="Point {point} is open since {day}.",
            point=known.point_id,
            day=known.opened_on,
        )
    return Accepted((draft,))


def _check_reviewed(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ModelReviewed)
    return organisation_refusal(
        ctx.directory, body.proposer_org_id, body.occurred_on, "/data/proposer_org_id"
    )


@decides(ModelReviewed, check=_check_reviewed)
def decide_reviewed(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """What is reviewed exists and is not retired by then."""
    del ctx
    body = body_of(draft, ModelReviewed)
    state = fold(effective(history))
    if state is None:
        return _no_model(draft)
    return _still_open(state, body.point_id, body.occurred_on) or Accepted((draft,))


def _still_open(state: ModelState, point_id: UUID | None, day: date) -> Refusal | None:
    """Why the model or point cannot be reviewed or retired on that day, or None."""
    if point_id is None:
        opened_on, retired_on, retired_by = state.opened_on, state.retired_on, state.retired_by
        field_ = "/aggregate_id"
    else:
        point = state.points.get(str(point_id))
        if point is None:
            return _no_point(str(point_id))
        opened_on, retired_on, retired_by = point.opened_on, point.retired_on, point.retired_by
        field_ = "/data/point_id"
    if retired_on is not None and retired_on <= day:
        return _retired(retired_on, retired_by, field_)
    if day < opened_on:
        return refuse(
            INVALID_FIELD,
            "/data/occurred_on",
            "R21",
            vi="{day} trước ngày mở {opened}.",
            en="{day} is before the opening on {opened}.",
            day=day,
            opened=opened_on,
        )
    return None


def _check_retired(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, ModelRetired)
    return organisation_refusal(
        ctx.directory, body.proposer_org_id, body.occurred_on, "/data/proposer_org_id"
    )


@decides(ModelRetired, check=_check_retired)
def decide_retired(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """The owner or a superior retires what is open and was reviewed before (R21, R31)."""
    body = body_of(draft, ModelRetired)
    state = fold(effective(history))
    if state is None:
        return _no_model(draft)
    point = None if body.point_id is None else state.points.get(str(body.point_id))
    if body.point_id is not None and point is None:
        return _no_point(str(body.point_id))
    day = body.occurred_on
    retired_on = state.retired_on if point is None else point.retired_on
    if retired_on is not None:
        retired_by = state.retired_by if point is None else point.retired_by
        return _retired(retired_on, retired_by, "/data/point_id" if point else "/aggregate_id")
    refusal = _still_open(state, body.point_id, day)
    if refusal is not None:
        return refusal
    owners = {state.unit_id} if point is None else {state.unit_id, point.unit_id}
    recorder = text_of(body.unit_id)
    heirs = {ctx.directory.heir(owner, day) for owner in owners}
    if recorder not in heirs and not any(
        recorder == owner or ctx.directory.within(owner, recorder, day) for owner in owners
    ):
        return refuse(
            ORGANISATION_NOT_ALLOWED,
            "/data/unit_id",
            "R21",
            vi="Mô hình thuộc đơn vị {owner}; chỉ đơn vị đó hoặc cấp trên loại bỏ.",
            en="The model belongs to unit {owner}; it or a superior retires it.",
            owner=state.unit_id,
        )
    if not state.reviewed(None if body.point_id is None else str(body.point_id), day):
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/point_id" if point else "/aggregate_id",
            "R31",
            vi="Chưa có rà soát nào đến {day}; ghi ModelReviewed trước khi loại bỏ.",
            en="There is no review by {day}; record ModelReviewed before retiring.",
            day=day,
        )
    return Accepted((draft,))
