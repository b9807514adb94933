"""Which event bodies can only hold values that have a canonical form (RFC 8785).

Checking every value of every event for a fraction or an odd field name takes longer than writing
it. What a body can hold stands in its declaration, so the declaration is asked, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

_LEAVES: Final = frozenset({"string", "integer", "boolean", "null"})
_UNIONS: Final = ("anyOf", "oneOf", "allOf")


@cache
def is_closed(model: type[BaseModel]) -> bool:
    """Whether no value of the model holds a fraction or a field name that is not ASCII.

    False where the declaration does not say, as for a part that is any JSON value.
    """
    schema = model.model_json_schema(mode="serialization")
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    seen: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            return False
        reference = part.get("$ref")
        if reference is not None:
            if reference not in seen:
                seen.add(reference)
                waiting.append(definitions[reference.rpartition("/")[2]])
            continue
        inner = list(_inner(part))
        if not inner and part.get("type") not in _LEAVES and not _is_empty(part):
            return False
        if not all(name.isascii() for name in part.get("properties", {})):
            return False
        waiting += inner
    return True


def _inner(part: Mapping[str, Any]) -> Iterator[Any]:
    for union in _UNIONS:
        yield from part.get(union, ())
    if part.get("type") == "array":
        yield from part.get("prefixItems", ())
        yield part.get("items", None if "prefixItems" not in part else {"type": "null"})
    elif part.get("type") == "object":
        yield from part.get("properties", {}).values()
        patterns: Mapping[str, Any] = part.get("patternProperties", {})
        for pattern, value in patterns.items():
            yield value if _is_ascii_only(pattern) else None
        if not patterns and (others := part.get("additionalProperties")) is not False:
            names_are_ids = part.get("propertyNames") == {"format": "uuid"}
            yield others if names_are_ids else None


def _is_empty(part: Mapping[str, Any]) -> bool:
    """Whether it is an object without fields."""
    return part.get("type") == "object" and part.get("additionalProperties") is False


def _is_ascii_only(pattern: str) -> bool:
    """Whether what matches is ASCII: one class of characters after the other, none negated."""
    return (
        pattern.isascii()
        and pattern.startswith("^[")
        and pattern.endswith("$")
        and "[^" not in pattern
        and "\\" not in pattern
        and "].*" not in pattern
        and "(" not in pattern
    )
