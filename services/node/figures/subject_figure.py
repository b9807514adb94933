"""What the figures about subjects (F3, F4) have in common: what was decided of them for a year."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.refusals import Text
from services.node.figures.cells import Counts
from services.node.figures.result import Cut
from services.node.figures.span import Span
from services.node.figures.subjects import CATEGORIES
from services.node.figures.yearly import YearFigure
from services.node.readmodel import CellModel
from services.node.readmodels.subject_outcomes import SubjectOutcomes


class SubjectFigure(YearFigure):
    """Counts the outcomes of the span's year, one category of subjects at a time."""

    categories: ClassVar[Mapping[str, Text]] = CATEGORIES
    models: ClassVar[tuple[CellModel, ...]] = (SubjectOutcomes(),)

    @abstractmethod
    def measure_of(self, outcome: str) -> str | None:
        """The measure that an outcome counts as; None if it counts as none."""

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del model
        year, category, outcome = cell
        if (year, category) == (span.year, cut.category):
            measure = self.measure_of(outcome)
            if measure is not None:
                yield Counts(measure)

    def conditions(
        self, table: sa.Table, span: Span, cut: Cut
    ) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.year == span.year, table.c.category == cut.category)
