"""What an event says otherwise than before, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.node.figures.withholding import SENSITIVE

Value = str | int | float | bool | tuple[str | int | float | bool, ...]
"""A value at the end of a path; a list of plain values is one value."""

_IDENTITIES: Final = ("id", "task_id", "report_id", "org_id", "unit_id", "code", "locality_id")
"""Fields that tell the items of a list apart, so that one that is put in front moves no other."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that two forms of an event do not share. None where a form does not have it."""

    path: str
    """"attendees", "member_evaluation.fulfilled", "findings[f1].severity"."""
    before: Value | None
    after: Value | None
    sensitive: bool = False
    """Whether it is the value of a sensitive indicator, which is not shown above commune level."""


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields of recorded data that differ, in the order in which they stand."""
    one, other = dict(_leaves(before)), dict(_leaves(after))
    sensitive = any(data.get("indicator_code") in SENSITIVE for data in (before, after))
    return tuple(
        FieldChange(path, one.get(path), other.get(path), sensitive and path == "value")
        for path in {**one, **other}
        if one.get(path) != other.get(path)
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            for name, item in zip(_names(value), value, strict=True):
                yield from _leaves(item, f"{path}[{name}]")
        elif value:
            yield path, tuple(value)
    elif value is not None:
        yield path, value


def _names(items: Sequence[Any]) -> list[str]:
    """What tells the items apart: a field of theirs, or else their place, from 1."""
    for field in _IDENTITIES:
        found = [str(item[field]) for item in items if isinstance(item, Mapping) and field in item]
        if len(set(found)) == len(items):
            return found
    return [str(place) for place in range(1, len(items) + 1)]
