"""What is answered to one pushed event."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.refusals import Notice
from services.node.problems import Problem


class Outcome(StrEnum):
    """What happened to one item."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class ItemVerdict(NamedTuple):
    """The answer to one pushed event. Recorded or duplicate: it is durable, and where it stands."""

    outcome: Outcome
    event_id: str
    origin: UUID | None = None
    sequence: int = 0
    digest: str = ""
    aggregate_id: str = ""
    notices: Sequence[Notice] = ()
    problem: Problem | None = None


def refused(event_id: str, reason: Problem) -> ItemVerdict:
    """The answer to an event that is not recorded, and why."""
    return ItemVerdict(Outcome.REFUSED, event_id, problem=reason)
