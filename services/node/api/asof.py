"""The parameters `as_of` and `as_of_position`, and how an answer says which state it is of."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel

from services.node.asof.asking import cutoff_of
from services.node.asof.cutoff import Cutoff, RecordedUntil, ThroughPosition


class AsOfAnswer(BaseModel):
    """The earlier state that an answer is of."""

    clock: Literal["recorded", "position"]
    """recorded: what had been recorded by a moment, wherever it was then. position: what this node
    held."""
    recorded_until: str | None
    position: int | None


def _cutoff(
    as_of: Annotated[
        str | None,
        Query(
            max_length=40,
            description="Theo trạng thái ghi nhận đến hết ngày này, hoặc đến thời điểm này: mọi "
            "sự kiện đã được ghi, dù khi đó chưa đến nút này. / As recorded by the end of this day "
            "in Vietnam, or by this moment: whatever had been recorded, even if it had not arrived "
            "here by then.",
            examples=["2025-06-20", "2025-06-20T00:00:00Z"],
        ),
    ] = None,
    as_of_position: Annotated[
        str | None,
        Query(
            max_length=20,
            description="Theo những gì nút này có khi nhật ký đến vị trí này. / As this node held "
            "it when its log ended at this position.",
            examples=["120000"],
        ),
    ] = None,
) -> Cutoff | None:
    return cutoff_of(as_of, as_of_position)


AskedState = Annotated[Cutoff | None, Depends(_cutoff)]
"""The earlier state that a request asks for; None for the state now."""


def as_of_answer(cutoff: Cutoff | None) -> AsOfAnswer | None:
    """How an earlier state is written."""
    if isinstance(cutoff, ThroughPosition):
        return AsOfAnswer(clock="position", recorded_until=None, position=cutoff.position)
    if isinstance(cutoff, RecordedUntil):
        return AsOfAnswer(clock="recorded", recorded_until=cutoff.moment, position=None)
    return None
