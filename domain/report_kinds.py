"""What reports there are, and how their periods are written."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field


class ReportKind(StrEnum):
    """What a report is."""

    HALF_YEAR = "half_year"
    ANNUAL = "annual"
    THEMATIC = "thematic"
    EXEMPLAR = "exemplar"
    SUMMARY = "summary"
    CONSOLIDATED = "consolidated"

    @property
    def one_per_period(self) -> bool:
        """Whether a unit has one such report a period, so that it answers one obligation (F2)."""
        return self in (ReportKind.HALF_YEAR, ReportKind.ANNUAL, ReportKind.CONSOLIDATED)


PeriodCode = Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}(-H[12])?$")]
"""A year, or a half of one: "2025", "2025-H1"."""
