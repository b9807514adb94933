"""F4, weak units: in how many the movement was classified weak; the target is that none is (R122).

With the distribution over the classes of Decision 510/QĐ-BCA-V05, by year, level and category of
subjects: communes unless another is asked for. How many communes there are, and so how many are
not classified yet, the catalogue of units says; of other categories nobody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

import sqlalchemy as sa

from domain.classification import Classification, MovementClassified
from domain.levels import Level
from domain.refusals import Text
from domain.subjects import SubjectCategory
from services.node.figures.cells import Opening
from services.node.figures.figure import Counted, Tally
from services.node.figures.placement import Placement
from services.node.figures.result import CellFilter, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.figures.subject_figure import SubjectFigure
from services.node.figures.subjects import subject_aggregates
from services.node.views import View

_CLASSES: Final = tuple(kind.value for kind in Classification)
_NOT_ALL: Final = Note(
    "not-all-classified",
    Text(
        "Còn đơn vị chưa được phân loại; số đơn vị yếu có thể chưa đủ.",
        "Some units are not classified yet; the number of weak ones may not be complete.",
    ),
)


class MovementClassification(SubjectFigure):
    """See the module."""

    name: ClassVar[str] = "movement-classification"
    formula: ClassVar[str] = "F4"
    title: ClassVar[Text] = Text(
        "Phân loại phong trào, đơn vị yếu", "The movement's classification, weak units"
    )
    explanation: ClassVar[Text] = Text(
        "Số xã, phường (hoặc đối tượng khác) theo kết quả phân loại phong trào trong năm; mục"
        " tiêu là không còn nơi yếu.",
        "How many communes, or other subjects, were classified how in the year; the aim is "
        "that none is weak.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "weak": Text("Yếu", "Weak"),
        "average": Text("Trung bình", "Average"),
        "good": Text("Khá", "Good"),
        "excellent": Text("Xuất sắc", "Excellent"),
        "units": Text("Tổng số đơn vị cấp xã", "Communes"),
        "unclassified": Text("Chưa phân loại", "Not classified"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "good_or_better": Text("Tỷ lệ khá trở lên", "Good or excellent"),
        "classified": Text("Tỷ lệ đã phân loại", "Classified"),
    }
    headline_count: ClassVar[str] = "weak"
    opening_category: ClassVar[str | None] = SubjectCategory.COMMUNE.value

    def measure_of(self, outcome: str) -> str | None:
        return outcome if outcome in _CLASSES else None

    def conditions(
        self, table: sa.Table, span: Span, cut: Cut
    ) -> tuple[sa.ColumnElement[bool], ...]:
        return (*super().conditions(table, span, cut), table.c.outcome.in_(_CLASSES))

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        cells = super().counted(view, span, placement, cut).tallies
        tallies = {unit: cells.get(unit, Tally()) for unit in placement.homes}
        if cut.category == SubjectCategory.COMMUNE:
            for unit, tally in tallies.items():
                level = placement.homes[unit].level
                if level is Level.COMMUNE and view.directory.active(unit, span.last):
                    classified = any(tally.values.values())
                    tally.count("units")
                    tally.count("unclassified", int(not classified))
        return Counted(tallies)

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        classified = sum(values[kind] for kind in _CLASSES)
        return {
            "good_or_better": ratio(values["excellent"] + values["good"], classified),
            "classified": ratio(values["units"] - values["unclassified"], values["units"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values["unclassified"]:
            yield _NOT_ALL

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """How many communes there are comes from the catalogue."""
        del view, span, placement, cut
        return Opening(measure, units if measure in _CLASSES else {})

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        del cell
        types = [MovementClassified.__name__]
        return subject_aggregates(view, units, *self.days_counted(span), types)
