"""Every field that an event may hold has a name in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from domain.catalogue import EVENTS
from domain.field_labels import FIELD_LABELS, field_label
from domain.refusals import Text


def fields(body: type[BaseModel]) -> Iterator[str]:
    """The names of a body's fields as they are recorded, and of what stands inside them."""
    for name, field in body.model_fields.items():
        yield field.alias or name
        for inner in models(field.annotation):
            yield from fields(inner)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_field_of_a_type_is_named(name: str) -> None:
    for field in set(fields(EVENTS[name].body)):
        found = field_label(name, field)
        assert found != Text(field, field), f"name {field} in domain/field_labels.py"
        assert found.vi
        assert found.en


def test_a_count_is_called_what_its_type_calls_it() -> None:
    assert field_label("MeetingHeld", "attendees").vi == "Lượt người dự"
    assert field_label("PropagandaConducted", "recipients").en == "Recipients"
    assert field_label("DocumentIssued", "recipients").vi == "Nơi nhận"


def test_a_field_that_nobody_named_is_called_by_its_name() -> None:
    assert field_label("Later", "unheard_of") == Text("unheard_of", "unheard_of")


def test_no_name_is_kept_that_no_field_has() -> None:
    used = {field for spec in EVENTS.values() for field in fields(spec.body)}
    assert set(FIELD_LABELS) <= used
