"""Contenders take turns, and what is told of them is the median."""

from __future__ import annotations

from bench.measuring import Case, Contender, Measured, Result, Role, Sample, alternate


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def contender(role: Role, name: str) -> Contender:
        def run() -> Sample:
            order.append(name)
            return Sample(10, 0.1 * len(order), {"p99 ms": float(len(order))})

        return Contender(role, name, run)

    case = Case("s", "t", "sqlite", [contender(Role.NODE, "a"), contender(Role.FLOOR, "b")])
    told: list[str] = []
    result = alternate(case, 3, told.append)
    assert order == ["a", "b"] * 3
    assert len(told) == 6
    first, second = result.measured
    assert [round(sample.seconds, 1) for sample in first.samples] == [0.1, 0.3, 0.5]
    assert (round(first.rate), first.extra) == (33, {"p99 ms": 3.0})
    assert (round(second.rate), second.extra) == (25, {"p99 ms": 4.0})


def test_ratios_are_taken_to_the_first_of_a_role() -> None:
    measured = [
        Measured(role, name, [Sample(1, 1.0)])
        for role, name in ((Role.NODE, "n"), (Role.FLOOR, "f1"), (Role.FLOOR, "f2"))
    ]
    result = Result("s", "t", "sqlite", measured)
    assert result.reference(Role.FLOOR) is measured[1]
    assert result.reference(Role.LIBRARY) is None
