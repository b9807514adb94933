"""Receipts, proofs, and the ledger itself as tiles (C2SP tlog-tiles), for whoever checks it."""

from __future__ import annotations

import base64
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from domain.refusals import Text
from services.node.api import media
from services.node.api.event_queries import locate
from services.node.api.parameters import TheNode, refused
from services.node.api.problem_documents import ProblemError
from services.node.errors import NotFoundError
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_name
from services.node.ledger.tiles import WIDTH, Tile, TileError, encode_entries
from services.node.node import Node
from services.node.notary.receipts import EventProof, prove, receipts_beneath
from services.node.problems import NOT_FOUND, problem
from services.node.syncstate import Direction

router = APIRouter(tags=["ledger"])

_FOREVER: Final = "private, max-age=31536000, immutable"
_ASKED: Final = "private, no-cache"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_PLAIN: Final = "text/plain"
_MAX_SIZE: Final = 2**53


class ReceiptAnswer(BaseModel):
    """A level above received a stream and vouches for it."""

    cosigner: str
    """The name of its key."""
    unit_id: str
    through: int
    """The last event it vouches for, by its number."""
    at: str
    """When it had verified it, by its own clock."""


class StreamReceipts(BaseModel):
    """How far one stream is sealed and vouched for."""

    origin: str
    unit_id: str
    log: str
    """The stream's name in checkpoints."""
    size: int
    """Events held here."""
    sealed: int
    """Events of the newest checkpoint."""
    note: str | None
    """That checkpoint, with every signature beneath it."""
    receipts: list[ReceiptAnswer]
    """From the nearest level upward; empty if none has come."""


class ReceiptList(BaseModel):
    """The streams of a unit, or of this node."""

    items: list[StreamReceipts]


class InclusionAnswer(BaseModel):
    """That one event stands in its stream."""

    event_id: str
    origin: str
    sequence: int
    index: int
    """The leaf: the event's number less one."""
    size: int
    root: str
    """Base64."""
    hashes: list[str]
    """Base64, from the leaf's sibling upward (RFC 6962)."""
    note: str
    """The checkpoint that the proof leads to, with every signature beneath it."""
    receipts: list[ReceiptAnswer]


class ConsistencyAnswer(BaseModel):
    """That a stream has only grown."""

    origin: str
    first: int
    second: int
    first_root: str
    second_root: str
    hashes: list[str]
    """Base64 (RFC 6962, 2.1.2)."""


@router.get("/v1/receipts", summary="Biên nhận từ cấp trên / Receipts from above")
def list_receipts(node: TheNode, unit: UUID | None = None) -> ReceiptList:
    """How far the streams of a unit (of this node's own, without one) are sealed, and which levels
    above have received and verified them."""
    items = [
        _stream(node, state.origin, state.unit_id)
        for state in sorted(node.origins.states(), key=lambda s: (s.unit_id, str(s.origin)))
        if (state.direction == Direction.OWN if unit is None else state.unit_id == str(unit))
    ]
    return ReceiptList(items=items)


def _stream(node: Node, origin: UUID, unit_id: str) -> StreamReceipts:
    latest = node.notary.checkpoints.latest(origin)
    return StreamReceipts(
        origin=str(origin),
        unit_id=unit_id,
        log=origin_name(origin),
        size=node.trees.size(origin),
        sealed=0 if latest is None else latest.checkpoint.size,
        note=None if latest is None else latest.note.encode().decode(),
        receipts=[] if latest is None else _receipts(node, latest),
    )


def _receipts(node: Node, signed: SignedCheckpoint) -> list[ReceiptAnswer]:
    return [
        ReceiptAnswer(cosigner=r.node, unit_id=r.unit_id, through=r.through, at=r.at)
        for r in receipts_beneath(node, signed)
    ]


@router.get(
    "/v1/proofs/inclusion",
    response_model=InclusionAnswer,
    summary="Bằng chứng một sự kiện nằm trong luồng / Proof that an event stands in its stream",
    responses={200: {"content": {_PLAIN: {"schema": {"type": "string"}}}}},
)
def read_inclusion(request: Request, node: TheNode, event_id: UUID) -> Response:
    """As JSON, or with `Accept: text/plain` as a proof file (C2SP tlog-proof)."""
    proof = _proof(node, event_id)
    kind = media.accepted(request.headers.get("accept", ""), (media.JSON, _PLAIN))
    headers = {"Vary": "Accept"}
    if kind == _PLAIN:
        return _proof_file(proof, event_id, headers)
    tree = proof.checkpoint.checkpoint
    body = InclusionAnswer(
        event_id=str(event_id),
        origin=str(proof.origin),
        sequence=proof.sequence,
        index=proof.file.index,
        size=tree.size,
        root=_base64(tree.root),
        hashes=[_base64(one) for one in proof.file.hashes],
        note=proof.checkpoint.note.encode().decode(),
        receipts=[
            ReceiptAnswer(cosigner=r.node, unit_id=r.unit_id, through=r.through, at=r.at)
            for r in proof.receipts
        ],
    )
    return Response(body.model_dump_json(), headers=headers, media_type=media.JSON)


