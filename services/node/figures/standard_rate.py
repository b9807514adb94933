"""F3, standard rate: subjects recognised as safe in security and order ÷ all active subjects.

R08 (at least 75 %), R09, R66, R70; Circulars 23/2012 and 124/2021. By category of subjects, which
never add up; residential areas unless another is asked for.

How many subjects there are comes from nowhere but what was said to exist:

- communes: the units that the catalogue has active at the end of the window;
- any other category: the number that each unit, active at the end of the window, reported for the
  year with the indicator `subjects.<category>`. Registrations are no substitute, since whoever does
  not register is not among them. A unit that ended within the window is counted by its successor,
  which reports its number anew.

The recognised are counted where their number is known: what was recognised in units that have not
reported theirs, or reported fewer than they recognised, stands beside the rate and not in it. So no
rate passes 100 %. Recognised ÷ registered is shown beside it, never in its place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Final

import sqlalchemy as sa

from domain.directory import Directory
from domain.indicator_values import IndicatorReported
from domain.levels import Level
from domain.refusals import Text
from domain.subjects import SubjectCategory
from services.node.figures.cells import Opening
from services.node.figures.duties import windows_of
from services.node.figures.figure import Counted, Tally
from services.node.figures.placement import Placement
from services.node.figures.result import (
    MORE_THAN_REPORTED,
    NOT_REPORTED,
    CellFilter,
    Cut,
    FigureResult,
    Note,
    Ratio,
    ratio,
)
from services.node.figures.span import Span
from services.node.figures.subject_figure import SubjectFigure
from services.node.figures.subject_lines import subject_lines
from services.node.figures.subjects import subject_aggregates
from services.node.readmodels.subject_outcomes import REPORTED, SUBJECTS
from services.node.views import View

_WINDOW_OPEN: Final = Note(
    "window-open",
    Text(
        "Thời gian xét của năm chưa kết thúc; đây là tình hình đến ngày cuối của kỳ.",
        "The year's window is not over; this is how things stood on the span's last day.",
    ),
)
_COUNTED: Final = ("registered", "recognised")
_UNCOUNTED: Final = "_uncounted"
"""Ends the measure of what stands in no rate."""


class StandardRate(SubjectFigure):
    """See the module."""

    name: ClassVar[str] = "standard-rate"
    formula: ClassVar[str] = "F3"
    title: ClassVar[Text] = Text(
        "Đạt tiêu chuẩn “An toàn về an ninh, trật tự”", "Recognised as safe in security and order"
    )
    explanation: ClassVar[Text] = Text(
        "Số đối tượng được công nhận chia cho tổng số đối tượng đang hoạt động của từng loại, "
        "tính đến hết thời gian xét; không chia cho số đã đăng ký. Tổng số do từng đơn vị "
        "báo (xã, phường: theo danh mục đơn vị). Chọn kỳ là cả năm để xem kết quả của năm.",
        "Recognised subjects ÷ all active subjects of a category at the end of the window, "
        "not ÷ the registered. Each unit reports how many there are (communes: by the "
        "catalogue of units). Choose a whole year to see the year's result.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        SUBJECTS: Text("Tổng số đối tượng", "Subjects"),
        "registered": Text("Đã đăng ký", "Registered"),
        "recognised": Text("Được công nhận", "Recognised"),
        "refused": Text("Không được công nhận", "Refused"),
        "revoked": Text("Bị thu hồi", "Revoked"),
        "self_assessed": Text("Đã tự đánh giá", "Self-assessed"),
        "council": Text("Hội đồng đã xét", "Judged by the council"),
        "households": Text("Số hộ nơi đăng ký", "Households of the registered"),
        "households_committed": Text("Số hộ ký cam kết", "Households that committed themselves"),
        "units_reported": Text("Đơn vị đã báo tổng số", "Units that reported how many"),
        "units_unreported": Text("Đơn vị chưa có tổng số", "Units without a number"),
        "registered_uncounted": Text(
            "Đăng ký ở nơi chưa có tổng số", "Registered where there is no number"
        ),
        "recognised_uncounted": Text(
            "Công nhận ở nơi chưa có tổng số", "Recognised where there is no number"
        ),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "standard_rate": Text("Tỷ lệ đạt trên tổng số", "Recognised of all subjects"),
        "of_registered": Text("Tỷ lệ đạt trên số đăng ký", "Recognised of the registered"),
        "registration": Text("Tỷ lệ đăng ký", "Registered of all subjects"),
        "commitment": Text("Tỷ lệ hộ ký cam kết", "Households committed"),
    }
    headline: ClassVar[str] = "standard_rate"
    opening_category: ClassVar[str | None] = SubjectCategory.RESIDENTIAL_AREA.value

    def measure_of(self, outcome: str) -> str | None:
        measure = "units_reported" if outcome == REPORTED else outcome
        return measure if measure in self.measures else None

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        found = self._standing(view, span, placement, cut)
        return Counted(found.tallies, found.rules, found.notes)

    def _standing(self, view: View, span: Span, placement: Placement, cut: Cut) -> _Standing:
        """Every unit's numbers, and which units' numbers make the rate."""
        cells = super().counted(view, span, placement, cut)
        found = _Standing({unit: cells.tallies.get(unit, Tally()) for unit in placement.homes})
        category = SubjectCategory(cut.category or "")
        today = span.last if cut.today is None else min(cut.today, span.last)
        last_days: dict[str, date] = {}
        for unit, window in windows_of(view.directory, placement.homes, category, span.year):
            last = span.last if window.span is None else window.span.last
            last_days[unit] = min(last, span.last)
            if last > today:
                found.notes = (_WINDOW_OPEN,)
            if window.rule_id is not None:
                found.rules.add(window.rule_id)
        _count_subjects(view.directory, found, category, last_days)
        return found

    def finished(
        self, view: View, result: FigureResult, placement: Placement, counted: Counted
    ) -> FigureResult:
        """A commune is shown its subjects one by one."""
        if result.unit.level is not Level.COMMUNE:
            return result
        days = self.days_counted(result.span)
        units = dict.fromkeys(placement.homes)
        return replace(result, subjects=subject_lines(view, units, result.span, result.cut, days))

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        subjects, registered, recognised = (
            values[measure] for measure in (SUBJECTS, "registered", "recognised")
        )
        return {
            "standard_rate": ratio(recognised - values["recognised_uncounted"], subjects),
            # A recognition whose registration has not arrived yet would make it pass 100 %.
            "of_registered": ratio(recognised, registered) if recognised <= registered else None,
            "registration": ratio(registered - values["registered_uncounted"], subjects),
            "commitment": ratio(values["households_committed"], values["households"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if values["units_unreported"]:
            yield NOT_REPORTED

    def opening(
        self,
        view: View,
        span: Span,
        placement: Placement,
        cut: Cut,
        measure: str,
        units: Mapping[str, None],
    ) -> Opening:
        """What the catalogue says, and who reported nothing, is in no event."""
        found = self._standing(view, span, placement, cut)
        if measure in (SUBJECTS, "units_reported"):
            commune = cut.category == SubjectCategory.COMMUNE
            return Opening(measure, {} if commune else _only(units, found.known))
        if measure.endswith(_UNCOUNTED):
            return Opening(measure.removesuffix(_UNCOUNTED), _only(units, found.uncounted))
        return Opening(measure, {} if measure == "units_unreported" else units)

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        reported = cell.measure in (SUBJECTS, "units_reported")
        types = [IndicatorReported.__name__] if reported else None
        return subject_aggregates(view, units, *self.days_counted(span), types)


@dataclass(slots=True)
class _Standing:
    tallies: dict[str, Tally]
    known: set[str] = field(default_factory=set)
    """Units that are active at the end of the window and whose number is known."""
    uncounted: set[str] = field(default_factory=set)
    """Units whose registered and recognised stand in no rate."""
    rules: set[str] = field(default_factory=set)
    notes: tuple[Note, ...] = ()


def _only(units: Mapping[str, None], wanted: set[str]) -> dict[str, None]:
    return {unit: None for unit in units if unit in wanted}


def _count_subjects(
    directory: Directory,
    found: _Standing,
    category: SubjectCategory,
    last_days: Mapping[str, date],
) -> None:
    """Settle how many subjects there are, and what of the registered and recognised counts."""
    communes = category is SubjectCategory.COMMUNE
    present = {
        unit
        for unit, day in last_days.items()
        if directory.active(unit, day) and (not communes or directory.level(unit) is Level.COMMUNE)
    }
    holders: dict[str, str | None] = {}
    held: dict[str | None, Counter[str]] = defaultdict(Counter)
    for unit, tally in found.tallies.items():
        if communes:
            tally.values[SUBJECTS] = int(unit in present)
        elif unit not in present:  # its successor says how many there are at the window's end
            _forget(tally)
        own = {measure: tally.values.get(measure, 0) for measure in _COUNTED}
        if any(own.values()):
            holder = unit if communes else directory.heir(unit, last_days[unit])
            holders[unit] = holder
            held[holder].update(own)
    for unit in present:
        tally = found.tallies[unit]
        reported = communes or bool(tally.values.get("units_reported"))
        if reported and max(held[unit].values(), default=0) <= tally.values.get(SUBJECTS, 0):
            found.known.add(unit)
        elif reported:
            _forget(tally)
            tally.count("units_unreported")
            tally.notes[MORE_THAN_REPORTED] = None
        elif held[unit] or directory.level(unit) is Level.COMMUNE:
            tally.count("units_unreported")
    for unit, holder in holders.items():
        if holder not in found.known:
            found.uncounted.add(unit)
            for measure in _COUNTED:
                number = found.tallies[unit].values.get(measure, 0)
                found.tallies[unit].count(measure + _UNCOUNTED, number)


def _forget(tally: Tally) -> None:
    """Leave out a reported number that cannot be used."""
    tally.values.pop(SUBJECTS, None)
    tally.values.pop("units_reported", None)
