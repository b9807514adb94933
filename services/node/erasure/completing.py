"""What only the node can add to a redaction: the leaf hash of the event that it removes."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from contracts.tombstone import leaf_of
from domain.decisions import Accepted
from domain.events import Draft
from domain.redactions import EventRedacted
from domain.refusals import INVALID_FIELD, NO_SUCH_RECORD, Refusal, refuse

_RULE = "RFC 6962"


def completed(
    accepted: Accepted, raw_of: Callable[[UUID, int], bytes | None]
) -> Accepted | Refusal:
    """The accepted events, redactions with their leaf hash; a refusal if the sender named another.

    `raw_of` gives the bytes that are held at a place. What is no redaction stays as it is.
    """
    if not any(isinstance(draft.body, EventRedacted) for draft in accepted.events):
        return accepted
    drafts: list[Draft] = []
    for draft in accepted.events:
        body = draft.body
        if not isinstance(body, EventRedacted) or body.stream_id is None or body.sequence is None:
            drafts.append(draft)
            continue
        raw = raw_of(body.stream_id, body.sequence)
        if raw is None:
            return refuse(
                NO_SUCH_RECORD,
                "/data/target_event_id",
                _RULE,
                vi="Nút này chưa ghi sự kiện {event}.",
                en="This node has not recorded event {event} yet.",
                event=body.target_event_id,
            )
        leaf = leaf_of(raw).hex()
        if body.leaf_hash not in (None, leaf):
            return refuse(
                INVALID_FIELD,
                "/data/leaf_hash",
                _RULE,
                vi="Sự kiện đang giữ có mã băm {leaf}. Để trống trường này thì nút tự điền.",
                en="The event held has the hash {leaf}. Left out, the node fills it in.",
                leaf=leaf,
            )
        drafts.append(draft._replace(body=body.model_copy(update={"leaf_hash": leaf})))
    return Accepted(tuple(drafts), accepted.notices)
