"""Which changes of a schema break those who use it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.compatibility import breaks

OLD: dict[str, Any] = {
    "type": "object",
    "required": ["a"],
    "properties": {
        "a": {"type": "integer", "minimum": 0, "maximum": 9},
        "b": {"enum": ["x", "y"]},
        "c": {"type": "array", "items": {"$ref": "#/$defs/d"}, "maxItems": 5},
        "e": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"d": {"type": "object", "properties": {"f": {"type": "string"}}}},
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**OLD, **parts}


def with_property(name: str, schema: Any) -> dict[str, Any]:
    return changed(properties={**OLD["properties"], name: schema})


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        with_property("new", {"type": "string"}),
        with_property("a", {"type": "integer", "minimum": -1, "maximum": 99}),
        with_property("b", {"enum": ["x", "y", "z"]}),
        with_property("e", {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]}),
        changed(title="another"),
        changed(**{"$defs": {**OLD["$defs"], "new": {}}}),
    ],
)
def test_what_may_change(new: dict[str, Any]) -> None:
    assert list(breaks(OLD, new)) == []


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (changed(properties={}), "/properties/a is gone"),
        (changed(required=["a", "b"]), "/properties/b is required now"),
        (changed(required=[]), "/properties/a may be absent now: readers rely on it"),
        (
            changed(
                required=["a", "new"],
                properties={**OLD["properties"], "new": {"type": "string"}},
            ),
            "/properties/new is required now",
        ),
        (
            with_property("a", {"type": "integer", "minimum": 1, "maximum": 9}),
            "/properties/a/minimum is stricter: 0 to 1",
        ),
        (
            with_property("a", {"type": "integer", "minimum": 0, "maximum": 8}),
            "/properties/a/maximum is stricter: 9 to 8",
        ),
        (
            with_property("a", {"type": "string", "minimum": 0, "maximum": 9}),
            "/properties/a/type changed from 'integer' to 'string'",
        ),
        (with_property("b", {"enum": ["x"]}), "/properties/b/enum lost 'y'"),
        (
            with_property("e", {"anyOf": [{"type": "string"}]}),
            "/properties/e/anyOf allows less",
        ),
        (
            with_property("c", {"type": "array", "items": {"$ref": "#/$defs/g"}, "maxItems": 5}),
            "/properties/c/items/$ref changed from '#/$defs/d' to '#/$defs/g'",
        ),
        (
            changed(**{"$defs": {"d": {"type": "object", "properties": {}}}}),
            "/$defs/d/properties/f is gone",
        ),
        (changed(**{"$defs": {}}), "/$defs/d is gone"),
        (changed(additionalProperties=False), "/additionalProperties allows nothing any more"),
    ],
)
def test_what_may_not_change(new: dict[str, Any], what: str) -> None:
    assert what in list(breaks(OLD, new))
