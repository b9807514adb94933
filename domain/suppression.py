"""Which sums of small counts may be shown, so that no count that is withheld can be worked out.

Above commune level a sensitive count under 5 is not shown (facts, "must not hold"). Withholding it
alone is not enough where the total of its row is shown: the rest of the row gives it away. So in
every table of a total and its parts, the parts that are withheld are at least two, and what the
total says of them together is itself a number that may be shown. A part that is withheld takes
everything that it is made of with it.

Then every count that is withheld could be any number from 0 to the sum of those withheld beside it,
and each of these would leave all that is shown as it is. Whoever knows one of the counts from
elsewhere, or saw the table before one of them arrived, knows more; no rule on one table can help.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Part:
    """One cell of a table: a unit with all below it, or a unit's own count."""

    unit_id: str
    total: int
    own: bool


def showable_sums(
    values: Mapping[str, int], parents: Mapping[str, str | None], least: int
) -> frozenset[frozenset[str]]:
    """The sets of units whose counts may be shown added up.

    `values` holds each unit's own count, 0 or more; units without one are absent. `parents` holds,
    for these and for all above them up to the highest that is to be shown, the unit above; None, or
    a unit that is not among them, for the highest. They make no circle. `least` is the smallest
    count that may be shown.
    """
    return _Table(values, parents, least).shown()


class _Table:
    def __init__(
        self, values: Mapping[str, int], parents: Mapping[str, str | None], least: int
    ) -> None:
        self._values = values
        self._least = least
        self._below: dict[str, list[str]] = defaultdict(list)
        roots: list[str] = []
        for unit_id, parent in parents.items():
            if parent is None or parent not in parents:
                roots.append(unit_id)
            else:
                self._below[parent].append(unit_id)
        self._members: dict[str, frozenset[str]] = {}
        for root in roots:
            self._gather(root)
        self._roots = [root for root in roots if self._members[root]]
        self._shown: set[frozenset[str]] = set()

    def shown(self) -> frozenset[frozenset[str]]:
        for root in self._roots:
            if self._sum(self._members[root]) >= self._least:
                self._show(root)
        return frozenset(self._shown)

    def _gather(self, unit_id: str) -> frozenset[str]:
        """The units at or below this one that have a count."""
        found = {unit_id} if unit_id in self._values else set()
        for child in self._below[unit_id]:
            found |= self._gather(child)
        members = self._members[unit_id] = frozenset(found)
        return members

    def _sum(self, members: Iterable[str]) -> int:
        return sum(self._values[unit_id] for unit_id in members)

    def _show(self, unit_id: str) -> None:
        """Show a unit's total, and of its parts what may be shown beside it."""
        self._shown.add(self._members[unit_id])
        parts = self._parts(unit_id)
        withheld = self._withheld(parts)
        for part in parts:
            if part in withheld:
                continue
            if part.own:
                self._shown.add(frozenset((unit_id,)))
            else:
                self._show(part.unit_id)

    def _parts(self, unit_id: str) -> list[_Part]:
        parts = [
            _Part(child, self._sum(self._members[child]), own=False)
            for child in self._below[unit_id]
            if self._members[child]
        ]
        if unit_id in self._values:
            parts.append(_Part(unit_id, self._values[unit_id], own=True))
        return sorted(parts, key=lambda part: (part.total, part.unit_id, part.own))

    def _withheld(self, parts: list[_Part]) -> list[_Part]:
        """The smallest parts: all that are too small, and as many more as hide them.

        A single part equals the total, which may be shown. The total may be shown, so all parts
        together always suffice.
        """
        small = sum(part.total < self._least for part in parts)
        if not small or len(parts) == 1:
            return []
        count = max(small, 2)
        while sum(part.total for part in parts[:count]) < self._least:
            count += 1
        return parts[:count]
