"""Figures that add up facts: each says where it counts, as what, and which event is behind it.

One method finds the facts. What adds them up and what opens a number read the same facts, so they
agree by construction. This suits figures that depend on rules or on several aggregates; plain sums
of cells are `CellFigure`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from services.node.figures.assigned import assigned_to
from services.node.figures.figure import NO_CUT, Counted, Figure, Tally
from services.node.figures.paging import page_of
from services.node.figures.placement import Placement
from services.node.figures.result import (
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    Note,
)
from services.node.figures.span import Span
from services.node.views import View


class Source(NamedTuple):
    """The event that a fact comes from."""

    event_id: str
    aggregate_id: str
    key: tuple[str, ...] = ()
    """What it counts as, for whoever reads the list of events."""


class Fact(NamedTuple):
    """Something that adds to a number."""

    unit_id: str
    """The unit under whose roof it counts."""
    measure: str
    value: int = 1
    source: Source | None = None
    """None for what follows from a rule or from the hierarchy and is no event's."""
    detail: bool = False
    """Whether it stands among the details."""


@dataclass(slots=True)
class Facts:
    """All facts of one question."""

    items: list[Fact] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    """Ids of the rules that decided."""
    notes: dict[Note, None] = field(default_factory=dict)
    """What is true of the whole question."""
    lags: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By unit: lengths of time, for a median."""

    def add(self, unit_id: str, measure: str, value: int = 1, source: Source | None = None) -> None:
        """Add a fact."""
        self.items.append(Fact(unit_id, measure, value, source))

    def add_detail(self, unit_id: str, measure: str, value: int, source: Source | None) -> None:
        """Add a fact to the details."""
        self.items.append(Fact(unit_id, measure, value, source, detail=True))


class FactFigure(Figure):
    """A figure over facts."""

    assignable: ClassVar[bool] = False
    """Whether a fact is one record of its unit, so that a split unit's go where they were assigned.
    Not where several records make one fact, or where a superior recorded it."""

    @abstractmethod
    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        """What every unit of the placement has to count, of `placement.sources` if `assignable`.
        Facts of other units are left out."""

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        found = self.facts(view, span, placement, cut)
        tallies: dict[str, Tally] = defaultdict(Tally)
        waiting: dict[str, set[str]] = defaultdict(set)
        for fact in self._standing(view, found, placement):
            home = placement.homes.get(fact.unit_id)
            if home is None:
                continue
            tally = tallies[fact.unit_id]
            numbers = tally.details if fact.detail else tally.values
            numbers[fact.measure] = numbers.get(fact.measure, 0) + fact.value
            if home.split and fact.source is not None:
                waiting[fact.unit_id].add(fact.source.event_id)
        for unit_id, lags in found.lags.items():
            if unit_id in placement.homes:
                tallies[unit_id].lags.extend(lags)
        return Counted(
            tallies,
            found.rules,
            tuple(found.notes),
            waiting={unit: len(events) for unit, events in waiting.items()}
            if self.assignable
            else None,
        )

    def _standing(self, view: View, found: Facts, placement: Placement) -> Iterable[Fact]:
        """The facts, those of a split unit's events under the unit they were assigned to."""
        split = placement.split
        if not split or not self.assignable:
            return found.items
        to = assigned_to(
            view, (f.source.event_id for f in found.items if f.source and f.unit_id in split)
        )
        return [
            fact._replace(unit_id=to[fact.source.event_id])
            if fact.source is not None
            and to.get(fact.source.event_id) in split.get(fact.unit_id, frozenset())
            else fact
            for fact in found.items
        ]

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
        cut = self.settled(cut)
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        self.check_measure(cell.measure)
        items = [
            Behind(fact.source.event_id, fact.source.aggregate_id, fact.source.key, fact.value)
            for fact in self._standing(view, self.facts(view, span, placement, cut), placement)
            if fact.measure == cell.measure and fact.unit_id in units and fact.source is not None
        ]
        return page_of(items, after, limit)
