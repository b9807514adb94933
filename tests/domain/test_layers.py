"""A layered mapping answers as a dict does, and its copies keep apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.layers import Layered

CHANGES = st.lists(st.tuples(st.integers(0, 700), st.integers()), max_size=1_500)


@given(CHANGES, CHANGES)
def test_it_is_a_dict_and_copies_do_not_see_each_other(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    layered: Layered[int, int] = Layered()
    plain: dict[int, int] = {}
    for key, value in first:
        layered[key] = plain[key] = value
    other, other_plain = layered.copy(), plain.copy()
    for key, value in second:
        other[key] = other_plain[key] = value
    assert list(layered.items()) == list(plain.items())
    assert list(other.items()) == list(other_plain.items())
    assert len(other) == len(other_plain)
    assert (-1 in other, other.get(-1)) == (False, None)


def test_nothing_is_deleted() -> None:
    layered: Layered[int, int] = Layered()
    layered[1] = 1
    with pytest.raises(TypeError, match="never deleted"):
        del layered[1]


def test_a_copy_shares_the_large_layer() -> None:
    """What makes recording many units near-linear: a copy costs what changed lately."""
    layered: Layered[int, int] = Layered()
    for number in range(10_000):
        layered[number] = number
    copied = layered.copy()
    assert copied._base is layered._base
    assert len(copied._recent) < 256
