"""The directory: units, organisations and rules as of any day, folded from their events.

It is a value: `with_records` answers a new directory and leaves this one as it is, sharing
everything that did not change, so that readers in other threads never see half an event. The
result depends on the records alone, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from domain.books import Book, key
from domain.decisions import Context, as_record
from domain.effective import AMENDMENTS, CORRECTED, effective
from domain.events import Draft, Record
from domain.layers import Layered
from domain.levels import Level
from domain.organisation_book import OrganisationBook, OrganisationHistory
from domain.refusals import NOT_IN_THAT_STATE, Refusal, refuse
from domain.rules import Rule, RuleBook
from domain.unit_book import UnitBook
from domain.unit_history import LineageEdge, UnitHistory
from domain.units import Share, UnitKind

UNIT_TYPE: Final = "UnitReorganised"
ORGANISATION_TYPE: Final = "OrganisationChanged"
RULE_TYPE: Final = "RuleDefined"
DIRECTORY_TYPES: Final = frozenset({UNIT_TYPE, ORGANISATION_TYPE, RULE_TYPE})

Id = UUID | str
"""An identifier as a UUID or as records hold it; answers are always as records hold it."""

_MAX_CACHED: Final = 20_000

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


class Directory:
    """See the module. Days are calendar days in Vietnam, both ends of a range included."""

    def __init__(self) -> None:
        self._records: Layered[str, Record] = Layered()
        self._amendments: Layered[str, Record] = Layered()
        self._targets: frozenset[str] = frozenset()
        self._units = UnitBook()
        self._organisations = OrganisationBook()
        self._rules = RuleBook()
        self._below: dict[tuple[str, int, int], tuple[str, ...]] = {}

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

    # Units

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

    # Organisations

    def organisations(self) -> Iterator[OrganisationHistory]:
        """Every organisation there ever was."""
        return iter(self._organisations.organisations.values())

    def organisation(self, org_id: Id) -> OrganisationHistory | None:
        """The organisation through time, or None if it is not known."""
        return self._organisations.organisations.get(key(org_id))

    def organisations_of(self, unit_id: Id, day: date | None = None) -> tuple[str, ...]:
        """The unit's organisations that are active on that day; all of them without a day."""
        ids = self._organisations.by_unit.get(key(unit_id), ())
        if day is None:
            return ids
        number = day.toordinal()
        return tuple(
            org_id for org_id in ids if self._organisations.organisations[org_id].active(number)
        )

    def org_heir(self, org_id: Id, day: date) -> str | None:
        """The organisation that stands in this one's place on that day; itself while active."""
        current = key(org_id)
        number = day.toordinal()
        passed: set[str] = set()
        while current not in passed:
            passed.add(current)
            found = self._organisations.organisations.get(current)
            if found is None:
                return None
            if found.stop > number:
                return current
            if found.successor_id is None:
                return None
            current = found.successor_id
        return None

    # Rules

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
