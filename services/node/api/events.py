"""GET /v1/events: find, page through and follow events; read one, or one stream, byte for byte."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from contracts.envelope import TYPE_PREFIX, digest_of
from domain.events import EVENTS
from domain.refusals import Text
from services.node.api import cursors, media
from services.node.api.erased import refuse_erased
from services.node.api.event_queries import (
    EventFilter,
    EventPage,
    exact_bytes,
    find_events,
    locate,
)
from services.node.api.language import AskedLanguage
from services.node.api.parameters import (
    Area,
    CampaignTag,
    Cursor,
    TheNode,
    in_range,
    known_area,
    known_tag,
    refused,
)
from services.node.api.problem_documents import ProblemError
from services.node.api.raw_responses import OFFERED, next_link, stream_events
from services.node.language import Language
from services.node.node import Node
from services.node.problems import NOT_FOUND, problem

router = APIRouter(tags=["events"])

_CURSOR: Final = "events"
_LONGEST_WAIT: Final = 30.0
_LOOK_EVERY: Final = 0.05
_STREAM_PAGE: Final = 1_000
_STREAM_READ: Final = 100
_MAX_EVENTS: Final = 10_000


class EventRow(BaseModel):
    """One event as it stands today."""

    event_id: str
    position: int
    """Position in this node's log; never compare it between nodes."""
    origin: str
    sequence: int
    type: str
    title: str
    kind: str
    unit_id: str
    org_id: str
    occurred_on: date
    occurred_to: date | None
    recorded_at: str
    aggregate_id: str
    digest: str
    status: Literal["active", "corrected", "retracted"]
    changed_by: str | None
    """The correction or retraction that the status comes from."""
    assigned_to: str | None
    """The successor of a split unit that the record was assigned to."""
    source_system: str
    source_record_id: str


class EventList(BaseModel):
    """A page of events."""

    items: list[EventRow]
    next: str
    """Cursor of the next page; ask with it again, now or later, to go on."""
    more: bool
    """Whether there are further events already."""
    position: int
    """Log position through which this list is complete."""


@router.get(
    "/v1/events",
    response_model=EventList,
    summary="Tìm, lật trang và theo dõi sự kiện / Find, page through and follow events",
    responses={
        200: {
            "description": "JSON; theo Accept cũng có chính các byte đã ghi. / JSON; by Accept "
            "also the exact bytes.",
            "content": {
                media.BATCH_MEDIA_TYPE: {"schema": {"type": "array", "items": {}}},
                media.NDJSON: {"schema": {"type": "string"}},
            },
        }
    },
)
async def list_events(
    request: Request,
    node: TheNode,
    language: AskedLanguage,
    unit: UUID | None = None,
    type: Annotated[str | None, Query(max_length=100)] = None,
    aggregate: UUID | None = None,
    org: UUID | None = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    status: Literal["active", "corrected", "retracted"] | None = None,
    tag: CampaignTag = None,
    area: Area = None,
    cursor: Cursor = None,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_EVENTS)] = 100,
    wait: Annotated[float, Query(ge=0, le=_LONGEST_WAIT)] = 0,
) -> Any:
    """Events in the order this node recorded or received them.

    `next` (also in the Link header) leads on; with `wait` the answer is held back for so many
    seconds until something new matches.
    """
    if cursor is not None and after is not None:
        raise refused("after", "Chỉ dùng cursor hoặc after.", "Use either cursor or after.")
    wanted = EventFilter(
        None if unit is None else str(unit),
        _type_name(type),
        None if aggregate is None else str(aggregate),
        None if org is None else str(org),
        None if first is None else in_range("from", first),
        None if last is None else in_range("to", last),
        status,
        known_tag(node.directory, tag),
        known_area(area),
    )
    start = after or 0 if cursor is None else cursors.read_position(_CURSOR, cursor)
    page = await _followed(request, node, wanted, start, limit, wait)
    following = cursors.write(_CURSOR, page.next)
    url = request.url.remove_query_params("after")
    headers = {**next_link(url, cursor=following), "Vary": "Accept, Accept-Language"}
    kind = media.accepted(request.headers.get("accept", ""), (media.JSON, *OFFERED))
    if kind != media.JSON:
        return stream_events(exact_bytes(node.log, page.rows), kind, headers)
    body = EventList(
        items=[_row(row._mapping, language) for row in page.rows],
        next=following,
        more=page.more,
        position=page.position,
    )
    return Response(body.model_dump_json(), headers=headers, media_type=media.JSON)


