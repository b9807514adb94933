"""Which obligations superiors waived: they are not due, and no share counts them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from domain.obligations import ObligationKind
from domain.waivers import ObligationWaived
from services.node.figures.figure import of_units
from services.node.readmodels.obligation_notes import ObligationNotes
from services.node.views import View

Waivers = Mapping[tuple[str, str], tuple[str, str]]
"""By unit and period: the obligation, and the event that waived it."""


def waivers(view: View, kind: ObligationKind, units: Mapping[str, object]) -> Waivers:
    """What the units themselves were released from, of one kind."""
    table = view.tables[ObligationNotes.name].c
    statement = sa.select(table.unit_id, table.period, table.obligation_id, table.event_id).where(
        table.type == ObligationWaived.__name__,
        table.kind == kind.value,
        table.organisation == "",
        *of_units(table.unit_id, units),
    )
    return {
        (unit_id, period): (obligation, event)
        for unit_id, period, obligation, event in view.connection.execute(statement)
    }
