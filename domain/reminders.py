"""Reminders: a superior presses a unit for what it owes (R59)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.decisions import Context, Decision, decides
from domain.events import Draft, Record, event_type
from domain.levels import SUPERIORS
from domain.obligation_body import ObligationBody, day_of, named, obligation_refusal, of_type


@event_type(
    aggregate="obligation",
    title_vi="Đôn đốc",
    title_en="Reminder sent",
    levels=SUPERIORS,
)
class ReminderSent(ObligationBody):
    """A superior reminded a unit of what it owes (R59)."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder of an obligation."""

    event_id: str
    unit_id: str
    day: date


def reminders(records: Sequence[Record]) -> tuple[Reminder, ...]:
    """The reminders among effective records of an obligation, by day and then by recording."""
    found = [
        Reminder(record.event_id, record.data["unit_id"], day_of(record))
        for record in of_type(records, "ReminderSent")
    ]
    return tuple(sorted(found, key=lambda reminder: reminder.day))


@decides(ReminderSent, check=obligation_refusal)
def decide_reminder(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A unit may be reminded again; what is recorded names the obligation."""
    del history, ctx
    return named(draft)