async def _followed(
    request: Request, node: Node, wanted: EventFilter, after: int, limit: int, wait: float
) -> EventPage:
    """A page; if it is empty, the first that is not, or the empty one when the time is over."""

    def look() -> EventPage:
        with node.projector.view() as view:
            return find_events(view, wanted, after, limit)

    end = time.monotonic() + wait
    page = await run_in_threadpool(look)
    while not page.rows and time.monotonic() < end:
        # The position in memory says whether looking again is worth a query.
        if node.projector.position > page.position:
            after = page.next
            page = await run_in_threadpool(look)
        elif await request.is_disconnected():
            break
        else:
            await asyncio.sleep(_LOOK_EVERY)
    return page


@router.get(
    "/v1/events/{event_id}",
    response_class=Response,
    summary="Chính các byte của một sự kiện / The exact bytes of one event",
    responses={
        200: {"content": {media.EVENT_MEDIA_TYPE: {"schema": {"type": "object"}}}},
        304: {"description": "Không đổi. / Not changed."},
        410: {"description": "Nội dung đã bị xóa. / The content was removed."},
    },
)
def read_event(request: Request, node: TheNode, event_id: UUID) -> Response:
    """One event as it was recorded; the ETag is its digest. What is recorded never changes; where
    content had to be removed, 410 names the decision."""
    refuse_erased(node, event_id)
    with node.projector.view() as view:
        place = locate(node.log, view, str(event_id))
    if place is None:
        raise _not_found(
            f"Nút này không có sự kiện {event_id}.", f"This node does not hold event {event_id}."
        )
    origin, sequence = place
    raw = node.log.read_stream(origin, sequence, sequence)[0].raw
    etag = f'"{digest_of(raw)}"'
    # It never changes, but it may have to go: a copy is not used without asking.
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    if etag in (part.strip().removeprefix("W/") for part in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(raw, headers=headers, media_type=media.EVENT_MEDIA_TYPE)


@router.get(
    "/v1/streams/{origin}",
    response_class=Response,
    summary="Chính các byte của một luồng / The exact bytes of one stream",
    responses={
        200: {
            "content": {
                media.BATCH_MEDIA_TYPE: {"schema": {"type": "array", "items": {}}},
                media.NDJSON: {"schema": {"type": "string"}},
            }
        }
    },
)
def read_stream(
    request: Request,
    node: TheNode,
    origin: UUID,
    first: Annotated[int, Query(ge=1, le=2**53)] = 1,
    last: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:
    """Events `first` to `last` of one origin, at most 1,000; the Link header leads on."""
    head = node.log.head(origin)
    if head == 0:
        raise _not_found(f"Nút này không có luồng {origin}.", f"There is no stream {origin} here.")
    asked = head if last is None else last
    if asked < first and last is not None:
        raise refused("last", "last phải từ first trở lên.", "last must be first or more.")
    end = min(asked, head, first + _STREAM_PAGE - 1)
    headers = {"Vary": "Accept", "X-Antq-Head": str(head)}
    if end < min(asked, head):
        headers |= next_link(request.url, first=str(end + 1))
    kind = media.accepted(request.headers.get("accept", ""), OFFERED)

    def read() -> Iterator[bytes]:
        for start in range(first, end + 1, _STREAM_READ):
            stop = min(start + _STREAM_READ - 1, end)
            yield from (logged.raw for logged in node.log.read_stream(origin, start, stop))

    return stream_events(read(), kind, headers)


def _type_name(type: str | None) -> str | None:
    if type is None:
        return None
    name = type.removeprefix(TYPE_PREFIX)
    if name not in EVENTS:
        names = ", ".join(sorted(EVENTS))
        raise refused("type", f"Phải là một trong {names}.", f"It must be one of {names}.")
    return name


def _row(row: Any, language: Language) -> EventRow:
    spec = EVENTS[row["type"]]
    return EventRow(title=language.of(Text(spec.title_vi, spec.title_en)), **row)


def _not_found(vi: str, en: str) -> ProblemError:
    return ProblemError(problem(NOT_FOUND, Text(vi, en)))
