"""Figures of what is decided for a year: the standard, the classification, exemplary units.

The year is that of the span. A span that is a whole reporting year counts all that was decided for
its year, whenever: authorities decide after the year's cut-off, and such a decision belongs to no
later year. Any other span counts what stood on its last day.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from services.node.figures.cells import CellFigure
from services.node.figures.span import Span


class YearFigure(CellFigure):
    """See the module. Placed along the hierarchy of the span's last day."""

    moment: ClassVar[Literal["span", "last day"]] = "last day"

    def days_counted(self, span: Span) -> tuple[date | None, date]:
        # Nothing is decided for a year before the year before it begins; the bound helps an index.
        return date(span.year - 1, 1, 1), date.max if span.is_year else span.last
