"""/v1/quarantine: what arrived and could not be read, why, and a way to take it in again."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from domain.refusals import Text
from services.node.api import cursors
from services.node.api.parameters import Cursor, Limit, TheNode
from services.node.api.problem_documents import ProblemError
from services.node.problems import NOT_FOUND, problem
from services.node.syncstate import Quarantined

router = APIRouter(tags=["quarantine"])

_CURSOR: Final = "quarantine"

Digest = Annotated[str, Path(max_length=80)]


class QuarantineRow(BaseModel):
    """One item in quarantine."""

    digest: str
    topic: str
    place: str
    content_type: str
    reason: str
    size: int
    seen_at: str
    times: int
    """How often these bytes have arrived."""
    released_at: str | None
    href: str


class QuarantineList(BaseModel):
    """A page of the quarantine, by digest."""

    items: list[QuarantineRow]
    total: int
    """Items still in quarantine."""
    next: str | None


class ReplayAnswer(BaseModel):
    """What came of taking an item in again."""

    digest: str
    outcome: Literal["replayed", "still_unreadable"]
    reason: str
    """Why it still cannot be read; "" if it was taken in."""


@router.get("/v1/quarantine", summary="Khu cách ly / The quarantine")
def list_quarantine(
    node: TheNode,
    released: Annotated[
        bool, Query(description="Những mục đã nhận lại. / Those taken in since.")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> QuarantineList:
    """What arrived and could not be read."""
    after = "" if cursor is None else cursors.read_key(_CURSOR, cursor)
    found = node.sync.quarantined(after=after, limit=limit + 1, released=released)
    shown = found[:limit]
    return QuarantineList(
        items=[_row(item) for item in shown],
        total=node.sync.quarantine_count(),
        next=cursors.write(_CURSOR, shown[-1].digest) if len(found) > limit else None,
    )


@router.get(
    "/v1/quarantine/{digest}",
    response_class=Response,
    summary="Các byte của một mục / The bytes of an item",
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def read_quarantined(node: TheNode, digest: Digest) -> Response:
    """The bytes exactly as they arrived; their type is not trusted."""
    item = node.sync.quarantined_item(digest)
    if item is None:
        raise _not_found()
    return Response(
        item.raw,
        media_type="application/octet-stream",
        headers={"Content-Disposition": "attachment", "ETag": f'"{item.digest}"'},
    )


@router.post(
    "/v1/quarantine/{digest}/replay",
    summary="Nhận lại một mục / Take an item in again",
)
def replay(node: TheNode, digest: Digest) -> ReplayAnswer:
    """For after an upgrade, or once what was missing is there. Doing it twice is harmless."""
    if node.sync.quarantined_item(digest) is None:
        raise _not_found()
    reason = node.replay(digest)
    return ReplayAnswer(
        digest=digest,
        outcome="replayed" if reason is None else "still_unreadable",
        reason=reason or "",
    )


def _row(item: Quarantined) -> QuarantineRow:
    return QuarantineRow(
        digest=item.digest,
        topic=item.topic,
        place=item.place,
        content_type=item.content_type,
        reason=item.reason,
        size=len(item.raw),
        seen_at=item.seen_at,
        times=item.times,
        released_at=item.released_at,
        href=f"/v1/quarantine/{item.digest}",
    )


def _not_found() -> ProblemError:
    return ProblemError(
        problem(
            NOT_FOUND,
            Text("Khu cách ly không có mục này.", "The quarantine holds no such item."),
        )
    )
