"""A figure as a table: which columns it has, which numbers open, and how complete each row is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from domain.levels import Level
from domain.names import LEVEL_NAMES
from domain.refusals import Text
from services.node.figures import Cut, Figure, FigureResult, Note, Numbers
from services.node.figures.placement import Placement
from services.node.figures.result import ENDED
from services.node.figures.withholding import WITHHELD
from services.node.web.choosing import choices
from services.node.web.completeness import Completeness, by_row
from services.node.web.site import Asked

_MAIN: Final[Mapping[str, frozenset[str]]] = {
    "meeting-compliance": frozenset({"due", "met", "units_without_rule", "compliance"}),
    "report-status": frozenset(
        {
            "expected",
            "on_time",
            "late",
            "missing",
            "returned",
            "unexpected",
            "units_without_rule",
            "timeliness",
            "first_pass_acceptance",
        }
    ),
    "model-stock": frozenset(
        {"models", "points", "groups", "points_opened", "points_retired", "weak", "effective"}
    ),
    "standard-rate": frozenset(
        {
            "subjects",
            "registered",
            "recognised",
            "revoked",
            "units_unreported",
            "recognised_uncounted",
            "standard_rate",
            "of_registered",
        }
    ),
    "festival-coverage": frozenset(
        {"active_areas", "areas_covered", "participants", "units_without", "coverage"}
    ),
    "exemplary-quota": frozenset({"due", "met", "recognised", "quota_met"}),
    "inspections": frozenset(
        {"units", "inspected", "coverage", "findings_due", "remedied", "open", "remediation"}
    ),
    "plans": frozenset(
        {
            "plans_due",
            "on_time",
            "late",
            "missing",
            "timeliness",
            "recipients",
            "awaiting",
            "acknowledgement",
            "median_hours",
        }
    ),
    "funding": frozenset({"allocated", "spent", "used"}),
    "campaigns": frozenset(
        {
            "campaigns",
            "milestones",
            "met",
            "milestones_met",
            "exemplars_due",
            "collectives",
            "individuals",
            "exemplars",
        }
    ),
    "indicators": frozenset(
        {
            "units_reported",
            "hotspots.existing",
            "hotspots.resolved",
            "disputes.arisen",
            "disputes.settled",
            "self_managed.teams",
            "areas.transformed",
            "weapons.guns",
        }
    ),
}
"""What the first page shows of a figure; all of it stands on the figure's own page. A figure that
is not named here is shown whole."""

_WIDE: Final = 12
"""Columns that a person reads across."""


@dataclass(frozen=True, slots=True)
class Column:
    """One measure or share."""

    name: str
    title: str
    is_share: bool
    opens: bool
    """Whether its numbers lead to the events behind them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number as it is shown."""

    text: str
    """ "–" where there is nothing to compute, which is not 0."""
    href: str | None
    parts: str = ""
    """Of a share: what it was computed from, "9/10"."""
    met: bool | None = None
    """Of the headline share or count, where there is a target: whether it is met."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    name: str
    code: str
    href: str | None
    cells: Sequence[Cell]
    notes: Sequence[str]
    completeness: Completeness | None
    kind: str
    """ "total", "own", "child" or "level"."""


@dataclass(frozen=True, slots=True)
class Table:
    """A figure ready to be shown."""

    name: str
    formula: str
    title: str
    explanation: str
    target: str | None
    choices: Sequence[tuple[str, str, bool]]
    """Every category and organisation to choose from: what it is called, its link, whether it is
    the one shown."""
    columns: Sequence[Column]
    lines: Sequence[Line]
    levels: Sequence[Line]
    listing: Sequence[tuple[Column, Cell]]
    """The total's numbers one below the other, of a figure with too many columns to read across;
    else empty."""
    notes: Sequence[str]
    rules: Sequence[tuple[str, str]]
    result: FigureResult
    completeness: Completeness


