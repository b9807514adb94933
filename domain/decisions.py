"""What a decision is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from domain.events import Body, Draft, Record
from domain.levels import Level
from domain.refusals import Notice, Refusal

if TYPE_CHECKING:
    from domain.directory import Directory

VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam keeps UTC+7 all year and has since 1975; no time-zone table is needed."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything outside the aggregate that a decision may look at."""

    now: datetime
    """Aware, any zone: when the event would be recorded."""
    level: Level
    """The level of the recording unit."""
    directory: Directory
    """Units, organisations and rules, as far as they are known at this node."""
    today: date = field(init=False)
    """The calendar day in Vietnam; worked out once, because every check asks for it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", self.now.astimezone(VIETNAM).date())


@dataclass(frozen=True, slots=True)
class Accepted:
    """The events to record, in order, and what the sender should be told about them."""

    events: tuple[Draft, ...]
    notices: tuple[Notice, ...] = ()


Decision = Accepted | Refusal

Decide = Callable[[Sequence[Record], Draft, Context], Decision]
"""`history` of the aggregate as recorded (corrections and retractions still among it, in
`Record.order`), the draft, and the context."""

Check = Callable[[Draft, Context], Refusal | None]
"""What holds for an event whatever its aggregate has been through: scope, organisations, dates."""


@dataclass(frozen=True, slots=True)
class Decider:
    """The two halves of deciding one type; a correction asks each of them separately."""

    check: Check
    decide: Decide


DECIDERS: dict[str, Decider] = {}
"""By name of the event type. Filled by importing `domain.catalogue`."""


def _nothing(draft: Draft, ctx: Context) -> Refusal | None:
    del draft, ctx
    return None


def decides(body: type[Body], *, check: Check = _nothing) -> Callable[[Decide], Decide]:
    """Register the decision of one event type beside its declaration.

    Raises ValueError if the type has one already.
    """

    def register(function: Decide) -> Decide:
        name = body.spec.name
        if name in DECIDERS:
            raise ValueError(f"decision declared twice: {name}")
        DECIDERS[name] = Decider(check, function)
        return function

    return register


def as_record(draft: Draft, ctx: Context) -> Record:
    """The draft as it would stand in the log if it were recorded now.

    Only for trying it on a fold: it has no origin, no number and no digest yet, and sorts after
    everything that the same clock has recorded.
    """
    return Record(
        event_id=str(draft.event_id),
        type=draft.type,
        origin="~",
        sequence=0,
        recorded_at=ctx.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        aggregate_id=str(draft.aggregate_id),
        digest="",
        data=draft.body.to_data(),
    )
