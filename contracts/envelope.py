"""The envelope: one event, one byte string.

An event is encoded once, by the node that records it, as a structured-mode CloudEvents 1.0 JSON
object in canonical form (RFC 8785). Those bytes are stored, hashed, sent and audited unchanged at
every level; nobody re-encodes them.

    attribute     meaning here
    id            event_id, a UUID
    source        the origin: "urn:uuid:<origin>"
    sequence      place in the origin's stream from 1, ten digits (CloudEvents `sequence`)
    type          "vn.antq." + the name in the catalogue
    dataschema    "urn:antq:schema:<name>:<version>"
    subject       aggregate_id, a UUID
    time          recorded_at, UTC with microseconds
    data          the fields of the catalogue, under its names
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.canonical import canonical

TYPE_PREFIX: Final = "vn.antq."
SOURCE_PREFIX: Final = "urn:uuid:"
SCHEMA_PREFIX: Final = "urn:antq:schema:"
MAX_EVENT_BYTES: Final = 65_535
MAX_SEQUENCE: Final = 9_999_999_999
"""Ten digits; an origin that recorded a thousand events a second would reach it in 317 years."""
MAX_TYPE_LENGTH: Final = 100
MAX_VERSION: Final = 99_999
EVENT_MEDIA_TYPE: Final = "application/cloudevents+json"
BATCH_MEDIA_TYPE: Final = "application/cloudevents-batch+json"

_ELEMENT_START: Final = b'{"data":'
_SEQUENCE: Final = re.compile(r"[0-9]{10}")
_READER: Final = json.JSONDecoder()
_WHITE: Final = re.compile(r"[ \t\r\n]*")
_BOUNDARY: Final = b"}," + _ELEMENT_START
_ATTRIBUTES: Final = itemgetter(
    "source", "sequence", "specversion", "dataschema", "type", "data", "id", "subject", "time"
)
_FORMS_KEPT: Final = 1_000
_forms: dict[str, tuple[str, str]] = {}
"""Of schemas that `from_parsed` has found good: the attribute `type` that belongs to each, and the
name of the type. Bounded, because others choose the names."""


class MalformedEnvelopeError(ValueError):
    """The bytes are not an antq-sync envelope; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A recorded event with its exact bytes.

    `type` and `version` may be unknown to this code: such an event is stored and forwarded all the
    same, and projected after an upgrade.
    """

    event_id: str
    origin: UUID
    sequence: int
    type: str
    version: int
    aggregate_id: str
    recorded_at: str
    data: Mapping[str, Any]
    raw: bytes

    @property
    def digest(self) -> str:
        """ "sha256:" and the hex SHA-256 of the exact bytes."""
        return digest_of(self.raw)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive events of one origin, read as far as carrying them needs."""

    head: Envelope
    """The first of them."""
    types: Sequence[str]
    raws: Sequence[bytes]
    """Their exact bytes, in the order of their sequences."""

    @property
    def last(self) -> int:
        """The sequence of the last of them."""
        return self.head.sequence + len(self.raws) - 1


