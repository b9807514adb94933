"""The one entrance to every decision."""

from __future__ import annotations

from collections.abc import Sequence

from domain import catalogue
from domain.checks import check_event
from domain.decisions import DECIDERS, Context, Decision
from domain.events import Draft, Record
from domain.identifiers import text_of
from domain.refusals import VERSION_CONFLICT, Refusal, refuse

__all__ = ["catalogue", "decide"]


def decide(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Whether the draft is recorded, and as what.

    `history` holds every record of the draft's aggregate, corrections and retractions included.
    The common checks come first, then the version the sender expects, then the subject's rules.
    Same arguments, same answer.
    """
    refusal = check_event(draft, ctx) or _version_refusal(history, draft)
    if refusal is not None:
        return refusal
    decider = DECIDERS[draft.type]
    return decider.check(draft, ctx) or decider.decide(history, draft, ctx)


def next_version(history: Sequence[Record], draft: Draft) -> int:
    """The aggregate version that the draft gets: counted in the unit that records it, from 1."""
    if not history:
        return 1
    unit_id = text_of(draft.body.unit_id)
    return 1 + len([record for record in history if record.data["unit_id"] == unit_id])


def _version_refusal(history: Sequence[Record], draft: Draft) -> Refusal | None:
    given = draft.body.aggregate_version
    if given is None:
        return None
    expected = next_version(history, draft)
    if given == expected:
        return None
    return refuse(
        VERSION_CONFLICT,
        "/data/aggregate_version",
        "catalogue",
        vi="Phiên bản tiếp theo của đối tượng là {expected}, không phải {given}.",
        en="The aggregate's next version is {expected}, not {given}.",
        expected=expected,
        given=given,
    )
