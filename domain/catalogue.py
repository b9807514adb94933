"""Every subject, imported, so that `EVENTS` and `DECIDERS` are filled."""

from __future__ import annotations

from domain import (
    activities,
    commendations,
    committees,
    community_models,
    corrections,
    document_issue,
    document_replies,
    festivals,
    forums,
    issues,
    meetings,
    organisations,
    reports,
    rules,
    units,
)
from domain.events import EVENTS

__all__ = [
    "EVENTS",
    "activities",
    "commendations",
    "committees",
    "community_models",
    "corrections",
    "document_issue",
    "document_replies",
    "festivals",
    "forums",
    "issues",
    "meetings",
    "organisations",
    "reports",
    "rules",
    "units",
]
