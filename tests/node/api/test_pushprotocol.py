"""The plainest push is answered beside the app: the same answers, whatever a connection does."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.node.api.push import PushEndpoint
from tests.node.api.serving import EVENT, Event, Served, World, meeting, until

_LENGTH = re.compile(rb"content-length: ([0-9]+)")


@pytest.fixture
def ward(fresh: World) -> Served:
    return fresh.ward


class Connection:
    """One connection to a node, byte by byte."""

    def __init__(self, ward: Served) -> None:
        address = ward.http.base_url
        self._socket = socket.create_connection((address.host, address.port), timeout=20)
        self._file = self._socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, set[bytes], Any]:
        """Status, names of the headers, and body."""
        lines = iter(self._file.readline, b"\r\n")
        status, *headers = [line.rstrip() for line in lines]
        found = _LENGTH.search(b"\n".join(headers))
        assert found is not None, headers
        body = self._file.read(int(found[1]))
        return int(status.split()[1]), {h.split(b":")[0] for h in headers}, json.loads(body)

    def ended(self) -> bool:
        return self._file.read(1) == b""

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def connection(ward: Served) -> Iterator[Connection]:
    opened = Connection(ward)
    yield opened
    opened.close()


def request(event: Event, *headers: str, path: str = "/v1/events") -> bytes:
    body = json.dumps(event).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: ward",
        f"Content-Type: {EVENT}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that the app was asked."""
    asked: list[str] = []
    call = PushEndpoint.__call__

    async def counting(self: PushEndpoint, *args: Any) -> None:
        asked.append("push")
        await call(self, *args)

    monkeypatch.setattr(PushEndpoint, "__call__", counting)
    return asked


def test_beside_the_app_and_through_it_the_answer_is_the_same(
    ward: Served, tasks: list[str]
) -> None:
    with connection(ward) as client:
        client.send(request(meeting()))
        beside = client.answer()
        assert tasks == []
        client.send(request(meeting(), path="/v1/events?lang=vi"))
        through = client.answer()
    assert tasks == ["push"]
    assert beside[:2] == through[:2]
    assert beside[0] == 201
    assert list(beside[2]) == list(through[2])
    assert beside[2]["sequence"] + 1 == through[2]["sequence"]


def test_what_is_not_recorded_is_answered_by_the_app(ward: Served, tasks: list[str]) -> None:
    event = meeting()
    with connection(ward) as client:
        client.send(request(event))
        first = client.answer()
        client.send(request(event))
        again = client.answer()
        client.send(request(meeting(occurred_on="2099-01-01")))
        refused = client.answer()
        client.send(request({**meeting(), "specversion": "2"}))
        malformed = client.answer()
        client.send(request({**meeting(), "extra": 1}))
        noticed = client.answer()
    assert [one[0] for one in (first, again, refused, malformed, noticed)] == [
        201,
        200,
        422,
        400,
        201,
    ]
    assert again[2]["event_id"] == first[2]["event_id"]
    assert noticed[2]["notices"]
    assert len(tasks) == 4
    counted = ward.http.get("/metrics").text
    assert 'antq_pushed_events_total{code="",outcome="recorded"} 2.0' in counted
    assert 'antq_pushed_events_total{code="",outcome="duplicate"} 1.0' in counted
    assert re.search(r'request_seconds_count\{.*route="/v1/events",status="201"\} 2', counted)


def test_requests_sent_without_waiting_are_answered_in_their_order(ward: Served) -> None:
    events = [meeting() for _ in range(5)]
    sent = b"".join(map(request, events))
    with connection(ward) as client:
        client.send(sent[:-10])
        client.send(sent[-10:])
        answers = [client.answer() for _ in events]
    assert [answer[0] for answer in answers] == [201] * 5
    assert [answer[2]["event_id"] for answer in answers] == [event["id"] for event in events]


def test_a_request_that_ends_the_connection_ends_it(ward: Served) -> None:
    with connection(ward) as client:
        client.send(request(meeting(), "Connection: close"))
        assert client.answer()[0] == 201
        assert client.ended()


def test_a_client_that_left_before_its_answer_disturbs_nobody(
    ward: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ward.node.log
    append, go_on, writing = log.append, threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:
        writing.set()
        assert go_on.wait(20)
        return append(*args, **more)

    monkeypatch.setattr(log, "append", slow)
    event = meeting()
    with connection(ward) as client, connection(ward) as gone:
        gone.send(request(event))
        assert writing.wait(20)
        client.send(request(meeting()))
        gone.close()
        go_on.set()
        assert client.answer()[0] == 201
    until(lambda: bool(log.find_keys([event["id"]], [])))
