"""Around every request: an id that names it, its duration, and an answer to every error."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.node.api.failures import from_error, log_failure
from services.node.api.metrics import Metrics
from services.node.api.problem_documents import respond

REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_RAW_HEADER: Final = REQUEST_ID_HEADER.lower().encode()
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
Header = tuple[bytes, bytes]
_NO_ROUTE: Final = "other"


def request_id_of(scope: Scope) -> bytes:
    """The id that a proxy has given, or a new one."""
    # Raw names and values: Starlette's mappings cost more than a push's own handling.
    given = next((value for name, value in scope["headers"] if name == _RAW_HEADER), b"")
    return given if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex().encode()


def observed_headers(headers: Iterable[Header], request_id: bytes) -> list[Header]:
    """An answer's headers with those that every answer has."""
    headers = list(headers)
    present = {name for name, _ in headers}
    headers.append((_RAW_HEADER, request_id))
    headers += [always for always in _ALWAYS if always[0] not in present]
    return headers


class Observing:
    """ASGI middleware. A request id that a proxy has given is kept."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = request_id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = observed_headers(message.get("headers", ()), request_id)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            log_failure(scope, error)
            if status:
                raise  # half an answer is on its way: the server breaks the connection
            await respond(from_error(error), scope)(scope, receive, sending)
        finally:
            # A bare ASGI endpoint has no FastAPI route; it names its path itself.
            route = getattr(scope.get("route") or scope.get("endpoint"), "path", _NO_ROUTE)
            self._metrics.request(route, scope["method"], status, time.perf_counter() - started)
