"""Only a body whose declaration rules out fractions and odd names is taken without a look."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.canonical import canonical, canonical_closed
from domain import catalogue
from domain.closed import is_closed
from domain.events import EVENTS, Day, Label, Token


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    text: Label | None = None
    days: tuple[Day, ...] = ()
    counts: dict[Token, int] = {}
    unit: UUID | None = None
    by_unit: dict[UUID, int] = {}


class _Inside(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: tuple[_Plain, ...]


class _Fraction(_Plain):
    share: float = 0.0


class _Anything(_Plain):
    extra: dict[str, JsonValue] = {}


class _AnyNames(_Plain):
    names: dict[str, int] = {}


class _OddNames(_Plain):
    names: dict[Annotated[str, Field(pattern=r"^[^a]$")], int] = {}


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    number: int


class _Vietnamese(_Plain):
    name: Annotated[int, Field(alias="tên")] = 0


class _Deep(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: tuple[_Plain | _Fraction, ...]


class _Untyped(_Plain):
    value: Any = None


@pytest.mark.parametrize("model", [_Plain, _Inside])
def test_declared_values_are_closed(model: type[BaseModel]) -> None:
    assert is_closed(model)


@pytest.mark.parametrize(
    "model",
    [_Fraction, _Anything, _AnyNames, _OddNames, _Open, _Vietnamese, _Deep, _Untyped],
)
def test_what_may_hold_anything_else_is_not(model: type[BaseModel]) -> None:
    assert not is_closed(model)


def test_every_type_but_the_correction_is_closed() -> None:
    """A correction holds another event's data. A new type that is not closed is not wrong, but it
    costs a look at each of its values."""
    assert catalogue is not None
    assert {spec.name for spec in EVENTS.values() if not is_closed(spec.body)} == {"EventCorrected"}


_VALUES = st.recursive(
    st.one_of(st.text(max_size=8), st.booleans(), st.none(), st.integers(-(2**53) + 1, 2**53 - 1)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("abcz_.09", max_size=3), inner, max_size=4),
    ),
    max_leaves=8,
)


@given(_VALUES)
@settings(max_examples=50)
def test_their_bytes_are_the_canonical_ones(value: object) -> None:
    assert canonical_closed(value) == canonical(value)
