"""What happened once and is recorded once: meetings and activities of all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.checks import organisation_refusal
from domain.decisions import Accepted, Context, Decision
from domain.effective import effective
from domain.events import Body, Draft, Record
from domain.refusals import ALREADY_EXISTS, Refusal, Text, refuse


def record_once(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """Accept the draft unless its aggregate holds an event of its type already.

    One that was retracted does not count: what happened may be recorded anew in its place.
    """
    del ctx
    if the_one(history, draft.type) is None:
        return Accepted((draft,))
    return refuse(
        ALREADY_EXISTS,
        "",
        "catalogue",
        vi="{title} ({aggregate}) đã được ghi; muốn sửa thì gửi EventCorrected.",
        en="{title} ({aggregate}) is recorded already; to change it send EventCorrected.",
        title=Text(draft.spec.title_vi, draft.spec.title_en),
        aggregate=draft.aggregate_id,
    )


def the_one(history: Sequence[Record], type: str) -> Mapping[str, Any] | None:
    """The data of the aggregate's event of that type, corrected; None if there is none."""
    return next((record.data for record in effective(history) if record.type == type), None)


def organisations_refusal(
    ctx: Context, body: Body, named: Mapping[str, UUID | None], *, own: bool = False
) -> Refusal | None:
    """Why one of the organisations, by the JSON pointer it stands at, cannot be named, or None.

    Each was active on the day the event occurred and, if `own`, belongs to the recording unit.
    """
    for field, org_id in named.items():
        if org_id is None:
            continue
        refusal = organisation_refusal(
            ctx.directory,
            org_id,
            body.occurred_on,
            field,
            unit_id=body.unit_id if own else None,
        )
        if refusal is not None:
            return refusal
    return None


def each(field: str, org_ids: Sequence[UUID]) -> dict[str, UUID | None]:
    """The members of a list of organisations by their JSON pointers."""
    return {f"{field}/{index}": org_id for index, org_id in enumerate(org_ids)}
