"""How a person asks for an earlier state: by a day, a moment or a position."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from contracts.envelope import format_time
from domain.decisions import VIETNAM
from domain.events import FIRST_YEAR, LAST_YEAR
from domain.refusals import Text
from services.node.asof.cutoff import Cutoff, RecordedUntil, ThroughPosition
from services.node.errors import RefusedError

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_POSITION: Final = re.compile(r"\d{1,18}")
MOMENT_FORM: Final = Text(
    "Viết một ngày như 2025-06-20 (hết ngày đó, giờ Việt Nam) hoặc một thời điểm như "
    "2025-06-20T17:00:00+07:00.",
    "Write a day like 2025-06-20 (through its end in Vietnam) or a moment like "
    "2025-06-20T17:00:00+07:00.",
)
ONE_CLOCK: Final = Text(
    "Chỉ chọn một: as_of hoặc as_of_position.", "Choose one of as_of and as_of_position."
)


class AsOfQuestionError(RefusedError):
    """An earlier state was asked for in a way that cannot be answered; `parameter` is what to
    change."""

    def __init__(self, parameter: str, text: Text) -> None:
        super().__init__(f"{parameter}: {text.en}")
        self.parameter = parameter
        self.text = text


def recorded_until(text: str) -> RecordedUntil:
    """What had been recorded by a day's end in Vietnam, or by a moment with its zone.

    Raises AsOfQuestionError.
    """
    try:
        if _DAY.fullmatch(text):
            after = date.fromisoformat(text) + timedelta(days=1)
            moment = datetime.combine(after, time(), VIETNAM) - timedelta(microseconds=1)
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError
        return RecordedUntil(format_time(moment))
    except (ValueError, OverflowError):
        raise AsOfQuestionError("as_of", MOMENT_FORM) from None


def through_position(text: str) -> ThroughPosition:
    """What this node held through a position of its log. Raises AsOfQuestionError."""
    if not _POSITION.fullmatch(text):
        raise AsOfQuestionError(
            "as_of_position",
            Text(
                "Vị trí trong nhật ký là số nguyên, từ 0.",
                "A position of the log is a whole number, 0 or more.",
            ),
        )
    return ThroughPosition(int(text))


def cutoff_of(as_of: str | None, as_of_position: str | None) -> Cutoff | None:
    """The state asked for; None for the state now. Raises AsOfQuestionError."""
    if as_of and as_of_position:
        raise AsOfQuestionError("as_of_position", ONE_CLOCK)
    if as_of:
        return recorded_until(as_of)
    return through_position(as_of_position) if as_of_position else None
