"""When a period is closed, and which units and rules it is judged by from then on (decision 0015).

A period closes with the last good day of what is owed for it. It is judged by the units and rules
as they had been recorded by then: a rule, a reorganisation, a correction or a retraction recorded
later changes nothing about it, so its denominators stay what they were. Only what was recorded in
the first month of the catalogue holds for earlier periods as well: so history is taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from threading import Lock
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from domain.books import Id, ordinal, recorded
from domain.directory import RULE_TYPE, UNIT_TYPE, Directory
from domain.effective import AMENDMENTS, CORRECTED
from domain.events import Record
from domain.rule_params import RuleKind

TAKE_OVER_DAYS: Final = 31
"""So long after the first unit was recorded, what is recorded holds for closed periods too."""


_AMENDED: Final = (UNIT_TYPE, RULE_TYPE, CORRECTED)


@dataclass(frozen=True, slots=True)
class Era:
    """Days on which periods that close are judged by one and the same directory."""

    first: date
    last: date
    directory: Directory = field(repr=False)


class _Late(NamedTuple):
    """A record that was unknown on days that it is about."""

    event_id: str
    start: int
    """The first day it is about (ordinal)."""
    stop: int
    """The day it was recorded."""
    last_good_days: bool
    """Whether this is told of last good days, or of all else: see `_begins_to_move`."""


@dataclass(slots=True)
class _Hindsight:
    """What one directory holds that was recorded late, and the directories without it."""

    taken_over: int
    """The last day of taking over (ordinal)."""
    late: Sequence[_Late]
    without: dict[frozenset[str], Directory] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_known: Final[WeakKeyDictionary[Directory, _Hindsight]] = WeakKeyDictionary()
"""A directory never changes, and every figure asks the same of it."""

_MOST: Final = 64
"""Directories kept of one: each holds what a late record made different, and shares nothing."""


def eras(
    directory: Directory, first: date, last: date, *, last_good_days: bool = False
) -> Sequence[Era]:
    """Those days, divided by what had been recorded when each was over; earliest first.

    Nearly always one era: then its directory is this one. `last_good_days`: what is asked of them
    is the last good day of something, which a due rule may move away from a day before it holds.
    """
    hindsight = _hindsight(directory)
    start, stop = first.toordinal(), last.toordinal() + 1
    late = [
        item
        for item in hindsight.late
        if item.start < stop and start < item.stop and item.last_good_days == last_good_days
    ]
    if not late:
        return (Era(first, last, directory),)
    ends = {day for item in late for day in (item.start, item.stop)}
    turns = sorted({start, stop} | {day for day in ends if start < day < stop})
    return tuple(
        Era(
            date.fromordinal(begin),
            date.fromordinal(end - 1),
            _without(
                directory,
                hindsight,
                frozenset(item.event_id for item in late if item.start <= begin < item.stop),
            ),
        )
        for begin, end in pairwise(turns)
    )


def had_organisation(directory: Directory, unit_id: Id, category: str, day: date) -> bool:
    """Whether the unit had an organisation of that category on a day on which a period closes.

    Organisations change often and make no other rule hold, so each is asked by itself; a correction
    of their events does change closed periods.
    """
    number = day.toordinal()
    by = max(number, _hindsight(directory).taken_over)
    return any(
        found is not None and found.category == category and found.active_as_recorded_by(number, by)
        for found in map(directory.organisation, directory.organisations_of(unit_id))
    )


def _hindsight(directory: Directory) -> _Hindsight:
    found = _known.get(directory)
    if found is None:
        taken_over = _taken_over(directory)
        found = _Hindsight(taken_over, tuple(_late(directory, taken_over)))
        _known[directory] = found
    return found


def _taken_over(directory: Directory) -> int:
    units = (record for record in directory.records() if record.type == UNIT_TYPE)
    opened = min(units, key=lambda record: record.recorded_at, default=None)
    return 0 if opened is None else recorded(opened) + TAKE_OVER_DAYS


def _late(directory: Directory, taken_over: int) -> Iterator[_Late]:
    # Nearly everything was recorded before it took effect or while history was taken over: the
    # comparison of texts spares reading their times.
    surely = date.fromordinal(max(taken_over - 1, 1)).isoformat()
    for record in directory.records():
        start = _begins(record)
        if start is None or record.recorded_at < surely:
            continue
        stop = recorded(record)
        if stop > max(taken_over, start):
            yield _Late(record.event_id, start, stop, False)
        earlier = _begins_to_move(record, start)
        if stop > max(taken_over, earlier):
            yield _Late(record.event_id, earlier, stop, True)


def _begins(record: Record) -> int | None:
    """The first day that the record is about, for units and rules; for what corrects or retracts
    them, the beginning of all days. None for organisations: see `had_organisation`."""
    data = record.data
    if record.type == UNIT_TYPE:
        return ordinal(data["effective_on"])
    if record.type == RULE_TYPE:
        return ordinal(data["valid_from"])
    if record.type in AMENDMENTS and data.get("target_type") in _AMENDED:
        return date.min.toordinal()
    return None


def _begins_to_move(record: Record, start: int) -> int:
    """The first day on which a last good day may have stood that a due rule has moved: it gives one
    for the whole year in which it begins to hold, in the place of what another rule gives."""
    if record.type == RULE_TYPE and record.data["kind"] == RuleKind.DUE:
        return date.fromordinal(start).replace(month=1, day=1).toordinal()
    return start


def _without(directory: Directory, hindsight: _Hindsight, late: frozenset[str]) -> Directory:
    """The directory as if these events had not been recorded."""
    if not late:
        return directory
    found = hindsight.without.get(late)
    if found is None:
        found = Directory.fold(
            record for record in directory.records() if record.event_id not in late
        )
        with hindsight.lock:
            while len(hindsight.without) >= _MOST:
                del hindsight.without[next(iter(hindsight.without))]
            hindsight.without[late] = found
    return found
