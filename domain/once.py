"""What happened once and is recorded once: meetings and activities of all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.decisions import Accepted, Context, Decision
from domain.effective import effective
from domain.events import Draft, Record
from domain.refusals import ALREADY_EXISTS, Text, refuse


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
