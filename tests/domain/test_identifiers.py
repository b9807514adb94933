"""Identifiers are what the standard library makes of them."""

from __future__ import annotations

import uuid
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import derive_id
from domain.identifiers import (
    NAMESPACE,
    beginning_as,
    derived,
    read_id,
    text_of,
    time_ordered,
)

PLAIN = "6f1d3f0e-5d0b-4a5e-9a0c-0c6f5f0a7b11"


@given(st.lists(st.one_of(st.text(), st.integers(), st.uuids()), max_size=4))
def test_what_is_derived_is_a_uuid_of_version_5(parts: list[object]) -> None:
    expected = uuid.uuid5(NAMESPACE, "\x1f".join(map(str, parts)))
    assert derived(*parts) == (expected, str(expected))
    assert derive_id(*parts) == expected


@given(st.uuids(), st.uuids(), st.uuids())
def test_what_begins_as_another_is_a_uuid_of_version_8(
    other: UUID, unit: UUID, another: UUID
) -> None:
    found, text = beginning_as(str(other), "aggregate", unit)
    assert (found.version, found.variant, str(found)) == (8, uuid.RFC_4122, text)
    assert found.int >> 80 == other.int >> 80
    assert beginning_as(str(other), "aggregate", unit) == (found, text)
    if unit != another:
        assert beginning_as(str(other), "aggregate", another)[0] != found


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**128 - 1))
def test_new_identifiers_are_in_the_order_of_time(milliseconds: int, chance: int) -> None:
    found = time_ordered(milliseconds, chance)
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert found.int >> 80 == milliseconds
    assert str(time_ordered(milliseconds - 1, chance)) < str(found) or not milliseconds
    assert time_ordered(milliseconds, chance ^ 1) != found
    assert time_ordered(milliseconds, chance ^ 2**73) != found


@given(st.uuids())
def test_text_is_what_str_makes(identity: UUID) -> None:
    assert text_of(identity) == text_of(UUID(int=identity.int)) == str(identity)
    assert read_id(str(identity)) == (identity, str(identity))


@pytest.mark.parametrize(
    "written",
    [
        PLAIN,
        PLAIN.upper(),
        PLAIN.replace("-", ""),
        "{" + PLAIN + "}",
        "urn:uuid:" + PLAIN,
        PLAIN.replace("6f1d3f0e-5d0b", "6f1d-3f0e5d0b"),
        "-" * 4 + PLAIN.replace("-", ""),
    ],
)
def test_every_form_that_uuid_takes_is_recorded_in_one(written: str) -> None:
    assert read_id(written) == (UUID(PLAIN), PLAIN)


@pytest.mark.parametrize(
    "value", [None, 7, b"", "", "x", PLAIN[:-1], PLAIN[:-1] + "g", PLAIN + "0"]
)
def test_anything_else_is_none(value: object) -> None:
    assert read_id(value) is None


@given(st.text(max_size=40))
def test_it_takes_what_uuid_takes(text: str) -> None:
    try:
        expected = UUID(text)
    except ValueError:
        assert read_id(text) is None
    else:
        assert read_id(text) == (expected, str(expected))
