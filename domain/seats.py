"""Seats: a unit goes on in a new stream after its node lost the old one.

The old stream stays as it is, at every level; an event of the new one says which it was and how far
the node still held it then, so that everybody can see where the one ends and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentLink
from domain.events import Body, Count, Draft, Record, derive_id, event_type
from domain.standing import identity_refusal

_RULE: Final = "design: a number is never reused"


@event_type(aggregate="seat", title_vi="Chuyển sang chỗ ghi mới", title_en="Recording seat changed")
class RecordingSeatChanged(Body):
    """A person decided that a unit goes on in a new stream, because the old one was lost."""

    stream_id: UUID
    """The origin whose stream ends."""
    held_through: Count
    """The last event of it that the node still held."""
    document: DocumentLink | None = None
    """The paper that says why."""

    def default_aggregate_id(self, event_id: UUID) -> UUID | None:
        """A stream ends once."""
        del event_id
        return derive_id("seat", self.unit_id, self.stream_id)


@decides(RecordingSeatChanged)
def decide_seat(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Who decided has decided: a stream that was lost is not to be argued about."""
    del history, ctx
    return identity_refusal(draft, _RULE) or Accepted((draft,))
