"""Clients that push over HTTP and cost little themselves: one connection each, one request at a
time, requests built beforehand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.backing.ports import LOOPBACK

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


class RefusedError(RuntimeError):
    """A push was not answered as recorded."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """How long all of it took, and each request, in seconds."""

    seconds: float
    latencies: Sequence[float]


def request(path: str, content_type: str, body: bytes) -> bytes:
    """The bytes of a POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def push(port: int, clients: Sequence[Sequence[bytes]], status: int) -> Pushed:
    """Send each client's requests one after the other, all clients side by side.

    Raises RefusedError if an answer has another status.
    """
    return asyncio.run(_push(port, clients, b"HTTP/1.1 %d " % status))


async def _push(port: int, clients: Sequence[Sequence[bytes]], good: bytes) -> Pushed:
    connections = [await asyncio.open_connection(LOOPBACK, port) for _ in clients]
    latencies: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(
        *(
            _client(reader, writer, requests, good, latencies)
            for (reader, writer), requests in zip(connections, clients, strict=True)
        )
    )
    seconds = time.perf_counter() - started
    for _, writer in connections:
        writer.close()
    return Pushed(seconds, sorted(latencies))


async def _client(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Sequence[bytes],
    good: bytes,
    latencies: list[float],
) -> None:
    for data in requests:
        sent = time.perf_counter()
        await _post(reader, writer, data, good)
        latencies.append(time.perf_counter() - sent)


async def post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, status: int
) -> None:
    """Send one request and read its answer. Raises RefusedError if that has another status."""
    await _post(reader, writer, data, b"HTTP/1.1 %d " % status)


async def _post(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, good: bytes
) -> None:
    writer.write(data)
    head = await reader.readuntil(_END_OF_HEAD)
    body = await reader.readexactly(_content_length(head))
    if not head.startswith(good):
        raise RefusedError((head[:200] + body[:1_000]).decode(errors="replace"))


def _content_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(_LENGTH) + len(_LENGTH)
    return int(lower[start : lower.index(b"\r", start)])