@router.get(
    "/v1/events/{event_id}/proof.tlog-proof",
    response_class=Response,
    summary="Tệp bằng chứng của một sự kiện / The proof file of an event",
    responses={200: {"content": {_PLAIN: {"schema": {"type": "string"}}}}},
)
def read_proof_file(node: TheNode, event_id: UUID) -> Response:
    """The proof file alone (C2SP tlog-proof), to be kept beside the event's bytes."""
    return _proof_file(_proof(node, event_id), event_id, {})


def _proof(node: Node, event_id: UUID) -> EventProof:
    redaction = node.erased.of_event(str(event_id))
    if redaction is not None:
        place: tuple[UUID, int] | None = redaction.stream, redaction.number
    else:
        with node.projector.view() as view:
            place = locate(node.log, view, str(event_id))
    if place is None:
        raise _not_found(
            f"Nút này không có sự kiện {event_id}.", f"This node does not hold event {event_id}."
        )
    proof = prove(node, *place)
    if proof is None:
        raise _not_found(
            f"Sự kiện {event_id} chưa được niêm phong; hỏi lại sau ít giây, hoặc xem nút ghi nó có "
            "khóa ký chưa.",
            f"Event {event_id} is not sealed yet; ask again in some seconds, or see whether the "
            "node that recorded it has keys.",
        )
    return proof


def _proof_file(proof: EventProof, event_id: UUID, headers: dict[str, str]) -> Response:
    name = f'attachment; filename="{event_id}.tlog-proof"'
    return Response(
        proof.file.encode(), media_type=_TEXT, headers={**headers, "Content-Disposition": name}
    )


@router.get(
    "/v1/proofs/consistency",
    summary="Bằng chứng luồng chỉ dài thêm / Proof that a stream has only grown",
)
def read_consistency(
    node: TheNode,
    origin: UUID,
    first: Annotated[int, Query(ge=0, le=_MAX_SIZE)],
    second: Annotated[int, Query(ge=0, le=_MAX_SIZE)],
) -> ConsistencyAnswer:
    """That the stream of `second` events begins with that of `first` (RFC 6962, 2.1.2)."""
    if second < first:
        raise refused("second", "second phải từ first trở lên.", "second must be first or more.")
    try:
        return ConsistencyAnswer(
            origin=str(origin),
            first=first,
            second=second,
            first_root=_base64(node.trees.root(origin, first)),
            second_root=_base64(node.trees.root(origin, second)),
            hashes=[_base64(one) for one in node.trees.consistency(origin, first, second)],
        )
    except NotFoundError as error:
        raise _not_so_long(node, origin) from error


@router.get(
    "/v1/ledger/{origin}/checkpoint",
    response_class=Response,
    summary="Điểm chốt mới nhất của một luồng / The newest checkpoint of a stream",
    responses={200: {"content": {_PLAIN: {"schema": {"type": "string"}}}}},
)
def read_checkpoint(node: TheNode, origin: UUID) -> Response:
    """A signed note (C2SP tlog-checkpoint) with every cosignature that has come."""
    latest = node.notary.checkpoints.latest(origin)
    if latest is None or latest.checkpoint.size > node.trees.size(origin):
        raise _not_found(
            f"Luồng {origin} chưa được niêm phong ở đây.", f"Stream {origin} is not sealed here."
        )
    return Response(latest.note.encode(), media_type=_TEXT, headers={"Cache-Control": "no-cache"})


@router.get(
    "/v1/ledger/{origin}/tile/{path:path}",
    response_class=Response,
    summary="Một mảnh của sổ cái / A tile of the ledger",
    responses={200: {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}}},
)
def read_tile(node: TheNode, origin: UUID, path: Annotated[str, Path(max_length=100)]) -> Response:
    """Hashes, or a bundle of events (`entries/…`), in the layout of C2SP tlog-tiles.

    Where an event was erased its tombstone stands in the bundle. It does not hash to its leaf; the
    leaf, as ever in the tile of level 0, is the `leaf_hash` that the tombstone tells.
    """
    try:
        tile = Tile.parse(f"tile/{path}")
        content = (
            _entries(node, origin, tile) if tile.level is None else _hashes(node, origin, tile)
        )
    except (TileError, NotFoundError) as error:
        raise _not_found(
            f"Luồng {origin} không có mảnh {path}.", f"Stream {origin} has no tile {path}."
        ) from error
    # An event may have to go; a hash never does.
    kept = _ASKED if tile.level is None else _FOREVER
    return Response(content, media_type=_BYTES, headers={"Cache-Control": kept})


def _hashes(node: Node, origin: UUID, tile: Tile) -> bytes:
    assert tile.level is not None  # noqa: S101 # the caller's own question
    return node.trees.tile(origin, tile.level, tile.index, tile.width)


def _entries(node: Node, origin: UUID, tile: Tile) -> bytes:
    first = tile.index * WIDTH + 1
    last = first + tile.width - 1
    if last > node.trees.size(origin):
        raise NotFoundError(f"stream {origin} has no events up to {last}")
    return encode_entries(one.raw for one in node.log.read_stream(origin, first, last))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _not_so_long(node: Node, origin: UUID) -> ProblemError:
    size = node.trees.size(origin)
    return _not_found(
        f"Luồng {origin} ở đây có {size} sự kiện.", f"Stream {origin} has {size} events here."
    )


def _not_found(vi: str, en: str) -> ProblemError:
    return ProblemError(problem(NOT_FOUND, Text(vi, en)))
