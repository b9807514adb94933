"""The calendar: what the committee's unit owes, when, by which rule, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, TypeVar

from domain.labels import label
from domain.obligation_standing import ObligationState
from domain.obligations import ObligationKind
from domain.refusals import Text
from domain.waivers import WaiverReason
from services.node.obligations import Entry, Question, listed
from services.node.obligations.listing import Place
from services.node.obligations.texts import title
from services.node.ruletexts import rule_title
from services.node.web.completeness import completeness
from services.node.web.site import Asked, PageProblemError

_PAGE: Final = 200
_AFTER_PERIOD: Final = timedelta(days=92)
"""So long after its period a report may be due."""
_PARTS: Final = 6

TChoice = TypeVar("TChoice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Line:
    """One obligation as it is shown."""

    title: str
    unit: str
    code: str
    bearers: Sequence[str]
    """Successors that bear it, if its unit does not."""
    due_on: date
    state: str
    state_title: str
    text: str
    rule: str
    rule_href: str
    met_by: str | None
    met_on: date | None
    reminded: Sequence[date]
    waived_for: str | None


def calendar_page(asked: Asked) -> Mapping[str, Any]:
    """What falls due in the period, or belongs to it, by last good day. Raises PageProblemError."""
    kind = _choice(asked, "kind", ObligationKind)
    state = _choice(asked, "state", ObligationState)
    below = asked.parameter("below") == "1"
    question = Question(
        unit_id=asked.unit_id,
        today=asked.today,
        due_after=asked.span.first,
        due_before=asked.span.last + _AFTER_PERIOD,
        subtree=below,
        kinds=frozenset(ObligationKind) if kind is None else {kind},
        states=frozenset(ObligationState) if state is None else {state},
        ends_by=asked.span.last,
    )
    found = listed(asked.view, question, _after(asked), _PAGE)
    lines = _Lines(asked)
    kept = {"unit": asked.unit_id, "period": asked.span.code, "below": "1" if below else None}
    of_kind = None if kind is None else kind.value
    units = frozenset(found.units)
    return {
        "months": [
            (month, [lines.line(entry) for entry in group])
            for month, group in groupby(found.entries, key=_month)
        ],
        "tally": [
            {
                "title": asked.language.of(label(each)),
                "state": each.value,
                "count": found.counts.get(each, 0),
                "href": asked.url("/calendar", **kept, kind=of_kind, state=each.value),
            }
            for each in ObligationState
            if found.counts.get(each)
        ],
        "everything": asked.url("/calendar", **kept, kind=of_kind),
        "following": None
        if found.after is None
        else asked.url(
            "/calendar",
            **kept,
            kind=of_kind,
            state=None if state is None else state.value,
            after="|".join(map(str, found.after)),
        ),
        "kinds": [(each.value, asked.language.of(label(each))) for each in ObligationKind],
        "states": [(each.value, asked.language.of(label(each))) for each in ObligationState],
        "chosen_kind": of_kind,
        "chosen_state": None if state is None else state.value,
        "below": below,
        "held": completeness(s for s in asked.node.origins_sync() if s.unit_id in units),
    }


def _month(entry: Entry) -> tuple[int, int]:
    due_on = entry.obligation.due_on
    return due_on.month, due_on.year


def _choice(asked: Asked, name: str, choices: type[TChoice]) -> TChoice | None:
    given = asked.parameter(name)
    if given is None:
        return None
    try:
        return choices(given)
    except ValueError:
        raise PageProblemError(
            400,
            Text("Không có lựa chọn đó; chọn trong danh sách.", "Choose one of the list."),
        ) from None


def _after(asked: Asked) -> Place | None:
    """The place of the last entry of the page before. Raises PageProblemError."""
    given = asked.parameter("after")
    if given is None:
        return None
    parts = given.split("|")
    if len(parts) != _PARTS or not parts[1].isdecimal():
        raise PageProblemError(
            400,
            Text(
                "after phải lấy từ trang trước.", "after must be the one that a page before gave."
            ),
        )
    return parts[0], int(parts[1]), parts[2], parts[3], parts[4], parts[5]


class _Lines:
    """Puts obligations in words; a rule that many have is put in words once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._rules: dict[str, str] = {}

    def line(self, entry: Entry) -> Line:
        asked, owed = self._asked, entry.obligation
        unit = asked.directory.attributes(owed.unit_id, owed.due_on)
        return Line(
            title=asked.language.of(title(owed)),
            unit=owed.unit_id if unit is None else unit.name,
            code="" if unit is None else unit.code,
            bearers=[asked.unit_name(each) for each in owed.bearers if each != owed.unit_id],
            due_on=owed.due_on,
            state=entry.standing.state.value,
            state_title=asked.language.of(label(entry.standing.state)),
            text=asked.language.of(entry.standing.text),
            rule=self._rule(owed.rule_id),
            rule_href=asked.url(
                "/timeline",
                unit=asked.unit_id,
                period=asked.span.code,
                aggregate=owed.rule_id,
            ),
            met_by=None if entry.met_by is None else asked.url(f"/events/{entry.met_by.event_id}"),
            met_on=None if entry.met_by is None else entry.met_by.day,
            reminded=[note.day for note in entry.reminders],
            waived_for=None if entry.waived_by is None else self._reason(entry.waived_by.reason),
        )

    def _reason(self, reason: str) -> str:
        return self._asked.language.of(label(WaiverReason(reason)))

    def _rule(self, rule_id: str) -> str:
        found = self._rules.get(rule_id)
        if found is None:
            words = rule_title(self._asked.directory, rule_id)
            found = self._rules[rule_id] = self._asked.language.of(words)
        return found
