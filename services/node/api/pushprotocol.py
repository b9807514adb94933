"""Connections that answer the plainest push themselves, between reading bytes and writing bytes.

A task, an ASGI cycle and a check of every header that goes out cost more than reading the event.
So a push of one event in structured mode is read as soon as its last byte is here, and answered
where the recorder hands over what became of it. Whatever is not as plain as that, before or after
it was recorded, goes the ordinary way: through the app, which then finds the verdict at hand.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar, Final, cast

from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from services.node.api import media
from services.node.api.metrics import Metrics
from services.node.api.observing import observed_headers, request_id_of
from services.node.api.openapi import PUSH_PATH
from services.node.api.push import INLINE_BYTES, PushEndpoint, Taken
from services.node.api.verdicts import recorded_answer
from services.node.ingest import ItemVerdict

_EVENT: Final = media.EVENT_MEDIA_TYPE.encode()
_NOT_PLAIN: Final = frozenset({b"content-encoding", b"transfer-encoding", b"expect", b"upgrade"})


class PushProtocol(HttpToolsProtocol):
    """uvicorn's protocol. A release of uvicorn that starts requests in another way than by
    `_start_asgi_task` answers all of them the ordinary way."""

    endpoint: ClassVar[PushEndpoint]
    metrics: ClassVar[Metrics]
    _held: RequestResponseCycle | None = None
    """A push whose body is still coming."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if app is self.app and cycle.more_body and cycle.keep_alive and _is_plain(cycle.scope):
            self._held = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        cycle, self._held = self._held, None
        if cycle is None:
            return
        answering = _Answering(self, cycle)
        if not self.endpoint.take(cast("Scope", cycle.scope), bytes(cycle.body), answering):
            super()._start_asgi_task(cycle, self.app)

    def answer(self, cycle: RequestResponseCycle, taken: Taken, started: float) -> None:
        """Write what became of a push; the connection goes on to what follows."""
        scope = cast("Scope", cycle.scope)
        written = None if taken.verdicts is None else recorded_answer(taken.verdicts, scope)
        if written is None or not self._can_write(cycle):
            scope["state"][Taken] = taken
            super()._start_asgi_task(cycle, self.app)
            return
        parts = [STATUS_LINE[written.status]]
        headers = observed_headers(written.headers, request_id_of(scope))
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n", written.body)
        self.transport.write(b"".join(parts))
        cycle.response_started = cycle.response_complete = True
        self.endpoint.count(taken.verdicts or ())
        self.metrics.request(PUSH_PATH, "POST", written.status, time.perf_counter() - started)
        self.on_response_complete()

    def _can_write(self, cycle: RequestResponseCycle) -> bool:
        """Whether the client is there, reads, and is to go on with this connection."""
        return (
            cycle.keep_alive
            and not cycle.disconnected
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )


def push_protocol(endpoint: PushEndpoint, metrics: Metrics) -> type[PushProtocol]:
    """The protocol of an app that serves this endpoint."""
    return type("PushProtocol", (PushProtocol,), {"endpoint": endpoint, "metrics": metrics})


class _Answering:
    """Waits in the place of a future, without a turn of the event loop of its own."""

    __slots__ = ("_cycle", "_protocol", "_started")

    def __init__(self, protocol: PushProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._started = time.perf_counter()

    def done(self) -> bool:
        return False

    def set_result(self, verdicts: list[ItemVerdict]) -> None:
        self._protocol.answer(self._cycle, Taken(verdicts, None), self._started)

    def set_exception(self, error: BaseException) -> None:
        self._protocol.answer(self._cycle, Taken(None, error), self._started)


def _is_plain(scope: object) -> bool:
    """Whether a request pushes one event, of a length that is known and small, and asks for nothing
    else."""
    asked = cast("Scope", scope)
    if asked["method"] != "POST" or asked["path"] != PUSH_PATH or asked["query_string"]:
        return False
    kind, length = b"", b""
    for name, value in cast("Sequence[tuple[bytes, bytes]]", asked["headers"]):
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            length = value
        elif name in _NOT_PLAIN:
            return False
    return kind == _EVENT and length.isdigit() and int(length) <= INLINE_BYTES
