"""GET /v1/recovery: whether the node's log is the one it had, and how far it is on the way back."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from services.node.api.language import AskedLanguage
from services.node.api.parameters import TheNode
from services.node.recovery import Reason, Standing
from services.node.recovery.texts import NEXT, REASONS

router = APIRouter(tags=["recovery"])


class OwnStreamAnswer(BaseModel):
    """One stream of this node, compared with what the node above holds of it."""

    origin: str
    held: int
    """Held here through this sequence."""
    above: int
    """Held by the node above through this sequence."""
    known: int
    """The highest sequence that was ever given out, as far as anybody knows."""
    standing: Standing
    proven: int
    """Through this sequence a signed checkpoint with cosignatures from above says that it is the
    same; 0 where there are no keys: then it agrees with the node above, and nothing else says so.
    """
    cosigners: list[str]


class RecoveryAnswer(BaseModel):
    """Whether the node records, and if not, why and what is next."""

    standing: Standing
    next: str
    """What the node, or a person, does now."""
    reason: Reason | None
    """Why it does not record; null if it does."""
    why: str | None
    since: str | None
    heard: bool
    """Whether the node above has said what it holds since this node started."""
    parent: str | None
    seat: str
    """The seat under which the node records."""
    streams: list[OwnStreamAnswer]


@router.get("/v1/recovery", summary="Nhật ký có còn nguyên / Whether the log is whole")
def read_recovery(node: TheNode, language: AskedLanguage) -> RecoveryAnswer:
    """A node whose log was lost or restored from an old backup serves reads and records nothing
    until it has fetched its own streams back from the node above."""
    report = node.recovery.report()
    fence = report.fence
    return RecoveryAnswer(
        standing=report.standing,
        next=language.of(NEXT[report.standing]),
        reason=None if fence is None else fence.reason,
        why=None if fence is None else language.of(REASONS[fence.reason]),
        since=None if fence is None else fence.since,
        heard=report.heard,
        parent=node.settings.parent,
        seat=node.hosting.seat,
        streams=[
            OwnStreamAnswer(
                origin=str(stream.origin),
                held=stream.held,
                above=stream.above,
                known=stream.known,
                standing=stream.standing,
                proven=stream.proven,
                cosigners=list(stream.cosigners),
            )
            for stream in report.streams
        ],
    )
