"""What tests of obligations ask: a unit's list, by words that read like the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.obligation_standing import ObligationState
from domain.obligations import ObligationKind
from services.node.obligations import Entry, Question, listed
from services.node.views import View
from tests.domain.scenario import Log, day, ident


def question(unit: str, today: str, **more: Any) -> Question:
    """The obligations of 2025 as they stand on a day."""
    fields: dict[str, Any] = {"due_after": "2025-01-01", "due_before": "2025-12-31", **more}
    for name in ("due_after", "due_before"):
        fields[name] = day(fields[name])
    for name, choices in (("kinds", ObligationKind), ("states", ObligationState)):
        if name in fields:
            fields[name] = frozenset(map(choices, fields[name]))
    return Question(unit_id=ident(unit), today=day(today), **fields)


def ask(view: View, unit: str, today: str, **more: Any) -> Sequence[Entry]:
    """Everything that the list holds."""
    return listed(view, question(unit, today, **more), None, 10_000).entries


def told(entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    """Period, last good day and state of each."""
    return [
        (
            entry.obligation.period,
            entry.obligation.due_on.isoformat(),
            entry.standing.state.value,
        )
        for entry in entries
    ]


def cadence_rule(
    log: Log, unit: str, months: int, activity: str | None = None, **scope: Any
) -> str:
    """A cadence from 1/1/2000 on; its rule's id."""
    params: dict[str, Any] = {"every_months": months, "anchor": "2000-01-01"}
    if activity is not None:
        params["activity"] = activity
    return log.given(
        "RuleDefined",
        unit,
        kind="cadence",
        scope={"unit_id": ident(unit), **scope},
        params=params,
        valid_from="2020-01-01",
    ).aggregate_id


def review(log: Log, unit: str, on: str, host: str, kind: str = "preliminary_review") -> str:
    """A review of the movement; its event id."""
    return log.given(
        "MeetingHeld",
        unit,
        kind=kind,
        host_org_id=ident(host),
        occurred_on=on,
        attendees=20,
        mode="in_person",
    ).event_id
