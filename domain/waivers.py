"""Waivers: a superior releases a unit from what it owes for one period, before it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.choices import Choice
from domain.decisions import Context, Decision, decides
from domain.documents import DocumentRef
from domain.effective import effective
from domain.events import Draft, Record, body_of, event_type
from domain.levels import SUPERIORS
from domain.obligation_body import (
    RULE,
    ObligationBody,
    day_of,
    named,
    obligation_refusal,
    of_type,
)
from domain.refusals import ALREADY_EXISTS, NOT_IN_THAT_STATE, refuse


class WaiverReason(Choice):
    """Why a unit is released."""

    FORCE_MAJEURE = "force_majeure", "thiên tai, dịch bệnh", "force majeure"
    """Natural disaster, epidemic."""
    REORGANISATION = "reorganisation", "sắp xếp đơn vị hành chính", "reorganisation"
    """The unit is about to be merged or split."""
    NOTHING_TO_DO = "nothing_to_do", "không phát sinh", "nothing to do"
    """There is nothing to review or to inspect."""
    DONE_JOINTLY = "done_jointly", "thực hiện chung", "done jointly"
    """It is done together with another unit or level."""


@event_type(
    aggregate="obligation",
    title_vi="Miễn thực hiện nghĩa vụ",
    title_en="Obligation waived",
    levels=SUPERIORS,
)
class ObligationWaived(ObligationBody):
    """A superior released a unit from an obligation of one period (R59, R100).

    A rule changes what is owed for all periods to come; this is for one. Once the last good day is
    over nobody is released: the obligation was met or it was not, and stays counted.
    """

    reason: WaiverReason
    document: DocumentRef | None = None
    """The decision, where there is one on paper."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """That an obligation was waived."""

    event_id: str
    unit_id: str
    """The superior."""
    day: date
    reason: str


def waiver(records: Sequence[Record]) -> Waiver | None:
    """The waiver among effective records of an obligation: the first in `Record.order`."""
    found = of_type(records, "ObligationWaived")
    if not found:
        return None
    first = found[0]
    return Waiver(first.event_id, first.data["unit_id"], day_of(first), first.data["reason"])


@decides(ObligationWaived, check=obligation_refusal)
def decide_waiver(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """An obligation is waived once, and not after its last good day."""
    body = body_of(draft, ObligationWaived)
    due_on = body.due_on(ctx)
    if due_on is not None and ctx.today > due_on:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/period",
            RULE,
            vi="Hạn là {due}, đã qua; kỳ đã khóa nên không miễn được nữa.",
            en="It was due on {due}; the period is closed and nobody is released from it.",
            due=due_on,
        )
    known = waiver(effective(history))
    if known is None:
        return named(draft)
    return refuse(
        ALREADY_EXISTS,
        "",
        RULE,
        vi="Nghĩa vụ này đã được miễn ngày {day} (sự kiện {event}).",
        en="It was waived on {day} already (event {event}).",
        day=known.day,
        event=known.event_id,
    )
