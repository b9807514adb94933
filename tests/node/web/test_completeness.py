"""Not done and not arrived never look alike."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.node.language import Language
from services.node.originsync import OriginSync
from services.node.syncstate import Direction
from services.node.web.completeness import State, by_row, completeness

SEEN = "2025-06-14T02:03:04.000000Z"


def _stream(
    unit: str = "u",
    *,
    received: int = 0,
    announced: int = 0,
    waiting: int = 0,
    forked: bool = False,
) -> OriginSync:
    return OriginSync(uuid4(), unit, Direction.BELOW, received, announced, SEEN, waiting, forked)


@pytest.mark.parametrize(
    ("streams", "state"),
    [
        ([], State.NOTHING),
        ([_stream()], State.NOTHING),
        ([_stream(received=14, announced=14)], State.COMPLETE),
        ([_stream(received=14)], State.COMPLETE),
        ([_stream(received=14, announced=16)], State.BEHIND),
        ([_stream(announced=1)], State.BEHIND),
        ([_stream(received=14, announced=14, waiting=2)], State.BEHIND),
        ([_stream(received=14, announced=16, forked=True)], State.FORKED),
        ([_stream(received=3), _stream(received=1, announced=2)], State.BEHIND),
    ],
)
def test_the_state_of_streams(streams: list[OriginSync], state: State) -> None:
    assert completeness(streams).state is state


def test_one_stream_is_told_by_its_number() -> None:
    held = completeness([_stream(received=14, announced=16)])
    assert held.text(Language.VI) == "đã nhận đến số 14, đang chờ 2"
    assert held.text(Language.EN) == "received through number 14, waiting for 2"
    assert held.seen(Language.VI) == "lần cuối thấy 09:03:04 14/6/2025"


def test_several_are_told_by_their_events() -> None:
    held = completeness([_stream(received=1_200), _stream(received=34)])
    assert held.text(Language.VI) == "đã nhận 1.234 sự kiện của 2 luồng"


def test_nothing_is_not_zero() -> None:
    assert completeness([]).text(Language.VI) == "chưa nhận được gì"
    assert completeness([]).seen(Language.VI) == ""


def test_each_row_has_its_own_streams() -> None:
    streams = [_stream("a", received=1), _stream("b", received=2), _stream("elsewhere", received=9)]
    together, rows = by_row(streams, {"a": "row", "b": "row", "c": "silent"})
    assert together.received == 3
    assert rows["row"].received == 3
    assert rows["silent"].state is State.NOTHING
