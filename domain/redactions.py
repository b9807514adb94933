"""Redactions: an event whose content the law does not let anyone keep is removed, with evidence.

The redaction says which event, on what legal basis, who decided and what kind of content it was;
never the content. Every node that holds the event puts a tombstone in the place of its bytes. The
event counts no more, as if it were retracted, and its history says so.

Decided by the unit that recorded the event, its successor, or a superior of it: their redaction
reaches every node that may hold the event, by the streams that go up and down already. What others
rest on stays: units, organisations, rules, keys, decisions about forks, retractions (or what they
took out would count again), redactions themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from domain.checks import organisation_refusal
from domain.choices import Choice
from domain.corrections import TypeName
from domain.decisions import Accepted, Context, Decision, decides
from domain.directory import DIRECTORY_TYPES, Directory
from domain.documents import DocumentLink
from domain.effective import CORRECTED, REDACTED, RETRACTED
from domain.events import Body, Draft, Record, body_of, event_type
from domain.forks import FORK_TYPE
from domain.obligations import bearers
from domain.refusals import NO_SUCH_RECORD, NOT_IN_THAT_STATE, Refusal, refuse
from domain.signing_keys import KEY_TYPES
from domain.standing import recorder_refusal

_RULE: Final = "Luật 91/2025/QH15"
KEPT_TYPES: Final = DIRECTORY_TYPES | KEY_TYPES | {FORK_TYPE, RETRACTED, REDACTED}
"""Types whose events are never removed, nor corrections of them."""


class LegalBasis(Choice):
    """The law by which it must go (facts of the data law, in force in 2026)."""

    PERSONAL_DATA = (
        "personal_data_law",
        "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15",
        "Personal Data Protection Law 91/2025/QH15",
    )
    STATE_SECRETS = (
        "state_secrets_law",
        "Luật Bảo vệ bí mật nhà nước 117/2025/QH15",
        "State Secrets Law 117/2025/QH15",
    )
    CYBERSECURITY = (
        "cybersecurity_law",
        "Luật An ninh mạng 116/2025/QH15",
        "Cybersecurity Law 116/2025/QH15",
    )
    OTHER = (
        "other",
        "quy định khác, nêu trong văn bản kèm theo",
        "another provision, named in the document",
    )


class ContentKind(Choice):
    """What must not be held, by its kind; never the thing itself."""

    INFORMANT = "informant", "thông tin người tố giác, báo tin", "someone who reported a crime"
    SUPERVISED = (
        "supervised_person",
        "thông tin người được giáo dục, quản lý, người nghiện",
        "a supervised or released person, or one with an addiction",
    )
    PETITIONER = "petitioner", "thông tin người khiếu nại, kiến nghị", "a petitioner"
    CRITICISED = "criticised_person", "tên cá nhân bị phê bình", "a person who was criticised"
    BELIEF = "religion_ethnicity", "tôn giáo, dân tộc của một người", "religion or ethnicity"
    PERSON = "personal_data", "dữ liệu cá nhân khác", "other personal data"
    TIP = "tip_content", "nội dung tin báo, tố giác", "the content of a tip"
    CASE = "case_details", "chi tiết vụ việc", "details of a case"
    OPERATION = "operational_plan", "phương án, kế hoạch nghiệp vụ", "an operational plan"
    SECRET = "state_secret", "bí mật nhà nước", "a state secret"  # a kind's name


@event_type(aggregate="*", title_vi="Xóa nội dung sự kiện", title_en="Event redacted")
class EventRedacted(Body):
    """The content of an event of this aggregate was removed for good, at every level."""

    target_event_id: UUID
    target_type: TypeName | None = None
    """This and what follows is filled in when it is recorded."""
    target_unit_id: UUID | None = None
    """The unit that the event was recorded for."""
    stream_id: UUID | None = None
    """The origin whose stream holds the event."""
    sequence: Annotated[int, Field(ge=1, le=9_999_999_999, strict=True)] | None = None
    """Its number there."""
    leaf_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Its leaf in the stream's tree (RFC 6962): what proves its place from now on."""
    legal_basis: LegalBasis
    content_kind: ContentKind
    decided_by_org_id: UUID
    """The organisation that decided; never a person."""
    document: DocumentLink | None = None
    """The decision on paper; needed where the legal basis is another."""

    def default_aggregate_id(self, event_id: UUID) -> None:
        """None: it belongs to its target's aggregate."""
        del event_id

    def target_event(self) -> UUID:
        return self.target_event_id


