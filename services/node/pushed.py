"""Reading what a local system pushes: a CloudEvent that is not recorded yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts.canonical import NotCanonicalError, canonical, canonical_again, canonical_closed
from contracts.envelope import SCHEMA_PREFIX, TYPE_PREFIX
from domain.closed import is_closed
from domain.events import EVENTS, Body
from domain.identifiers import Identifier, read_id
from domain.parse import excerpt, parse_body
from domain.refusals import INVALID_FIELD, UNKNOWN_TYPE, Notice, Text
from services.node.problems import NOT_A_CLOUDEVENT, FieldProblem, Problem, problem

_KNOWN_ATTRIBUTES: Final = frozenset(
    {"specversion", "id", "source", "type", "dataschema", "datacontenttype", "subject", "data"}
)
_JSON: Final = "application/json"
_JSON_TYPE: Final = re.compile(r"application/([a-z0-9.+-]+\+)?json( *;.*)?", re.IGNORECASE)
_ACCOUNT_START: Final = len('{"actor_account":"')
_TOKEN: Final = re.compile(r"[a-z0-9][a-z0-9_.:@/-]{0,99}")


class Pushed(NamedTuple):
    """A pushed event whose form is right; whether it may be recorded is for the domain to say."""

    event_id: UUID
    event_text: str
    """The same as text: writing a UUID costs as much as a look-up with it."""
    unit: str
    """The unit that records it, as text."""
    aggregate: Identifier | None
    """As the sender named it; None if it did not."""
    body: Body
    data: Mapping[str, Any]
    """The body as JSON values, without `aggregate_version`."""
    written: bytes
    """The canonical bytes of `data`."""
    content: str
    """SHA-256, hex, of what the sender means: type, version, subject and data."""
    notices: tuple[Notice, ...]


def read_pushed(event: object) -> Pushed | Problem:
    """Check the form of one pushed CloudEvent.

    `id` is the event id (UUID), `type` "vn.antq." and a name of the catalogue, `dataschema` (when
    given) names the schema version, `subject` (when given) the aggregate. `source` stands in for
    `data.source_system`, and `id` for `data.source_record_id`, where the data leave them out.
    Attributes the node assigns itself (`time`, `sequence`) and unknown ones are ignored with a
    notice, as CloudEvents asks of consumers.
    """
    if not isinstance(event, dict | Mapping):  # dict first: asking an abstract class is slow
        return _malformed("", "một đối tượng JSON", "a JSON object", event)
    if event.get("specversion") != "1.0":
        return _malformed("/specversion", '"1.0"', '"1.0"', event.get("specversion"))
    identity = read_id(event.get("id"))
    if identity is None:
        return _malformed("/id", "một UUID", "a UUID", event.get("id"))
    source = event.get("source")
    if not isinstance(source, str) or not source:
        return _malformed("/source", "một URI không rỗng", "a non-empty URI reference", source)
    kind = event.get("type")
    if not isinstance(kind, str):
        return _malformed("/type", "một chuỗi", "a string", kind)
    content_type = event.get("datacontenttype", "application/json")
    if content_type != _JSON and not (
        isinstance(content_type, str) and _JSON_TYPE.fullmatch(content_type)
    ):
        return _malformed("/datacontenttype", "application/json", "application/json", content_type)
    data = event.get("data")
    if not isinstance(data, dict | Mapping):
        return _malformed("/data", "một đối tượng JSON", "a JSON object", data)
    subject = event.get("subject")
    aggregate = None if subject is None else read_id(subject)
    if subject is not None and aggregate is None:
        return _malformed("/subject", "một UUID", "a UUID", subject)
    name = kind.removeprefix(TYPE_PREFIX)
    spec = EVENTS.get(name) if kind.startswith(TYPE_PREFIX) else None
    if spec is None:
        return problem(
            UNKNOWN_TYPE,
            Text(
                f"Loại {_short(kind)} không có trong danh mục.",
                f"The type {_short(kind)} is not in the catalogue.",
            ),
            rule="catalogue",
            field="/type",
        )
    schema = event.get("dataschema")
    version = spec.version if "dataschema" not in event else _version(schema, name)
    if version is None or not 1 <= version <= spec.version:
        return problem(
            UNKNOWN_TYPE,
            Text(
                f"Lược đồ {_short(schema)} không phải lược đồ của {name} mà nút này biết "
                f"(đến {SCHEMA_PREFIX}{name}:{spec.version}).",
                f"The schema {_short(schema)} is none of {name} that this node knows "
                f"(up to {SCHEMA_PREFIX}{name}:{spec.version}).",
            ),
            rule="catalogue",
            field="/dataschema",
        )
    return _read_data(event, name, version, identity, aggregate, data, source)


def _read_data(
    event: Mapping[str, Any],
    name: str,
    version: int,
    identity: Identifier,
    aggregate: Identifier | None,
    data: Mapping[str, Any],
    source: str,
) -> Pushed | Problem:
    filled = dict(data)
    if "source_system" not in filled and _TOKEN.fullmatch(source):
        filled["source_system"] = source
    event_id, event_text = identity
    filled.setdefault("source_record_id", event_text)
    body = parse_body(name, version, filled)
    if not isinstance(body, Body):
        errors = [FieldProblem(e.pointer, e.code, e.text) for e in body]
        first = errors[0]
        return problem(
            INVALID_FIELD,
            Text(
                f"{len(errors)} trường không hợp lệ; đầu tiên {first.pointer}: {first.detail.vi}",
                f"{len(errors)} field(s) not valid; the first is {first.pointer}: "
                f"{first.detail.en}",
            ),
            rule=body[0].rule,
            field=first.pointer,
            errors=errors,
        )
    values = body.to_data()
    values.pop("aggregate_version", None)
    _, aggregate_text = aggregate or (None, "")
    write = canonical_closed if is_closed(type(body)) else canonical
    try:
        written = write(values)
    except NotCanonicalError as error:
        return problem(
            INVALID_FIELD,
            Text(f"Dữ liệu không mã hóa được: {error}", f"The data cannot be encoded: {error}"),
            rule="RFC 8785",
            field="/data",
        )
    notices: tuple[Notice, ...] = ()
    if not event.keys() <= _KNOWN_ATTRIBUTES:
        ignored = sorted(str(key) for key in event if key not in _KNOWN_ATTRIBUTES)
        names = ", ".join(_short(key) for key in ignored[:10])
        notices = (
            Notice(
                "attributes-ignored",
                Text(f"Đã bỏ qua thuộc tính: {names}", f"Attributes ignored: {names}"),
            ),
        )
    return Pushed(
        event_id,
        event_text,
        values["unit_id"],
        aggregate,
        body,
        values,
        written,
        # What `canonical` makes of these four: no name or identifier holds anything to escape.
        hashlib.sha256(
            b'["%b",%d,"%b",%b]'
            % (name.encode(), body.spec.version, aggregate_text.encode(), written)
        ).hexdigest(),
        notices,
    )


def with_version(item: Pushed, data: Mapping[str, Any]) -> bytes:
    """The canonical bytes of the item's data with the version of its aggregate; `data` are both.

    Only the version is written anew: in nearly every type it follows the account, the first field.
    """
    if not _second_is_version(type(item.body)):
        return canonical_again(data)
    cut = _ACCOUNT_START + len(item.body.actor_account) + 1
    return b'%b,"aggregate_version":%d%b' % (
        item.written[:cut],
        data["aggregate_version"],
        item.written[cut:],
    )


@cache
def _second_is_version(body: type[Body]) -> bool:
    """Whether the account is the one field before the version. It is a token: one byte for each
    character, none of them escaped."""
    names = (field.alias or name for name, field in body.model_fields.items())
    return min(name for name in names if name != "actor_account") == "aggregate_version"


def _malformed(pointer: str, vi: str, en: str, got: object) -> Problem:
    place = Text(pointer or "Sự kiện", pointer or "The event")
    if got is None and pointer:
        told = Text(f"Thiếu {pointer}: phải là {vi}.", f"{pointer} is missing: it must be {en}.")
    else:
        shown = excerpt(got)
        told = Text(
            f"{place.vi} phải là {vi}; nhận được {shown}.",
            f"{place.en} must be {en}; got {shown}.",
        )
    return problem(
        NOT_A_CLOUDEVENT,
        told,
        rule="CloudEvents 1.0",
        field=pointer,
    )


def _version(schema: object, name: str) -> int | None:
    prefix = f"{SCHEMA_PREFIX}{name}:"
    if not isinstance(schema, str) or not schema.startswith(prefix):
        return None
    digits = schema.removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else None


def _short(value: object) -> str:
    """An excerpt for a message: what a sender sent is never echoed at length."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
