"""What all figures have in common: own numbers per unit, added up along the hierarchy.

A figure says what each unit did by itself (`tallies`, one statement for all units) and which shares
follow from a sum; adding up, rows and levels are the same for every figure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Final, Literal

import sqlalchemy as sa

from domain.levels import Level
from domain.refusals import Text
from domain.tags import AreaTag
from services.node.figures.placement import Placement, place
from services.node.figures.result import (
    ENDED,
    SPLIT,
    BehindPage,
    CellFilter,
    Cut,
    FigureQuestionError,
    FigureResult,
    Note,
    Numbers,
    Ratio,
    Row,
    waiting,
)
from services.node.figures.span import Span
from services.node.views import View

_LISTED: Final = 500
"""Up to so many units are named in a statement; beyond, it reads all and the others are dropped."""

NO_CUT: Final = Cut()


@dataclass(slots=True)
class Tally:
    """Numbers being added up, of one unit or of many."""

    values: dict[str, int] = field(default_factory=dict)
    details: dict[str, int] = field(default_factory=dict)
    lags: list[int] = field(default_factory=list)
    """Days, for a median: a median cannot be added up."""
    notes: dict[Note, None] = field(default_factory=dict)
    waiting: int = 0
    """Records of split units that nobody has assigned yet."""

    def count(self, measure: str, number: int = 1) -> None:
        """Add to a measure."""
        self.values[measure] = self.values.get(measure, 0) + number

    def add(self, other: Tally) -> None:
        """Add all of another tally to this one."""
        values, details = self.values, self.details
        for measure, number in other.values.items():
            values[measure] = values.get(measure, 0) + number
        for measure, number in other.details.items():
            details[measure] = details.get(measure, 0) + number
        if other.lags:
            self.lags.extend(other.lags)
        if other.notes:
            self.notes.update(other.notes)
        self.waiting += other.waiting


@dataclass(slots=True)
class Counted:
    """What a figure found: the units' own tallies and the rules they were counted by."""

    tallies: Mapping[str, Tally]
    rules: set[str] = field(default_factory=set)
    notes: tuple[Note, ...] = ()
    """What is true of the whole question."""
    waiting: Mapping[str, int] | None = None
    """By split unit: how many of its records wait to be assigned. None: the figure is not made of
    records that can be, and all of a split unit's numbers stay its own."""


