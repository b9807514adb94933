"""The directory's rules: which holds for a unit on any day, by the hierarchy of that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from domain.books import Id, key
from domain.directory_units import DirectoryUnits
from domain.rules import Rule, RuleBook
from domain.unit_history import UnitHistory


class DirectoryRules(DirectoryUnits):
    """See the module. Days are calendar days in Vietnam, both ends of a range included."""

    _rules: RuleBook

    def rules(self, kind: str | None = None) -> Iterator[Rule]:
        """Every rule there ever was, or every one of a kind."""
        for versions in self._rules.rules.values():
            for rule in versions:
                if kind is None or rule.kind == kind:
                    yield rule

    def rule(
        self,
        kind: str,
        unit_id: Id,
        day: date,
        *,
        about: str = "",
        organisation: str | None = None,
    ) -> Rule | None:
        """The rule that holds for the unit on that day; the nearest scope wins.

        `about` is what it is about within its kind: "half_year:1", "annual", "F3", "" for a
        cadence of meetings. Within one scope, a rule for the level goes before a general one. A
        rule that names a category of organisations is about what these owe and the others about
        what the unit owes: with `organisation` only the former hold, without it only the latter.
        """
        unit = self._units.units.get(key(unit_id))
        if unit is None:
            return None
        number = day.toordinal()
        for scope in (unit.unit_id, *self.ancestors(unit.unit_id, day)):
            holding = [
                rule
                for rule in self._rules.at_scope(kind, about, scope)
                if rule.start <= number < rule.stop and _meant(rule, unit, organisation)
            ]
            if holding:
                return max(holding, key=lambda rule: rule.specificity)
        return None

    def rules_over(
        self,
        kind: str,
        unit_id: Id,
        first: date,
        last: date,
        *,
        about: str = "",
        organisation: str | None = None,
    ) -> Sequence[Rule]:
        """Every rule that may hold for the unit on some of those days, nearest or not."""
        unit = self._units.units.get(key(unit_id))
        if unit is None:
            return ()
        start, stop = first.toordinal(), last.toordinal() + 1
        return [
            rule
            for scope in self._line(unit, start, stop)
            for rule in self._rules.at_scope(kind, about, scope)
            if rule.start < stop and start < rule.stop and _meant(rule, unit, organisation)
        ]

    def _line(self, unit: UnitHistory, start: int, stop: int) -> dict[str, None]:
        """The unit and every unit above it on some of those days."""
        found: dict[str, None] = {unit.unit_id: None}
        waiting = [unit]
        while waiting:
            below = waiting.pop()
            if len(below.versions) == 1:  # as most units are, and then nothing need be compared
                parents = {below.versions[0].parent_id}
            else:
                parents = {
                    version.parent_id
                    for first, last, version in below.spells()
                    if first < stop and start < last
                } | {below.at(start).parent_id, below.at(stop - 1).parent_id}
            for parent_id in sorted(parent for parent in parents if parent is not None):
                if parent_id not in found and parent_id in self._units.units:
                    found[parent_id] = None
                    waiting.append(self._units.units[parent_id])
        return found


def _meant(rule: Rule, unit: UnitHistory, organisation: str | None) -> bool:
    return (rule.level is None or rule.level == unit.level) and rule.organisation == organisation
