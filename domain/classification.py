"""The movement's classification, a year at a time (R122; Decision 510/QĐ-BCA-V05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import Draft, Record, body_of, event_type
from domain.refusals import ALREADY_EXISTS, INVALID_FIELD, Refusal, refuse
from domain.rule_params import AuthorityMatter
from domain.standing import authority_refusal
from domain.subject_years import fold, subject_refusal
from domain.subjects import SubjectBody


class Classification(StrEnum):
    """How good the movement was; no unit is to stay weak (R122, F4)."""

    EXCELLENT = "excellent"
    GOOD = "good"
    AVERAGE = "average"
    WEAK = "weak"


@event_type(
    aggregate="subject_year",
    title_vi="Phân loại phong trào",
    title_en="Movement classified",
)
class MovementClassified(SubjectBody):
    """An authority classified the movement in a commune, or in another subject (R122)."""

    classification: Classification
    score: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    """Out of 100. Which score makes which class is not public, so neither is checked by the
    other."""


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, MovementClassified)
    refusal = subject_refusal(draft, body, ctx, "R122") or authority_refusal(
        ctx, draft, AuthorityMatter.CLASSIFICATION, body.category, body.subject_unit, "R122"
    )
    if refusal is not None or body.occurred_on >= date(body.year, 1, 1):
        return refusal
    return refuse(
        INVALID_FIELD,
        "/data/year",
        "R122",
        vi="Năm {year} chưa bắt đầu vào {day}.",
        en="The year {year} has not begun on {day}.",
        year=body.year,
        day=body.occurred_on,
    )


@decides(MovementClassified, check=_check)
def decide_classified(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A subject is classified once a year (R122)."""
    del ctx
    body = body_of(draft, MovementClassified)
    known = fold(effective(history)).classified
    if known is None:
        return Accepted((draft,))
    return refuse(
        ALREADY_EXISTS,
        "",
        "R122",
        vi="Đã phân loại năm {year} vào {day} (sự kiện {event}); muốn sửa thì gửi EventCorrected.",
        en="It was classified for {year} on {day} (event {event}); to change it send "
        "EventCorrected.",
        year=body.year,
        day=known.day,
        event=known.event_id,
    )
