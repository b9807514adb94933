"""A review campaign through time: its plan, and what became of it (F16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.events import Record, recorded_order


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """A milestone of the plan and when it was reached."""

    due_on: date
    """Its last good day."""
    at_discretion: bool
    met_on: date | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign through time."""

    campaign_id: str
    event_id: str
    """The event that opened it."""
    unit_id: str
    years: int
    opened_on: date
    data_window: tuple[date, date]
    quota: tuple[int, int]
    """Collectives and individuals that each locality names."""
    milestones: Mapping[str, MilestoneState]
    closed_on: date | None = None
    closed_by: str | None = None
    """The event that closed it."""
    exemplars: tuple[int, int, int] | None = None
    """Localities, collectives, individuals; None while it is open."""


def fold(records: Sequence[Record]) -> Campaign | None:
    """The campaign that effective records make, in any order; None without its opening.

    Of two closings the first in `Record.order` counts.
    """
    ordered = sorted(records, key=recorded_order)
    opened = next((r for r in ordered if r.type == "SummaryCampaignOpened"), None)
    closed = next((r for r in ordered if r.type == "SummaryCampaignClosed"), None)
    if opened is None:
        return None
    data, end = opened.data, {} if closed is None else closed.data
    met = {
        mark["code"]: date.fromisoformat(mark["met_on"]) for mark in end.get("milestones_met", ())
    }
    exemplars = end.get("exemplars")
    return Campaign(
        campaign_id=opened.aggregate_id,
        event_id=opened.event_id,
        unit_id=data["unit_id"],
        years=data["years"],
        opened_on=date.fromisoformat(data["occurred_on"]),
        data_window=(
            date.fromisoformat(data["data_window"]["first"]),
            date.fromisoformat(data["data_window"]["last"]),
        ),
        quota=(data["exemplar_quota"]["collectives"], data["exemplar_quota"]["individuals"]),
        milestones={
            mark["code"]: _milestone(mark, met.get(mark["code"]))
            for mark in data.get("milestones", ())
        },
        closed_on=None if closed is None else date.fromisoformat(closed.data["occurred_on"]),
        closed_by=None if closed is None else closed.event_id,
        exemplars=(
            None
            if exemplars is None
            else (exemplars["localities"], exemplars["collectives"], exemplars["individuals"])
        ),
    )


def _milestone(mark: Mapping[str, Any], met_on: date | None) -> MilestoneState:
    day = date.fromisoformat(mark["due_on"])
    return MilestoneState(
        due_on=day if mark.get("inclusive", False) else day - timedelta(days=1),
        at_discretion=mark.get("at_discretion", False),
        met_on=met_on,
    )
