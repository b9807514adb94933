"""Which values of sensitive indicators a committee may be shown (facts, "must not hold").

What may be shown is decided once for a period and an indicator, for the whole country, along the
hierarchy as it was in the period: `domain.suppression`. A number is shown only if it is one of
those sums, or a sum of single counts that are each shown, however it was asked for; so no two
answers, along whatever hierarchy, can be set
against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory
from domain.indicators import INDICATORS, SUPPRESSED_UNDER
from domain.levels import Level
from domain.periods import Period, period_span
from domain.refusals import Text
from domain.suppression import showable_sums
from services.node.figures.placement import last_active_day
from services.node.views import View

SENSITIVE: Final = frozenset(code for code, found in INDICATORS.items() if found.sensitive)
WITHHELD: Final = Text("ẩn", "withheld")
"""What stands in the place of a number that may not be shown."""


class Withholding:
    """What the committee of one level may be shown of one period."""

    def __init__(self, view: View, period: Period, reader: Level) -> None:
        self._directory = view.directory
        self._reader = reader
        self._earlier = view.cutoff is not None
        self._last = _last_day(view.directory, period)
        self._values = _values(view, period)
        self._shown: dict[str, frozenset[frozenset[str]]] = {}

    def may_show(self, code: str, units: Iterable[str]) -> bool:
        """Whether the values of these units may be shown added up.

        `units` are some that have a value of the indicator. A commune's committee sees the
        commune's own.
        """
        if code not in SENSITIVE:
            return True
        asked = frozenset(units)
        if self._reader is Level.COMMUNE:
            return all(self._directory.level(unit_id) is Level.COMMUNE for unit_id in asked)
        if self._earlier:
            # Beside the state now, a total as it was before a unit reported tells what it reported.
            return False
        if code not in self._shown:
            self._shown[code] = self._showable(code)
        shown = self._shown[code]
        return asked in shown or all(frozenset((unit_id,)) in shown for unit_id in asked)

    def _showable(self, code: str) -> frozenset[frozenset[str]]:
        parents: dict[str, str | None] = {}
        values = {
            unit_id: value
            for unit_id, value in self._values[code].items()
            if self._is_read(unit_id)
        }
        for unit_id in values:
            current: str | None = unit_id
            while current is not None and current not in parents:
                above = parents[current] = self._above(current)
                current = above
        return showable_sums(values, parents, SUPPRESSED_UNDER)

    def _above(self, unit_id: str) -> str | None:
        """The unit above in the period, if the reader's level is not below it."""
        directory = self._directory
        parent = directory.parent(unit_id, last_active_day(directory, unit_id, self._last))
        return parent if parent is not None and self._is_read(parent) else None

    def _is_read(self, unit_id: str) -> bool:
        """Whether the unit is of the reader's level or below: of those above, a node holds what
        they recorded themselves and nothing of their other units."""
        level = self._directory.level(unit_id)
        return level is not None and level.rank <= self._reader.rank


def _last_day(directory: Directory, period: Period) -> date:
    """The day whose hierarchy holds for the period: the last by the centre's rule, or else of the
    calendar."""
    centre = directory.centre
    span = None if centre is None else period_span(directory, centre, period)
    if span is not None:
        return span.last
    return date(period.year, 6, 30) if period.half == 1 else date(period.year, 12, 31)


def _values(view: View, period: Period) -> dict[str, dict[str, int]]:
    """By sensitive indicator and unit: every value of the period that this node holds."""
    table = view.tables["indicator_values"].c
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for code, unit_id, value in view.connection.execute(
        sa.select(table.code, table.unit_id, table.value).where(
            table.period == period.code, table.code.in_(sorted(SENSITIVE))
        )
    ):
        found[code][unit_id] = value
    return found
