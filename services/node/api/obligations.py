"""GET /v1/obligations: what units owe, by when, by which rule, and how it stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from domain.labels import label
from domain.obligation_standing import ObligationState
from domain.obligations import ObligationKind
from domain.refusals import Text
from domain.waivers import WaiverReason
from services.node.api import cursors
from services.node.api.completeness import Completeness, completeness
from services.node.api.language import AskedLanguage
from services.node.api.parameters import Cursor, Limit, TheNode, in_range, refused, today
from services.node.api.problem_documents import ProblemError
from services.node.language import Language
from services.node.obligations import Entry, Question, listed
from services.node.obligations.listing import Place
from services.node.obligations.texts import title
from services.node.problems import NOT_FOUND, problem
from services.node.ruletexts import rule_title
from services.node.views import View

router = APIRouter(tags=["obligations"])

_CURSOR: Final = "obligations"
_AROUND: Final = timedelta(days=183)
"""So many days before and after today are listed unless others are asked for."""
_LONGEST: Final = 5 * 366
_PLACE: Final = (str, int, str, str, str, str)


class OwingUnit(BaseModel):
    """A unit as it is called on the last good day."""

    unit_id: str
    code: str
    name: str


class RuleAnswer(BaseModel):
    """The rule that says so."""

    rule_id: str
    title: str


class MetAnswer(BaseModel):
    """The event that met it."""

    event_id: str
    on: date


class ReminderAnswer(BaseModel):
    """A superior's reminder."""

    event_id: str
    on: date
    unit_id: str
    """The superior."""


class WaiverAnswer(ReminderAnswer):
    """A superior's waiver."""

    reason: str


class ObligationAnswer(BaseModel):
    """One obligation."""

    obligation_id: UUID
    unit: OwingUnit
    """The unit that owed it first."""
    borne_by: list[OwingUnit]
    """Who bears it: the unit itself, or its successors if it ended before it was due."""
    kind: ObligationKind
    period: str
    organisation: str | None
    """The category of organisations that owes it; null if the unit does."""
    title: str
    first: date
    """The first day of its period."""
    last: date
    """The last day of its period."""
    due_on: date
    """The last good day."""
    state: ObligationState
    state_title: str
    text: str
    """"còn 5 ngày", "trễ 2 ngày" / "due in 5 days", "late by 2 days"."""
    days_left: int | None
    late_days: int
    rule: RuleAnswer
    met_by: MetAnswer | None
    reminders: list[ReminderAnswer]
    waived_by: WaiverAnswer | None


class ObligationList(BaseModel):
    """A page of obligations, by last good day."""

    items: list[ObligationAnswer]
    counts: dict[ObligationState, int]
    """How many of all that were asked for stand so, whatever `state` asks."""
    today: date
    """The day they are judged on."""
    due_after: date
    due_before: date
    position: int
    """The log position through which the answer is folded."""
    completeness: Completeness
    next: str | None
    """Cursor of the next page; null on the last."""


