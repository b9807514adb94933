"""Recording that a person let the node go on under a new seat: the decision is an event too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from services.node.eventlog import EventLog
from services.node.hosting import Hosting, origin_of
from services.node.origins import Origins
from services.node.ownevents import OwnEvents
from services.node.recovery.marker import SeatChange

_log = logging.getLogger(__name__)


class Resumer:
    """Says it in the new stream of each unit whose stream was left."""

    def __init__(
        self,
        own: OwnEvents,
        log: EventLog,
        origins: Origins,
        hosting: Hosting,
        units: Sequence[UUID],
    ) -> None:
        """`units`: those that the node is set up for by name."""
        self._own = own
        self._log = log
        self._origins = origins
        self._hosting = hosting
        self._units = units

    def say(self, change: SeatChange) -> bool:
        """Record the decision where it is not recorded yet; whether all of it is.

        Raises StoreUnavailableError.
        """
        units = {str(unit) for unit in self._units}
        units |= {
            state.unit_id
            for state in self._origins.states()
            if state.unit_id and origin_of(state.unit_id, change.left) == state.origin
        }
        whole = True
        for unit in sorted(units):
            left = origin_of(unit, change.left)
            reason = self._own.record(
                "RecordingSeatChanged",
                unit,
                f"{left}@{change.now}"[:100],
                {"stream_id": str(left), "held_through": self._log.head(left)},
                change.account,
            )
            if reason is not None:
                _log.info("the new seat of unit %s is not recorded yet: %s", unit, reason.en)
                whole = False
        return whole
