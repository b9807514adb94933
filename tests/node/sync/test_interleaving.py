"""What an inbox brings is dealt out fairly, in order within a key, and committed once taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from services.node.carriers import Delivery
from services.node.errors import CarrierUnavailableError
from services.node.interleaving import Interleaved

MIB = 2**20


class Box:
    """An inbox that gives what a test puts in, in polls of at most `most` messages."""

    def __init__(self, most: int = 1_000) -> None:
        self.most = most
        self.polled = 0
        self.committed = 0
        self.closed = False
        self._all: list[Delivery] = []

    def put(self, key: str, size: int = 100, count: int = 1) -> None:
        for _ in range(count):
            at = len(self._all)
            self._all.append(Delivery("t", key, b"x" * size, "", f"t/0@{at}", offset=at))

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        del timeout
        if self.closed:
            raise CarrierUnavailableError("closed")
        found = self._all[self.polled :][: min(limit, self.most)]
        self.polled += len(found)
        return found

    def commit(self, held: Collection[Delivery] = ()) -> None:
        self.committed = min([self.polled, *(one.offset for one in held)])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def box() -> Box:
    return Box()


def keys(dealt: Sequence[Delivery]) -> str:
    return "".join(delivery.key for delivery in dealt)


def test_a_newcomer_does_not_wait_behind_a_backlog(box: Box) -> None:
    box.put("a", count=50)
    box.put("b")
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    dealt = list(inbox.deal())
    assert keys(dealt) == "ab" + 49 * "a"
    assert [one.offset for one in dealt if one.key == "a"] == list(range(50))


def test_keys_take_turns_in_their_order(box: Box) -> None:
    for key in "aaabbbccc":
        box.put(key)
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    assert keys(list(inbox.deal())) == "abcabcabc"


def test_what_comes_while_a_backlog_is_dealt_comes_within_a_mebibyte(box: Box) -> None:
    box.put("a", size=MIB // 2, count=20)
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    dealt = []
    for number, delivery in enumerate(inbox.deal()):
        dealt.append(delivery)
        if number == 4:
            box.put("b")
    assert keys(dealt).index("b") <= 7


def test_newcomers_without_end_do_not_hold_up_a_backlog(box: Box) -> None:
    box.put("a", count=3)
    for number in range(1_000):
        box.put(f"k{number}", size=2_000)
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    assert [one.key for one in inbox.deal()].index("a") == 0
    places = [n for n, one in enumerate(_again(box)) if one.key == "a"]
    assert places[1] < 200
    assert places[2] < 400


def _again(box: Box) -> list[Delivery]:
    box.polled = 0
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    return list(inbox.deal())


def test_a_commit_leaves_what_is_not_dealt(box: Box) -> None:
    box.put("a", size=100, count=10)
    box.put("b", size=100)
    inbox = Interleaved(box, deal_bytes=350, deal_seconds=0.0)
    assert inbox.arrives(0)
    assert keys(list(inbox.deal())) == "abaa"
    assert "a" in inbox
    assert "b" not in inbox
    inbox.commit()
    assert box.committed == 3  # b stands behind what is held of a, and comes again
    while inbox.arrives(0):
        assert list(inbox.deal())
        inbox.commit()
    assert box.committed == 11


def test_a_quick_machine_deals_out_more_before_a_commit(box: Box) -> None:
    box.put("a", size=100, count=10)
    inbox = Interleaved(box, deal_bytes=350, deal_seconds=3_600.0)
    assert inbox.arrives(0)
    assert keys(list(inbox.deal())) == "a" * 10


def test_no_more_is_read_ahead_than_memory_allows() -> None:
    box = Box(most=1)
    box.put("a", size=100, count=100)
    inbox = Interleaved(box, ahead_bytes=1_000, deal_bytes=500, deal_seconds=0.0)
    assert inbox.arrives(0)
    assert box.polled == 10
    assert len(list(inbox.deal())) == 5
    assert inbox.arrives(0)
    assert box.polled == 15


def test_what_is_held_when_the_carrier_fails_comes_again(box: Box) -> None:
    box.put("a", size=MIB, count=5)
    inbox = Interleaved(box)
    assert inbox.arrives(0)
    dealt = inbox.deal()
    next(dealt)
    box.closed = True
    with pytest.raises(CarrierUnavailableError):
        next(dealt)
    inbox.close()
    assert "a" not in inbox
    assert box.committed == 0
