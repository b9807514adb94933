"""F5, model stock: models, points and groups on the last day of the span, and how they work.

A stock is placed along the hierarchy of its day: the points of a ward that has since been merged
stand under the ward it went into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

import sqlalchemy as sa

from domain.community_models import Domain, NamedModel
from domain.refusals import Text
from services.node.figures.cells import CellFigure, Counts
from services.node.figures.details import parts_of
from services.node.figures.figure import of_units
from services.node.figures.result import CellFilter, Cut, Ratio, ratio
from services.node.figures.span import Span
from services.node.readmodel import CellModel
from services.node.readmodels.model_ratings import ModelRatings
from services.node.readmodels.model_stock import OPENED, ModelStock
from services.node.views import View

_EFFECTIVE: Final = ("good", "fair")


class ModelStockFigure(CellFigure):
    """See the module. Details: the stock by domain. A category is one of the named models (R109,
    R116)."""

    name: ClassVar[str] = "model-stock"
    formula: ClassVar[str] = "F5"
    title: ClassVar[Text] = Text("Mô hình, điểm mô hình và tổ", "Models, points and groups")
    explanation: ClassVar[Text] = Text(
        "Mô hình, điểm mô hình và tổ đang hoạt động vào ngày cuối kỳ, và kết quả rà soát gần nhất.",
        "Models, points and groups at work on the period's last day, and how they were last rated.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "models": Text("Mô hình", "Models"),
        "points": Text("Điểm mô hình", "Points"),
        "groups": Text("Tổ", "Groups"),
        "models_opened": Text("Mô hình mới trong kỳ", "Models opened"),
        "models_retired": Text("Mô hình loại bỏ trong kỳ", "Models retired"),
        "points_opened": Text("Điểm mới trong kỳ", "Points opened"),
        "points_retired": Text("Điểm loại bỏ trong kỳ", "Points retired"),
        "groups_opened": Text("Tổ mới trong kỳ", "Groups opened"),
        "groups_retired": Text("Tổ loại bỏ trong kỳ", "Groups retired"),
        "reviewed": Text("Đã rà soát", "Reviewed"),
        "good": Text("Tốt", "Good"),
        "fair": Text("Khá", "Fair"),
        "average": Text("Trung bình", "Average"),
        "weak": Text("Yếu", "Weak"),
    }
    details: ClassVar[Mapping[str, Text]] = parts_of(
        measures, {"models": Domain, "points": Domain, "groups": Domain}
    )
    shares: ClassVar[Mapping[str, Text]] = {
        "effective": Text("Tỷ lệ hoạt động hiệu quả (tốt + khá)", "Effective share (good + fair)"),
    }
    headline: ClassVar[str] = "effective"
    categories: ClassVar[Mapping[str, Text]] = {named: named.text for named in NamedModel}
    moment: ClassVar[Literal["span", "last day"]] = "last day"
    models: ClassVar[tuple[CellModel, ...]] = (ModelStock(), ModelRatings())
    from_the_first_day: ClassVar[bool] = True
    only_adds: ClassVar[bool] = True

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del span
        if model.name == ModelRatings.name:
            named, rating = cell
            if cut.category in (None, named):
                yield Counts("reviewed")
                yield Counts(rating)
            return
        domain, named, measure, change = cell
        if cut.category in (None, named):
            yield Counts(measure)
            yield Counts(f"{measure}_{change}", 1 if change == OPENED else -1, within=True)
            yield Counts(f"{measure}.{domain}", detail=True)

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        working = sum(values[rating] for rating in _EFFECTIVE)
        return {"effective": ratio(working, values["reviewed"])}

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        del span, cell
        concerned = view.tables["entity_units"].c
        return sa.select(concerned.aggregate_id).where(
            concerned.kind == "model", *of_units(concerned.unit_id, units)
        )
