"""The list of obligations: what is asked for, how each stands, page by page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from domain.closing import eras
from domain.directory import Directory
from domain.obligation_standing import ObligationState, Standing, standing
from domain.obligations import ObligationKind
from domain.owed import Obligation, plan_owed, report_owed
from domain.periods import Period
from domain.waivers import ObligationWaived
from services.node.figures.figure import of_units
from services.node.obligations.answers import Answer, Answers
from services.node.obligations.owing import ALL_KINDS, obligations_due
from services.node.readmodels.obligation_notes import ObligationNotes
from services.node.views import View

_ORDER: Final = {kind: place for place, kind in enumerate(ObligationKind)}

Place = tuple[str, int, str, str, str, str]
"""Where an entry stands in the list: due day, kind, organisation, unit's code, unit, period."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which obligations are asked for."""

    unit_id: str
    today: date
    due_after: date
    """The first last good day that is listed."""
    due_before: date
    """The last one."""
    subtree: bool = False
    """Also of every unit that was under it on one of those days."""
    kinds: Collection[ObligationKind] = ALL_KINDS
    states: Collection[ObligationState] = frozenset(ObligationState)
    period: str | None = None
    ends_by: date | None = None
    """Only what is due by this day, or whose period ends by then: a report is due after its
    period."""


@dataclass(frozen=True, slots=True)
class Note:
    """A reminder, or the waiver."""

    event_id: str
    day: date
    superior_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One obligation and how it stands."""

    obligation: Obligation
    standing: Standing
    met_by: Answer | None
    reminders: tuple[Note, ...]
    waived_by: Note | None
    place: Place


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list."""

    entries: Sequence[Entry]
    counts: Mapping[ObligationState, int]
    """How many of all that were asked for stand so, whatever `states` asks."""
    units: Sequence[str]
    """The units whose obligations were looked for."""
    after: Place | None
    """The place of the last entry shown, if there are more."""


def listed(view: View, question: Question, after: Place | None, limit: int) -> Listed:
    """One page, by last good day."""
    units, found = entries(view, question)
    counts = Counter(entry.standing.state for entry in found)
    wanted = [
        entry
        for entry in found
        if entry.standing.state in question.states and (after is None or entry.place > after)
    ]
    wanted.sort(key=lambda entry: entry.place)
    page = wanted[:limit]
    more = len(wanted) > limit
    return Listed(page, counts, units, page[-1].place if more else None)


def entries(view: View, question: Question) -> tuple[Sequence[str], list[Entry]]:
    """The units asked about, and all their obligations in no order, whatever their state.

    A unit's own list also holds what it bears for a unit that ended.
    """
    directory, root = view.directory, question.unit_id
    units = _units(directory, question)
    owed = [
        obligation
        for obligation in obligations_due(
            directory, units, question.due_after, question.due_before, question.kinds
        )
        if (question.period is None or obligation.period == question.period)
        and (
            question.ends_by is None or min(obligation.due_on, obligation.last) <= question.ends_by
        )
        and (question.subtree or root == obligation.unit_id or root in obligation.bearers)
    ]
    bearing = dict.fromkeys(bearer for each in owed for bearer in each.bearers)
    concerned = {obligation.unit_id: None for obligation in owed} | bearing
    answers = Answers(view, owed, concerned)
    notes = _notes(view, {obligation.unit_id: None for obligation in owed})
    codes = {unit_id: _code(directory, unit_id, question.due_before) for unit_id in concerned}
    return units, [
        _entry(
            directory,
            obligation,
            answers,
            notes.get(obligation.key, ()),
            question.today,
            codes[obligation.unit_id],
        )
        for obligation in owed
    ]


def _units(directory: Directory, question: Question) -> list[str]:
    """The unit, with all below it if asked, also as they were known to be then; and whatever ended
    into any of these, whose obligations they may bear."""
    root, first, last = question.unit_id, question.due_after, question.due_before
    found: dict[str, None] = {root: None}
    if question.subtree:
        for era in eras(directory, first, last):
            found.update(dict.fromkeys(era.directory.descendants(root, first, last)))
        found.update(dict.fromkeys(directory.descendants(root, first, last)))
    waiting = list(found)
    while waiting:
        for edge in directory.predecessors(waiting.pop()):
            if edge.from_id not in found:
                found[edge.from_id] = None
                waiting.append(edge.from_id)
    return sorted(found)


def _code(directory: Directory, unit_id: str, day: date) -> str:
    """The unit's code by which a list is put in order."""
    unit = directory.attributes(unit_id, day)
    return "" if unit is None else unit.code


def _notes(
    view: View, units: Mapping[str, None]
) -> Mapping[tuple[str, str, str, str], list[sa.Row[Any]]]:
    """Reminders and waivers by obligation, by day."""
    table = view.tables[ObligationNotes.name]
    statement = (
        sa.select(table)
        .where(*of_units(table.c.unit_id, units))
        .order_by(table.c.day, table.c.event_id)
    )
    found: dict[tuple[str, str, str, str], list[sa.Row[Any]]] = defaultdict(list)
    for row in view.connection.execute(statement):
        found[row.unit_id, row.kind, row.period, row.organisation].append(row)
    return found


def _entry(
    directory: Directory,
    obligation: Obligation,
    answers: Answers,
    notes: Iterable[sa.Row[Any]],
    today: date,
    code: str,
) -> Entry:
    reminders, waived_by = [], None
    for row in notes:
        note = Note(row.event_id, date.fromisoformat(row.day), row.superior_id, row.reason)
        if row.type == ObligationWaived.__name__:
            waived_by = note
        else:
            reminders.append(note)
    met_by, passed_on = answers.to(obligation), None
    if met_by is None:
        met_by, passed_on = _passed_on(directory, obligation, answers)
    return Entry(
        obligation,
        standing(
            obligation.due_on,
            today,
            met_on=None if met_by is None else met_by.day,
            waived=waived_by is not None,
            passed_on=passed_on,
        ),
        met_by,
        tuple(reminders),
        waived_by,
        (
            obligation.due_on.isoformat(),
            _ORDER[obligation.kind],
            obligation.organisation or "",
            code,
            obligation.unit_id,
            obligation.period,
        ),
    )


def _passed_on(
    directory: Directory, obligation: Obligation, answers: Answers
) -> tuple[Answer | None, ObligationState | None]:
    """What became of it where its unit ended before it was due: the successor's answer, or that the
    successor's own takes its place, or that nobody bears it. With several successors it stays where
    it was (F2)."""
    heirs = obligation.bearers
    if obligation.unit_id in heirs:
        return None, None
    if not heirs:
        return None, ObligationState.ENDED
    if not obligation.expected:
        return None, ObligationState.MOVED
    if len(heirs) > 1:
        return None, None
    if _owes_its_own(directory, obligation, heirs[0]):
        return None, ObligationState.MOVED
    return answers.to(obligation, heirs[0]), None


def _owes_its_own(directory: Directory, obligation: Obligation, heir: str) -> bool:
    if obligation.kind is ObligationKind.PLAN:
        plan = plan_owed(directory, heir, int(obligation.period))
        return plan is not None and plan.expected
    return report_owed(directory, heir, Period.parse(obligation.period)).expected
