"""A worker rests between small steps, not between large ones, and can always be stopped."""

from __future__ import annotations

import threading
import time

from services.node.worker import Worker
from services.node.workers import followers

HOURS = 7_200.0


def test_after_a_step_that_found_little_it_lets_more_gather() -> None:
    stepped = threading.Event()

    def step() -> int:
        stepped.set()
        return 1

    worker = Worker("w", step, idle_seconds=HOURS, gather_seconds=HOURS)
    worker.start()
    assert stepped.wait(10)
    worker.stop()  # interrupts the wait
    assert worker.steps == 1


def test_while_there_is_much_it_does_not_wait() -> None:
    enough = threading.Event()
    steps: list[int] = []

    def step() -> int:
        steps.append(1)
        if len(steps) == 3:
            enough.set()
        return 10_000 if len(steps) < 3 else 1

    worker = Worker("w", step, idle_seconds=HOURS, gather_seconds=HOURS)
    worker.start()
    assert enough.wait(10)
    worker.stop()
    assert len(steps) == 3


def test_a_lone_piece_of_work_does_not_wait_and_the_next_gathers() -> None:
    stepped = threading.Semaphore(0)

    def step() -> int:
        stepped.release()
        return 1

    worker = Worker("w", step, idle_seconds=HOURS, rests=True, is_level=lambda: True)
    worker.start()
    assert stepped.acquire(timeout=10)  # at once
    worker.wake()
    worker.wake()
    assert stepped.acquire(timeout=10)  # both are one step, after a short rest
    assert not stepped.acquire(timeout=0.3)  # level: it does not look again by itself
    worker.stop()
    assert worker.steps == 2


def test_it_gathers_longer_only_while_that_is_asked_for() -> None:
    stepped, asked = threading.Semaphore(0), threading.Semaphore(0)
    wanted = [HOURS]

    def step() -> int:
        stepped.release()
        return 5_000

    def longer() -> float:
        asked.release()
        return wanted[0]

    worker = Worker("w", step, idle_seconds=HOURS, gather_seconds=0.001, gather_longer=longer)
    worker.start()
    assert stepped.acquire(timeout=10)
    for _ in range(4):
        assert asked.acquire(timeout=10)
    assert worker.steps == 1, "it was asked again and again, and no step was made meanwhile"
    wanted[0] = 0.0
    assert stepped.acquire(timeout=10)
    worker.stop()


def test_what_is_behind_does_not_gather() -> None:
    steps: list[int] = []
    enough = threading.Event()

    def step() -> int:
        steps.append(1)
        if len(steps) == 3:
            enough.set()
        return 10_000 if len(steps) < 3 else 1

    worker = Worker(
        "w", step, idle_seconds=HOURS, gather_seconds=0.001, gather_longer=lambda: HOURS
    )
    worker.start()
    assert enough.wait(10)
    worker.stop()
    assert len(steps) == 3


def test_what_takes_longer_than_a_rest_is_followed_by_none() -> None:
    stepped = threading.Semaphore(0)

    def step() -> int:
        stepped.release()
        return 1

    worker = Worker(
        "w", step, idle_seconds=0, rests=True, began=lambda: time.monotonic() - 1, by_clock=True
    )
    worker.start()
    begun = time.monotonic()
    for _ in range(200):
        assert stepped.acquire(timeout=10)
    assert time.monotonic() - begun < 10  # resting it would be twenty seconds
    worker.stop()


def test_who_goes_by_the_clock_does_not_follow_what_is_recorded() -> None:
    by_clock = Worker("patrol", lambda: 0, idle_seconds=HOURS, by_clock=True)
    follower = Worker("projector", lambda: 0, idle_seconds=HOURS)
    assert followers([by_clock, follower]) == [follower]
