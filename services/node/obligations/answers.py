"""Which event met which obligation: looked up for all obligations of a list at once."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa

from domain.directory import Directory
from domain.obligations import ObligationKind
from domain.organisations import Category
from domain.owed import Obligation
from services.node.figures.figure import of_units
from services.node.readmodels.obligation_answers import ObligationAnswers
from services.node.views import View

MEMBERS: Final = frozenset(
    {
        Category.VETERANS,
        Category.WOMENS_UNION,
        Category.YOUTH_UNION,
        Category.LABOUR,
        Category.FARMERS,
        Category.ELDERLY,
        Category.MEMBER_ORG,
    }
)
"""Member organisations of the Front: a review that one of them holds is its own (R40, R112), not
its unit's (R38, R129)."""

_EARLY: Final = timedelta(days=366)
"""So long before its period a plan may be issued."""


class Answer(NamedTuple):
    """The event that met an obligation."""

    day: date
    event_id: str


class _Found(NamedTuple):
    day: str
    event_id: str
    org_id: str


class Answers:
    """What was done within the periods of some obligations."""

    def __init__(self, view: View, owed: Sequence[Obligation], units: Collection[str]) -> None:
        """`units`: every unit that owes one of them or bears it."""
        self._directory: Directory = view.directory
        self._by_period: dict[tuple[str, str, str], _Found] = {}
        self._by_day: dict[tuple[str, str], list[_Found]] = defaultdict(list)
        if owed:
            self._read(view, owed, units)

    def _read(self, view: View, owed: Sequence[Obligation], units: Collection[str]) -> None:
        table = view.tables[ObligationAnswers.name].c
        earliest = min(obligation.first for obligation in owed) - _EARLY
        statement = (
            sa.select(
                table.unit_id, table.kind, table.period, table.day, table.event_id, table.org_id
            )
            .where(
                table.day >= earliest.isoformat(),
                table.kind.in_({obligation.kind.value for obligation in owed}),
                *of_units(table.unit_id, dict.fromkeys(units)),
            )
            .order_by(table.day, table.event_id)
        )
        for unit_id, kind, period, *found in view.connection.execute(statement):
            answer = _Found(*found)
            if period:
                self._by_period.setdefault((unit_id, kind, period), answer)
            else:
                self._by_day[unit_id, kind].append(answer)

    def to(self, obligation: Obligation, unit_id: str | None = None) -> Answer | None:
        """The first event that met it, of its own unit unless another is named."""
        unit, kind = unit_id or obligation.unit_id, obligation.kind
        if not kind.recurs:
            found = self._by_period.get((unit, kind.value, obligation.period))
            return None if found is None else _answer(found)
        held = self._by_day.get((unit, kind.value), ())
        last = obligation.last.isoformat()
        start = bisect_left(held, obligation.first.isoformat(), key=lambda each: each.day)
        for place in range(start, len(held)):
            if held[place].day > last:
                break
            if self._counts(obligation, held[place].org_id):
                return _answer(held[place])
        return None

    def _counts(self, obligation: Obligation, org_id: str) -> bool:
        """Whether what that organisation held is what is owed."""
        if not obligation.kind.of_organisations:
            return True
        holder = self._directory.organisation(org_id) if org_id else None
        category = None if holder is None else holder.category
        if obligation.organisation is not None:
            return category == obligation.organisation
        if obligation.kind is ObligationKind.MEETING:
            return not org_id
        return category not in MEMBERS


def _answer(found: _Found) -> Answer:
    return Answer(date.fromisoformat(found.day), found.event_id)
