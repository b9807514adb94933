"""The plan of the year that a unit issues by a day that a rule fixes (F12; R118, R128)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.books import Id
from domain.directory import Directory
from domain.documents import DocumentKind
from domain.due_dates import due_by_rule


@dataclass(frozen=True, slots=True)
class PlanDue:
    """What a unit owes as its plan of a year."""

    year: int
    due_on: date
    """The last good day."""
    rule_id: str
    expected: bool
    """Whether the unit was active on `due_on`."""

    def on_time(self, issued_on: date) -> bool:
        """Whether a plan issued on that day is in time."""
        return issued_on <= self.due_on


def plan_due(directory: Directory, unit_id: Id, year: int) -> PlanDue | None:
    """The unit's plan of the year as the due rules fix it (R118, R128); None if none does."""
    due = due_by_rule(directory, unit_id, DocumentKind.PLAN.value, year)
    if due is None:
        return None
    return PlanDue(year, due.due_on, due.rule_id, directory.active(unit_id, due.due_on))


def plan_year(issued: Mapping[str, Any]) -> int | None:
    """The year that a recorded `DocumentIssued` is the plan of; None if it is no plan.

    It is the year in which its validity begins, if it says so: a plan may be issued before its
    year does. Else it is the year of issue. A plan of several years (R02) answers for its first.
    """
    if issued["kind"] != DocumentKind.PLAN:
        return None
    first: str = issued.get("validity", {}).get("valid_from", issued["issued_on"])
    return date.fromisoformat(first).year
