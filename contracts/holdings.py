"""What a parent holds of a child's streams: the question, and the answer.

A node that cannot show that its log is the one it had asks its parent before it records anything
new. The question is sent under the key of each stream of its own, so that on Kafka it stands behind
everything that the node ever sent of it: when the parent reads it, it has read that too.

    vn.antq.sync.HoldingsAsked    up: "what do you hold of the streams of these units, and of the
                                  units beneath them?"
    vn.antq.sync.HoldingsTold     down, addressed to who asked: each such stream, how far, and the
                                  root of its tree there; what is not named is not held

A question has an id, and only an answer that names it counts: an old answer says what was true
once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from contracts.envelope import MAX_SEQUENCE

ASKED_TYPE: Final = "vn.antq.sync.HoldingsAsked"
TOLD_TYPE: Final = "vn.antq.sync.HoldingsTold"
STREAMS_A_MESSAGE: Final = 1_000
"""Streams of one answer; more go in several parts."""

_ROOT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class HoldingsAsked:
    """A node asks what the node above holds of its streams."""

    node: str
    question: UUID
    """The same in each question that a node sends for one reason."""
    units: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class HeldStream:
    """One stream as the node above holds it."""

    origin: UUID
    unit_id: str
    """The unit that the stream belongs to; "" if the parent does not know it."""
    head: int
    """Held without a hole through this sequence."""
    known: int
    """The highest sequence that the parent has ever heard of, at least `head`."""
    root: bytes
    """The RFC 6962 root of the first `head` events, 32 bytes."""
    by: str
    """The node that announces the stream to the parent; "" if none has since it started."""
    note: bytes = b""
    """The newest checkpoint that the parent has cosigned, a C2SP signed note; empty if none."""


@dataclass(frozen=True, slots=True)
class HoldingsTold:
    """The answer, or a part of it."""

    node: str
    """Who tells it."""
    question: UUID
    units: Sequence[UUID]
    """Those of the question."""
    part: int
    """From 1 on."""
    parts: int
    streams: Sequence[HeldStream]


def asked_data(message: HoldingsAsked) -> Mapping[str, Any]:
    """The data of a question."""
    return {"question": str(message.question), "units": [str(unit) for unit in message.units]}


def told_data(message: HoldingsTold) -> Mapping[str, Any]:
    """The data of an answer."""
    return {
        "part": message.part,
        "parts": message.parts,
        "question": str(message.question),
        "streams": [
            {
                "by": stream.by,
                "head": stream.head,
                "known": stream.known,
                "note": stream.note.decode(),
                "origin": str(stream.origin),
                "root": base64.b64encode(stream.root).decode(),
                "unit_id": stream.unit_id,
            }
            for stream in message.streams
        ],
        "units": [str(unit) for unit in message.units],
    }


def asked_of(node: str, data: Mapping[str, Any]) -> HoldingsAsked:
    """Read a question. Raises KeyError, TypeError, ValueError, AttributeError for another form."""
    return HoldingsAsked(node, UUID(data["question"]), [UUID(unit) for unit in data["units"]])


def told_of(node: str, data: Mapping[str, Any]) -> HoldingsTold:
    """Read an answer. Raises as `asked_of`."""
    part, parts = _number(data["part"]), _number(data["parts"])
    if not 1 <= part <= parts:
        raise ValueError("no such part")
    return HoldingsTold(
        node,
        UUID(data["question"]),
        [UUID(unit) for unit in data["units"]],
        part,
        parts,
        [_stream(stream) for stream in data["streams"]],
    )


def _stream(data: Mapping[str, Any]) -> HeldStream:
    head, known = _number(data["head"]), _number(data["known"])
    root = base64.b64decode(data["root"], validate=True)
    if known < head or len(root) != _ROOT_BYTES:
        raise ValueError("a stream that nobody can hold so")
    return HeldStream(
        UUID(data["origin"]),
        _text(data["unit_id"]),
        head,
        known,
        root,
        _text(data["by"]),
        _text(data["note"]).encode(),
    )


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SEQUENCE:
        raise ValueError(f"not a number of events: {value!r:.40}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r:.40}")
    return value
