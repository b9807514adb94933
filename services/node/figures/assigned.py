"""To whom records of split units were assigned (`RecordsAssigned`), by their events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from services.node.readmodels.timeline import Timeline
from services.node.views import View

_AT_ONCE: Final = 1_000
"""Events looked up in one statement."""


def assigned_to(view: View, event_ids: Iterable[str]) -> dict[str, str]:
    """By event that was assigned: the unit it was assigned to."""
    timeline = view.tables[Timeline.name].c
    wanted = sorted(set(event_ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        statement = sa.select(timeline.event_id, timeline.assigned_to).where(
            timeline.event_id.in_(wanted[start : start + _AT_ONCE]),
            timeline.assigned_to.is_not(None),
        )
        found.update((row.event_id, row.assigned_to) for row in view.connection.execute(statement))
    return found
