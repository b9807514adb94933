"""What is withheld cannot be worked out from what is shown (facts: sensitive counts under 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import given
from hypothesis import strategies as st

from domain.suppression import showable_sums

LEAST = 5


def sums(values: Mapping[str, int], *, under: Mapping[str, str] | None = None) -> set[str]:
    """What is shown, each sum written as its units; all units stand under "t" unless told."""
    above = {unit: "t" for unit in values if unit != "t"} | dict(under or {})
    shown = showable_sums(values, {"t": None, **above}, LEAST)
    return {" ".join(sorted(units)) for units in shown}


def test_what_is_large_enough_is_shown() -> None:
    assert sums({"a": 5, "b": 9}) == {"a", "b", "a b"}


def test_a_small_count_takes_the_smallest_other_one_with_it() -> None:
    assert sums({"a": 2, "b": 7, "c": 6, "d": 90}) == {"b", "d", "a b c d"}


def test_two_small_counts_hide_each_other() -> None:
    assert sums({"a": 2, "b": 4, "c": 6}) == {"c", "a b c"}


def test_two_counts_that_are_together_too_small_take_a_third_with_them() -> None:
    """Both are 0, and a remainder of 0 would say so."""
    assert sums({"a": 0, "b": 0, "c": 6, "d": 7}) == {"d", "a b c d"}


def test_a_total_that_is_too_small_hides_everything() -> None:
    assert sums({"a": 2, "b": 2}) == set()


def test_a_total_of_one_small_part_is_that_part() -> None:
    assert sums({"a": 4}) == set()
    assert sums({"a": 8}) == {"a"}


def test_the_units_own_count_is_a_part_of_its_total() -> None:
    assert sums({"t": 1, "a": 7, "b": 8}) == {"b", "a b t"}


def test_a_total_that_hides_another_hides_what_it_is_made_of() -> None:
    """District d has 3; e, which hides it, would be told by its wards."""
    wards = {"d1": 3, "e1": 6, "e2": 8, "f1": 50, "f2": 60}
    under = {ward: ward[0] for ward in wards} | dict.fromkeys("def", "t")
    shown = sums(wards, under=under)
    assert shown == {"f1", "f2", "f1 f2", "d1 e1 e2 f1 f2"}


def test_a_reported_zero_is_withheld_and_nothing_reported_is_nothing() -> None:
    assert sums({"a": 0, "b": 8, "c": 9}) == {"c", "a b c"}
    assert sums({}) == set()


@st.composite
def countries(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, str | None]]:
    """Units in a random hierarchy; some report, mostly little."""
    number = draw(st.integers(1, 14))
    parents: dict[str, str | None] = {}
    values: dict[str, int] = {}
    for index in range(number):
        above = draw(st.sampled_from([None, *parents])) if index else None
        parents[f"u{index}"] = above
        if draw(st.integers(0, 3)):
            values[f"u{index}"] = draw(st.integers(0, 9) | st.integers(0, 60))
    return values, parents


def tables(
    parents: Mapping[str, str | None], values: Mapping[str, int]
) -> Iterator[frozenset[str]]:
    """Every number that a table of some unit has: totals and own counts."""
    for unit in parents:
        if unit in values:
            yield frozenset((unit,))
        under = {unit}
        for other in parents:  # parents come first
            if parents[other] in under:
                under.add(other)
        if members := frozenset(under & values.keys()):
            yield members


def other_countries(values: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """The same country with one person more or less somewhere, or moved from one unit to another:
    small steps, so that whatever they leave open is open for good."""
    for one in values:
        yield {**values, one: values[one] + 1}
        if values[one]:
            yield {**values, one: values[one] - 1}
            for other in values:
                if other != one:
                    yield {**values, one: values[one] - 1, other: values[other] + 1}


@given(countries())
def test_no_withheld_number_follows_from_those_shown(
    country: tuple[dict[str, int], dict[str, str | None]],
) -> None:
    """For each number withheld there is another country, in which it is another number, and in
    which every number that is shown is the same."""
    values, parents = country
    shown = showable_sums(values, parents, LEAST)

    def total(members: frozenset[str], of: Mapping[str, int]) -> int:
        return sum(of[unit] for unit in members)

    same = [
        other
        for other in other_countries(values)
        if all(total(members, other) == total(members, values) for members in shown)
    ]
    for members in tables(parents, values):
        if members not in shown:
            assert any(total(members, other) != total(members, values) for other in same)
        else:
            assert total(members, values) >= LEAST


@given(countries())
def test_only_numbers_of_tables_are_shown_and_nothing_large_is_withheld_for_nothing(
    country: tuple[dict[str, int], dict[str, str | None]],
) -> None:
    values, parents = country
    shown = showable_sums(values, parents, LEAST)
    everything = set(tables(parents, values))
    assert shown <= everything
    if all(value >= LEAST for value in values.values()):
        assert shown == everything
