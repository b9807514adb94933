"""Tombstones: what stands in a stream where the bytes of an event had to go.

A tombstone is an envelope like any other, so that whatever carries events carries it too. It keeps
the place (source, sequence), the identifiers and the time of the event, and what it was; of the
content it keeps nothing but the hash that is its leaf in the stream's tree (RFC 6962). Every node
makes the same tombstone of the same event, whatever it knows of the decision to remove it.

    attribute     of the tombstone
    id, subject, source, sequence, time    those of the event
    type          "vn.antq.EventErased"
    dataschema    "urn:antq:schema:EventErased:1"
    data          leaf_hash: 64 hexadecimal digits; type, version, unit_id: of the event

Nobody records one: it takes the place of an event that `EventRedacted` names.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from contracts.canonical import canonical
from contracts.envelope import TYPE_PREFIX, Envelope, decode, enclose

ERASED_TYPE: Final = "EventErased"
ERASED_VERSION: Final = 1
_LEAF: Final = b"\x00"
TOMBSTONE_END: Final = b'"type":"%s%s"}' % (TYPE_PREFIX.encode(), ERASED_TYPE.encode())
"""How a tombstone ends and no other canonical event does: inside a string each quotation mark is
escaped, so this stands at the top level, and "type" sorts behind every other attribute."""
_START: Final = re.compile(rb'\{"data":\{"leaf_hash":"([0-9a-f]{64})"')
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_NAME: Final = re.compile(r"[A-Z][A-Za-z]{0,63}")
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_NEVER: Final = "0001-01-01T00:00:00.000000Z"


def tombstone_of(raw: bytes) -> bytes:
    """The tombstone of an event; a tombstone is its own.

    Attributes that have not the form which recorders give them could hold what must go, and are
    replaced by fixed ones. Raises MalformedEnvelopeError for bytes that are no event.
    """
    if is_tombstone(raw):
        return raw
    event = decode(raw)
    return enclose(
        event_id=_kept(_UUID, event.event_id, _NOBODY),
        origin=str(event.origin),
        sequence=event.sequence,
        type=ERASED_TYPE,
        version=ERASED_VERSION,
        aggregate_id=_kept(_UUID, event.aggregate_id, _NOBODY),
        recorded_at=_kept(_TIME, event.recorded_at, _NEVER),
        data=canonical(
            {
                "leaf_hash": leaf_of(raw).hex(),
                "type": _kept(_NAME, event.type, "Unknown"),
                "unit_id": _kept(_UUID, str(event.data.get("unit_id", "")), _NOBODY),
                "version": event.version,
            }
        ),
    )


def is_tombstone(raw: bytes) -> bool:
    """Whether these bytes stand in the place of an event."""
    return raw.endswith(TOMBSTONE_END) and _START.match(raw) is not None


def leaf_of(raw: bytes) -> bytes:
    """The leaf that these bytes are in their stream's tree: of an event the hash of its bytes, of a
    tombstone the one it tells."""
    if raw.endswith(TOMBSTONE_END):
        found = _START.match(raw)
        if found is not None:
            return bytes.fromhex(found[1].decode())
    return sha256(_LEAF + raw).digest()


def same_leaf(one: bytes, other: bytes) -> bool:
    """Whether two byte strings are the same event, be either of them its tombstone."""
    return one == other or (
        (is_tombstone(one) or is_tombstone(other)) and leaf_of(one) == leaf_of(other)
    )


def erased_type(envelope: Envelope) -> str:
    """The type of the event that a tombstone stands for."""
    return str(envelope.data.get("type", ""))


def _kept(form: re.Pattern[str], value: str, otherwise: str) -> str:
    return value if form.fullmatch(value) else otherwise
