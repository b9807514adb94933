"""F7, exemplary quota: whether each locality has as many exemplary units a year as its rule asks.

R33, R67, R111. The documents disagree (catalogue C4): one commune and one ward a province, or one
ward a year a district. Both are rules of their own scope, so both hold side by side: a province
owes by its rule, a district by its own, and each unit counts for the locality that named it. By
kind: of the movement unless of urban order is asked for. Where no rule fixes a quota, none is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.exemplary import ExemplaryKind, ExemplaryUnitDesignated
from domain.labels import label
from domain.refusals import Text
from domain.rule_params import RuleKind
from domain.rules import Rule
from services.node.figures.cells import Counts, Opening
from services.node.figures.figure import Counted, Tally, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import CellFilter, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.figures.yearly import YearFigure
from services.node.readmodel import CellModel
from services.node.readmodels.exemplary_units import ExemplaryUnits
from services.node.views import View

_NO_QUOTA: Final = Note(
    "no-quota",
    Text(
        "Chưa có quy định về số đơn vị điển hình ở đây.",
        "No rule fixes a number of exemplary units here.",
    ),
)


class ExemplaryQuota(YearFigure):
    """See the module. A row is met when its share is 100 %: its own quota and those below it."""

    name: ClassVar[str] = "exemplary-quota"
    formula: ClassVar[str] = "F7"
    title: ClassVar[Text] = Text("Chỉ tiêu đơn vị điển hình", "Exemplary units as the quota asks")
    explanation: ClassVar[Text] = Text(
        "Mỗi quận, huyện, tỉnh có quy định chỉ tiêu có công nhận đủ số đơn vị điển hình trong"
        " năm hay không. Chỉ tiêu của tỉnh và của huyện cùng tồn tại; đơn vị điển hình tính "
        "cho nơi đã chọn nó.",
        "Whether each district and province that a quota holds for recognised as many "
        "exemplary units in the year. Quotas of provinces and districts hold side by side; a "
        "unit counts for the locality that named it.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "due": Text("Đơn vị có chỉ tiêu", "Localities with a quota"),
        "met": Text("Đơn vị đạt chỉ tiêu", "Localities that met it"),
        "required": Text("Số điển hình phải có", "Exemplary units asked for"),
        "recognised": Text("Được công nhận điển hình", "Recognised as exemplary"),
        "selected": Text("Được chọn (kể cả đã công nhận)", "Selected (recognised ones included)"),
    }
    shares: ClassVar[Mapping[str, Text]] = {"quota_met": Text("Tỷ lệ đạt chỉ tiêu", "Quota met")}
    headline: ClassVar[str] = "quota_met"
    categories: ClassVar[Mapping[str, Text]] = {kind.value: label(kind) for kind in ExemplaryKind}
    opening_category: ClassVar[str | None] = ExemplaryKind.MOVEMENT.value
    models: ClassVar[tuple[CellModel, ...]] = (ExemplaryUnits(),)

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del model
        year, kind, stage = cell
        if (year, kind) == (span.year, cut.category):
            yield Counts(stage)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        cells = super().counted(view, span, placement, cut).tallies
        counted = Counted({unit: cells.get(unit, Tally()) for unit in placement.homes})
        for unit, tally in counted.tallies.items():
            rule = _quota(view, unit, placement, span, cut)
            if rule is None:
                continue
            minimum = rule.params["minimum"]
            counted.rules.add(rule.rule_id)
            tally.count("due")
            tally.count("required", minimum)
            tally.count("met", int(tally.values.get("recognised", 0) >= minimum))
        return counted

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {"quota_met": ratio(values["met"], values["due"])}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["due"]:
            yield _NO_QUOTA

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """A quota met shows the locality's recognitions, the last of which counts 1."""
        if measure in ("due", "required"):
            return Opening(measure, {})
        if measure != "met":
            return Opening(measure, units)
        tallies = self.counted(view, span, placement, cut).tallies
        met = {unit: None for unit in units if tallies[unit].values.get("met")}
        return Opening("recognised", met, once=True)

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        del span, cell
        concerned = view.tables["entity_units"].c
        return sa.select(concerned.aggregate_id).where(
            concerned.kind == "exemplary_year", *of_units(concerned.unit_id, units)
        )


def _quota(view: View, unit_id: str, placement: Placement, span: Span, cut: Cut) -> Rule | None:
    """The rule by which a locality that is active on the last day owes at least one."""
    if placement.homes[unit_id].level not in ExemplaryUnitDesignated.spec.levels:
        return None
    if not view.directory.active(unit_id, span.last):
        return None
    about = f"exemplary_{cut.category}"
    rule = view.directory.rule(RuleKind.QUOTA, unit_id, span.last, about=about)
    return rule if rule is not None and rule.params["minimum"] else None
