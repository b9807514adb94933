"""Control messages: how nodes keep each other complete. They are in no stream and need no order.

Each is a CloudEvent too (structured mode, one per message), so any CloudEvents tool can read a
topic. Losing one is harmless: each is repeated for as long as its reason lasts.

    vn.antq.sync.HeadsAnnounced   "my log holds these origins through these sequences"
    vn.antq.sync.RangeRequested   "send me these ranges again"; without a range: "announce your
                                  heads", from one who opened a topic and may have missed them
    vn.antq.sync.CheckpointsShown "these heads of streams are signed": up for those that want a
                                  receipt, down with the cosignatures that make them receipts
    vn.antq.sync.AlarmsRaised     "this is wrong with streams in my store, or in one below me": up,
                                  all of it each time; none: nothing is wrong any more

Two more are about a log that was lost or restored, see `contracts.holdings`.

What answers one node's request is addressed to it, by a parameter of the content type, so that the
others on the topic need not read it: "application/cloudevents-batch+json; to=h-001".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.canonical import canonical
from contracts.envelope import MAX_SEQUENCE, MalformedEnvelopeError, format_time
from contracts.holdings import (
    ASKED_TYPE,
    TOLD_TYPE,
    HoldingsAsked,
    HoldingsTold,
    asked_data,
    asked_of,
    told_data,
    told_of,
)

HEADS_TYPE: Final = "vn.antq.sync.HeadsAnnounced"
RANGES_TYPE: Final = "vn.antq.sync.RangeRequested"
CHECKPOINTS_TYPE: Final = "vn.antq.sync.CheckpointsShown"
ALARMS_TYPE: Final = "vn.antq.sync.AlarmsRaised"
CONTROL_KEY: Final = "control"
"""The key of control messages, but for a question about holdings, which has a stream's."""
NODE_PREFIX: Final = "urn:antq:node:"
_TO: Final = "; to="
_WHAT: Final = re.compile(r"[a-z][a-z-]{0,39}")
_NODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
MAX_ALARMS: Final = 1_000
"""Alarms of one message; who has more tells the first."""


@dataclass(frozen=True, slots=True)
class Heads:
    """What a node holds: the head of each origin it forwards on this topic."""

    node: str
    heads: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Range:
    """Events `first` to `last` of an origin, both included."""

    origin: UUID
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """What a node misses and asks the other side to send again; no range: it asks for heads."""

    node: str
    ranges: Sequence[Range]


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Signed checkpoints of streams, as C2SP signed notes; nothing says yet that they are right."""

    node: str
    notes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with a stream in a node's store."""

    node: str
    """Where: the node that says so, or one below it that told it."""
    origin: UUID
    first: int
    """The first event concerned; 0 if none is named."""
    last: int
    """It lies between `first` and this one."""
    what: str
    """A word for programs: "changed", "missing", "forked", …"""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Everything that a node knows to be wrong, at itself and below."""

    node: str
    alarms: Sequence[Alarm]


Control = Heads | Ranges | Checkpoints | Alarms | HoldingsAsked | HoldingsTold


def encode_heads(message: Heads, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of a heads announcement."""
    data = {"heads": {str(origin): head for origin, head in sorted(message.heads.items())}}
    return _encode(HEADS_TYPE, message.node, data, message_id, now)


def encode_ranges(message: Ranges, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of a range request."""
    data = {
        "ranges": [
            {"first": r.first, "last": r.last, "origin": str(r.origin)} for r in message.ranges
        ]
    }
    return _encode(RANGES_TYPE, message.node, data, message_id, now)


def encode_checkpoints(message: Checkpoints, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of a message with checkpoints."""
    data = {"notes": [note.decode() for note in message.notes]}
    return _encode(CHECKPOINTS_TYPE, message.node, data, message_id, now)


def encode_alarms(message: Alarms, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of a message with alarms, at most `MAX_ALARMS` of them."""
    data = {
        "alarms": [
            {
                "first": alarm.first,
                "last": alarm.last,
                "node": alarm.node,
                "origin": str(alarm.origin),
                "what": alarm.what,
            }
            for alarm in message.alarms[:MAX_ALARMS]
        ]
    }
    return _encode(ALARMS_TYPE, message.node, data, message_id, now)


def encode_asked(message: HoldingsAsked, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of a question about holdings."""
    return _encode(ASKED_TYPE, message.node, asked_data(message), message_id, now)


def encode_told(message: HoldingsTold, *, message_id: UUID, now: datetime) -> bytes:
    """The bytes of an answer to one."""
    return _encode(TOLD_TYPE, message.node, told_data(message), message_id, now)


def addressed(media_type: str, node: str) -> str:
    """The content type of a message that concerns `node` alone."""
    return f"{media_type}{_TO}{node}"


def is_for_another(content_type: str, node: str) -> bool:
    """Whether a message is addressed, and not to `node`. Decides nothing but what need not be read:
    who takes it all the same finds what it holds already."""
    to = content_type.partition(_TO)[2]
    return bool(to) and to != node


def decode_control(raw: bytes) -> Control:
    """Read a control message. Raises MalformedEnvelopeError."""
    try:
        parsed = orjson.loads(raw)
        source: str = parsed["source"]
        if parsed["specversion"] != "1.0" or not source.startswith(NODE_PREFIX):
            raise MalformedEnvelopeError("not a control message")
        node, data = source.removeprefix(NODE_PREFIX), parsed["data"]
        if parsed["type"] == HEADS_TYPE:
            heads = {UUID(origin): _sequence(head) for origin, head in data["heads"].items()}
            return Heads(node, heads)
        if parsed["type"] == RANGES_TYPE:
            ranges = [
                Range(UUID(r["origin"]), _sequence(r["first"]), _sequence(r["last"]))
                for r in data["ranges"]
            ]
            if any(r.first < 1 or r.last < r.first for r in ranges):
                raise MalformedEnvelopeError("a range ends before it starts")
            return Ranges(node, ranges)
        if parsed["type"] == CHECKPOINTS_TYPE:
            return Checkpoints(node, [_note(note) for note in data["notes"]])
        if parsed["type"] == ALARMS_TYPE:
            return Alarms(node, [_alarm(alarm) for alarm in data["alarms"][:MAX_ALARMS]])
        if parsed["type"] == ASKED_TYPE:
            return asked_of(node, data)
        if parsed["type"] == TOLD_TYPE:
            return told_of(node, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedEnvelopeError(f"not a control message: {error!r}") from error
    raise MalformedEnvelopeError(f"unknown control message: {parsed['type']!r}")


def _note(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"not a note: {value!r:.40}")
    return value.encode()


def _alarm(value: Mapping[str, Any]) -> Alarm:
    node, what = value["node"], value["what"]
    if not _NODE.fullmatch(node) or not _WHAT.fullmatch(what):
        raise ValueError(f"not an alarm: {value!r:.80}")
    first, last = _sequence(value["first"]), _sequence(value["last"])
    return Alarm(node, UUID(value["origin"]), first, last, what)


def _sequence(value: object) -> int:
    """A sequence, or 0. Raises ValueError for anything that none can be."""
    if type(value) is not int or not 0 <= value <= MAX_SEQUENCE:
        raise ValueError(f"not a sequence: {value!r:.40}")
    return value


def _encode(
    kind: str, node: str, data: Mapping[str, Any], message_id: UUID, now: datetime
) -> bytes:
    return canonical(
        {
            "data": data,
            "datacontenttype": "application/json",
            "id": str(message_id),
            "source": NODE_PREFIX + node,
            "specversion": "1.0",
            "time": format_time(now),
            "type": kind,
        }
    )
