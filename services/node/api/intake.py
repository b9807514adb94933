"""From the bytes of a push to its items: each an event whose form is right, or a problem.

The three shapes of the CloudEvents HTTP binding (structured, binary, batch) and lines of JSON all
end in the same list. One bad item never costs the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

import orjson

from contracts.envelope import MAX_EVENT_BYTES
from domain.refusals import Text
from services.node.api import media
from services.node.api.problem_documents import ProblemError
from services.node.language import Language
from services.node.problems import (
    MALFORMED_JSON,
    NOT_A_CLOUDEVENT,
    REQUEST_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    problem,
)
from services.node.pushed import Pushed, read_pushed
from services.node.recordingproblems import too_large

MAX_ITEMS: Final = 10_000
_BOM: Final = b"\xef\xbb\xbf"
_ATTRIBUTE_PREFIX: Final = "ce-"
_BAD_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_QUOTED_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_NEAR: Final = 20
_ID_CHARACTERS: Final = 100


class Item(NamedTuple):
    """One pushed item."""

    content: Pushed | Problem
    event_id: str = ""
    """As the sender wrote it, so that a refusal can be matched; "" if there was none to read."""
    line: int | None = None
    """Line of a file of lines, from 1."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What one request pushes."""

    items: Sequence[Item]
    single: bool
    """Whether it was one event, which is answered by itself."""


