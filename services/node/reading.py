"""From a log entry to what folds read."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

import orjson

from contracts.envelope import (
    SCHEMA_PREFIX,
    SOURCE_PREFIX,
    Envelope,
    decode,
    digest_of,
    from_parsed,
)
from domain.events import EVENTS, Record
from services.node.eventlog import Logged

_UUID_FORM: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID: Final = re.compile(_UUID_FORM)
_SOURCE: Final = re.compile(f"{SOURCE_PREFIX}{_UUID_FORM}")
_SOURCE_LENGTH: Final = len(SOURCE_PREFIX)
_current: dict[str, str] = {}
"""Type by schema, of the types this code knows in their current versions."""
_ORIGINS_KEPT: Final = 20_000
_origins: dict[str, str] = {}
"""Origin by source: a country has some eleven thousand, each with many events. Bounded likewise."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event that this code cannot read: stored and forwarded, and projected after an upgrade."""

    type: str
    version: int
    recorded_at: str


def to_record(envelope: Envelope) -> Record | None:
    """The record of an event, in this code's schema version.

    None for a type or version that this code does not know, or for identifiers in another form than
    every recorder gives them: such an event is stored and forwarded, and projected by code that
    understands it.
    """
    spec = EVENTS.get(envelope.type)
    if spec is None or not 1 <= envelope.version <= spec.version:
        return None
    if not (_UUID.fullmatch(envelope.event_id) and _UUID.fullmatch(envelope.aggregate_id)):
        return None
    data = envelope.data
    if envelope.version < spec.version:
        try:
            data = spec.upcast(envelope.version, data)
        except Exception:  # another node recorded it in a form its version does not have
            return None
    if "unit_id" not in data:
        return None
    return Record(
        envelope.event_id,
        envelope.type,
        str(envelope.origin),
        envelope.sequence,
        envelope.recorded_at,
        envelope.aggregate_id,
        digest_of(envelope.raw),
        data,
    )


def record_of(raw: bytes, digested: Container[str] | None = None) -> Record | Unknown:
    """What folds read of bytes that a log holds; the same as `to_record(decode(raw))`. With
    `digested`, the digest may be empty of types that are not in it.

    A log holds only what was an envelope when it was recorded, so what nearly every event is (this
    code's version, identifiers as recorders write them) is read without checking all of it again.

    Raises MalformedEnvelopeError for most bytes that are no envelope; not for all.
    """
    parsed = orjson.loads(raw)
    schema, event_id = parsed["dataschema"], parsed["id"]
    source, aggregate_id = parsed["source"], parsed["subject"]
    data = parsed["data"]
    name = _current.get(schema) or _schema(schema)
    origin = _origins.get(source) or _origin(source)
    if (
        not name
        or not origin
        or not _UUID.fullmatch(event_id)
        or not (aggregate_id == event_id or _UUID.fullmatch(aggregate_id))
        or "unit_id" not in data
    ):
        envelope = from_parsed(parsed, raw)
        record = to_record(envelope)
        return record or Unknown(envelope.type, envelope.version, envelope.recorded_at)
    return Record(
        event_id,
        name,
        origin,
        int(parsed["sequence"]),
        parsed["time"],
        aggregate_id,
        digest_of(raw) if digested is None or name in digested else "",
        data,
    )


def _origin(source: str) -> str:
    """The origin in an event's source; "" if it is written in no form of ours."""
    origin = source[_SOURCE_LENGTH:] if _SOURCE.fullmatch(source) else ""
    if len(_origins) < _ORIGINS_KEPT:
        _origins[source] = origin
    return origin


def _schema(schema: str) -> str:
    """The type whose current version the schema names; "" if it is none of ours."""
    name, _, version = schema[len(SCHEMA_PREFIX) :].rpartition(":")
    spec = EVENTS.get(name)
    if spec is None or version != str(spec.version):
        return ""
    _current[schema] = name
    return name


def read_logged(logged: Logged) -> tuple[Envelope, Record | None]:
    """The envelope and, where its type is known, the record of a log entry."""
    envelope = decode(logged.raw)
    return envelope, to_record(envelope)
