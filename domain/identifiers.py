"""Identifiers as values and as text, cheaply: every event is asked for a dozen of them.

`UUID(text)` and `str(uuid)` take four times as long as what is done here; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1
from typing import Final
from uuid import UUID

from pydantic_core import SchemaValidator, ValidationError, core_schema

NAMESPACE: Final = UUID("6f1d3f0e-5d0b-5a5e-9a0c-0c6f5f0a7b11")
"""Namespace of every identifier that antq-sync derives instead of drawing (UUID version 5)."""

_NAMESPACE_BYTES: Final = NAMESPACE.bytes
_VARIANTS: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_TEXT_LENGTH: Final = 36
_TIME_LENGTH: Final = 13
"""As text, what an identifier begins with that begins with the time: 48 bits."""
_CHANCE_BITS: Final = 74
_KEPT: Final = 100_000
"""More than there are units and organisations in the country; senders may name others, without
end."""

Identifier = tuple[UUID, str]
"""An identifier and its text as it is recorded."""

_validate = SchemaValidator(core_schema.uuid_schema()).validate_python
_texts: dict[int, str] = {}


def text_of(identity: UUID) -> str:
    """`str(identity)`, remembered: for units and organisations, which are named again and again."""
    number = identity.int
    text = _texts.get(number)
    if text is None:
        if len(_texts) >= _KEPT:
            _texts.clear()
        text = _texts[number] = str(identity)
    return text


def read_id(value: object) -> Identifier | None:
    """The identifier that a sender wrote in any form `UUID` takes, and its text as it is recorded.

    None if it is none.
    """
    if type(value) is not str:
        return None
    if len(value) == _TEXT_LENGTH and value == value.lower():
        try:
            # Of this length it takes the one form with four hyphens only, as it is recorded.
            return _validate(value), value
        except ValidationError:
            pass
    try:
        identity = UUID(value)
    except ValueError:
        return None
    return identity, str(identity)


def derived(*parts: object) -> Identifier:
    """An identifier that every node derives alike from the same parts, and its text.

    It is `uuid5` of the parts, joined by U+001F, in `NAMESPACE` (RFC 9562, version 5).
    """
    digits = _hashed(parts)
    return _identifier(f"{digits[:8]}-{digits[8:12]}-5", digits)


def beginning_as(text: str, *parts: object) -> Identifier:
    """An identifier that every node derives alike from the same parts, and that begins as another
    one does, given as text; and its text.

    Where the other begins with the time (RFC 9562, version 7), what is recorded together lies
    together in an index, however much there is; what is `derived` lies anywhere. Its version is 8.
    """
    return _identifier(f"{text[:_TIME_LENGTH]}-8", _hashed((text, *parts)))


def _hashed(parts: Iterable[object]) -> str:
    name = "\x1f".join(map(str, parts)).encode()
    return sha1(_NAMESPACE_BYTES + name, usedforsecurity=False).hexdigest()


def _identifier(start: str, digits: str) -> Identifier:
    """What begins so, through the version, and goes on with these digits."""
    text = f"{start}{digits[13:16]}-{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:32]}"
    return _validate(text), text


def time_ordered(milliseconds: int, chance: int) -> UUID:
    """A new identifier that begins with the time (RFC 9562, version 7): milliseconds since 1970 and
    74 bits drawn by chance."""
    drawn = chance % (1 << _CHANCE_BITS)
    number = (milliseconds % (1 << 48)) << 80 | drawn >> 62 << 64 | drawn % (1 << 62)
    return UUID(int=number | 7 << 76 | 2 << 62)