def _decider(draft: Draft, ctx: Context) -> Refusal | None:
    body = body_of(draft, EventRedacted)
    if body.legal_basis is LegalBasis.OTHER and body.document is None:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/document",
            _RULE,
            vi="Căn cứ khác thì phải nêu văn bản quyết định.",
            en="Another legal basis needs the document that decided.",
        )
    return organisation_refusal(
        ctx.directory, body.decided_by_org_id, body.occurred_on, "/data/decided_by_org_id"
    )


@decides(EventRedacted, check=_decider)
def decide_redacted(history: Sequence[Record], draft: Draft, ctx: Context) -> Decision:
    """See `EventRedacted`. The node adds the leaf hash, which only the bytes give.

    What the aggregate is without the event is not asked: what the law forbids goes even if other
    events rest on it.
    """
    body = body_of(draft, EventRedacted)
    target = _target(history, body)
    if isinstance(target, Refusal):
        return target
    named = target.data.get("target_type") if target.type == CORRECTED else None
    if target.type in KEPT_TYPES or named in KEPT_TYPES:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/target_event_id",
            _RULE,
            vi="Không xóa được {type}: các bản ghi khác dựa vào nó.",
            en="{type} is not removed: other records rest on it.",
            type=target.type,
        )
    owner = UUID(target.data["unit_id"])
    refusal = recorder_refusal(ctx, draft, owner, _RULE)
    if refusal is not None:
        return refusal
    found = {
        "target_type": target.type,
        "target_unit_id": owner,
        "stream_id": UUID(target.origin),
        "sequence": target.sequence,
    }
    return Accepted((draft._replace(body=body.model_copy(update=found)),))


def _target(history: Sequence[Record], body: EventRedacted) -> Record | Refusal:
    """The record to remove: of one that stands in two streams, the first that is left."""
    wanted = str(body.target_event_id)
    gone = places_removed(history)
    for record in history:
        if record.event_id == wanted and (record.origin, record.sequence) not in gone:
            return record
    by = [r for r in history if r.type == REDACTED and r.data["target_event_id"] == wanted]
    if by:
        return refuse(
            NOT_IN_THAT_STATE,
            "/data/target_event_id",
            _RULE,
            vi="Nội dung sự kiện {event} đã bị xóa bởi {by}.",
            en="The content of event {event} was removed by {by}.",
            event=wanted,
            by=by[0].event_id,
        )
    return refuse(
        NO_SUCH_RECORD,
        "/data/target_event_id",
        "catalogue",
        vi="Đối tượng này không có sự kiện {event}.",
        en="This aggregate has no event {event}.",
        event=wanted,
    )


def places_removed(history: Sequence[Record]) -> frozenset[tuple[str, int]]:
    """Stream and number of every event that redactions among these records remove."""
    return frozenset(
        (record.data["stream_id"], record.data["sequence"])
        for record in history
        if record.type == REDACTED and "stream_id" in record.data and "sequence" in record.data
    )


def may_redact(directory: Directory, recorder: str, owner: str, day: date) -> bool:
    """Whether a unit may remove an event of that owner on that day, as every node can check it:
    the owner itself, its successor, or a superior (`recorder_refusal` asks the same of a draft)."""
    return (
        recorder == owner
        or recorder in bearers(directory, owner, day)
        or recorder in directory.ancestors(owner, day)
    )
