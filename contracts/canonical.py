"""Canonical JSON (RFC 8785) for the values that events are made of.

Events hold no fractions and only ASCII field names; for those, key order by UTF-8 bytes and by
UTF-16 units agree and orjson's escapes are RFC 8785's, so its writer gives the canonical form. What
it would write differently is refused here instead of written wrongly.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

MAX_INT: Final = 2**53 - 1
_OPTIONS: Final = orjson.OPT_SORT_KEYS


class NotCanonicalError(ValueError):
    """The value has no canonical form here: a fraction, a huge integer, a non-ASCII field name."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value.

    Raises NotCanonicalError for a float, an integer beyond ±(2^53 - 1), a field name that is not a
    string of ASCII characters, or text with a lone surrogate.
    """
    _check(value)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise NotCanonicalError(str(error)) from error


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MAX_INT <= value <= MAX_INT:
            raise NotCanonicalError(f"integer out of range: {value}")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonicalError(f"field name is not ASCII: {key!r}")
            _check(item)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item)
    else:
        raise NotCanonicalError(f"no canonical form for {kind.__name__}")
