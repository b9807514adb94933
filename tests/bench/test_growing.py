"""What a node that grows has to append, and how long it is waited for."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.country import unit_of
from bench.growing_child import Share
from bench.watching import WatchError, quantiles, until
from services.node.hosting import origin_of


def origins(communes: range) -> set[object]:
    return {origin_of(unit_of("commune", number), "main") for number in communes}


def test_a_mixture_of_communes_alone_in_whole_streams() -> None:
    events = Share(400).load()
    assert len(events) == 400
    heads: Counter[object] = Counter()
    for event in events:
        heads[event.origin] += 1
        assert event.sequence == heads[event.origin]
    assert heads.keys() <= origins(range(300))
    assert len({event.type for event in events}) > 3


def test_meetings_of_some_communes_by_turns() -> None:
    events = Share(10, range(16, 20)).load()
    assert [event.sequence for event in events] == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3]
    assert {event.origin for event in events} == origins(range(16, 20))
    assert {event.type for event in events} == {"MeetingHeld"}


def test_a_share_as_the_program_takes_it() -> None:
    assert Share(7).as_arguments() == ["7"]
    assert Share(7, range(16, 20)).as_arguments() == ["7", "--communes", "16", "20"]


def test_nobody_waits_for_what_can_no_longer_come() -> None:
    with pytest.raises(WatchError, match="rain"):
        until(lambda: False, "rain", alive=lambda: False)


def test_quantiles_are_of_the_sorted_values() -> None:
    milliseconds = [n / 1_000 for n in range(100, -1, -1)]
    assert quantiles("log", milliseconds) == {"log p50 ms": 50.0, "log p99 ms": 99.0}
