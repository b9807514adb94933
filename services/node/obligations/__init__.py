"""What units owe, and how each obligation stands: listed for the API and the calendar page."""

from __future__ import annotations

from services.node.obligations.listing import Entry, Listed, Question, entries, listed
from services.node.obligations.owing import obligations_due

__all__ = ["Entry", "Listed", "Question", "entries", "listed", "obligations_due"]
