"""F14, unevenness: how far apart the units below are, "chưa đồng đều" (R04).

P90 − P10 of the headline rates of the units directly below in F1, F2 or F3, in percentage points.
Percentiles are nearest-rank: of n rates in rising order P90 is the one at place ⌈0.9 n⌉, P10 the
one at ⌈0.1 n⌉, so each is the rate of a real unit. Below ten rates P90 is simply the highest and
P10 the lowest, which is no percentile: then nothing is computed and a note says so. A unit without
a rate (nothing due, no number reported) and one that ended within the span are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar, Final

from domain.refusals import Text
from services.node.figures.figure import NO_CUT, Counted, Figure
from services.node.figures.meeting_compliance import MeetingCompliance
from services.node.figures.placement import Placement
from services.node.figures.report_status import ReportStatusFigure
from services.node.figures.result import (
    ENDED,
    BehindPage,
    CellFilter,
    Cut,
    FigureResult,
    Note,
    Numbers,
    Ratio,
    Row,
)
from services.node.figures.span import Span
from services.node.figures.standard_rate import StandardRate
from services.node.views import View

LEAST: Final = 10
"""Fewer rates than this have no percentiles worth the name."""
_HIGH, _LOW = 90, 10

_OF: Final[Mapping[str, Figure]] = MappingProxyType(
    {figure.name: figure for figure in (MeetingCompliance(), ReportStatusFigure(), StandardRate())}
)
_TOO_FEW: Final = Note(
    "too-few-units",
    Text(
        f"Ít hơn {LEAST} đơn vị cấp dưới có tỷ lệ nên không tính P90 − P10.",
        f"Fewer than {LEAST} units below have a rate, so P90 − P10 is not computed.",
    ),
)


class Unevenness(Figure):
    """See the module (R04). The rows show each unit's rate; the total, how far they lie apart."""

    name: ClassVar[str] = "unevenness"
    formula: ClassVar[str] = "F14"
    title: ClassVar[Text] = Text(
        "Mức chưa đồng đều giữa các đơn vị", "Unevenness between the units below"
    )
    explanation: ClassVar[Text] = Text(
        "Các đơn vị cấp dưới trực tiếp cách nhau bao xa: chênh lệch giữa tỷ lệ ở vị trí 90 % "
        f"(P90) và 10 % (P10) khi xếp từ thấp đến cao. Cần ít nhất {LEAST} đơn vị có tỷ lệ.",
        "How far apart the units right below are: the rate at 90 % (P90) minus that at 10 % "
        f"(P10) of the order from low to high. It takes at least {LEAST} units with a rate.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "units": Text("Đơn vị cấp dưới", "Units below"),
        "rated": Text("Đơn vị có tỷ lệ", "Units with a rate"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "rate": Text("Tỷ lệ", "Rate"),
        "p90": Text("P90", "P90"),
        "p10": Text("P10", "P10"),
        "spread": Text("Chênh lệch P90 − P10 (điểm %)", "P90 − P10 (percentage points)"),
    }
    differences: ClassVar[frozenset[str]] = frozenset({"spread"})
    headline: ClassVar[str] = "spread"
    categories: ClassVar[Mapping[str, Text]] = {
        name: Text(f"{figure.formula}: {figure.title.vi}", f"{figure.formula}: {figure.title.en}")
        for name, figure in _OF.items()
    }
    opening_category: ClassVar[str | None] = StandardRate.name

    def placement(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> Placement:
        figure, inner = self._inner(cut)
        return figure.placement(view, unit_id, span, inner)

    def compute(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> FigureResult:
        figure, inner = self._inner(cut)
        found = figure.compute(view, unit_id, span, inner)
        below = [row for row in found.children if ENDED not in row.numbers.notes]
        rates = [rate for row in below if (rate := row.numbers.ratios[figure.headline]) is not None]
        values = {"units": len(below), "rated": len(rates)}
        shares = {"rate": found.ratio, **spread(rates)}
        notes = (*found.notes, *(() if len(rates) >= LEAST else (_TOO_FEW,)))
        return replace(
            found,
            figure=self.name,
            formula=self.formula,
            cut=self.settled(cut),
            total=Numbers(values, shares, {}, notes),
            headline=self.headline,
            target=None,  # a target of the rate itself is none of how far rates lie apart
            headline_count="",
            most=None,
            own=_row(found.own, figure),
            children=tuple(_row(row, figure) for row in found.children),
            levels={},
            titles=self.titles((*values, *shares)),
            reports=(),
            subjects=(),
        )

    def _inner(self, cut: Cut) -> tuple[Figure, Cut]:
        """The figure whose rates are compared, and how it is asked."""
        cut = self.settled(cut)
        return _OF[cut.category or ""], replace(cut, category=None)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        """Nothing of its own: `compute` takes the rates of another figure."""
        del view, span, placement, cut
        return Counted({})

    def behind(
        self,
        view: View,
        unit_id: str,
        span: Span,
        cell: CellFilter,
        *,
        after: str | None = None,
        limit: int = 100,
        cut: Cut = NO_CUT,
    ) -> BehindPage:
        """Rates are opened in the figure they belong to; how many there are is no event's."""
        self.opened_units(self.placement(view, unit_id, span, cut), cell.row)
        self.check_measure(cell.measure)
        return BehindPage((), None)


def _row(row: Row, figure: Figure) -> Row:
    numbers = row.numbers
    return Row(row.unit, Numbers({}, {"rate": numbers.ratios[figure.headline]}, {}, numbers.notes))


def spread(rates: Sequence[Ratio]) -> dict[str, Ratio | None]:
    """P90, P10 and their difference by nearest rank; None of fewer than `LEAST` rates."""
    if len(rates) < LEAST:
        return {"p90": None, "p10": None, "spread": None}
    rising = sorted(rates, key=_value)
    high, low = (rising[-(-percent * len(rising) // 100) - 1] for percent in (_HIGH, _LOW))
    apart = _value(high) - _value(low)
    return {"p90": high, "p10": low, "spread": Ratio(apart.numerator, apart.denominator)}


def _value(rate: Ratio) -> Fraction:
    return Fraction(rate.numerator, rate.denominator)