class Figure(ABC):
    """One figure. Stateless; every method reads one `View` and is otherwise pure."""

    name: ClassVar[str]
    """Its name in addresses, for example "meeting-compliance"."""
    formula: ClassVar[str]
    """"F1"; "" for what has no number among the formulas."""
    title: ClassVar[Text]
    explanation: ClassVar[Text] = Text("", "")
    """What it counts, in a sentence or two for whoever reads its page."""
    measures: ClassVar[Mapping[str, Text]]
    """Measures in the order they are shown; not those whose names depend on the data."""
    shares: ClassVar[Mapping[str, Text]] = {}
    """Ratios in the order they are shown."""
    details: ClassVar[Mapping[str, Text]] = {}
    """What the parts of measures are called that stand among the details, see `parts_of`."""
    differences: ClassVar[frozenset[str]] = frozenset()
    """Ratios that are the difference of two: what they were computed from counts nothing."""
    headline: ClassVar[str] = ""
    headline_count: ClassVar[str] = ""
    """The measure that a target of a count is about."""
    categories: ClassVar[Mapping[str, Text]] = {}
    """What the figure can be restricted to with `Cut.category`, in the order offered."""
    opening_category: ClassVar[str | None] = None
    """The category answered where none is asked for; None where all add up."""
    organisations: ClassVar[Mapping[str, Text]] = {}
    """What the figure can be restricted to with `Cut.organisation`, in the order offered."""
    by_tag: ClassVar[bool] = False
    """Whether the figure can be restricted to a campaign or a kind of area."""
    moment: ClassVar[Literal["span", "last day"]] = "span"
    """Whether it counts what happened in the span, or what there is on its last day; the latter is
    always placed along a hierarchy of one day."""
    opens_the_page: ClassVar[bool] = True
    """Whether a committee's first page computes it; otherwise it leads there."""
    own_in_total: ClassVar[bool] = True
    """Whether the unit's own row adds to the total when there are units below it."""

    # What each figure defines

    @abstractmethod
    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        """Each unit's own numbers."""

    @abstractmethod
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
        """The events that make up one number of the result of `compute` for the same question.

        The values of all pages add up to that number; a measure that comes from rules and not from
        events has none. Raises FigureQuestionError for an unknown unit, row or measure, or an
        `after` that no page gave.
        """

    def values(self, tally: Tally) -> dict[str, int]:
        """The measures of a sum, in the order they are shown; 0 where nothing was counted."""
        fixed = {measure: tally.values.get(measure, 0) for measure in self.measures}
        return fixed | {k: tally.values[k] for k in sorted(tally.values) if k not in fixed}

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        """The shares that follow from a sum."""
        del values
        return {}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        """What a reader must know to read these numbers rightly."""
        del values
        return ()

    def titles(self, measures: Iterable[str]) -> dict[str, Text]:
        """What measures and ratios are called."""
        known = {**self.measures, **self.shares, **self.details}
        return {measure: known.get(measure, Text(measure, measure)) for measure in measures}

    # What follows

    def settled(self, cut: Cut) -> Cut:
        """The cut with the category that is answered where none is asked for.

        Raises FigureQuestionError for a category or organisation that the figure does not have.
        """
        for parameter, asked, known in (
            ("category", cut.category, self.categories),
            ("organisation", cut.organisation, self.organisations),
        ):
            if asked is not None and asked not in known:
                raise FigureQuestionError(parameter, _not_among(known))
        for parameter, tag in (("tag", cut.tag), ("area", cut.area)):
            if tag is not None and not self.by_tag:
                raise FigureQuestionError(parameter, _not_among({}))
        if cut.area is not None and cut.area not in set(AreaTag):
            raise FigureQuestionError("area", _not_among({area: area.text for area in AreaTag}))
        return replace(cut, category=cut.category or self.opening_category)

    def placement(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> Placement:
        """Where each unit's numbers stand. Raises FigureQuestionError for an unknown unit, or a
        category or organisation that the figure does not have."""
        self.settled(cut)
        on = cut.hierarchy_on
        if on is None and self.moment == "last day":
            on = span.last
        return place(view.directory, unit_id, span, on)

    def covered_units(
        self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT
    ) -> Sequence[str]:
        """Ids of the units whose records the figure counts, sorted: the unit and all below it.

        Raises FigureQuestionError for an unknown unit.
        """
        return self.placement(view, unit_id, span, cut).units

    def compute(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> FigureResult:
        """The figure of a unit over a span. Raises FigureQuestionError for an unknown unit, or a
        category or organisation that the figure does not have."""
        cut = self.settled(cut)
        return view.once(
            (type(self), unit_id, span, cut), lambda: self._computed(view, unit_id, span, cut)
        )

    def _computed(self, view: View, unit_id: str, span: Span, cut: Cut) -> FigureResult:
        placement = self.placement(view, unit_id, span, cut)
        counted = self.counted(view, span, placement, cut)
        rows = {unit_id: Tally()} | {row.unit_id: Tally() for row in placement.rows}
        levels: dict[Level, Tally] = {}
        for home, units in placement.by_home.items():
            counting = [unit for unit in units if unit in counted.tallies]
            part = Tally()
            for unit in counting:
                part.add(counted.tallies[unit])
            row = rows[home.row]
            row.add(part)
            levels.setdefault(home.level, Tally()).add(part)
            if counting and home.split:
                if counted.waiting is None:
                    row.notes[SPLIT] = None
                else:
                    row.waiting += sum(counted.waiting.get(unit, 0) for unit in counting)
        emptied = self._emptied(placement, counted, rows)
        for ended in placement.ended:
            rows[ended].notes[ENDED] = None
        own = rows.pop(unit_id)
        total = Tally(notes=dict.fromkeys(counted.notes))
        for tally in rows.values():
            total.add(tally)
        total.notes.pop(ENDED, None)  # one row's end is not the whole's
        if self.own_in_total or not rows:
            total.add(own)
        numbers = self._numbers(total)
        target = view.directory.rule("target", unit_id, span.last, about=self.formula)
        result = FigureResult(
            figure=self.name,
            formula=self.formula,
            unit=placement.reference,
            span=span,
            cut=cut,
            position=view.position,
            total=numbers,
            headline=self.headline,
            target=None if target is None else target.params.get("percent"),
            headline_count=self.headline_count,
            most=None if target is None else target.params.get("most"),
            rules=tuple(sorted(counted.rules | ({target.rule_id} if target else set()))),
            own=Row(placement.reference, self._numbers(own)),
            children=tuple(
                Row(row, self._numbers(rows[row.unit_id]))
                for row in placement.rows
                if row.unit_id not in emptied
            ),
            levels={level: self._numbers(levels[level]) for level in Level if level in levels},
            titles=self.titles((*numbers.values, *numbers.ratios, *numbers.details)),
        )
        return self.finished(view, result, placement, counted)

    def finished(
        self, view: View, result: FigureResult, placement: Placement, counted: Counted
    ) -> FigureResult:
        """The result with whatever the figure adds to it."""
        del view, placement, counted
        return result

    @staticmethod
    def _emptied(
        placement: Placement, counted: Counted, rows: Mapping[str, Tally]
    ) -> frozenset[str]:
        """Rows of split units whose records were all assigned: there is nothing left to show."""
        if counted.waiting is None:
            return frozenset()
        return frozenset(
            row
            for row in placement.ended & placement.split.keys()
            if not any((*rows[row].values.values(), *rows[row].details.values()))
        )

    def _numbers(self, tally: Tally) -> Numbers:
        values = self.values(tally)
        split = (waiting(tally.waiting),) if tally.waiting else ()
        notes = dict.fromkeys((*tally.notes, *split, *self.remarks(values)))
        details = {measure: tally.details[measure] for measure in sorted(tally.details)}
        return Numbers(values, self.ratios(values), details, tuple(notes))

    def is_measure(self, measure: str) -> bool:
        """Whether the figure may have a number of this name."""
        return measure in self.measures or measure in self.details

    def check_measure(self, measure: str) -> None:
        """Raise FigureQuestionError if the figure has no such measure."""
        if not self.is_measure(measure):
            raise FigureQuestionError(
                "measure",
                Text("Số liệu này không có chỉ tiêu đó.", "The figure has no such measure."),
            )

    def opened_units(self, placement: Placement, row: str | None) -> dict[str, None]:
        """The units whose own numbers make up a row, or the total. Raises FigureQuestionError."""
        if row is None:
            below = [u for u, home in placement.homes.items() if home.row != placement.root]
            if below and not self.own_in_total:
                return dict.fromkeys(sorted(below))
            return dict.fromkeys(placement.units)
        found = sorted(u for u, home in placement.homes.items() if home.row == row)
        if not found and row != placement.root:  # an ended unit's numbers may stand elsewhere
            raise FigureQuestionError(
                "row", Text("Không có dòng này trong số liệu.", "The figure has no such row.")
            )
        return dict.fromkeys(found)


def _not_among(known: Mapping[str, Text]) -> Text:
    if not known:
        return Text("Số liệu này không chia như vậy.", "The figure is not divided like that.")
    names = ", ".join(known)
    return Text(f"Chọn một trong: {names}.", f"Choose one of: {names}.")


def of_units(
    column: sa.ColumnElement[str], units: Mapping[str, object]
) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that restricts a statement to units, where they are few enough to name.

    Where they are not, the statement reads all units and its caller leaves out the others.
    """
    return (column.in_(list(units)),) if is_few(units) else ()


def is_few(units: Mapping[str, object]) -> bool:
    """Whether a statement names these units one by one."""
    return len(units) <= _LISTED


def days(column: sa.ColumnElement[str], first: date | None, last: date) -> sa.ColumnElement[bool]:
    """The condition that a day as recorded lies in a range, both ends included."""
    until = column <= last.isoformat()
    return until if first is None else sa.and_(column >= first.isoformat(), until)
