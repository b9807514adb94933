"""How an obligation stands on a day: open, met, late, waived, moved to a successor, or ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.choices import Choice
from domain.refusals import Text


class ObligationState(Choice):
    """The one word for how it stands."""

    OPEN = "open", "chưa đến hạn", "open"
    """Its last good day is not over, and nothing has been sent or held."""
    LATE = "late", "trễ hạn", "late"
    """Its last good day is over, and nothing has been sent or held."""
    MET = "met", "đã xong", "met"
    """Sent or held; how late, `Standing.late_days` says."""
    WAIVED = "waived", "được miễn", "waived"
    """A superior released the unit from it."""
    MOVED = "moved", "đã chuyển sang đơn vị kế thừa", "moved to the successor"
    """The unit ended and the successor's own obligation takes its place."""
    ENDED = "ended", "chấm dứt cùng đơn vị", "ended with its unit"
    """The unit ended without a successor."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an obligation stands."""

    state: ObligationState
    days_left: int | None = None
    """Of an open one: days until the last good day; 0 on that day."""
    late_days: int = 0
    """Days after the last good day: of a late one until today, of a met one until it was met."""

    @property
    def text(self) -> Text:
        """In a few words: "due in 5 days", "late by 2 days"."""
        match self.state:
            case ObligationState.OPEN if self.days_left == 0:
                return Text("hôm nay là hạn cuối", "due today")
            case ObligationState.OPEN:
                left = self.days_left or 0
                return Text(f"còn {left} ngày", f"due in {_days(left)}")
            case ObligationState.LATE:
                return Text(f"trễ {self.late_days} ngày", f"late by {_days(self.late_days)}")
            case ObligationState.MET if self.late_days:
                return Text(
                    f"đã xong, trễ {self.late_days} ngày", f"done, late by {_days(self.late_days)}"
                )
            case ObligationState.MET:
                return Text("đã xong, đúng hạn", "done in time")
            case ObligationState.WAIVED:
                return Text("được miễn", "waived")
            case ObligationState.MOVED:
                return Text("chuyển sang đơn vị kế thừa", "moved to the successor")
            case ObligationState.ENDED:
                return Text("đơn vị đã kết thúc, không có kế thừa", "the unit ended, no successor")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def standing(
    due_on: date,
    today: date,
    *,
    met_on: date | None = None,
    waived: bool = False,
    passed_on: ObligationState | None = None,
) -> Standing:
    """How what is due on `due_on` stands today.

    What was met stays met, whatever else was recorded; what was waived is neither open nor late.
    `passed_on` is MOVED or ENDED where its unit ended before it was due.
    """
    if met_on is not None:
        return Standing(ObligationState.MET, late_days=max(0, (met_on - due_on).days))
    if waived:
        return Standing(ObligationState.WAIVED)
    if passed_on is not None:
        return Standing(passed_on)
    if today > due_on:
        return Standing(ObligationState.LATE, late_days=(today - due_on).days)
    return Standing(ObligationState.OPEN, days_left=(due_on - today).days)
