"""The codes under which a report names figures, and what each is at this node.

"f1.met": the formula and the measure. "activity.meetingheld.attendees": the figure's name where it
has no formula. "f3.recognised@commune": of one of the figure's categories.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.directory import Directory
from domain.events import EVENTS
from domain.refusals import Text
from services.node.figures.figure import Figure
from services.node.figures.result import CellFilter, Cut, FigureResult
from services.node.figures.span import Span, parse_span
from services.node.views import View

_CODE: Final = re.compile(r"([a-z0-9][a-z0-9-]*)\.([a-z0-9_.:/-]{1,90})(?:@([a-z0-9_.:/-]{1,90}))?")
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Coded:
    """What a code means: a measure of a figure, whole or of one category."""

    code: str
    figure: Figure
    measure: str
    """As the figure calls it, in lower case: codes have no capitals."""
    category: str | None


class Codebook:
    """The codes of some figures."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures: dict[str, Figure] = {}
        for figure in figures:
            self._figures.setdefault(_prefix(figure), figure)

    @property
    def figures(self) -> Sequence[Figure]:
        """The figures that have codes."""
        return tuple(self._figures.values())

    def meaning(self, code: str) -> Coded | None:
        """What a code means; None if it names no figure of these."""
        found = _CODE.fullmatch(code)
        figure = None if found is None else self._figures.get(found[1])
        if found is None or figure is None:
            return None
        category = found[3]
        if category is not None and category not in figure.categories:
            return None
        return Coded(code, figure, found[2], category)

    def title(self, code: str) -> Text:
        """What a code means in words; the code itself where its figure has none for it."""
        coded = self.meaning(code)
        measure = None if coded is None else _written(coded)
        return Text(code, code) if coded is None or measure is None else title_of(coded, measure)


def code_of(figure: Figure, measure: str, category: str | None = None) -> str | None:
    """The code of a measure; None if a report cannot name it."""
    suffix = "" if category is None else f"@{category}"
    code = f"{_prefix(figure)}.{measure.lower()}{suffix}"
    return code if _CODE.fullmatch(code) and len(code) <= _LONGEST else None


def _prefix(figure: Figure) -> str:
    return figure.formula.lower() or figure.name


class Numbers:
    """What the codes of one unit and period are in one state. A figure is computed once."""

    def __init__(self, view: View, unit_id: str, period: str) -> None:
        """The figures count what falls due in the period as due, whenever they are asked for.

        Raises ValueError for a period in no known form.
        """
        self.view = view
        self.unit_id = unit_id
        self.span = _span(view.directory, unit_id, period)
        self._results: dict[tuple[str, str | None], FigureResult] = {}

    def result(self, figure: Figure, category: str | None = None) -> FigureResult | None:
        """The figure; None if the unit or its period is not known in this state, or this node does
        not keep what the figure is computed from."""
        key = (figure.name, category)
        if key not in self._results:
            if self.span is None or self.view.directory.unit(self.unit_id) is None:
                return None
            try:
                self._results[key] = figure.compute(
                    self.view, self.unit_id, self.span, Cut(category=category)
                )
            except KeyError as missing:
                if missing.args and missing.args[0] not in self.view.tables:
                    return None  # a read model of another level
                raise
        return self._results[key]

    def value(self, coded: Coded) -> int | None:
        """The number; None if it cannot be computed here. A measure that nothing counts to is 0."""
        result = self.result(coded.figure, coded.category)
        if result is None:
            return None
        numbers = _lowered(result)
        if coded.measure in numbers:
            return numbers[coded.measure][1]
        known = coded.measure in map(str.lower, coded.figure.measures)
        return 0 if not known and _may_have(coded) else None

    def cell(self, coded: Coded) -> CellFilter | None:
        """How the number is opened into its events; None if there is nothing to open."""
        result = self.result(coded.figure, coded.category)
        found = None if result is None else _lowered(result).get(coded.measure)
        return None if found is None else CellFilter(found[0])


def _may_have(coded: Coded) -> bool:
    """Whether the figure names its measures by what it counts, so that an absent one is 0."""
    return not coded.figure.measures or "." in coded.measure


def _lowered(result: FigureResult) -> Mapping[str, tuple[str, int]]:
    """By measure in lower case: the measure as the figure writes it, and the number."""
    numbers = {**result.total.details, **result.total.values}
    return {measure.lower(): (measure, value) for measure, value in numbers.items()}


def title_of(coded: Coded, measure: str) -> Text:
    """What the number of a code is called."""
    title = coded.figure.titles([measure])[measure]
    if coded.category is None:
        return title
    category = coded.figure.categories[coded.category]
    return Text(f"{title.vi} ({category.vi})", f"{title.en} ({category.en})")


def _written(coded: Coded) -> str | None:
    """The measure of a code as its figure writes it; None if the figure has none of that name."""
    if coded.figure.measures:
        names = coded.figure.titles(coded.figure.measures)
        return next((name for name in names if name.lower() == coded.measure), None)
    # The figure names its measures by what it counts: the event's type, and what of it.
    event, _, what = coded.measure.partition(".")
    name = next((name for name in EVENTS if name.lower() == event), None)
    if name is None:
        return None
    measure = f"{name}.{what}"
    try:
        coded.figure.titles([measure])
    except KeyError:
        return None
    return measure


def _span(directory: Directory, unit_id: str, period: str) -> Span | None:
    return parse_span(period, directory, unit_id)
