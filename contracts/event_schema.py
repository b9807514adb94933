"""JSON Schemas (2020-12) of events, made from the declarations of the event types.

One file per type and version, with three schemas in it:

    urn:antq:event:<name>:<version>          the recorded event, as it is stored and sent
    urn:antq:event:<name>:<version>#pushed   the event as a local system pushes it
    urn:antq:schema:<name>:<version>         its data: what `dataschema` names
"""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from contracts.envelope import SCHEMA_PREFIX, SOURCE_PREFIX, TYPE_PREFIX
from domain.events import EventSpec

EVENT_PREFIX: Final = "urn:antq:event:"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_UUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_LIST_BOUNDS: Final = {"minLength": "minItems", "maxLength": "maxItems"}
_FILLED_IN: Final = ("source_system", "source_record_id")
"""Data fields that the envelope's `source` and `id` stand in for when a sender leaves them out."""


def event_schema(spec: EventSpec) -> dict[str, Any]:
    """The schema file of a type's newest version."""
    name = f"{spec.name}:{spec.version}"
    return {
        "$schema": DIALECT,
        "$id": EVENT_PREFIX + name,
        "title": f"{spec.title_vi} / {spec.title_en}",
        **_recorded(spec),
        "$defs": {"data": _data(spec), "pushed": {"$anchor": "pushed", **_pushed(spec)}},
    }


def _data(spec: EventSpec) -> dict[str, Any]:
    schema = spec.body.model_json_schema(by_alias=True, mode="validation", schema_generator=_Plain)
    schema["required"] = [name for name in schema["required"] if name not in _FILLED_IN]
    found: dict[str, Any] = _bounded(
        {"$id": f"{SCHEMA_PREFIX}{spec.name}:{spec.version}", **schema}
    )
    return found


def _bounded(schema: Any) -> Any:
    """With the bounds of lists under the names that JSON Schema gives them.

    Behind a validator function pydantic takes every length for that of a string.
    """
    if isinstance(schema, list):
        return [_bounded(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = _LIST_BOUNDS if schema.get("type") == "array" else {}
    return {renamed.get(name, name): _bounded(part) for name, part in schema.items()}


class _Plain(GenerateJsonSchema):
    """Without the titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _recorded(spec: EventSpec) -> dict[str, Any]:
    properties = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": _UUID},
        "source": {"type": "string", "pattern": f"^{SOURCE_PREFIX}{_UUID[1:]}"},
        "sequence": {"type": "string", "pattern": "^[0-9]{10,}$"},
        "type": {"const": TYPE_PREFIX + spec.name},
        "dataschema": {"const": f"{SCHEMA_PREFIX}{spec.name}:{spec.version}"},
        "datacontenttype": {"const": "application/json"},
        "subject": {"type": "string", "pattern": _UUID},
        "time": {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z$",
        },
        "data": {
            "$ref": f"{SCHEMA_PREFIX}{spec.name}:{spec.version}",
            "required": ["aggregate_version", *_FILLED_IN],
        },
    }
    return {
        "type": "object",
        "required": sorted(properties),
        "properties": properties,
        "additionalProperties": False,
    }


def _pushed(spec: EventSpec) -> dict[str, Any]:
    """What a sender writes; attributes that are not named here are ignored with a notice."""
    data = f"{SCHEMA_PREFIX}{spec.name}:{spec.version}"
    return {
        "type": "object",
        "required": ["data", "id", "source", "specversion", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "minLength": 1},
            "type": {"const": TYPE_PREFIX + spec.name},
            "dataschema": {"const": data},
            "datacontenttype": {"type": "string"},
            "subject": {"type": "string", "format": "uuid"},
            "data": {"$ref": data},
        },
    }
