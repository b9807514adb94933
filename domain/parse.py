"""From JSON values to a body, or to errors that a person can act on, in Vietnamese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain.events import EVENTS, Body
from domain.patterns import pattern_words
from domain.refusals import INVALID_FIELD, UNKNOWN_TYPE, Refusal, Text

_EXCERPT: Final = 40
_MAX_ERRORS: Final = 50
_SOURCE: Final = re.compile(r"\((R[0-9]{2,3})\b")
_NAME: Final = 60
"""How much of a sender's own field name is repeated."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong. `pointer` is a JSON pointer into the event."""

    pointer: str
    code: str
    """Stable, machine-readable: pydantic's error type, or the domain's own."""
    text: Text
    rule: str = "catalogue"
    """The source of the rule that it breaks."""

    def refusal(self) -> Refusal:
        """The same as an answer to the sender."""
        kind = UNKNOWN_TYPE if self.code == UNKNOWN_TYPE.code else INVALID_FIELD
        return Refusal(kind, self.pointer, self.rule, self.text)


def parse_body(
    type: str, version: int, data: Mapping[str, Any], *, at: str = "/data"
) -> Body | list[FieldError]:
    """The body of an event of this type, or every error found in it (at most 50).

    An older schema version is read through its upcasters. `at` is where the data stands in what
    the sender sent. `domain.catalogue` must have been imported.
    """
    spec = EVENTS.get(type)
    if spec is None or not 1 <= version <= spec.version:
        return [
            FieldError(
                "",
                UNKNOWN_TYPE.code,
                Text(
                    "Không có loại sự kiện {type} phiên bản {version}.",
                    "There is no event type {type} of version {version}.",
                ).format(type=_short(type, _NAME), version=version),
            )
        ]
    try:
        return spec.body.model_validate(spec.upcast(version, data))
    except ValidationError as error:
        found = error.errors(include_url=False)[:_MAX_ERRORS]
        return [_translate(detail, at) for detail in found]


def _translate(detail: ErrorDetails, at: str) -> FieldError:
    context = detail.get("ctx", {})
    own = context.get("vi")
    text = (
        Text(str(own), detail["msg"])
        if own is not None
        else _text(detail["type"], detail.get("input"), context)
    )
    # A rule of a source document stands in the text of whoever checks it: "… (R77)."
    source = None if own is None else _SOURCE.search(detail["msg"])
    rule = "catalogue" if source is None else source[1]
    return FieldError(_pointer(detail["loc"], at), detail["type"], text, rule)


def _pointer(location: Sequence[int | str], at: str) -> str:
    """A JSON pointer (RFC 6901); pydantic's union tags and map-key marks are no part of it."""
    steps = (
        _short(str(step), _NAME).replace("~", "~0").replace("/", "~1")
        for step in location
        if not (isinstance(step, str) and (step.startswith("params:") or step == "[key]"))
    )
    return "/".join((at, *steps))


def _short(value: str, limit: int = _EXCERPT) -> str:
    return value if len(value) <= limit else value[: limit - 1] + "…"


def excerpt(value: object) -> str:
    """A value that was sent, as JSON writes it: a few characters of a scalar, and only the brackets
    of anything larger. What a sender sent is never echoed at length."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return _short(repr(value))
    if value is None:
        return "null"
    return "{…}" if isinstance(value, Mapping) else "[…]"


_TEXTS: Final[Mapping[str, Text]] = {
    "missing": Text("Thiếu trường bắt buộc.", "The field is required."),
    "extra_forbidden": Text(
        "Trường không có trong lược đồ.", "The field is not part of the schema."
    ),
    "string_type": Text("Phải là chuỗi ký tự.", "It must be a string."),
    "string_too_short": Text(
        "Phải có ít nhất {min_length} ký tự.", "It must have at least {min_length} characters."
    ),
    "string_too_long": Text(
        "Chỉ được có tối đa {max_length} ký tự.", "It may have at most {max_length} characters."
    ),
    "string_pattern_mismatch": Text(
        "Phải là {wanted_vi}: {input}.", "It must be {wanted_en}: {input}."
    ),
    "int_type": Text(
        "Phải là số nguyên (không để trong dấu ngoặc kép): {input}.",
        "It must be a whole number (without quotation marks): {input}.",
    ),
    "int_parsing": Text("Phải là số nguyên: {input}.", "It must be a whole number: {input}."),
    "int_from_float": Text("Phải là số nguyên: {input}.", "It must be a whole number: {input}."),
    "bool_type": Text("Phải là true hoặc false: {input}.", "It must be true or false: {input}."),
    "uuid_type": Text("Phải là UUID: {input}.", "It must be a UUID: {input}."),
    "uuid_parsing": Text("Phải là UUID: {input}.", "It must be a UUID: {input}."),
    "date_type": Text("Ngày phải có dạng NNNN-TT-NN.", "A day is written YYYY-MM-DD."),
    "date_parsing": Text(
        "Ngày phải có dạng NNNN-TT-NN: {input}.", "A day is written YYYY-MM-DD: {input}."
    ),
    "date_from_datetime_parsing": Text(
        "Không có ngày này trong lịch: {input}.", "There is no such day: {input}."
    ),
    "datetime_from_date_parsing": Text(
        "Không có thời điểm này: {input}.", "There is no such time: {input}."
    ),
    "enum": Text(
        "Phải là một trong {expected}: {input}.", "It must be one of {expected}: {input}."
    ),
    "literal_error": Text(
        "Phải là một trong {expected}: {input}.", "It must be one of {expected}: {input}."
    ),
    "greater_than_equal": Text(
        "Phải từ {ge} trở lên: {input}.", "It must be {ge} or more: {input}."
    ),
    "less_than_equal": Text(
        "Phải từ {le} trở xuống: {input}.", "It must be {le} or less: {input}."
    ),
    "too_short": Text(
        "Phải có ít nhất {min_length} phần tử, ở đây có {actual_length}.",
        "It must hold at least {min_length} items; there are {actual_length}.",
    ),
    "too_long": Text(
        "Chỉ được có tối đa {max_length} phần tử.", "It may hold at most {max_length} items."
    ),
    "tuple_type": Text("Phải là danh sách.", "It must be a list."),
    "list_type": Text("Phải là danh sách.", "It must be a list."),
    "dict_type": Text("Phải là đối tượng JSON.", "It must be a JSON object."),
    "model_type": Text("Phải là đối tượng JSON.", "It must be a JSON object."),
    "model_attributes_type": Text("Phải là đối tượng JSON.", "It must be a JSON object."),
}

_GENERIC: Final = Text(
    "Giá trị không hợp lệ ({code}): {input}.", "The value is not valid ({code}): {input}."
)


def _text(code: str, value: object, context: Mapping[str, Any]) -> Text:
    known = _TEXTS.get(code, _GENERIC)
    limits: dict[str, object] = {
        name: item.replace("' or '", "', '") if isinstance(item, str) else item
        for name, item in context.items()
        if isinstance(item, str | int)
    }
    wanted = pattern_words(str(context.get("pattern", "")))
    limits.update(wanted_vi=wanted.vi, wanted_en=wanted.en)
    try:
        return known.format(**limits, input=excerpt(value), code=code)
    except (KeyError, IndexError):
        # A later pydantic may name its limits otherwise; the sender still learns field and code.
        return _GENERIC.format(input=excerpt(value), code=code)
