"""Forks: a stream that contradicts itself stands still until a person decides.

The decision is recorded by the unit whose node stopped the stream, in its own stream, so that every
level can see who let it go on, and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.decisions import Accepted, Context, Decision, decides
from domain.documents import DocumentLink
from domain.events import Body, Draft, Record, derive_id, event_type, recorded_order
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


class ForkBook:
    """What was decided: a function of the events alone."""

    def __init__(self, records: Mapping[str, Record] | None = None) -> None:
        self._records = dict(records or {})

    def with_records(self, records: Iterable[Record]) -> ForkBook:
        """This book and these records; others than decisions are passed over."""
        new = {r.event_id: r for r in records if r.type == FORK_TYPE}
        if new.keys() <= self._records.keys():
            return self
        return ForkBook({**self._records, **new})

    def latest(self, stream: UUID, deciders: Collection[UUID]) -> Record | None:
        """The last decision about a stream among those that these streams hold."""
        origins = {str(decider) for decider in deciders}
        found = [
            record
            for record in self._records.values()
            if record.data.get("stream_id") == str(stream) and record.origin in origins
        ]
        return max(found, key=recorded_order, default=None)