def read_request(headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Intake:
    """The items of a push.

    `headers` as ASGI gives them: names in lower case. Raises ProblemError when the request as a
    whole cannot be read; then nothing of it is recorded.
    """
    content_type = next((v.decode("latin-1") for k, v in headers if k == b"content-type"), "")
    kind, parameters = media.parse(content_type)
    if parameters.get("charset", "utf-8") not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported(content_type)
    body = body.removeprefix(_BOM)
    if kind == media.EVENT_MEDIA_TYPE:
        return Intake((_item(_loaded(body), len(body)),), True)
    if kind == media.BATCH_MEDIA_TYPE:
        return Intake(_batch(_loaded(body), len(body)), False)
    if kind in media.NDJSON_TYPES:
        return Intake(list(_lines(body)), False)
    if kind == media.JSON and any(name.startswith(b"ce-") for name, _ in headers):
        event = {**_attributes(headers), "datacontenttype": content_type, "data": _loaded(body)}
        return Intake((_item(event, len(body)),), True)
    raise _unsupported(content_type)


def _item(event: Any, size: int, line: int | None = None) -> Item:
    """An item from its parsed form. `size` is an upper bound of its length as it was sent."""
    event_id = event.get("id") if isinstance(event, Mapping) else None
    shown = event_id[:_ID_CHARACTERS] if isinstance(event_id, str) else ""
    if size > MAX_EVENT_BYTES:
        # White space between values is not recorded, so it does not count.
        size = len(orjson.dumps(event))
        if size > MAX_EVENT_BYTES:
            return Item(too_large(size), shown, line)
    return Item(read_pushed(event), shown, line)


def _batch(parsed: Any, size: int) -> list[Item]:
    if not isinstance(parsed, list):
        raise ProblemError(
            problem(
                NOT_A_CLOUDEVENT,
                Text(
                    "Lô phải là một mảng JSON các sự kiện.",
                    "A batch must be a JSON array of events.",
                ),
                rule="CloudEvents 1.0",
            )
        )
    _check_count(len(parsed))
    return [_item(event, size) for event in parsed]


def _lines(body: bytes) -> Iterator[Item]:
    if not body.strip():
        raise ProblemError(_empty())
    count = 0
    for number, raw in enumerate(body.split(b"\n"), start=1):
        line = raw.strip()
        if not line:
            continue
        count += 1
        _check_count(count)
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Item(_malformed(raw, line, error, number), "", number)
        else:
            yield _item(event, len(line), number)


def _check_count(count: int) -> None:
    if count > MAX_ITEMS:
        raise ProblemError(
            problem(
                REQUEST_TOO_LARGE,
                Text(
                    f"Yêu cầu có hơn {Language.VI.number(MAX_ITEMS)} sự kiện; chưa ghi gì.",
                    f"The request holds more than {MAX_ITEMS:,} events; nothing was recorded.",
                ),
                rule="design: bounded requests",
                extra={"max_items": MAX_ITEMS},
            )
        )


def _loaded(body: bytes) -> Any:
    if not body.strip():
        raise ProblemError(_empty())
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(_malformed(body, body, error, 1)) from error


def _empty() -> Problem:
    return problem(
        MALFORMED_JSON,
        Text("Thân yêu cầu rỗng.", "The request body is empty."),
        rule="RFC 8259",
    )


def _malformed(shown: bytes, parsed: bytes, error: orjson.JSONDecodeError, line: int) -> Problem:
    """Where the JSON breaks off. `parsed` is `shown` without its surrounding white space."""
    indent = len(shown) - len(shown.lstrip()) if parsed is not shown else 0
    try:
        text = parsed.decode()
    except UnicodeDecodeError as bad:
        before = parsed[: bad.start]
        line += before.count(b"\n")
        column = len(before) - before.rfind(b"\n") + (0 if b"\n" in before else indent)
        return _at(
            line,
            column,
            Text(
                f"byte 0x{parsed[bad.start]:02x} không phải UTF-8",
                f"the byte 0x{parsed[bad.start]:02x} is not UTF-8",
            ),
        )
    near = repr(text[max(0, error.pos - _NEAR // 2) : error.pos + _NEAR // 2])
    column = error.colno + (indent if error.lineno == 1 else 0)
    return _at(
        line + error.lineno - 1,
        column,
        Text(f"sai cú pháp JSON gần {near}", f"{error.msg}, near {near}"),
    )


def _at(line: int, column: int, what: Text) -> Problem:
    return problem(
        MALFORMED_JSON,
        Text(f"Dòng {line}, cột {column}: {what.vi}.", f"Line {line}, column {column}: {what.en}."),
        rule="RFC 8259",
        extra={"line": line, "column": column},
    )


def _attributes(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """The attributes of a binary-mode event (CloudEvents HTTP binding 1.0, 3.1.3)."""
    attributes: dict[str, str] = {}
    for name, value in headers:
        header = name.decode("latin-1")
        if not header.startswith(_ATTRIBUTE_PREFIX):
            continue
        attribute = header.removeprefix(_ATTRIBUTE_PREFIX)
        if attribute in attributes:
            raise ProblemError(
                _bad_header(header, Text("đầu đề lặp lại", "the header stands twice"))
            )
        try:
            attributes[attribute] = _header_value(value)
        except ValueError:
            raise ProblemError(
                _bad_header(
                    header,
                    Text(
                        "giá trị không phải UTF-8 mã hóa phần trăm",
                        "its value is not percent-encoded UTF-8",
                    ),
                )
            ) from None
    return attributes


def _header_value(value: bytes) -> str:
    """Undo quoting, then one round of percent-encoding. Raises ValueError."""
    if len(value) >= 2 and value[:1] == value[-1:] == b'"':
        value = _QUOTED_PAIR.sub(rb"\1", value[1:-1])
    if _BAD_PERCENT.search(value):
        raise ValueError("a percent sign that encodes nothing")
    return unquote_to_bytes(value).decode()


def _bad_header(header: str, what: Text) -> Problem:
    shown = header[:_ID_CHARACTERS]
    return problem(
        NOT_A_CLOUDEVENT,
        Text(f"{shown}: {what.vi}.", f"{shown}: {what.en}."),
        rule="CloudEvents HTTP binding 1.0",
        field=shown,
    )


def _unsupported(content_type: str) -> ProblemError:
    shown = repr(content_type[:80]) if content_type else "(không có / none)"
    return ProblemError(
        problem(
            UNSUPPORTED_MEDIA_TYPE,
            Text(
                f"Content-Type {shown} không phải cách gửi CloudEvents nào mà nút này nhận.",
                f"The Content-Type {shown} is no way of sending CloudEvents that this node takes.",
            ),
            rule="CloudEvents HTTP binding 1.0",
            field="Content-Type",
        ),
        {
            "Accept-Post": ", ".join(
                (media.EVENT_MEDIA_TYPE, media.BATCH_MEDIA_TYPE, media.NDJSON, media.JSON)
            )
        },
    )