def _held(asked: Asked, placement: Placement) -> tuple[Completeness, Mapping[str, Completeness]]:
    """How complete the figure is, altogether and by row."""
    streams = asked.view.once("streams", asked.node.origins_sync)
    return by_row(streams, {unit: home.row for unit, home in placement.homes.items()})


def figure_table(asked: Asked, figure: Figure, cut: Cut, *, whole: bool) -> Table:
    """The figure of the unit and period asked for, with its finer division if `whole`.

    Columns that are 0 in every row are left out, except the first, and so are units that ended
    before the period did and have nothing in it, so that a page is not a wall of zeros.

    Raises FigureQuestionError.
    """
    result = figure.compute(asked.view, asked.unit_id, asked.span, cut)
    placement = figure.placement(asked.view, asked.unit_id, asked.span, cut)
    together, rows = asked.view.once(("completeness", placement), lambda: _held(asked, placement))
    columns = _columns(asked, figure, result, whole=whole)
    maker = _Lines(asked, figure, result, columns)
    nothing = by_row((), {})[0]
    lines = [maker.line("total", result.total, _total_name(asked), together, row=None)]
    if result.children and any(result.own.numbers.values.values()):
        lines.append(
            maker.line(
                "own",
                result.own.numbers,
                _own_name(asked, figure),
                rows.get(result.unit.unit_id, nothing),
                row=result.unit.unit_id,
            )
        )
    lines += [
        maker.line(
            "child",
            child.numbers,
            child.unit.name,
            rows.get(child.unit.unit_id, nothing),
            row=child.unit.unit_id,
            code=child.unit.code,
        )
        for child in result.children
        if any(child.numbers.values.values()) or ENDED not in child.numbers.notes
    ]
    return Table(
        name=figure.name,
        formula=figure.formula,
        title=asked.language.of(figure.title),
        explanation=asked.language.of(figure.explanation),
        target=_target(asked, result),
        choices=choices(asked, figure, result),
        columns=columns,
        lines=lines,
        levels=_levels(maker, result),
        listing=list(zip(columns, lines[0].cells, strict=True)) if len(columns) > _WIDE else (),
        notes=_notes(asked, result.notes),
        rules=asked.rules(result.rules),
        result=result,
        completeness=together,
    )


def _target(asked: Asked, result: FigureResult) -> str | None:
    if result.target is not None:
        return asked.language.percent(float(result.target))
    if result.most is None or not result.headline_count:
        return None
    title = asked.language.of(result.titles[result.headline_count])
    most = asked.language.number(result.most)
    return asked.language.of(Text(f"{title}: không quá {most}", f"{title}: at most {most}"))


def _total_name(asked: Asked) -> str:
    return asked.language.of(Text("Tổng", "Total"))


def _own_name(asked: Asked, figure: Figure) -> str:
    if figure.own_in_total:
        return asked.language.of(Text("Chính đơn vị này", "The unit itself"))
    return asked.language.of(
        Text("Chính đơn vị này (ngoài tổng)", "The unit itself (not in the total)")
    )


def _levels(maker: _Lines, result: FigureResult) -> list[Line]:
    """One line a level, lowest first, where more than one has anything to say."""
    said = {
        level: numbers for level, numbers in result.levels.items() if any(numbers.values.values())
    }
    if len(said) < 2:
        return []
    return [
        maker.line("level", said[level], maker.level_name(level), None, row=None, opens=False)
        for level in Level
        if level in said
    ]


def _columns(asked: Asked, figure: Figure, result: FigureResult, *, whole: bool) -> list[Column]:
    everything: list[Numbers] = [result.total, result.own.numbers]
    everything += [child.numbers for child in result.children]
    known = [{**numbers.values, **dict.fromkeys(numbers.suppressed, 1)} for numbers in everything]
    order = {name: place for place, name in enumerate(figure.measures)}
    measures = sorted(_used(known), key=lambda name: order.get(name, len(order)))
    if whole:
        measures += _used([numbers.details for numbers in everything])
    # What counts events leads to them; a median, for one, is no sum of events.
    opening = figure.measures or None
    columns = [
        Column(
            name,
            asked.language.of(result.titles[name]),
            is_share=False,
            opens=opening is None or name in opening or name in result.total.details,
        )
        for name in measures
    ]
    shares = dict.fromkeys(name for numbers in everything for name in numbers.ratios)
    columns += [
        Column(name, asked.language.of(result.titles[name]), is_share=True, opens=False)
        for name in shares
        if any(numbers.ratios.get(name) is not None for numbers in everything)
    ]
    main = None if whole else _MAIN.get(figure.name)
    return [column for column in columns if main is None or column.name in main]


