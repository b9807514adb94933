"""Sending batches: verdicts in order, patience with a busy node, giving up in time."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import orjson
import pytest

from services.node.cli.pushing.reading import Item
from services.node.cli.pushing.sending import (
    RefusedRequestError,
    Sender,
    UnreachableError,
    Verdict,
)
from services.node.language import Language

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def _sender(
    handler: Handler,
    clock: Clock,
    patience: float = 60.0,
    told: list[tuple[str, float]] | None = None,
) -> Sender:
    return Sender(
        "http://node.test",
        Language.VI,
        patience=patience,
        on_pause=lambda why, seconds: None if told is None else told.append((why, seconds)),
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
        clock=lambda: clock.now,
    )


def _items(count: int) -> list[Item]:
    return [Item(n, b'{"n":%d}' % n, n) for n in range(1, count + 1)]


def _recorded(request: httpx.Request) -> httpx.Response:
    lines = request.content.split(b"\n")
    items = [{"outcome": "recorded"} for _ in lines]
    return httpx.Response(200, json={"items": items})


def _send(sender: Sender, items: list[Item]) -> list[Verdict]:
    try:
        return list(sender.send(items))
    finally:
        sender.close()


def test_verdicts_belong_to_their_lines() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Type"] == "application/x-ndjson"
        assert request.headers["Accept-Language"] == "vi"
        problem = {"code": "unknown-unit", "status": 422}
        return httpx.Response(
            207,
            json={"items": [{"outcome": "duplicate"}, {"outcome": "refused", "problem": problem}]},
        )

    verdicts = _send(_sender(answer, Clock()), _items(2))
    assert [(v.item.number, v.outcome) for v in verdicts] == [(1, "duplicate"), (2, "refused")]
    assert verdicts[1].problem == {"code": "unknown-unit", "status": 422}


def test_a_busy_node_is_asked_again_when_it_says() -> None:
    clock = Clock()
    answers = iter(
        [
            httpx.Response(503, json={"detail": "busy"}, headers={"Retry-After": "3"}),
            httpx.Response(503, json={"detail": "busy"}),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return next(answers, None) or _recorded(request)

    verdicts = _send(_sender(answer, clock), _items(2))
    assert [v.outcome for v in verdicts] == ["recorded", "recorded"]
    assert clock.slept == [3.0, 1.0]


def test_a_broken_connection_is_tried_again() -> None:
    clock = Clock()
    failures = iter([httpx.ConnectError("refused"), httpx.ReadError("reset")])

    def answer(request: httpx.Request) -> httpx.Response:
        for failure in failures:
            raise failure
        return _recorded(request)

    assert len(_send(_sender(answer, clock), _items(1))) == 1
    assert clock.slept == [0.5, 1.0]


def test_a_batch_whose_store_was_away_is_sent_again() -> None:
    calls = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) == 1:
            away = {"outcome": "refused", "problem": {"status": 503, "code": "store-unavailable"}}
            return httpx.Response(207, json={"items": [{"outcome": "recorded"}, away]})
        return _recorded(request)

    verdicts = _send(_sender(answer, Clock()), _items(2))
    assert [v.outcome for v in verdicts] == ["recorded", "recorded"]


def test_it_gives_up_when_patience_ends() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    clock = Clock()
    with pytest.raises(UnreachableError, match="refused") as raised:
        _send(_sender(answer, clock, patience=10.0), _items(1))
    assert not raised.value.answered
    assert sum(clock.slept) <= 10.0


def test_a_node_that_recovers_is_waited_for_and_told_of_once() -> None:
    why = "Nút chưa ghi sự kiện mới."
    told: list[tuple[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        problem = {"detail": why, "code": "recovering", "status": 503}
        return httpx.Response(503, json=problem, headers={"Retry-After": "5"})

    clock = Clock()
    sender = _sender(answer, clock, patience=20.0, told=told)
    with pytest.raises(UnreachableError, match=why) as raised:
        _send(sender, _items(3))
    assert raised.value.answered
    assert told == [(f"HTTP 503: {why}", 5.0)]
    assert clock.slept[:3] == [5.0, 5.0, 5.0]


def test_a_batch_that_is_too_large_is_halved() -> None:
    sizes = []

    def answer(request: httpx.Request) -> httpx.Response:
        lines = request.content.split(b"\n")
        sizes.append(len(lines))
        if len(lines) > 2:
            return httpx.Response(413, json={"code": "request-too-large"})
        return _recorded(request)

    verdicts = _send(_sender(answer, Clock()), _items(5))
    assert [v.item.number for v in verdicts] == [1, 2, 3, 4, 5]
    assert sizes == [5, 2, 3, 1, 2]


def test_one_line_that_is_too_large_is_that_lines_verdict() -> None:
    problem = {"code": "request-too-large", "status": 413, "detail": "…"}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(413, content=orjson.dumps(problem))

    [verdict] = _send(_sender(answer, Clock()), _items(1))
    assert (verdict.outcome, verdict.problem) == ("refused", problem)


def test_another_program_at_the_address_is_not_taken_for_a_node() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, text="<html>not here</html>")

    with pytest.raises(RefusedRequestError, match="404"):
        _send(_sender(answer, Clock()), _items(3))
