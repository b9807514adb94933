"""Many events are noticed while they come, and soon forgotten."""

from __future__ import annotations

from services.node.recordingload import MANY, RecordingLoad


class Clock:
    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment


def test_it_is_high_while_many_come_and_not_for_long_after() -> None:
    clock = Clock()
    load = RecordingLoad(clock)
    for _ in range(50):
        clock.moment += 0.1
        load.add(int(MANY / 10) * 2)
    found = [load.is_high]
    for seconds in (0.5, 1.0):
        clock.moment += seconds
        found.append(load.is_high)
    assert found == [True, True, False]


def test_what_desks_bring_is_not_many() -> None:
    clock = Clock()
    load = RecordingLoad(clock)
    for _ in range(100):
        clock.moment += 0.1
        load.add(3)
        assert not load.is_high


def test_one_file_is_many_for_as_long_as_it_takes_to_fold_it() -> None:
    clock = Clock()
    load = RecordingLoad(clock)
    load.add(10_000)
    found = [load.is_high]
    clock.moment += 6.0
    assert [*found, load.is_high] == [True, False]