def digest_of(raw: bytes) -> str:
    """ "sha256:" and the hex SHA-256 of `raw`."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits of fraction, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(
    *,
    event_id: str,
    origin: UUID,
    sequence: int,
    type: str,
    version: int,
    aggregate_id: str,
    recorded_at: str,
    data: Mapping[str, Any],
) -> bytes:
    """The canonical bytes of a new event.

    Raises NotCanonicalError for values that have no canonical form. The caller checks the length
    against MAX_EVENT_BYTES, because only it can tell the sender.
    """
    return canonical(
        {
            "data": data,
            "datacontenttype": "application/json",
            "dataschema": f"{SCHEMA_PREFIX}{type}:{version}",
            "id": event_id,
            "sequence": f"{sequence:010d}",
            "source": f"{SOURCE_PREFIX}{origin}",
            "specversion": "1.0",
            "subject": aggregate_id,
            "time": recorded_at,
            "type": TYPE_PREFIX + type,
        }
    )


def enclose(
    *,
    event_id: str,
    origin: str,
    sequence: int,
    type: str,
    version: int,
    aggregate_id: str,
    recorded_at: str,
    data: bytes,
) -> bytes:
    """As `encode`, where the data have their canonical bytes already.

    `event_id`, `origin` and `aggregate_id` are UUIDs as text, `type` a name of the catalogue and
    `recorded_at` as `format_time` gives it: nothing in them needs escaping, and they are written as
    they are, in the order of their names.
    """
    return b'{"data":%b,%b' % (
        data,
        (
            f'"datacontenttype":"application/json","dataschema":"{SCHEMA_PREFIX}{type}:{version}",'
            f'"id":"{event_id}","sequence":"{sequence:010d}","source":"{SOURCE_PREFIX}{origin}",'
            f'"specversion":"1.0","subject":"{aggregate_id}","time":"{recorded_at}",'
            f'"type":"{TYPE_PREFIX}{type}"}}'
        ).encode(),
    )


def decode(raw: bytes) -> Envelope:
    """Read one event's bytes.

    Raises MalformedEnvelopeError. Checks the form of the envelope, not the rules of the data: those
    were checked where it was recorded, and an unknown type has none here.
    """
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedEnvelopeError(f"not JSON: {error}") from error
    return from_parsed(parsed, raw)


def from_parsed(parsed: Any, raw: bytes) -> Envelope:
    """An envelope from bytes that were parsed already. Raises MalformedEnvelopeError."""
    if len(raw) > MAX_EVENT_BYTES:
        raise MalformedEnvelopeError(f"{len(raw)} bytes, at most {MAX_EVENT_BYTES}")
    try:
        schema: str = parsed["dataschema"]
        name, _, version = schema.removeprefix(SCHEMA_PREFIX).rpartition(":")
        source: str = parsed["source"]
        digits: str = parsed["sequence"]
        sequence = int(digits) if _SEQUENCE.fullmatch(digits) else 0
        envelope = Envelope(
            event_id=parsed["id"],
            origin=UUID(source.removeprefix(SOURCE_PREFIX)),
            sequence=sequence,
            type=name,
            version=int(version),
            aggregate_id=parsed["subject"],
            recorded_at=parsed["time"],
            data=parsed["data"],
            raw=raw,
        )
        known = (
            parsed["specversion"] == "1.0"
            and source.startswith(SOURCE_PREFIX)
            and schema.startswith(SCHEMA_PREFIX)
            and parsed["type"] == TYPE_PREFIX + name
            and 1 <= sequence <= MAX_SEQUENCE
            and len(name) <= MAX_TYPE_LENGTH
            and "\x00" not in name
            and 0 <= envelope.version <= MAX_VERSION
            and isinstance(envelope.data, dict)
            and isinstance(envelope.event_id, str)
            and isinstance(envelope.aggregate_id, str)
            and isinstance(envelope.recorded_at, str)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedEnvelopeError(f"not an antq-sync envelope: {error!r}") from error
    if not known:
        raise MalformedEnvelopeError("not an antq-sync envelope: an attribute has another form")
    return envelope


def join_batch(events: Sequence[bytes]) -> bytes:
    """A CloudEvents JSON batch whose elements are exactly these bytes."""
    return b"[" + b",".join(events) + b"]"


def split_batch(value: bytes) -> list[tuple[Any, bytes]]:
    """The parsed value and the exact bytes of each element of a CloudEvents JSON batch.

    Raises MalformedEnvelopeError if the batch as a whole is not readable; whether an element is an
    envelope is for `from_parsed` to say, element by element.
    """
    parsed = _parsed_batch(value)
    raws = _cut(value, len(parsed))
    if raws is not None:
        return list(zip(parsed, raws, strict=True))
    try:
        return list(zip(parsed, _scan(value), strict=True))
    except RecursionError as error:
        raise MalformedEnvelopeError("nested too deeply") from error


def read_run(value: bytes) -> Run | None:
    """A batch as one run, at a fraction of what reading its elements one by one costs.

    None if it is something else than envelopes of one origin with consecutive sequences, as
    `join_batch` writes them: then `split_batch` and `from_parsed` say what it is. Whatever this
    takes, those take too, with the same values. Raises MalformedEnvelopeError as `split_batch`
    does.
    """
    parsed = _parsed_batch(value)
    raws = _cut(value, len(parsed))
    if raws is None:
        return None
    try:
        head = from_parsed(parsed[0], raws[0])
        types = _types(parsed, raws, parsed[0]["source"], head.sequence)
    except (MalformedEnvelopeError, KeyError, TypeError):
        return None
    run = None if types is None else Run(head, types, raws)
    return run if run is not None and run.last <= MAX_SEQUENCE else None


def read_stream(raws: Sequence[bytes], origin: UUID, first: int) -> list[str] | None:
    """The types of an origin's consecutive events from number `first` on, each its own bytes.

    None if any of them is something else, or written in another way: then `decode` says of each
    what it is. Whatever this takes, that takes too.
    """
    try:
        parsed = [orjson.loads(raw) for raw in raws]
        types = _types(parsed, raws, f"{SOURCE_PREFIX}{origin}", first)
    except (orjson.JSONDecodeError, MalformedEnvelopeError, KeyError, TypeError):
        return None
    return types if first + len(raws) - 1 <= MAX_SEQUENCE else None


def _types(
    parsed: Sequence[Any], raws: Sequence[bytes], origin: str, first: int
) -> list[str] | None:
    """The types of these elements; None unless they are envelopes of that source with consecutive
    sequences. Raises MalformedEnvelopeError, KeyError, TypeError for what is none at all."""
    types = []
    for following, (element, raw) in enumerate(zip(parsed, raws, strict=True), start=first):
        source, sequence, spec, schema, kind, data, name, subject, time = _ATTRIBUTES(element)
        form = _forms.get(schema) or _learn_form(element, raw)
        if (
            source != origin
            or sequence != f"{following:010d}"
            or spec != "1.0"
            or kind != form[0]
            or type(data) is not dict
            or type(name) is not str
            or type(subject) is not str
            or type(time) is not str
            or len(raw) > MAX_EVENT_BYTES
        ):
            return None
        types.append(form[1])
    return types


def _learn_form(element: Any, raw: bytes) -> tuple[str, str]:
    """What belongs to the schema of this element. Raises MalformedEnvelopeError if it is no
    envelope."""
    envelope = from_parsed(element, raw)
    if len(_forms) >= _FORMS_KEPT:
        _forms.clear()
    form = _forms[element["dataschema"]] = (TYPE_PREFIX + envelope.type, envelope.type)
    return form


def _parsed_batch(value: bytes) -> list[Any]:
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise MalformedEnvelopeError(f"not JSON: {error}") from error
    if not isinstance(parsed, list):
        raise MalformedEnvelopeError("not a JSON batch")
    return parsed


def _cut(value: bytes, count: int) -> list[bytes] | None:
    """The exact bytes of each of `count` elements of a valid JSON array; None if they do not look
    as `join_batch` leaves them.

    A canonical event starts with its data. Inside a string every quotation mark is escaped, so this
    mark can only stand between two objects; if it stands there exactly once per element, the cuts
    are the elements' boundaries. Anything else takes the slow and certain way.
    """
    if value[:1] != b"[" or value[-1:] != b"]":
        return None
    raws: list[bytes] = []
    start, end = 1, value.find(_BOUNDARY)
    while end != -1:
        raws.append(value[start : end + 1])
        start = end + 2
        end = value.find(_BOUNDARY, start)
    raws.append(value[start:-1])
    # The end: white space may follow the last element, and is none of its bytes.
    fits = len(raws) == count and raws[0].startswith(_ELEMENT_START) and raws[-1].endswith(b"}")
    return raws if fits else None


def _scan(value: bytes) -> list[bytes]:
    """The exact bytes of each element of a JSON array that is known to be valid."""
    text = value.decode()
    elements: list[bytes] = []
    position = text.index("[") + 1
    while True:
        position = _WHITE.match(text, position).end()  # type: ignore[union-attr]  # always matches
        if text[position] == "]":
            return elements
        if text[position] == ",":
            position += 1
            continue
        _, end = _READER.raw_decode(text, position)
        elements.append(text[position:end].encode())
        position = end
