"""Samples of an event type, made from its declaration.

Only for types without samples of their own in `domain.samples`. What a made-up value cannot know,
because one field must agree with another, the type says in `Body.sample`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from domain.events import Body, EventSpec
from domain.levels import Level
from domain.sample_parts import (
    CENTRE,
    CITY_POLICE,
    DIGEST,
    DISTRICT,
    DISTRICT_POLICE,
    MINISTRY,
    PROVINCE,
    WARD,
    WARD_POLICE,
    common,
    sample_id,
)

_DAY: Final = "2025-03-14"
_RECORDERS: Final = {
    Level.COMMUNE: (WARD, WARD_POLICE),
    Level.DISTRICT: (DISTRICT, DISTRICT_POLICE),
    Level.PROVINCE: (PROVINCE, CITY_POLICE),
    Level.CENTRAL: (CENTRE, MINISTRY),
}
_FORMATS: Final = {"date": _DAY, "date-time": f"{_DAY}T08:00:00Z"}
_TEXTS: Final = ("sample", "27301", "2025-H1", "2025", DIGEST)
"""Tried in turn where a text must match a pattern."""

Schema = Mapping[str, Any]


def made(spec: EventSpec, *, full: bool) -> dict[str, Any]:
    """The data of an event that holds everything it may, or only what it must.

    Raises ValueError if what is made up is not valid: `Body.sample` has to give it.
    """
    schema = spec.body.model_json_schema(by_alias=True)
    given = spec.body.sample
    fields = {
        name: given[name] if name in given else _value(name, part, schema, full=full)
        for name, part in _members(schema, full=full).items()
        if name not in Body.model_fields
    }
    unit, org = _RECORDERS[min(spec.levels, key=lambda level: level.rank)]
    data = common(unit, org, f"{spec.name}-1", _DAY, full=full) | fields
    return spec.body.model_validate(data).to_data()


def _members(schema: Schema, *, full: bool) -> dict[str, Schema]:
    """The properties of an object that stand in the sample."""
    required = schema.get("required", ())
    return {name: part for name, part in schema["properties"].items() if full or name in required}


def _value(name: str, part: Schema, schema: Schema, *, full: bool) -> Any:
    """A value that the part of the schema allows."""
    if "anyOf" in part:  # what may be absent
        return _value(name, part["anyOf"][0], schema, full=full)
    if "$ref" in part:
        definition = schema["$defs"][part["$ref"].rpartition("/")[2]]
        return _value(name, definition, schema, full=full)
    if "enum" in part or "const" in part:
        return part.get("const", *part.get("enum", ())[:1])
    match part.get("type"):
        case "string":
            return _text(name, part)
        case "integer" | "number":
            return max(1, part.get("minimum", 1))
        case "boolean":
            return True
        case "array":
            return [_value(name, part["items"], schema, full=full)]
        case "object" if "properties" in part:
            members = _members(part, full=full)
            return {n: _value(n, p, schema, full=full) for n, p in members.items()}
    raise ValueError(f"no sample of {name} can be made: give one in Body.sample")


def _text(name: str, part: Schema) -> str:
    form = part.get("format")
    if form == "uuid":
        return sample_id(name)
    if form in _FORMATS:
        return _FORMATS[form]
    pattern = part.get("pattern", "")
    for text in _TEXTS:
        if re.search(pattern, text):
            return text
    raise ValueError(f"no sample of {name} can be made: give one in Body.sample")
