"""What is answered where an event's content was removed."""

from __future__ import annotations

from uuid import UUID

from services.node.api.problem_documents import ProblemError
from services.node.erasure.wording import erased_text
from services.node.node import Node
from services.node.problems import EVENT_ERASED, problem


def refuse_erased(node: Node, event_id: UUID) -> None:
    """Raises ProblemError (410) if the event was held here and its content is removed."""
    found = node.erased.of_event(str(event_id))
    if found is None:
        return
    raise ProblemError(
        problem(
            EVENT_ERASED,
            erased_text(found),
            rule=found.legal_basis,
            extra={
                "redaction_event_id": found.event_id,
                "recorded_at": found.recorded_at,
                "legal_basis": found.legal_basis,
                "content_kind": found.content_kind,
                "decided_by_org_id": found.decided_by,
                "event_type": found.target_type,
                "origin": str(found.stream),
                "sequence": found.number,
                "leaf_hash": found.leaf.hex(),
            },
        )
    )
