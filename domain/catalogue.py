"""Every subject, imported, so that `EVENTS` and `DECIDERS` are filled."""

from __future__ import annotations

from domain import (
    campaigns,
    classification,
    community_models,
    corrections,
    emulation,
    exemplary,
    funding,
    indicator_values,
    inspections,
    meetings,
    organisations,
    reminders,
    reports,
    rules,
    standard,
    units,
)
from domain.events import EVENTS

__all__ = [
    "EVENTS",
    "campaigns",
    "classification",
    "community_models",
    "corrections",
    "emulation",
    "exemplary",
    "funding",
    "indicator_values",
    "inspections",
    "meetings",
    "organisations",
    "reminders",
    "reports",
    "rules",
    "standard",
    "units",
]
