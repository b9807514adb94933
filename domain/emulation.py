"""Emulation: launched, and registered for by residential areas, communes and others.

R47, R48, R66. A registration opens a subject's year: the standard is judged after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar, Final, Self
from uuid import UUID

from pydantic import model_validator

from domain.decisions import Accepted, Context, Decision, decides
from domain.effective import effective
from domain.events import Count, Draft, Record, body_of, event_type, invalid
from domain.levels import COMMUNE_TO_PROVINCE
from domain.refusals import ALREADY_EXISTS, INVALID_FIELD, Notice, Refusal, Text, refuse
from domain.standard_windows import standard_window
from domain.subject_years import fold, subject_refusal
from domain.subjects import SubjectBody, SubjectCategory

_LATE: Final = Text(
    "Đăng ký ngày {day}, sau hạn {last} theo {source}; vẫn được ghi.",
    "It was registered on {day}, after {last} by {source}; it is recorded all the same.",
)


class EmulationKind(StrEnum):
    """What was done: the emulation launched (R47), or a subject registered for it (R66)."""

    LAUNCH = "launch"
    REGISTER = "register"


@event_type(
    aggregate="subject_year",
    title_vi="Đăng ký thi đua, phát động",
    title_en="Emulation launched or registered for",
    levels=COMMUNE_TO_PROVINCE,
)
class EmulationRegistered(SubjectBody):
    """An emulation was launched among a category of subjects, or a subject registered for a year.

    A registration has one identity per subject and year. A launch is a thing of its own; its
    campaign stands in `campaign_tags`.
    """

    countable: ClassVar[Mapping[str, Text]] = {
        "households": Text("Số hộ", "Households"),
        "households_committed": Text("Số hộ ký cam kết", "Households that committed themselves"),
    }

    kind: EmulationKind
    households: Count | None = None
    """Households in the subject; with `households_committed`, required of a residential area."""
    households_committed: Count | None = None

    def needs_code(self) -> bool:
        """A launch may be to the whole category."""
        return self.kind is EmulationKind.REGISTER and super().needs_code()

    @model_validator(mode="after")
    def _households(self) -> Self:
        counts = (self.households, self.households_committed)
        if (counts[0] is None) != (counts[1] is None):
            raise invalid(
                "households_pair",
                vi="households và households_committed đi cùng nhau.",
                en="households and households_committed go together.",
            )
        if (
            self.kind is EmulationKind.REGISTER
            and self.category is SubjectCategory.RESIDENTIAL_AREA
            and self.households is None
        ):
            raise invalid(
                "households_missing",
                vi="Khu dân cư đăng ký phải nêu households và households_committed (R66).",
                en="A residential area registers with households and households_committed (R66).",
            )
        if counts[0] is not None and counts[1] is not None and counts[1] > counts[0]:
            raise invalid(
                "households_committed",
                vi="households_committed lớn hơn households.",
                en="households_committed is more than households.",
            )
        return self

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived for a registration; a launch starts an aggregate of its own."""
        if self.kind is EmulationKind.LAUNCH:
            return event_id
        return super().default_aggregate_id(event_id)


def _check(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, EmulationRegistered)
    refusal = subject_refusal(draft, body, ctx, "R66", active=True)
    if refusal is not None or body.kind is EmulationKind.LAUNCH:
        return refusal
    window = standard_window(ctx.directory, body.subject_unit, body.category, body.year)
    if window.span is None or body.occurred_on in window.span:
        return None
    return refuse(
        INVALID_FIELD,
        "/data/year",
        "R66",
        vi="{day} không thuộc thời gian xét năm {year}: {first} đến {last} theo {source}.",
        en="{day} is not in the window of {year}: {first} to {last} by {source}.",
        day=body.occurred_on,
        year=body.year,
        first=window.span.first,
        last=window.span.last,
        source=window.source,
    )


@decides(EmulationRegistered, check=_check)
def decide_registered(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A subject registers once a year; after the first quarter with a warning (R66)."""
    body = body_of(draft, EmulationRegistered)
    holding = effective(history)
    if body.kind is EmulationKind.LAUNCH:
        return _once(draft, holding) or Accepted((draft,))
    known = fold(holding).registered
    if known is not None:
        return refuse(
            ALREADY_EXISTS,
            "",
            "R66",
            vi="Đối tượng đã đăng ký năm {year} vào {day} (sự kiện {event}); muốn sửa thì gửi "
            "EventCorrected.",
            en="The subject registered for {year} on {day} (event {event}); to change it send "
            "EventCorrected.",
            year=body.year,
            day=known.day,
            event=known.event_id,
        )
    window = standard_window(ctx.directory, body.subject_unit, body.category, body.year)
    if body.occurred_on <= window.register_by:
        return Accepted((draft,))
    text = _LATE.format(day=body.occurred_on, last=window.register_by, source=window.source)
    return Accepted((draft,), (Notice("registered-late", text),))


def _once(draft: Draft, holding: Sequence[Record]) -> Refusal | None:
    if not holding:
        return None
    return refuse(
        ALREADY_EXISTS,
        "/aggregate_id",
        "R47",
        vi="Đợt phát động {launch} đã được ghi; đợt khác thì dùng mã khác.",
        en="Launch {launch} is recorded already; another launch has another id.",
        launch=draft.aggregate_id,
    )
