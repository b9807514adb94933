"""What a unit was through time, what it became, and who held a code or stood under a unit when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.books import FOREVER, Lifespan
from domain.layers import Layered
from domain.levels import Level
from domain.units import Share, UnitKind


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """What a unit was from `start` until the next version (proleptic ordinals)."""

    start: int
    code: str
    name: str
    kind: UnitKind
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class UnitHistory(Lifespan):
    """A unit through time. `stop` is the ordinal after its last day."""

    unit_id: str
    level: Level
    versions: tuple[UnitVersion, ...]
    stop: int = FOREVER

    @property
    def start(self) -> int:
        return self.versions[0].start

    def at(self, number: int) -> UnitVersion:
        """The version in force, or the first or last known one outside the unit's life."""
        for version in reversed(self.versions):
            if version.start <= number:
                return version
        return self.versions[0]

    def spells(self) -> Iterator[tuple[int, int, UnitVersion]]:
        """Each version with its first ordinal and the ordinal after its last."""
        stops = [version.start for version in self.versions[1:]] + [self.stop]
        for version, stop in zip(self.versions, stops, strict=True):
            yield version.start, min(stop, self.stop), version


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """One unit became part of another on a day."""

    from_id: str
    to_id: str
    share: Share
    """FULL if the giving unit went whole into this one unit; a split's edges are all PART."""
    on: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Holding(Lifespan):
    """A code or a child held over a time (ordinals, `stop` exclusive)."""

    holder: str
    start: int
    stop: int


Holdings = Layered[str, tuple[Holding, ...]]
"""Who held what, by what was held."""


def hold(held: Holdings, by: str, holder: str, start: int) -> None:
    """From `start` on `holder` holds it, with no end known."""
    held[by] = (*held.get(by, ()), Holding(holder, start, FOREVER))


def release(held: Holdings, by: str, holder: str, stop: int) -> None:
    """`holder` holds it no longer from `stop` on."""
    kept = (
        replace(item, stop=stop) if item.holder == holder and item.stop > stop else item
        for item in held[by]
    )
    held[by] = tuple(item for item in kept if item.start < item.stop)
