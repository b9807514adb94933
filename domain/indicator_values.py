"""Values of indicators: one for each unit, period and indicator.

R06, R08, R12, R13, R15, R30, R35, R45, R48, R50, R63, R68, R71, R88, R103, R110, R117, R123, R127.
A later figure for the same place is a correction, so that two senders do not count the same thing
twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import (
    Body,
    Count,
    Draft,
    Record,
    Token,
    body_of,
    derive_id,
    event_type,
    invalid,
    recorded_order,
)
from domain.indicators import INDICATORS, UnitOfMeasure
from domain.levels import COMMUNE_TO_PROVINCE
from domain.periods import Period, period_span
from domain.refusals import ALREADY_EXISTS, INVALID_FIELD, Refusal, refuse
from domain.report_kinds import PeriodCode
from domain.standing import identity_refusal

_WHOLE: Final = 100


def _listed(code: str) -> str:
    if code not in INDICATORS:
        raise invalid(
            "indicator_unknown",
            vi="Mã không có trong danh mục chỉ tiêu số liệu.",
            en="The code is not in the list of indicators.",
        )
    return code


IndicatorCode = Annotated[
    Token, AfterValidator(_listed), Field(json_schema_extra={"enum": sorted(INDICATORS)})
]
"""A code of `domain.indicators`."""


@event_type(
    aggregate="indicator_value",
    title_vi="Số liệu",
    title_en="Indicator reported",
    levels=COMMUNE_TO_PROVINCE,
)
class IndicatorReported(Body):
    """A unit reported the value of an indicator for a period."""

    indicator_code: IndicatorCode
    period: PeriodCode
    value: Count
    unit: UnitOfMeasure
    """The indicator's unit of measure, repeated so that a figure cannot be read as another's."""

    @model_validator(mode="after")
    def _measured_as_listed(self) -> Self:
        if self.unit is not INDICATORS[self.indicator_code].unit:
            raise invalid(
                "indicator_unit",
                vi="unit không phải đơn vị tính của chỉ tiêu này trong danh mục.",
                en="unit is not this indicator's unit of measure in the list.",
            )
        if self.unit is UnitOfMeasure.PERCENT and self.value > _WHOLE:
            raise invalid(
                "indicator_percent",
                vi="Tỷ lệ không quá 100.",
                en="A share is not more than 100.",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from unit, period and indicator."""
        del event_id
        return indicator_value_id(self.unit_id, self.period, self.indicator_code)


def indicator_value_id(unit_id: UUID | str, period: str, code: str) -> UUID:
    """The identity of a unit's value of an indicator for a period."""
    return derive_id("indicator", unit_id, period, code)


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """The value that holds, and the event that says so."""

    event_id: str
    value: int


def fold(records: Sequence[Record]) -> IndicatorValue | None:
    """The value that effective records make, in any order: of two the first in `Record.order`."""
    for record in sorted(records, key=recorded_order):
        if record.type == "IndicatorReported":
            return IndicatorValue(record.event_id, record.data["value"])
    return None


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, IndicatorReported)
    refusal = identity_refusal(draft, "catalogue")
    if refusal is not None:
        return refusal
    span = period_span(ctx.directory, body.unit_id, Period.parse(body.period))
    if span is None or span.first <= body.occurred_on:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/period",
        "R53",
        vi="Kỳ {period} bắt đầu ngày {first}, sau {day}.",
        en="The period {period} begins on {first}, after {day}.",
        period=body.period,
        first=span.first,
        day=body.occurred_on,
    )


@decides(IndicatorReported, check=_check)
def decide_indicator(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A unit's value of an indicator for a period is recorded once, and corrected after that."""
    del ctx
    body = body_of(draft, IndicatorReported)
    known = fold(effective(history))
    if known is None:
        return Accepted((draft,))
    return refuse(
        ALREADY_EXISTS,
        "/data/value",
        INDICATORS[body.indicator_code].row,
        vi="Số liệu {code} kỳ {period} đã được ghi là {value} (sự kiện {event}); số mới thì gửi "
        "EventCorrected.",
        en="The value of {code} for {period} is recorded as {value} (event {event}); for a new one "
        "send EventCorrected.",
        code=body.indicator_code,
        period=body.period,
        value=known.value,
        event=known.event_id,
    )
