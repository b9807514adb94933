"""/v1/bundles: files that are carried by hand to where no network leads."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from contracts.envelope import MAX_SEQUENCE
from domain.refusals import Text
from services.node.api.parameters import TheNode
from services.node.api.problem_documents import ProblemError
from services.node.bundles.exporting import Order, Way
from services.node.bundles.importing import Imported
from services.node.errors import BusyError
from services.node.node import Node
from services.node.problems import BUSY, REQUEST_TOO_LARGE, problem

router = APIRouter(tags=["bundles"])

MEDIA_TYPE: Final = "application/vnd.antq.bundle+gzip"
MAX_BYTES: Final = 4 * 2**30
"""Of a file that is uploaded: some fifty million events."""
_WRITE: Final = 1024 * 1024

Number = Annotated[int | None, Query(ge=1, le=MAX_SEQUENCE)]


class BundleAnswer(BaseModel):
    """What a bundle held and what came of it."""

    sender: str
    to: str
    """The node it is for; "" for every child of the sender."""
    way: Way
    made_at: str
    streams: int
    events: int
    missing: int
    """Events that the sender's own log has lost; restore it from a backup."""
    checkpoints: int
    recorded: int
    """Events that are new here, with those that had waited for them."""
    waiting: int
    """Events kept aside until those before them come."""
    forked: list[str]
    """Streams that contradict what is held; /v1/forks has the evidence."""
    set_aside: int
    """Events that the sender must not write; they are in quarantine."""
    damaged: list[str]
    """Streams that this node's own log holds with a hole."""


@router.get(
    "/v1/bundles",
    response_class=StreamingResponse,
    summary="Xuất tệp gói / Export a bundle",
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
def export_bundle(
    node: TheNode,
    way: Way,
    to: Annotated[
        str,
        Query(
            max_length=63,
            description="Nút nhận, khi gửi xuống. / The node it is for, when it goes down.",
        ),
    ] = "",
    origin: Annotated[
        list[UUID] | None, Query(description="Chỉ các luồng này. / Only these streams.")
    ] = None,
    first: Number = None,
    last: Number = None,
    everything: Annotated[
        bool,
        Query(
            description="Cả những gì bên nhận đã xác nhận. / Also what the other side confirmed."
        ),
    ] = False,
    new: Annotated[
        bool,
        Query(
            description="Nút nhận là nút mới, chưa gửi gì lên bao giờ. / The node it is for is new "
            "and has never sent anything."
        ),
    ] = False,
) -> StreamingResponse:
    """What the other side is not known to hold, or a range. The file ends with an end: an answer
    that is cut off is no bundle."""
    order = Order(way, to, tuple(origin or ()), first, last, everything, new)
    parts: Iterator[bytes] = node.exporter.export(order)
    name = f"{node.settings.node}-{to or way.value}.antq"
    return StreamingResponse(
        parts,
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post(
    "/v1/bundles",
    summary="Nhập tệp gói / Import a bundle",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_bundle(node: TheNode, request: Request) -> BundleAnswer:
    """All of the file is checked before anything of it is taken in. Sending it again is harmless;
    after an interruption that is the way to go on."""
    with await run_in_threadpool(_spool, node) as file:
        await _receive(request, file)
        imported = await run_in_threadpool(_take, node, file)
    return answer(imported)


def _spool(node: Node) -> IO[bytes]:
    """Where an upload lies until it is taken in; a crash leaves nothing of it."""
    folder = node.settings.data_dir / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


async def _receive(request: Request, file: IO[bytes]) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BYTES:
        raise _too_large()
    pending: list[bytes] = []
    size = held = 0
    async for chunk in request.stream():
        size += len(chunk)
        held += len(chunk)
        pending.append(chunk)
        if size > MAX_BYTES:
            raise _too_large()
        if held >= _WRITE:
            await asyncio.to_thread(file.write, b"".join(pending))
            pending, held = [], 0
    await asyncio.to_thread(file.write, b"".join(pending))


def _take(node: Node, file: IO[bytes]) -> Imported:
    file.seek(0)
    try:
        return node.importer.take(file, "bundle")
    except BusyError:
        raise ProblemError(
            problem(
                BUSY,
                Text(
                    "Nút đang nhập một tệp gói khác; chưa nhận gì từ tệp này.",
                    "The node imports another bundle; nothing of this one was taken in.",
                ),
            )
        ) from None


def answer(imported: Imported) -> BundleAnswer:
    contents, taken = imported.contents, imported.taken
    return BundleAnswer(
        sender=contents.sender,
        to=contents.to,
        way=contents.way,
        made_at=contents.made_at,
        streams=contents.streams,
        events=contents.events,
        missing=contents.missing,
        checkpoints=contents.checkpoints,
        recorded=taken.recorded,
        waiting=taken.waiting,
        forked=sorted(map(str, taken.forked)),
        set_aside=len(taken.reasons),
        damaged=sorted(map(str, taken.damaged)),
    )


def _too_large() -> ProblemError:
    return ProblemError(
        problem(
            REQUEST_TOO_LARGE,
            Text(
                f"Tệp vượt {MAX_BYTES:,} byte; xuất thành nhiều tệp (--origin, --last).",
                f"The file exceeds {MAX_BYTES:,} bytes; export several (--origin, --last).",
            ),
            extra={"max_bytes": MAX_BYTES},
        )
    )
