"""Bodies from JSON, and errors that a person can act on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import EVENTS
from domain.events import Body
from domain.parse import FieldError, parse_body
from domain.samples import FULL, MINIMAL

MEETING = dict(MINIMAL["MeetingHeld"])


def errors(type: str = "MeetingHeld", **fields: Any) -> list[FieldError]:
    found = parse_body(type, 1, {**MEETING, **fields})
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", sorted(EVENTS))
@pytest.mark.parametrize("samples", [MINIMAL, FULL], ids=["minimal", "full"])
def test_samples_come_back_as_they_went_in(name: str, samples: dict[str, Any]) -> None:
    body = parse_body(name, EVENTS[name].version, samples[name])
    assert isinstance(body, Body), body
    assert body.to_data() == samples[name]
    assert json.loads(json.dumps(samples[name])) == samples[name]


def test_there_are_samples_of_every_type() -> None:
    assert set(MINIMAL) == set(FULL) == set(EVENTS)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_minimal_sample_holds_nothing_that_may_be_left_out(name: str) -> None:
    required = {
        field.alias or field_name
        for field_name, field in EVENTS[name].body.model_fields.items()
        if field.is_required()
    }
    optional = {
        key
        for key, value in MINIMAL[name].items()
        if key not in required and value not in ([], {}, False)
    }
    assert optional <= {"from"}  # what kind of reorganisation it is decides which side it needs
    assert required <= MINIMAL[name].keys()


@pytest.mark.parametrize(
    ("type", "version"), [("Nothing", 1), ("MeetingHeld", 0), ("MeetingHeld", 99)]
)
def test_an_unknown_type_or_version_is_named_so(type: str, version: int) -> None:
    found = parse_body(type, version, MEETING)
    assert isinstance(found, list)
    assert [(error.code, error.refusal().code) for error in found] == [
        ("unknown-type", "unknown-type")
    ]
    assert type in found[0].text.vi


@pytest.mark.parametrize(
    ("fields", "pointer", "code", "vi"),
    [
        ({"occurred_on": 20250101}, "/data/occurred_on", "day_form", "NNNN-TT-NN"),
        ({"occurred_on": "2025-01-01T00:00:00"}, "/data/occurred_on", "day_form", "NNNN-TT-NN"),
        (
            {"occurred_on": "2025-02-30"},
            "/data/occurred_on",
            "date_from_datetime_parsing",
            "2025-02-30",
        ),
        ({"occurred_on": "0001-01-01"}, "/data/occurred_on", "day_range", "1900"),
        ({"occurred_to": "2025-03-13"}, "/data", "ends_before_it_starts", "trước"),
        ({"unit_id": "x"}, "/data/unit_id", "uuid_parsing", "UUID"),
        ({"unit_id": 5}, "/data/unit_id", "uuid_type", "UUID"),
        ({"source_record_id": ""}, "/data/source_record_id", "string_too_short", "1"),
        (
            {"source_record_id": "a\nb"},
            "/data/source_record_id",
            "string_pattern_mismatch",
            "dòng",
        ),
        ({"actor_account": "Nguyen"}, "/data/actor_account", "string_pattern_mismatch", "Nguyen"),
        ({"campaign_tags": "a"}, "/data/campaign_tags", "tuple_type", "danh sách"),
        (
            {"campaign_tags": ["a", "b", "A"]},
            "/data/campaign_tags/2",
            "string_pattern_mismatch",
            "A",
        ),
        ({"member_evaluation": 5}, "/data/member_evaluation", "model_type", "JSON"),
        ({"kind": "party"}, "/data/kind", "enum", "briefing"),
        ({"a/b~c": 1}, "/data/a~1b~0c", "extra_forbidden", "lược đồ"),
    ],
)
def test_an_error_names_field_and_value(
    fields: dict[str, Any], pointer: str, code: str, vi: str
) -> None:
    (error,) = errors(**fields)
    assert (error.pointer, error.code) == (pointer, code)
    assert vi in error.text.vi
    assert error.text.en != error.text.vi
    assert error.refusal().field == pointer


def test_every_error_is_told_at_once() -> None:
    fields: dict[str, Any] = dict.fromkeys(("unit_id", "org_id", "occurred_on", "kind"))
    assert {error.pointer for error in errors(**fields)} == {f"/data/{name}" for name in fields}


def test_a_text_is_the_same_however_it_was_typed() -> None:
    composed, decomposed = "Phường", "Phươ\u0300ng"
    data = {**MINIMAL["ModelEstablished"], "name": decomposed}
    body = parse_body("ModelEstablished", 1, data)
    assert isinstance(body, Body)
    assert body.to_data()["name"] == composed


@given(st.text(min_size=200))
def test_no_more_than_an_excerpt_of_the_input_is_repeated(secret: str) -> None:
    for error in errors(kind=secret, actor_account=secret, **{f"x{secret}": secret}):
        assert len(error.pointer) < 200
        assert secret not in error.text.vi + error.text.en + error.pointer


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_whatever_comes_is_a_body_or_errors_in_both_languages(
    name: str, data: st.DataObject
) -> None:
    sample = dict(FULL[name])
    for field in data.draw(st.lists(st.sampled_from(sorted(sample)), max_size=3)):
        sample[field] = data.draw(json_values)
    found = parse_body(name, 1, sample)
    if isinstance(found, list):
        assert found
        assert all(error.text.vi and error.text.en and error.code for error in found)
    else:
        assert parse_body(name, 1, found.to_data()) == found
