"""Every subject, imported, so that `EVENTS` and `DECIDERS` are filled."""

from __future__ import annotations

from domain import community_models, corrections, meetings, organisations, reports, rules, units
from domain.events import EVENTS

__all__ = [
    "EVENTS",
    "community_models",
    "corrections",
    "meetings",
    "organisations",
    "reports",
    "rules",
    "units",
]