@router.get(
    "/v1/obligations",
    summary="Nghĩa vụ của đơn vị: hạn, tình trạng, quy định / What units owe, by when, by which "
    "rule",
)
def list_obligations(
    node: TheNode,
    language: AskedLanguage,
    unit: UUID,
    subtree: Annotated[
        bool,
        Query(description="Cả các đơn vị bên dưới. / Also of the units below."),
    ] = False,
    kind: Annotated[list[ObligationKind] | None, Query(max_length=20)] = None,
    period: Annotated[
        str | None,
        Query(
            max_length=21,
            description="2025-H1, 2025, 2025-01-01/2025-01-31",
        ),
    ] = None,
    state: Annotated[list[ObligationState] | None, Query(max_length=20)] = None,
    due_after: Annotated[
        date | None,
        Query(description="Hạn từ ngày này. / Due on this day or later."),
    ] = None,
    due_before: Annotated[
        date | None,
        Query(description="Hạn đến ngày này. / Due on this day or earlier."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ObligationList:
    """Meetings, reports, plans, reviews and inspections (R38, R40, R112, R118, R128, R129).

    A closed period is judged by the rules and units that had been recorded when it closed.
    """
    now = today(node.now())
    first = now - _AROUND if due_after is None else in_range("due_after", due_after)
    last = now + _AROUND if due_before is None else in_range("due_before", due_before)
    if not 0 <= (last - first).days <= _LONGEST:
        raise refused(
            "due_before",
            "Phải từ due_after và không quá 5 năm sau đó.",
            "It must be due_after or later, and not more than 5 years after it.",
        )
    question = Question(
        unit_id=str(unit),
        today=now,
        due_after=first,
        due_before=last,
        subtree=subtree,
        kinds=frozenset(kind or ObligationKind),
        states=frozenset(state or ObligationState),
        period=period,
    )
    after = None if cursor is None else _place(cursor)
    with node.projector.view() as view:
        if view.directory.unit(question.unit_id) is None:
            raise ProblemError(
                problem(
                    NOT_FOUND,
                    Text(
                        f"Danh mục của nút này không có đơn vị {unit}.",
                        f"This node's catalogue has no unit {unit}.",
                    ),
                )
            )
        found = listed(view, question, after, limit)
        writer = _Writer(view, language)
        items = [writer.answer(entry) for entry in found.entries]
        position = view.position
    return ObligationList(
        items=items,
        counts={each: found.counts.get(each, 0) for each in ObligationState},
        today=now,
        due_after=first,
        due_before=last,
        position=position,
        completeness=completeness(node, found.units, position, everything=False),
        next=None if found.after is None else cursors.write(_CURSOR, *found.after),
    )


def _place(cursor: str) -> Place:
    place = cursors.read(_CURSOR, cursor)
    if tuple(map(type, place)) != _PLACE:
        raise cursors.bad_cursor()
    due_on, kind, organisation, code, unit_id, period = place
    return str(due_on), int(kind), str(organisation), str(code), str(unit_id), str(period)


class _Writer:
    """Writes obligations in one language; a rule that many have is put in words once."""

    def __init__(self, view: View, language: Language) -> None:
        self._directory = view.directory
        self._language = language
        self._rules: dict[str, RuleAnswer] = {}

    def answer(self, entry: Entry) -> ObligationAnswer:
        """How an obligation is written."""
        of, owed, standing = self._language.of, entry.obligation, entry.standing
        return ObligationAnswer(
            obligation_id=owed.obligation_id,
            unit=self._unit(owed.unit_id, owed.due_on),
            borne_by=[self._unit(bearer, owed.due_on) for bearer in owed.bearers],
            kind=owed.kind,
            period=owed.period,
            organisation=owed.organisation,
            title=of(title(owed)),
            first=owed.first,
            last=owed.last,
            due_on=owed.due_on,
            state=standing.state,
            state_title=of(label(standing.state)),
            text=of(standing.text),
            days_left=standing.days_left,
            late_days=standing.late_days,
            rule=self._rule(owed.rule_id),
            met_by=None
            if entry.met_by is None
            else MetAnswer(event_id=entry.met_by.event_id, on=entry.met_by.day),
            reminders=[
                ReminderAnswer(event_id=note.event_id, on=note.day, unit_id=note.superior_id)
                for note in entry.reminders
            ],
            waived_by=None
            if entry.waived_by is None
            else WaiverAnswer(
                event_id=entry.waived_by.event_id,
                on=entry.waived_by.day,
                unit_id=entry.waived_by.superior_id,
                reason=of(label(WaiverReason(entry.waived_by.reason))),
            ),
        )

    def _unit(self, unit_id: str, day: date) -> OwingUnit:
        unit = self._directory.attributes(unit_id, day)
        if unit is None:
            return OwingUnit(unit_id=unit_id, code="", name=unit_id)
        return OwingUnit(unit_id=unit_id, code=unit.code, name=unit.name)

    def _rule(self, rule_id: str) -> RuleAnswer:
        found = self._rules.get(rule_id)
        if found is None:
            words = self._language.of(rule_title(self._directory, rule_id))
            found = self._rules[rule_id] = RuleAnswer(rule_id=rule_id, title=words)
        return found
