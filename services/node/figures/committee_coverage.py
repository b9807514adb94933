"""F11, committee coverage: units with exactly one active steering committee ÷ active units (R124).

Counted on the span's last day. A unit without any, and one with several (two seats established one
without knowing of each other, and no merger or dissolution followed), stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

import sqlalchemy as sa

from domain.refusals import Text
from services.node.figures.cells import CellFigure, Counts, Opening
from services.node.figures.figure import Counted, Tally, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import CellFilter, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.readmodel import CellModel
from services.node.readmodels.committees import Committees
from services.node.views import View

_SEVERAL: Final = Note(
    "several-committees",
    Text(
        "Có đơn vị ghi nhiều ban chỉ đạo cùng hoạt động; cần hợp nhất hoặc rút sự kiện ghi trùng.",
        "Some unit has several active committees on record; merge them, or retract what was "
        "recorded twice.",
    ),
)
_CLASSES: Final = ("without", "with_one", "with_several")


class CommitteeCoverage(CellFigure):
    """See the module."""

    name: ClassVar[str] = "committee-coverage"
    formula: ClassVar[str] = "F11"
    title: ClassVar[Text] = Text("Mỗi đơn vị một ban chỉ đạo", "One steering committee a unit")
    explanation: ClassVar[Text] = Text(
        "Vào ngày cuối kỳ, bao nhiêu đơn vị đang hoạt động có đúng một ban chỉ đạo; nơi chưa "
        "có và nơi có từ hai ban chỉ đạo đếm riêng.",
        "On the period's last day, how many active units have exactly one committee; those "
        "with none and with several stand apart.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "units": Text("Số đơn vị", "Units"),
        "with_one": Text("Có đúng một ban chỉ đạo", "With exactly one committee"),
        "without": Text("Chưa có ban chỉ đạo", "Without a committee"),
        "with_several": Text("Có từ hai ban chỉ đạo", "With several committees"),
        "committees": Text("Số ban chỉ đạo", "Committees"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "coverage": Text("Tỷ lệ có đúng một ban chỉ đạo", "With exactly one committee"),
    }
    headline: ClassVar[str] = "coverage"
    moment: ClassVar[Literal["span", "last day"]] = "last day"
    models: ClassVar[tuple[CellModel, ...]] = (Committees(),)
    from_the_first_day: ClassVar[bool] = True

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del model, cell, span, cut
        yield Counts("committees")

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        cells = super().counted(view, span, placement, cut).tallies
        tallies: dict[str, Tally] = {}
        for unit in placement.homes:
            if view.directory.active(unit, span.last):  # what an ended unit left behind is none
                tally = tallies[unit] = cells.get(unit, Tally())
                number = tally.values.get("committees", 0)
                tally.count("units")
                tally.count(_CLASSES[min(number, 2)])
        return Counted(tallies)

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {"coverage": ratio(values["with_one"], values["units"])}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values["with_several"]:
            yield _SEVERAL

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """A unit that has committees shows what established and dissolved them, and counts 1."""
        if measure in ("units", "without"):
            return Opening(measure, {})
        tallies = self.counted(view, span, placement, cut).tallies
        wanted = {
            unit: None for unit in units if unit in tallies and tallies[unit].values.get(measure)
        }
        return Opening("committees", wanted, once=measure != "committees")

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        del span, cell
        concerned = view.tables["entity_units"].c
        return sa.select(concerned.aggregate_id).where(
            concerned.kind == "committee", *of_units(concerned.unit_id, units)
        )
