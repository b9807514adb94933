"""A removal in words: when, why and what kind of content; never the content."""

from __future__ import annotations

from domain.labels import label
from domain.redactions import ContentKind, LegalBasis
from domain.refusals import Text
from services.node.erasure.redaction import Redaction


def erased_text(found: Redaction) -> Text:
    """When, why and what kind of content was removed; never the content."""
    kind, basis = named(ContentKind, found.content_kind), named(LegalBasis, found.legal_basis)
    return Text(
        f"Nội dung sự kiện {found.target_type} {found.target_event_id} đã bị xóa theo sự kiện "
        f"{found.event_id} ({found.recorded_at}): {kind.vi}; căn cứ {basis.vi}.",
        f"The content of the event {found.target_type} {found.target_event_id} was removed by the "
        f"event {found.event_id} ({found.recorded_at}): {kind.en}; by {basis.en}.",
    )


def named(kind: type[ContentKind] | type[LegalBasis], value: str) -> Text:
    """A choice in words; of one that a newer version knows, the code."""
    try:
        return label(kind(value))
    except ValueError:
        return Text(value, value)
