"""Under which unit each unit's numbers stand: the roll-up along the dated hierarchy.

Two ways, as the committee asks (projections, "Reorganisation"):

- *as was*: every unit stands under the parents it had on its last active day in the span, so a ward
  that ended in January stays a row of its own in the first half-year;
- *as of a day*: a unit that has ended stands under the unit it went into whole, again and again if
  need be. A unit that was split stands under nobody new: it stays a row of its own, and the row
  says how many of its records wait. Those that were assigned by hand (`domain.assignments`) stand
  under the successor they were assigned to, from the day that one began (R102).

Every unit stands in one place in the whole country, so a sum over the rows counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from domain.closing import eras
from domain.directory import Directory
from domain.levels import Level
from domain.refusals import Text
from domain.units import Share
from services.node.figures.remembered import Remembered
from services.node.figures.result import FigureQuestionError, UnitRef
from services.node.figures.span import Span


class Home(NamedTuple):
    """Where a unit's numbers stand, as seen from the unit asked about."""

    row: str
    """The child whose row they add to; the unit asked about itself for its own numbers."""
    level: Level
    """The unit's own level."""
    split: bool
    """Whether they wait under an ended unit because a unit was split; but for those assigned."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """All units a figure covers. Equal to itself alone, so that it can be a key."""

    root: str
    homes: Mapping[str, Home]
    """By unit: the unit asked about and everything under it."""
    rows: tuple[UnitRef, ...]
    """The rows below the unit asked about, by code, as they were called on their last day."""
    ended: frozenset[str]
    """Rows, and the unit asked about, that were no longer active on the last day."""
    reference: UnitRef = field(repr=False)
    """The unit asked about."""
    split: Mapping[str, frozenset[str]]
    """By split unit, also outside: the units its parts have become by the day of the hierarchy."""
    by_home: Mapping[Home, Sequence[str]] = field(init=False, repr=False)
    """The units covered, by where their numbers stand: every figure adds up along them."""

    def __post_init__(self) -> None:
        grouped: dict[Home, list[str]] = {}
        for unit, home in self.homes.items():
            grouped.setdefault(home, []).append(unit)
        object.__setattr__(self, "by_home", grouped)

    @property
    def units(self) -> Sequence[str]:
        """Ids of all units covered, sorted."""
        return sorted(self.homes)

    @property
    def sources(self) -> dict[str, None]:
        """The units whose records may stand here: those covered, and those whose parts are."""
        return dict.fromkeys((*self.homes, *self.split))

    def stands(self, unit_id: str, assigned_to: str) -> str | None:
        """The unit under which a unit's record stands, given to whom it was assigned ("" if to
        nobody); None if under none of the units covered."""
        if assigned_to and assigned_to in self.split.get(unit_id, ()):
            unit_id = assigned_to
        return unit_id if unit_id in self.homes else None


_Question = tuple[str, Span, date | None]

_PLACED: Final = Remembered[_Question, Placement](most=16)
"""One of a whole country with 11,000 units takes some 3 MiB."""


def place(directory: Directory, root: str, span: Span, hierarchy_on: date | None) -> Placement:
    """Place every unit that counts under `root`.

    `hierarchy_on` None: as was in the span. Raises FigureQuestionError for an unknown unit.
    """
    return _PLACED.of(
        directory,
        (root, span, hierarchy_on),
        lambda: _place(directory, root, span, hierarchy_on),
    )


def _place(directory: Directory, root: str, span: Span, hierarchy_on: date | None) -> Placement:
    if directory.unit(root) is None:
        raise FigureQuestionError(
            "unit_id",
            Text(
                "Danh mục không có đơn vị này, hoặc chưa có ở trạng thái được hỏi (as_of).",
                "The catalogue has no such unit, or had none in the state asked for (as_of).",
            ),
        )
    split: dict[str, frozenset[str]] = {}
    if hierarchy_on is None:
        homes = _as_was(directory, root, span)
        last = span.last
        below = directory.children_between(root, span.first, last)
    else:
        homes = _as_of(directory, root, hierarchy_on, split)
        last = hierarchy_on
        below = directory.children(root, last)
    shown = {home.row for home in homes.values()} | {
        unit_id for unit_id in below if unit_id in homes and homes[unit_id].row == unit_id
    }
    shown.discard(root)
    return Placement(
        root,
        homes,
        tuple(
            sorted(
                (unit_ref(directory, unit_id, last) for unit_id in shown),
                key=lambda unit: (unit.code, unit.name, unit.unit_id),
            )
        ),
        frozenset(u for u in (root, *shown) if not directory.active(u, last)),
        unit_ref(directory, root, last),
        split,
    )


def with_closed(directory: Directory, placement: Placement, span: Span) -> Placement:
    """The placement with every unit that was known to be under the root when a period of the span
    closed, although a reorganisation recorded later says otherwise (`domain.closing`)."""
    homes, rows = dict(placement.homes), {row.unit_id: row for row in placement.rows}
    for era in eras(directory, span.first, span.last):
        if era.directory is directory:
            continue
        for unit_id in era.directory.descendants(placement.root, era.first, era.last):
            if unit_id in homes:
                continue
            day = last_active_day(era.directory, unit_id, era.last)
            row = _row((unit_id, *era.directory.ancestors(unit_id, day)), placement.root)
            if row is not None:
                homes[unit_id] = _home(era.directory, unit_id, row, False)
                rows.setdefault(row, unit_ref(directory, row, span.last))
    if len(homes) == len(placement.homes):
        return placement
    ended = {row for row in rows if not directory.active(row, span.last)}
    return replace(
        placement,
        homes=homes,
        rows=tuple(sorted(rows.values(), key=lambda unit: (unit.code, unit.name, unit.unit_id))),
        ended=placement.ended | ended,
    )


def last_active_day(directory: Directory, unit_id: str, last: date) -> date:
    """The last day up to `last` on which a known unit was active; its first if it began later."""
    unit = directory.unit(unit_id)
    if unit is None:
        return last
    until = last if unit.valid_to is None else min(unit.valid_to, last)
    return max(until, unit.valid_from)


def unit_ref(directory: Directory, unit_id: str, day: date) -> UnitRef:
    """What a known unit is called on a day. Raises KeyError for an unknown unit."""
    unit = directory.attributes(unit_id, day)
    if unit is None:
        raise KeyError(unit_id)
    return UnitRef(unit_id, unit.code, unit.name, unit.kind.value, unit.level)


def _row(chain: Sequence[str], root: str) -> str | None:
    """The element of a chain (lowest first) just below the root; None if the root is not in it."""
    below = root
    for unit_id in chain:
        if unit_id == root:
            return below
        below = unit_id
    return None


def _home(directory: Directory, unit_id: str, row: str, split: bool) -> Home:
    return Home(row, directory.level(unit_id) or Level.COMMUNE, split)


def _as_was(directory: Directory, root: str, span: Span) -> dict[str, Home]:
    homes = {root: _home(directory, root, root, False)}
    for unit_id in directory.descendants(root, span.first, span.last):
        day = last_active_day(directory, unit_id, span.last)
        row = _row((unit_id, *directory.ancestors(unit_id, day)), root)
        if row is not None:
            homes[unit_id] = _home(directory, unit_id, row, False)
    return homes


def _as_of(
    directory: Directory, root: str, day: date, split: dict[str, frozenset[str]]
) -> dict[str, Home]:
    homes: dict[str, Home] = {}
    for unit_id in _candidates(directory, root, day):
        chain, waits = _settled(directory, unit_id, day)
        if waits:
            split[unit_id] = directory.split_successors(unit_id, day)
        row = _row(chain, root)
        if row is not None:
            homes[unit_id] = _home(directory, unit_id, row, waits)
    return homes


def _candidates(directory: Directory, root: str, day: date) -> Iterator[str]:
    """Every unit that was ever under the root, or went into one of them: no other stands there."""
    waiting, met = [root], {root}
    while waiting:
        unit_id = waiting.pop()
        yield unit_id
        for other in (
            *directory.children_between(unit_id, date.min, day),
            *(edge.from_id for edge in directory.predecessors(unit_id)),
        ):
            if other not in met:
                met.add(other)
                waiting.append(other)


def _settled(directory: Directory, unit_id: str, day: date) -> tuple[tuple[str, ...], bool]:
    """The unit that holds the numbers on `day` and what is above it; whether a split stops it."""
    chain: list[str] = []
    split = False
    current: str | None = unit_id
    while current is not None:
        if directory.active(current, day):
            return (*chain, current, *directory.ancestors(current, day)), split
        unit = directory.unit(current)
        edges = [
            edge
            for edge in directory.successors(current)
            if unit is not None and edge.on <= day and edge.on.toordinal() == unit.stop
        ]
        whole = [edge for edge in edges if edge.share is Share.FULL]
        if len(whole) == 1:
            current = whole[0].to_id
            continue
        split = split or bool(edges)
        chain.append(current)
        current = directory.parent(current, last_active_day(directory, current, day))
    return tuple(chain), split