def _used(numbers: Sequence[Mapping[str, int]]) -> list[str]:
    names = list(dict.fromkeys(name for one in numbers for name in one))
    return [
        name
        for place, name in enumerate(names)
        if place == 0 or any(one.get(name) for one in numbers)
    ]


def _notes(asked: Asked, notes: Sequence[Note]) -> list[str]:
    return [asked.language.of(note.text) for note in notes]


@dataclass(frozen=True)
class _Lines:
    asked: Asked
    figure: Figure
    result: FigureResult
    columns: Sequence[Column]

    def level_name(self, level: Level) -> str:
        return self.asked.language.of(LEVEL_NAMES[level])

    def line(
        self,
        kind: str,
        numbers: Numbers,
        name: str,
        held: Completeness | None,
        *,
        row: str | None,
        code: str = "",
        opens: bool = True,
    ) -> Line:
        href = None
        if kind == "child" and row is not None:
            path = self.asked.request.url.path
            own_page = path != "/"  # the first page shows every figure as it opens
            href = self.asked.url(
                path,
                unit=row,
                period=self.asked.span.code,
                category=self.asked.parameter("category") if own_page else None,
                organisation=self.asked.parameter("organisation") if own_page else None,
            )
        return Line(
            name,
            code,
            href,
            [self._cell(column, numbers, row, opens) for column in self.columns],
            self._own_notes(numbers) if kind == "child" else (),
            held,
            kind,
        )

    def _own_notes(self, numbers: Numbers) -> list[str]:
        """What is to be said of this row, and not once for all above the table."""
        return _notes(self.asked, [note for note in numbers.notes if note not in self.shared])

    @cached_property
    def shared(self) -> frozenset[Note]:
        """Notes that stand above the table and are true of every row."""
        rows = [frozenset(child.numbers.notes) for child in self.result.children]
        return frozenset(self.result.notes).intersection(*rows)

    def _cell(self, column: Column, numbers: Numbers, row: str | None, opens: bool) -> Cell:
        if column.is_share:
            return self._share(column, numbers)
        if column.name in numbers.suppressed:
            return Cell(self.asked.language.of(WITHHELD), None)
        value = numbers.values.get(column.name)
        if value is None:
            value = numbers.details.get(column.name)
        if value is None and self.figure.measures:
            return Cell("–", None)  # it could not be computed, which is not 0
        value = value or 0
        href = None
        if value and opens and column.opens:
            href = self.asked.url(
                f"/figures/{self.figure.name}/events",
                unit=self.result.unit.unit_id,
                period=self.asked.span.code,
                measure=column.name,
                row=row,
                category=self.result.cut.category,
                organisation=self.result.cut.organisation,
            )
        met = None
        if column.name == self.result.headline_count and self.result.most is not None:
            met = value <= self.result.most
        return Cell(self.asked.language.number(value), href, met=met)

    def _share(self, column: Column, numbers: Numbers) -> Cell:
        share = numbers.ratios.get(column.name)
        if share is None:
            return Cell("–", None)
        met = None
        if column.name == self.result.headline and self.result.target is not None:
            met = share.numerator * 100 >= self.result.target * share.denominator
        language = self.asked.language
        parts = f"{language.number(share.numerator)}/{language.number(share.denominator)}"
        if column.name in self.figure.differences:
            parts = ""
        return Cell(language.percent(share.percent), None, parts, met)
