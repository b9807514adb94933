"""Servers in processes of their own, as they run in earnest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final

from bench.country import PROVINCE
from bench.plain import environment
from bench.stores import Where
from infra.backing.ports import LOOPBACK, free_port

_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 20.0


class ServerError(RuntimeError):
    """The server ended, or did not become ready."""


@contextmanager
def node_server(
    where: Where, level: str = "commune", more: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The real program, recording for all communes of the province unless `more` settings say
    otherwise; its port.

    Raises ServerError.
    """
    with launched_node(where, level, more) as (port, wait):
        wait()
        yield port


@contextmanager
def launched_node(
    where: Where, level: str, more: Mapping[str, str] | None = None
) -> Iterator[tuple[int, Callable[[], None]]]:
    """As `node_server`, to start several side by side: also what waits until it is ready.

    That raises ServerError.
    """
    port = free_port()
    settings = {
        "ANTQ_NODE": "bench",
        "ANTQ_UNITS_UNDER": str(PROVINCE),
        **stored(where),
        "ANTQ_PORT": str(port),
        **(more or {}),
    }
    command = [sys.executable, "-m", "services.app", "serve", level, "--stop-with-parent"]
    with _running(command, settings, port, "/readyz") as wait:
        yield port, wait


def stored(where: Where) -> dict[str, str]:
    """The settings of a node that keeps what it holds there."""
    settings = {"ANTQ_DATA_DIR": str(where.folder)}
    if where.database is not None:
        settings["ANTQ_DATABASE"] = where.database
    return settings


def projector_backlog(port: int) -> int:
    """How many positions of the log the figures of a node lack. Raises ServerError."""
    status, body = _get(port, "/v1/sync", seconds=10.0)
    if status != HTTPStatus.OK:
        raise ServerError(f"/v1/sync answers {status}")
    behind: int = json.loads(body)["backlog"]["projector"]
    return behind


@contextmanager
def plain_server(where: Where) -> Iterator[int]:
    """The plain library behind FastAPI; its port. Raises ServerError."""
    port = free_port()
    command = [sys.executable, "-m", "bench.plain_server", str(port)]
    with _running(command, environment(where), port, "/healthz") as wait:
        wait()
        yield port


@contextmanager
def _running(
    command: Sequence[str], settings: Mapping[str, str], port: int, ready: str
) -> Iterator[Callable[[], None]]:
    with subprocess.Popen(  # noqa: S603 # our own programs
        command, env={**os.environ, **settings}, stdin=subprocess.PIPE
    ) as process:
        try:
            yield lambda: _wait(process, port, ready)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, ready: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"the server ended with {process.returncode}")
        with suppress(OSError, HTTPException):
            if _get(port, ready, seconds=2.0)[0] == HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise ServerError(f"nothing ready at {ready} of port {port}")


def _get(port: int, path: str, seconds: float) -> tuple[int, bytes]:
    """Status and body. Asked again and again beside what is measured, so it must cost little: an
    httpx client takes 30 ms of a processor to make."""
    connection = HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
