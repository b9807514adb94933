"""A fold that says why it could not apply an event, so that one rule serves folding and deciding.

The directory's three subjects (units, organisations, rules) are each a `Book`: the records applied
in one fixed order. An event that contradicts the book is left out whole and its reason is kept;
deciding about a new event asks the same question before it is recorded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from domain.decisions import VIETNAM
from domain.events import Record
from domain.identifiers import text_of
from domain.layers import Layered
from domain.refusals import Refusal, RefusalKind, Text, refuse

FOREVER: Final = date.max.toordinal() + 1
"""The ordinal that stands for "no end"."""

_ERAS: Final = 8
"""Eras that a book remembers; each keeps alive what changed since."""

Place = tuple[Any, ...]
"""Where a record stands in the book's order."""


Id = UUID | str
"""An identifier as a UUID or as records hold it; answers are always as records hold it."""


def key(identity: Id) -> str:
    """An identifier as records hold it."""
    return identity if isinstance(identity, str) else text_of(identity)


def ordinal(day: str) -> int:
    """The proleptic ordinal of an ISO day."""
    return date.fromisoformat(day).toordinal()


def day_or_none(number: int) -> date | None:
    """The day of an ordinal; None for "no end"."""
    return None if number >= FOREVER else date.fromordinal(number)


def recorded(record: Record) -> int:
    """The ordinal of the day in Vietnam on which an event was recorded."""
    return datetime.fromisoformat(record.recorded_at).astimezone(VIETNAM).toordinal()


class Lifespan:
    """What begins on `start` and ends before `stop` (ordinals; `stop` is after its last day)."""

    __slots__ = ()

    if TYPE_CHECKING:
        # Declared to the checker only: a dataclass would take them for default values.
        @property
        def start(self) -> int: ...
        @property
        def stop(self) -> int: ...

    @property
    def valid_from(self) -> date:
        """Its first day."""
        return date.fromordinal(self.start)

    @property
    def valid_to(self) -> date | None:
        """Its last day, or None while no end is known."""
        return day_or_none(self.stop - 1) if self.stop < FOREVER else None

    def active(self, number: int) -> bool:
        return self.start <= number < self.stop


def inactive(
    life: Lifespan, number: int, *, kind: RefusalKind, field: str, rule: str, subject: Text
) -> Refusal:
    """The refusal of what names something outside its life."""
    until = life.valid_to
    return refuse(
        kind,
        field,
        rule,
        vi="{subject} không hoạt động vào {day} (từ {first} đến {last}).",
        en="{subject} was not active on {day} (from {first} to {last}).",
        subject=subject,
        day=date.fromordinal(number),
        first=life.valid_from,
        last=until if until is not None else "…",
    )


class Book(ABC):
    """Entries are immutable and replaced, never changed, so that `copy` is cheap and safe."""

    def __init__(self) -> None:
        self.problems: Layered[str, Refusal] = Layered()
        """By event id: why the event was left out."""
        self.last: Place = ()
        """The place of the last record applied."""
        self.eras: tuple[Self, ...] = ()
        """The book as it was at the end of each of the last eras, before the current one."""
        self._era = ""
        self._of_era: Layered[str, Record] = Layered()
        """The records of the current era, where the book has eras."""

    @staticmethod
    @abstractmethod
    def place(record: Record) -> Place:
        """The record's place in the order of this book."""

    @staticmethod
    def era(record: Record) -> str:
        """The part of the book's order that the record belongs to; "" if it has no parts.

        A record that arrives for an earlier era is applied to the book as it was then, and only
        the later eras are folded again.
        """
        del record
        return ""

    @abstractmethod
    def problem(self, record: Record) -> Refusal | None:
        """Why the record cannot be applied to the book as it is now."""

    @abstractmethod
    def _change(self, record: Record) -> None:
        """Apply a record that has no problem."""

    def copy(self) -> Self:
        """A book that can be changed without changing this one; it costs as much as what changed
        lately, whatever the book holds."""
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Layered | dict):
                setattr(other, name, value.copy())
        return other

    def apply(self, record: Record) -> None:
        """Apply the next record; the caller keeps to `place` order."""
        era = self.era(record)
        if era != self._era:
            if self.last:
                self._close_era()
            self._era = era
        if era:
            self._of_era[record.event_id] = record
        problem = self.problem(record)
        if problem is None:
            self._change(record)
        else:
            self.problems[record.event_id] = problem
        self.last = self.place(record)

    def _close_era(self) -> Self:
        """Remember the book as it is; the book remembered."""
        past = self.copy()
        past.eras = ()  # each would keep those before it alive, without end
        self.eras = (*self.eras[1 - _ERAS :], past)
        self._of_era = Layered()
        return past

    def before(self, record: Record) -> tuple[Self, list[Record]] | None:
        """A book as it was at the end of the last era before the record's place, to be changed, and
        the records applied since; None if that is not remembered."""
        place = self.place(record)
        for number, past in reversed(list(enumerate(self.eras))):
            if past.last < place:
                book = past.copy()
                book.eras = self.eras[:number]
                since = (*self.eras[number + 1 :], self)
                return book, [applied for era in since for applied in era._of_era.values()]
        return None
