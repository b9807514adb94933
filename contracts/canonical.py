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
_STRICT: Final = _OPTIONS | orjson.OPT_STRICT_INTEGER
_PLAIN: Final = frozenset({str, bool, type(None)})


class NotCanonicalError(ValueError):
    """The value has no canonical form here: a fraction, a huge integer, a non-ASCII field name."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value.

    Raises NotCanonicalError for a float, an integer beyond ±(2^53 - 1), a field name that is not a
    string of ASCII characters, or text with a lone surrogate.
    """
    _check(value)
    return canonical_again(value)


def canonical_again(value: Any) -> bytes:
    """The canonical bytes of a value whose parts `canonical` has taken already.

    Checking takes longer than writing. Raises NotCanonicalError for text with a lone surrogate.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise NotCanonicalError(str(error)) from error


def canonical_closed(value: Any) -> bytes:
    """The canonical bytes of a value that holds no fraction and only ASCII field names for certain,
    because what it was read with allows nothing else (`domain.closed`).

    Raises NotCanonicalError for an integer beyond ±(2^53 - 1) or text with a lone surrogate.
    """
    try:
        return orjson.dumps(value, option=_STRICT)
    except TypeError as error:
        raise NotCanonicalError(str(error)) from error


def _check(value: Any) -> None:
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is int:
        if not -MAX_INT <= value <= MAX_INT:
            raise NotCanonicalError(f"integer out of range: {value}")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonicalError(f"field name is not ASCII: {key!r}")
            if type(item) not in _PLAIN:  # most values are: a call for each would cost the most
                _check(item)
    elif kind is list or kind is tuple:
        for item in value:
            if type(item) not in _PLAIN:
                _check(item)
    else:
        raise NotCanonicalError(f"no canonical form for {kind.__name__}")
