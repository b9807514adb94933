"""Money for the movement: estimated, appraised, allocated, spent, by year and source.

R19, R83, R97. Whole VND; each event adds an amount to its stage, so an instalment is an event and a
wrong figure is corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import Body, Draft, Record, body_of, derive_id, event_type
from domain.refusals import Notice, Refusal, Text
from domain.standing import identity_refusal
from domain.subjects import Year


class FundingStage(StrEnum):
    """How far the money has come (R97)."""

    ESTIMATED = "estimated"
    APPRAISED = "appraised"
    ALLOCATED = "allocated"
    SPENT = "spent"


class FundingSource(StrEnum):
    """Where it comes from (R83: the programmes it is taken from; society)."""

    CRIME = "crime"
    DRUGS = "drugs"
    TRAFFICKING = "trafficking"
    MOVEMENT = "movement"
    SOCIALISED = "socialised"


Money = Annotated[int, Field(ge=0, le=10**15, strict=True)]
"""An amount in whole VND; sums of thousands of them stay exact in 64 bits."""


@event_type(
    aggregate="fund_year",
    title_vi="Kinh phí",
    title_en="Funding recorded",
)
class FundingRecorded(Body):
    """An amount was estimated, appraised, allocated or spent for a year (R19, R97)."""

    stage: FundingStage
    source: FundingSource
    year: Year
    """The budget year; what belongs to it may be settled after it."""
    amount_vnd: Money

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from unit, source and year."""
        del event_id
        return fund_year_id(self.unit_id, self.source, self.year)


def fund_year_id(unit_id: UUID | str, source: str, year: int) -> UUID:
    """The identity of a unit's funds from a source for a year."""
    return derive_id("fund-year", unit_id, FundingSource(source).value, year)


@dataclass(frozen=True, slots=True)
class FundYear:
    """The sums of a unit's fund of a year, by stage, in VND (F13)."""

    estimated: int = 0
    appraised: int = 0
    allocated: int = 0
    spent: int = 0


def fold(records: Sequence[Record]) -> FundYear:
    """The sums that effective records make, in any order."""
    sums = dict.fromkeys(FundingStage, 0)
    for record in records:
        if record.type == "FundingRecorded":
            sums[FundingStage(record.data["stage"])] += record.data["amount_vnd"]
    return FundYear(**{stage.value: amount for stage, amount in sums.items()})


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    del ctx
    return identity_refusal(draft, "R97")


@decides(FundingRecorded, check=_check)
def decide_funding(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Money is recorded as it was; spent beyond the allocation it is with a warning (R97)."""
    del ctx
    body = body_of(draft, FundingRecorded)
    before = fold(effective(history))
    spent = before.spent + body.amount_vnd
    if body.stage is not FundingStage.SPENT or spent <= before.allocated:
        return Accepted((draft,))
    text = Text(
        "Đã chi {spent} đồng, nhiều hơn {allocated} đồng được cấp năm {year}.",
        "{spent} VND were spent, more than the {allocated} VND allocated for {year}.",
    )
    return Accepted(
        (draft,),
        (
            Notice(
                "spent-over-allocated",
                text.format(spent=spent, allocated=before.allocated, year=body.year),
            ),
        ),
    )
