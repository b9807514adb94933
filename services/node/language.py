"""The two languages a user may read. Vietnamese comes first."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from domain.decisions import VIETNAM
from domain.refusals import Text


class Language(StrEnum):
    """A language of texts for people."""

    VI = "vi"
    EN = "en"

    def of(self, text: Text) -> str:
        """The side of a text that is in this language."""
        return text.vi if self is Language.VI else text.en

    def number(self, value: int) -> str:
        """A whole number with its thousands set apart: 9.640, 9,640."""
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if self is Language.VI else grouped

    def percent(self, value: float) -> str:
        """A percentage with one decimal: 95,9%, 95.9%."""
        text = f"{value:.1f}%"
        return text.replace(".", ",") if self is Language.VI else text

    def day(self, value: date) -> str:
        """A day as the language writes it: 15/12/2024, 2024-12-15."""
        if self is Language.EN:
            return value.isoformat()
        return f"{value.day}/{value.month}/{value.year}"

    def moment(self, text: str) -> str:
        """A recorded time (RFC 3339, UTC) as Vietnam's clocks show it; "" for "".

        Raises ValueError for anything else.
        """
        if not text:
            return ""
        there = datetime.fromisoformat(text).astimezone(VIETNAM)
        return f"{there:%H:%M:%S} {self.day(there.date())}"
