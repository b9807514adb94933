"""The directory: units, organisations and rules as of any day, folded from their events.

It is a value: `with_records` answers a new directory and leaves this one as it is, sharing
everything that did not change, so that readers in other threads never see half an event. The
result depends on the records alone, never on the order in which they came. Here it is built and
guards itself; its answers are in `directory_units`, `directory_organisations` and
`directory_rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Final, TypeVar

from domain.books import Book
from domain.decisions import Context, as_record
from domain.directory_organisations import DirectoryOrganisations
from domain.directory_rules import DirectoryRules
from domain.effective import AMENDMENTS, CORRECTED, effective
from domain.events import Draft, Record
from domain.layers import Layered
from domain.organisation_book import OrganisationBook
from domain.refusals import NOT_IN_THAT_STATE, Refusal, refuse
from domain.rules import RuleBook
from domain.unit_book import UnitBook

UNIT_TYPE: Final = "UnitReorganised"
ORGANISATION_TYPE: Final = "OrganisationChanged"
RULE_TYPE: Final = "RuleDefined"
DIRECTORY_TYPES: Final = frozenset({UNIT_TYPE, ORGANISATION_TYPE, RULE_TYPE})

TBook = TypeVar("TBook", bound=Book)


def concerns_directory(record: Record) -> bool:
    """Whether the directory is made of this record, or of what it corrects or retracts.

    A correction that names no target type is kept: its target may still be on its way.
    """
    if record.type in DIRECTORY_TYPES:
        return True
    return record.type in AMENDMENTS and bool(_books_touched(record))


def _books_touched(amendment: Record) -> frozenset[str]:
    target_type = amendment.data.get("target_type")
    if target_type is None or target_type == CORRECTED:
        return DIRECTORY_TYPES
    return DIRECTORY_TYPES & {target_type}


class Directory(DirectoryRules, DirectoryOrganisations):
    """See the module; what it answers stands with units, organisations and rules."""

    def __init__(self) -> None:
        self._records: Layered[str, Record] = Layered()
        self._amendments: Layered[str, Record] = Layered()
        self._targets: frozenset[str] = frozenset()
        self._units = UnitBook()
        self._organisations = OrganisationBook()
        self._rules = RuleBook()
        self._below = {}

    # Building

    @classmethod
    def fold(cls, records: Iterable[Record]) -> Directory:
        """The directory of these records; others than `concerns_directory` are passed over."""
        return cls().with_records(records)

    def with_records(self, records: Iterable[Record]) -> Directory:
        """This directory and these records, in any order; known event ids are passed over.

        A record that comes last in its book costs what changed lately; one that takes effect on
        an earlier day folds the days from there on again, and a correction the whole book.
        """
        plain: dict[str, Record] = {}
        amendments: dict[str, Record] = {}
        for record in records:
            if record.type in DIRECTORY_TYPES:
                if record.event_id not in self._records:
                    plain[record.event_id] = record
            elif concerns_directory(record) and record.event_id not in self._amendments:
                amendments[record.event_id] = record
        if not plain and not amendments:
            return self
        other = type(self)()
        other._records = self._records.copy()
        other._records.update(plain)
        other._amendments = self._amendments
        other._targets = self._targets
        if amendments:
            other._amendments = self._amendments.copy()
            other._amendments.update(amendments)
            other._targets |= {record.data["target_event_id"] for record in amendments.values()}
        touched = frozenset().union(*map(_books_touched, amendments.values()))
        other._units = other._next(self._units, UNIT_TYPE, plain, touched)
        other._organisations = other._next(self._organisations, ORGANISATION_TYPE, plain, touched)
        other._rules = other._next(self._rules, RULE_TYPE, plain, touched)
        if other._units is self._units:
            other._below = self._below
        return other

    def apply(self, record: Record) -> Directory:
        """`with_records` for one record."""
        return self.with_records((record,))

    def _next(
        self, book: TBook, name: str, plain: Mapping[str, Record], touched: frozenset[str]
    ) -> TBook:
        """The book with the new records of its type; `self` already holds all records."""
        new = [record for record in plain.values() if record.type == name]
        if not new and name not in touched:
            return book
        new.sort(key=book.place)
        plain_only = name not in touched and self._targets.isdisjoint(
            record.event_id for record in new
        )
        if plain_only and book.last < book.place(new[0]):
            book = book.copy()
        elif plain_only and not self._targets and (then := book.before(new[0])) is not None:
            book, since = then
            new += since
            new.sort(key=book.place)
        else:
            new = effective(
                [
                    *(record for record in self._records.values() if record.type == name),
                    *self._amendments.values(),
                ]
            )
            new.sort(key=book.place)
            book = type(book)()
        for record in new:
            book.apply(record)
        return book

    def records(self) -> Iterator[Record]:
        """The events it is made of, corrections and retractions among them, in no order."""
        yield from self._records.values()
        yield from self._amendments.values()

    def with_rules_until(self, moment: str) -> Directory:
        """This directory with its rules as they had been recorded by a moment (RFC 3339, UTC)."""
        events = self.rule_events()
        known = [record for record in events if record.recorded_at <= moment]
        if len(known) == len(events):
            return self
        other = copy(self)
        other._rules = RuleBook()
        for record in effective(known):
            other._rules.apply(record)
        return other

    def rule_events(self) -> list[Record]:
        """Every event that lays a rule down, and those that may correct or retract one, as they
        were recorded, in `Record.order`."""
        laid_down = [r for r in self._records.values() if r.type == RULE_TYPE]
        amending = [r for r in self._amendments.values() if RULE_TYPE in _books_touched(r)]
        return sorted([*laid_down, *amending], key=RuleBook.place)

    # Deciding

    @property
    def problems(self) -> Mapping[str, Refusal]:
        """By event id: the events that contradict the others and were left out, with the reason."""
        return {
            **self._units.problems,
            **self._organisations.problems,
            **self._rules.problems,
        }

    def refusal_of(self, draft: Draft, ctx: Context) -> Refusal | None:
        """Why the draft would leave the directory contradicting itself, on any day.

        For the directory's own events and for corrections and retractions of them.
        """
        record = as_record(draft, ctx)
        book = self._book(record.type)
        if book is not None and book.last < book.place(record):
            return book.problem(record)
        before, after = self.problems, self.with_records((record,)).problems
        if record.event_id in after:
            return after[record.event_id]
        for event_id, problem in after.items():
            if event_id not in before:
                return refuse(
                    NOT_IN_THAT_STATE,
                    problem.field if record.type in AMENDMENTS else "",
                    problem.rule,
                    vi="Sau đó sự kiện {event} không còn hợp lệ: {why}",
                    en="Event {event} would no longer be valid: {why}",
                    event=event_id,
                    why=problem.detail,
                )
        return None

    def _book(self, name: str) -> Book | None:
        books: dict[str, Book] = {
            UNIT_TYPE: self._units,
            ORGANISATION_TYPE: self._organisations,
            RULE_TYPE: self._rules,
        }
        return books.get(name)
