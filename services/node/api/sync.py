"""GET /v1/sync and /v1/forks: what has arrived, what has not, and what contradicts itself."""

from __future__ import annotations

import base64
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from contracts.envelope import format_time
from domain.levels import Level
from domain.refusals import Text
from services.node.api.completeness import OriginAnswer, origin_answer
from services.node.api.language import AskedLanguage
from services.node.api.parameters import TheNode
from services.node.api.problem_documents import ProblemError
from services.node.contributing import UNREADABLE
from services.node.problems import NOT_FOUND, problem

router = APIRouter(tags=["sync"])


class SyncAnswer(BaseModel):
    """How this node stands."""

    node: str
    level: Level
    title: str
    parent: str | None
    as_of: str
    ready: bool
    reasons: list[str]
    """Why it is not ready: what the workers failed with."""
    notices: list[str]
    """What a person should see to although the node can work."""
    position: int
    """Position of the last event of its log."""
    projected: int
    """Position through which the figures are folded."""
    generation: int
    unprojected: int
    """Events of types this version does not know: kept and forwarded, in no figure yet."""
    unreadable: int
    """Aggregates with events that cannot be understood; /v1/unreadable lists them."""
    backlog: dict[str, int]
    """How far each worker is behind the log, in positions."""
    quarantined: int
    origins: list[OriginAnswer]


class UnreadableAnswer(BaseModel):
    """An aggregate with events that cannot be understood."""

    aggregate_id: str
    reason: str
    """What the fold stumbled over, as the program says it: for an operator."""
    href: str
    """Its events."""


class UnreadableList(BaseModel):
    """A page of them, by aggregate."""

    items: list[UnreadableAnswer]
    next: str | None
    """The `after` of the next page; null on the last."""


class ForkAnswer(BaseModel):
    """Evidence: two contents for one number of a stream."""

    origin: str
    sequence: int
    held_digest: str
    other_digest: str
    place: str
    seen_at: str
    href: str


class CheckpointForkAnswer(BaseModel):
    """Evidence: a signed checkpoint that contradicts what is held."""

    origin: str
    size: int
    reason: Literal["root", "signature"]
    """`root`: signed by the stream's key for another history; `signature`: a signature that is
    wrong."""
    note: str
    """The checkpoint as it arrived."""
    held_root: str
    """The root of what is held at that size, base64; empty where it was not compared."""
    sender: str
    seen_at: str
    stopped: bool
    """Whether the stream stands still."""


class ForkList(BaseModel):
    """All evidence of forks."""

    items: list[ForkAnswer]
    checkpoints: list[CheckpointForkAnswer]


@router.get("/v1/sync", summary="Tình trạng đồng bộ / State of synchronisation")
def read_sync(
    node: TheNode,
    language: AskedLanguage,
    unit: UUID | None = None,
    direction: Literal["own", "below", "above"] | None = None,
    state: Annotated[
        Literal["all", "incomplete", "complete", "behind", "waiting", "forked"],
        Query(description="Nguồn nào được liệt kê. / Which origins are listed."),
    ] = "all",
) -> SyncAnswer:
    """Everything about how complete this node is, origin by origin."""
    status, health = node.projector.status(), node.health()
    origins = [
        origin
        for origin in map(origin_answer, node.origins_sync())
        if (unit is None or origin.unit_id == str(unit))
        and (direction is None or origin.direction == direction)
        and (
            state in ("all", origin.state) or (state == "incomplete" and origin.state != "complete")
        )
    ]
    return SyncAnswer(
        node=node.settings.node,
        level=node.spec.level,
        title=language.of(node.spec.title),
        parent=node.settings.parent,
        as_of=format_time(node.now()),
        ready=health.ready,
        reasons=[language.of(reason) for reason in health.reasons],
        notices=[language.of(notice) for notice in health.notices],
        position=node.log.position(),
        projected=status.position,
        generation=status.generation,
        unprojected=status.unprojected,
        unreadable=status.unreadable,
        backlog=dict(node.backlog()),
        quarantined=node.sync.quarantine_count(),
        origins=origins,
    )


@router.get(
    "/v1/unreadable",
    summary="Đối tượng có sự kiện không hiểu được / Aggregates that cannot be understood",
)
def list_unreadable(
    node: TheNode,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> UnreadableList:
    """Aggregates of which at least one event is not what its type demands. The event is kept and
    forwarded, and what can be understood of the aggregate is in the figures."""
    with node.projector.view() as view:
        table = view.tables[UNREADABLE]
        rows = view.connection.execute(
            sa.select(table)
            .where(table.c.aggregate_id > str(after or ""))
            .order_by(table.c.aggregate_id)
            .limit(limit + 1)
        ).all()
    return UnreadableList(
        items=[
            UnreadableAnswer(
                aggregate_id=row.aggregate_id,
                reason=row.reason,
                href=f"/v1/events?aggregate={row.aggregate_id}",
            )
            for row in rows[:limit]
        ],
        next=rows[limit - 1].aggregate_id if len(rows) > limit else None,
    )


@router.get("/v1/forks", summary="Bằng chứng phân nhánh / Evidence of forks")
def list_forks(node: TheNode, origin: UUID | None = None) -> ForkList:
    """Places of streams for which other bytes arrived, and checkpoints that contradict what is
    held; their origins stand still until somebody decides."""
    return ForkList(
        items=[
            ForkAnswer(
                origin=str(fork.origin),
                sequence=fork.sequence,
                held_digest=fork.held_digest,
                other_digest=fork.digest,
                place=fork.place,
                seen_at=fork.seen_at,
                href=f"/v1/forks/{fork.origin}/{fork.sequence}/{fork.digest}",
            )
            for fork in node.sync.forks(origin)
        ],
        checkpoints=[
            CheckpointForkAnswer(
                origin=str(fork.origin),
                size=fork.size,
                reason=fork.reason.value,
                note=fork.note.decode(errors="replace"),
                held_root=base64.b64encode(fork.held_root).decode(),
                sender=fork.sender,
                seen_at=fork.seen_at,
                stopped=(state := node.origins.state(fork.origin)) is not None and state.forked,
            )
            for fork in node.notary.evidence.of(origin)
        ],
    )


@router.get(
    "/v1/forks/{origin}/{sequence}/{digest}",
    response_class=Response,
    summary="Các byte khác đã tới / The other bytes that arrived",
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def read_fork(
    node: TheNode,
    origin: UUID,
    sequence: Annotated[int, Path(ge=1, le=2**53)],
    digest: Annotated[str, Path(max_length=80)],
) -> Response:
    """The bytes that contradict what is held, exactly as they arrived."""
    for fork in node.sync.forks(origin):
        if (fork.sequence, fork.digest) == (sequence, digest):
            return Response(
                fork.raw,
                media_type="application/octet-stream",
                headers={"Content-Disposition": "attachment"},
            )
    raise ProblemError(
        problem(
            NOT_FOUND,
            Text("Nút này không giữ bằng chứng đó.", "This node holds no such evidence."),
        )
    )
