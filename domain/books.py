"""A fold that says why it could not apply an event, so that one rule serves folding and deciding.

The directory's three subjects (units, organisations, rules) are each a `Book`: the records applied
in one fixed order. An event that contradicts the book is left out whole and its reason is kept;
deciding about a new event asks the same question before it is recorded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import Any, Final, Self
from uuid import UUID

from domain.events import Record
from domain.refusals import Refusal

FOREVER: Final = date.max.toordinal() + 1
"""The ordinal that stands for "no end"."""

Place = tuple[Any, ...]
"""Where a record stands in the book's order."""


def key(identity: UUID | str) -> str:
    """An identifier as records hold it."""
    return identity if type(identity) is str else str(identity)


def ordinal(day: str) -> int:
    """The proleptic ordinal of an ISO day."""
    return date.fromisoformat(day).toordinal()


def day_or_none(number: int) -> date | None:
    """The day of an ordinal; None for "no end"."""
    return None if number >= FOREVER else date.fromordinal(number)


class Book(ABC):
    """Entries are immutable and replaced, never changed, so that `copy` is cheap and safe."""

    def __init__(self) -> None:
        self.problems: dict[str, Refusal] = {}
        """By event id: why the event was left out."""
        self.last: Place = ()
        """The place of the last record applied."""

    @staticmethod
    @abstractmethod
    def place(record: Record) -> Place:
        """The record's place in the order of this book."""

    @abstractmethod
    def problem(self, record: Record) -> Refusal | None:
        """Why the record cannot be applied to the book as it is now."""

    @abstractmethod
    def _change(self, record: Record) -> None:
        """Apply a record that has no problem."""

    @abstractmethod
    def copy(self) -> Self:
        """A book that can be changed without changing this one."""

    def apply(self, record: Record) -> None:
        """Apply the next record; the caller keeps to `place` order."""
        problem = self.problem(record)
        if problem is None:
            self._change(record)
        else:
            self.problems[record.event_id] = problem
        self.last = self.place(record)
