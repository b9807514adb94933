"""Running a node as a process: its port, its logs, its end.

The node's threads belong to the application's lifespan (`services.node.api.app`), so a node is
started and stopped by the server that serves it.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from services.node.api.app import create_app
from services.node.cli.stores import level_refusal
from services.node.cli.terminal import ExitCode, Terminal
from services.node.collecting import settle
from services.node.errors import RetryLaterError, SettingsError
from services.node.levelspec import LevelSpec
from services.node.node import Node
from services.node.settings import Settings

_log = logging.getLogger("antq")
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_GRACE_SECONDS: Final = 5
"""How long requests that are being answered may take to end when the process is told to stop."""
_LINE: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def log_to_stderr() -> None:
    """One line per thing that matters, on standard error, with the time in UTC.

    Requests are not logged: /metrics counts them, and a proxy in front keeps its own record.
    """
    formatter = logging.Formatter(_LINE, "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("uvicorn", "uvicorn.error", "kafka", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def listen(settings: Settings, terminal: Terminal) -> socket.socket:
    """The socket to serve on. Ends the command, saying why, if the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((settings.host, settings.port))
    except OSError as error:
        server.close()
        where = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            terminal.fail(
                f"Cổng {where} đang được chương trình khác dùng. Đặt ANTQ_PORT sang cổng khác, "
                "hoặc dừng chương trình kia.",
                f"Another program uses {where}. Set ANTQ_PORT to another port, or stop it.",
            )
        terminal.fail(
            f"Không mở được {where}: {error.strerror}. Kiểm tra ANTQ_HOST và ANTQ_PORT.",
            f"Cannot listen on {where}: {error.strerror}. Look at ANTQ_HOST and ANTQ_PORT.",
        )
    return server


class Stopper:
    """Hears the signals that ask the process to end, from its first moment to its last.

    The server's own handlers would replace these only while it runs, so that a signal just before
    that would be heard by nobody; this class tells the server instead.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._server: uvicorn.Server | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked.set()
        if self._server is not None:
            self._server.should_exit = True

    def tell(self, server: uvicorn.Server) -> None:
        """Let this server end when the process is asked to; at once if it was asked already."""
        self._server = server
        if self._asked.is_set():
            server.should_exit = True

    def asked_within(self, seconds: float) -> bool:
        """Whether the process was asked to end; waits so long for it."""
        return self._asked.wait(seconds)

    def with_parent(self) -> None:
        """Ask for the end as soon as standard input closes.

        The starting process holds its other end; the kernel closes it however that process ends,
        by SIGKILL too, so nothing is left running behind it.
        """

        def wait_for_the_end() -> None:
            while os.read(0, 4096):
                pass
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=wait_for_the_end, name="parent", daemon=True).start()


def open_node(make: Callable[[], Node], stopper: Stopper) -> Node | None:
    """A node whose stores answer; None if the process was asked to end before they did.

    A database or broker that is away at start is waited for as long as it takes: after a power cut
    everything starts at once and in any order.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return make()
        except RetryLaterError as error:
            _log.warning("not started yet, trying again in %.1f s: %s", pause, error)
        if stopper.asked_within(pause):
            return None
        pause = min(pause * 2, _LONGEST_PAUSE)


def opened(settings: Settings, spec: LevelSpec) -> Node:
    """A node that has read its stores, so that starting it asks nothing more of them.

    Raises SettingsError, StoreUnavailableError; nothing is left open then.
    """
    node = Node(settings, spec)
    try:
        node.open()
        refusal = level_refusal(node)
        if refusal is not None:
            raise SettingsError(refusal)
    except BaseException:
        node.close()
        raise
    return node


class _Server(uvicorn.Server):
    """The server, with `Stopper` hearing the signals in its place."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def serve_node(
    settings: Settings, spec: LevelSpec, terminal: Terminal, *, with_parent: bool
) -> ExitCode:
    """Serve one node until the process is asked to end."""
    log_to_stderr()
    stopper = Stopper()
    if with_parent:
        stopper.with_parent()
    with listen(settings, terminal) as server_socket:
        host, port = server_socket.getsockname()[:2]
        try:
            node = open_node(lambda: opened(settings, spec), stopper)
        except SettingsError as error:
            terminal.fail(
                f"Cấu hình không dùng được: {error.text.vi}",
                f"The settings do not do: {error.text.en}",
            )
        if node is None:
            return ExitCode.DONE
        _log.info(
            "node %s (%s) serves http://%s:%s, stores %s, carrier %s, parent %s",
            settings.node,
            spec.level,
            f"[{host}]" if ":" in host else host,
            port,
            "postgresql" if settings.database else settings.data_dir,
            "kafka" if settings.kafka else settings.carrier_path,
            settings.parent or "none",
        )
        app = create_app(node)
        server = _Server(
            uvicorn.Config(
                app,
                http=app.protocol or "auto",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        stopper.tell(server)
        settle()
        try:
            server.run(sockets=[server_socket])
        except SystemExit:
            # The server ends the process so when the node could not start; it has said why.
            return ExitCode.FAILED
    _log.info("node %s stopped; what was not sent waits in its log", settings.node)
    return ExitCode.DONE
