"""The directory's units: what each is on any day, what is above and below it, what it became."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.books import Id, key
from domain.levels import Level
from domain.unit_book import UnitBook
from domain.unit_history import LineageEdge, UnitHistory
from domain.units import Share, UnitKind

_MAX_CACHED: Final = 20_000


@dataclass(frozen=True, slots=True)
class UnitAttributes:
    """What a unit is on a day."""

    unit_id: str
    name: str
    code: str
    kind: UnitKind
    level: Level
    parent_id: str | None
    valid_from: date
    """The unit's first day."""
    valid_to: date | None
    """The unit's last day, or None while no end is known."""


class DirectoryUnits:
    """See the module. Days are calendar days in Vietnam, both ends of a range included."""

    _units: UnitBook
    _below: dict[tuple[str, int, int], tuple[str, ...]]
    """Answers of `descendants`, for as long as the units stay the same."""

    @property
    def is_empty(self) -> bool:
        """Whether no unit is known: the catalogue has not arrived."""
        return not self._units.units

    @property
    def centre(self) -> str | None:
        """The central unit, once it is known."""
        return self._units.centre

    def units(self) -> Iterator[UnitHistory]:
        """Every unit there ever was."""
        return iter(self._units.units.values())

    def unit(self, unit_id: Id) -> UnitHistory | None:
        """The unit through time, or None if it is not known."""
        return self._units.units.get(key(unit_id))

    def bearers(self, code: str) -> Iterator[UnitHistory]:
        """Every unit that ever bore the code, by the day it began to: codes are used again."""
        held = self._units.codes.get(code, ())
        for unit_id in dict.fromkeys(one.holder for one in held):
            yield self._units.units[unit_id]

    def active(self, unit_id: Id, day: date) -> bool:
        """Whether the unit is known and exists on that day."""
        unit = self._units.units.get(key(unit_id))
        return unit is not None and unit.active(day.toordinal())

    def attributes(self, unit_id: Id, day: date) -> UnitAttributes | None:
        """What the unit is on that day, or was last, or will be first; None if not known."""
        unit = self._units.units.get(key(unit_id))
        if unit is None:
            return None
        version = unit.at(day.toordinal())
        return UnitAttributes(
            unit.unit_id,
            version.name,
            version.code,
            version.kind,
            unit.level,
            version.parent_id,
            unit.valid_from,
            unit.valid_to,
        )

    def level(self, unit_id: Id) -> Level | None:
        """The unit's level, which never changes; None if the unit is not known."""
        unit = self._units.units.get(key(unit_id))
        return None if unit is None else unit.level

    def parent(self, unit_id: Id, day: date) -> str | None:
        """The parent on that day, or the last or first known one outside the unit's life."""
        unit = self._units.units.get(key(unit_id))
        return None if unit is None else unit.at(day.toordinal()).parent_id

    def ancestors(self, unit_id: Id, day: date) -> tuple[str, ...]:
        """Parent, grandparent and so on to the centre, as of that day."""
        units, number = self._units.units, day.toordinal()
        found: list[str] = []
        unit = units.get(key(unit_id))
        while unit is not None:
            parent_id = unit.at(number).parent_id
            if parent_id is None:
                break
            found.append(parent_id)
            unit = units.get(parent_id)
        return tuple(found)

    def lasting_ancestors(self, unit_id: Id) -> tuple[str, ...] | None:
        """The ancestors where they are the same on every day, as most units' are; else None."""
        units = self._units.units
        found: list[str] = []
        unit = units.get(key(unit_id))
        while unit is not None:
            if len(unit.versions) != 1:
                return None
            parent_id = unit.versions[0].parent_id
            if parent_id is None:
                break
            found.append(parent_id)
            unit = units.get(parent_id)
        return tuple(found)

    def within(self, unit_id: Id, root: Id, day: date) -> bool:
        """Whether the unit is `root` or under it on that day."""
        return key(unit_id) == key(root) or key(root) in self.ancestors(unit_id, day)

    def children(self, unit_id: Id, day: date) -> tuple[str, ...]:
        """The active units directly under it on that day."""
        return self.children_between(unit_id, day, day)

    def children_between(self, unit_id: Id, first: date, last: date) -> tuple[str, ...]:
        """The units that were directly under it on at least one of those days."""
        start, stop = first.toordinal(), last.toordinal() + 1
        return tuple(
            dict.fromkeys(
                held.holder
                for held in self._units.children.get(key(unit_id), ())
                if held.start < stop and start < held.stop
            )
        )

    def descendants(self, unit_id: Id, first: date, last: date) -> tuple[str, ...]:
        """The units that were under it, at any depth, on at least one of those days.

        The answer is kept until the units change.
        """
        place = (key(unit_id), first.toordinal(), last.toordinal() + 1)
        known = self._below.get(place)
        if known is None:
            found: dict[str, None] = {}
            self._collect(*place, found)
            known = tuple(found)
            if len(self._below) >= _MAX_CACHED:
                self._below.clear()
            self._below[place] = known
        return known

    def _collect(self, unit_id: str, start: int, stop: int, found: dict[str, None]) -> None:
        for held in self._units.children.get(unit_id, ()):
            if held.start < stop and start < held.stop:
                found[held.holder] = None
                self._collect(held.holder, max(start, held.start), min(stop, held.stop), found)

    # Lineage

    def successors(self, unit_id: Id) -> tuple[LineageEdge, ...]:
        """What the unit became part of, in the order it happened."""
        return self._units.successors.get(key(unit_id), ())

    def predecessors(self, unit_id: Id) -> tuple[LineageEdge, ...]:
        """What the unit was made of, in the order it happened."""
        return self._units.predecessors.get(key(unit_id), ())

    def heir(self, unit_id: Id, day: date) -> str | None:
        """The unit that this one has wholly become by that day: itself while it is active.

        None if it was split or ended without a successor: such figures are shown as not
        apportioned, never divided by a formula.
        """
        current = key(unit_id)
        number = day.toordinal()
        while (unit := self._units.units.get(current)) is not None and unit.stop <= number:
            # A unit goes whole only once, on the day it ends.
            whole = [edge for edge in self.successors(current) if edge.share is Share.FULL]
            if len(whole) != 1:
                return None
            current = whole[0].to_id
        return current if unit is not None else None

    def split_successors(self, unit_id: Id, day: date) -> frozenset[str]:
        """Every unit that a part of this one has become by that day, through a split that ended it.

        Empty while it is active, where it went whole into an active unit, and where nothing
        followed it. Its records wait until somebody assigns them to one of these (R102).
        """
        current, number = key(unit_id), day.toordinal()
        parts: list[str] = []
        while (unit := self._units.units.get(current)) is not None and unit.stop <= number:
            last = [e for e in self.successors(current) if e.on.toordinal() == unit.stop]
            whole = [edge.to_id for edge in last if edge.share is Share.FULL]
            if len(whole) != 1:
                parts = [edge.to_id for edge in last]
                break
            current = whole[0]
        found: set[str] = set()
        while parts:
            part = parts.pop()
            if part not in found:
                found.add(part)
                parts += [edge.to_id for edge in self.successors(part) if edge.on <= day]
        return frozenset(found)
