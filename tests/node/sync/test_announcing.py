"""What is announced, and when: changes soon, the rest by and by, or when it may have been lost."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.node import announcing
from services.node.announcing import Announcements

SECONDS = 5.0


class Clock:
    def __init__(self) -> None:
        self.moment = 1_000.0

    def monotonic(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(announcing, "time", clock)
    return clock


def heads(count: int) -> dict[UUID, int]:
    return {UUID(int=number): number for number in range(1, count + 1)}


def tell(announcements: Announcements, *, idle: bool = True) -> dict[UUID, int]:
    told = announcements.due(idle=idle)
    if told:
        announcements.told(told)
    return dict(told)


@pytest.fixture
def many(clock: Clock) -> Announcements:
    """Somebody with 24,000 origins who has told them all."""
    announcements = Announcements(SECONDS)
    announcements.start(heads(24_000))
    assert tell(announcements) == heads(24_000)
    return announcements


def test_nothing_is_announced_before_the_heads_are_known(clock: Clock) -> None:
    announcements = Announcements(SECONDS)
    announcements.sent(heads(1))
    assert tell(announcements) == {}


def test_a_change_is_told_at_once_when_nothing_else_is_sent(many: Announcements) -> None:
    changed = {UUID(int=7): 8}
    many.sent(changed)
    assert tell(many, idle=False) == {}
    assert tell(many) == changed
    assert tell(many) == {}


def test_a_change_is_told_under_steady_load_too(many: Announcements, clock: Clock) -> None:
    many.sent({UUID(int=7): 8})
    clock.moment += SECONDS
    assert tell(many, idle=False)[UUID(int=7)] == 8


def test_everything_is_told_again_within_so_many_announcements(
    many: Announcements, clock: Clock
) -> None:
    told: dict[UUID, int] = {}
    for _ in range(announcing._ROUND):
        clock.moment += SECONDS
        part = tell(many)
        assert 0 < len(part) <= 200
        told.update(part)
    assert told == heads(24_000)


def test_what_was_not_acknowledged_is_told_again(many: Announcements, clock: Clock) -> None:
    many.sent({UUID(int=7): 8})
    first = many.due(idle=True)
    assert many.due(idle=True) == first == {UUID(int=7): 8}
    many.told(first)
    clock.moment += SECONDS
    assert many.due(idle=True) == many.due(idle=True)


def test_whoever_may_have_missed_something_hears_everything_soon(
    many: Announcements, clock: Clock
) -> None:
    many.tell_everything()
    assert tell(many) == {}  # not for each of thirty that ask in one moment
    clock.moment += SECONDS
    assert tell(many) == heads(24_000)
    clock.moment += SECONDS
    assert len(tell(many)) == 200


def test_few_heads_are_told_each_time(clock: Clock) -> None:
    announcements = Announcements(SECONDS)
    announcements.start(heads(80))
    for _ in range(3):
        assert tell(announcements) == heads(80)
        clock.moment += SECONDS
