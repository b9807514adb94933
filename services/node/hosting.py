"""Which units a node records for, and the origin of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from domain.books import key
from domain.directory import Directory
from domain.events import derive_id
from domain.levels import Level

_EVERY_DAY: Final = 0
_MAX_CACHED: Final = 20_000
"""More than there are units; senders may name units that do not exist, without end."""


def origin_of(unit_id: UUID | str, seat: str) -> UUID:
    """The origin of one recording seat of one unit: the same wherever it is worked out."""
    return derive_id("origin", unit_id, seat)


class Hosting:
    """The units of this node: some named ones, or all of its level under a superior unit."""

    def __init__(self, level: Level, units: Iterable[UUID], under: UUID | None, seat: str) -> None:
        """`under`: also host every unit of `level` below this one, as the hierarchy stands."""
        self.level = level
        self.seat = seat
        self._units = frozenset(str(unit) for unit in units)
        self._under = under
        self._origins: dict[str, tuple[UUID, str]] = {}
        self._hosted: tuple[Directory, dict[tuple[str, int], bool]] = (Directory(), {})
        """By unit and day; day 0 stands for every day."""

    def hosts(self, unit_id: UUID | str, day: date, directory: Directory) -> bool:
        """Whether this node records for that unit, on what happened on `day`."""
        unit = key(unit_id)
        if unit in self._units:
            return True
        if self._under is None:
            return False
        known, hosted = self._hosted
        if known is not directory or len(hosted) > _MAX_CACHED:
            hosted = {}
            self._hosted = (directory, hosted)
        found = hosted.get((unit, _EVERY_DAY))
        if found is None:
            found = hosted.get((unit, day.toordinal()))
        if found is None:
            lasting = directory.lasting_ancestors(unit)
            place = (unit, day.toordinal() if lasting is None else _EVERY_DAY)
            above = directory.ancestors(unit, day) if lasting is None else lasting
            found = hosted[place] = (
                directory.level(unit) == self.level and str(self._under) in above
            )
        return found

    def origin(self, unit_id: UUID | str) -> UUID:
        """The origin that records for a hosted unit."""
        return self._origin(key(unit_id))[0]

    def origin_text(self, unit: str) -> str:
        """The same as text."""
        return self._origin(unit)[1]

    def _origin(self, unit: str) -> tuple[UUID, str]:
        known = self._origins.get(unit)
        if known is None:
            origin = origin_of(unit, self.seat)
            known = (origin, str(origin))
            if len(self._origins) < _MAX_CACHED:
                self._origins[unit] = known
        return known
