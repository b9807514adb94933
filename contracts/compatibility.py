"""What a published schema may not do: break those who wrote or read by it.

Within a version fields may be added if they are optional, limits may be widened and values added.
Anything else needs a new version and an upcaster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME: Final = ("type", "const", "pattern", "format", "$ref", "$id", "uniqueItems")
_PARTS: Final = ("items", "additionalProperties", "propertyNames", "contains", "not")
_LISTS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")


def breaks(old: Schema, new: Schema, at: str = "") -> Iterator[str]:
    """How `new` breaks what `old` promised, each with its place as a JSON pointer."""
    yield from _fields(old, new, at)
    yield from _limits(old, new, at)
    for group in ("$defs", "properties", "patternProperties"):
        for name, schema in old.get(group, {}).items():
            if name in new.get(group, {}):
                yield from _both(schema, new[group][name], f"{at}/{group}/{name}")
            elif group != "properties":
                yield f"{at}/{group}/{name} is gone"
    for name in _PARTS:
        if name in old or name in new:
            yield from _both(old.get(name, True), new.get(name, True), f"{at}/{name}")
    for name in _LISTS:
        before, after = old.get(name, []), new.get(name, [])
        if len(after) < len(before) or (name not in old and after):
            yield f"{at}/{name} allows less"
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from _both(one, other, f"{at}/{name}/{index}")


def _both(old: Any, new: Any, at: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from breaks(old, new, at)
    elif new is False and old is not False:
        yield f"{at} allows nothing any more"
    elif old is True and isinstance(new, Mapping) and new:
        yield f"{at} is restricted now"


def _fields(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in old.get("properties", {}):
        if name not in new.get("properties", {}):
            yield f"{at}/properties/{name} is gone"
    for name in new.get("required", ()):
        if name not in old.get("required", ()):
            yield f"{at}/properties/{name} is required now"
    for name in old.get("required", ()):
        if name not in new.get("required", ()):
            yield f"{at}/properties/{name} may be absent now: readers rely on it"


def _limits(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in _SAME:
        if name in new and old.get(name) != new[name]:
            yield f"{at}/{name} changed from {old.get(name)!r} to {new[name]!r}"
        elif name in old and name not in new and name != "pattern":
            yield f"{at}/{name} is gone"
    gone = [value for value in old.get("enum", ()) if value not in new.get("enum", ())]
    if gone and "enum" in new:
        yield f"{at}/enum lost {', '.join(map(repr, gone))}"
    if "enum" in new and "enum" not in old:
        yield f"{at}/enum is new"
    for names, sign in ((_LEAST, 1), (_MOST, -1)):
        for name in names:
            if name in new and (name not in old or sign * new[name] > sign * old[name]):
                yield f"{at}/{name} is stricter: {old.get(name)!r} to {new[name]!r}"
