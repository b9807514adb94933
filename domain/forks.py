"""Forks: a stream that contradicts itself stands still until a person decides.

The decision is recorded by the unit whose node stopped the stream, in its own stream, so that every
level can see who let it go on, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentLink
from domain.events import Body, Draft, Record, derive_id, event_type
from domain.standing import identity_refusal

_RULE: Final = "RFC 6962"
FORK_TYPE: Final = "ForkDecided"


class ForkOutcome(StrEnum):
    """What becomes of the stream."""

    GOES_ON = "goes_on"
    """What this node holds is right; what continues it is taken again."""
    STAYS_STOPPED = "stays_stopped"
    """Nothing more of it is taken here."""


@event_type(aggregate="fork", title_vi="Quyết định về phân nhánh", title_en="Fork decided")
class ForkDecided(Body):
    """A person decided about a stream that stood still here because of a fork."""

    stream_id: UUID
    """The origin whose stream it is."""
    outcome: ForkOutcome
    document: DocumentLink | None = None
    """The paper that says why."""

    def default_aggregate_id(self, event_id: UUID) -> UUID | None:
        """What one unit decides about one stream is one matter."""
        del event_id
        return derive_id("fork", self.unit_id, self.stream_id)


@decides(ForkDecided)
def decide_fork(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """A later decision takes the place of an earlier one."""
    del history, ctx
    return identity_refusal(draft, _RULE) or Accepted((draft,))
