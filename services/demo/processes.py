"""The nodes as processes that never outlive the demonstration."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.demo.nodes import NODES, DemoNode, Stores

_STOP_SECONDS: Final = 15.0
_TAIL_BYTES: Final = 2_000


class StartError(Exception):
    """A node ended before it served; the message holds the end of its log."""


class Processes:
    """One process a node, started by this one.

    Each child reads its standard input, a pipe that only this process can write to, and ends when
    it closes. The kernel closes it when this process ends, by SIGKILL too.
    """

    def __init__(self, stores: Stores, ports: Mapping[str, int]) -> None:
        self._stores = stores
        self._ports = ports
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, name: str) -> str:
        """Where a node serves."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def log(self, name: str) -> Path:
        """What a node writes while it works."""
        return self._stores.folder / f"{name}.log"

    def start(self) -> None:
        """Start all of them."""
        self._stores.folder.mkdir(parents=True, exist_ok=True)
        for node in NODES.values():
            self._children[node.name] = self._start(node)

    def _start(self, node: DemoNode) -> subprocess.Popen[bytes]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ANTQ_")}
        command = [sys.executable, "-m", "services.app", "serve", node.level, "--stop-with-parent"]
        with self.log(node.name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - this program itself, with fixed arguments
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**inherited, **node.environment(self._stores, self._ports[node.name])},
                # Ctrl-C goes to the whole group; the children are told by this process instead.
                start_new_session=True,
            )

    def await_all(self, answers: Callable[[str], bool], patience: float) -> None:
        """Return once every node answers. Raises StartError."""
        waiting = list(self._children)
        give_up = time.monotonic() + patience
        while waiting:
            self.check()
            waiting = [name for name in waiting if not answers(name)]
            if waiting and time.monotonic() > give_up:
                raise StartError(f"{', '.join(waiting)}: no answer in {patience:.0f} s")
            if waiting:
                time.sleep(0.05)

    def check(self) -> None:
        """Raises StartError if a node has ended."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise StartError(f"{name} ended with {child.returncode}: {self._tail(name)}")

    def _tail(self, name: str) -> str:
        return self.log(name).read_bytes()[-_TAIL_BYTES:].decode(errors="replace")

    def stop(self) -> None:
        """Ask all to end, and end those that do not."""
        for child in self._children.values():
            if child.stdin is not None:
                with suppress(OSError):
                    child.stdin.close()
        give_up = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, give_up - time.monotonic()))
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                child.wait()
        self._children.clear()


def choose_ports(base: int) -> dict[str, int]:
    """A free port for each node: `base` and those behind it where they are free, else others."""
    ports: dict[str, int] = {}
    candidate = base
    for name in NODES:
        while candidate and not _is_free(candidate):
            candidate = candidate + 1 if candidate < base + 100 else 0
        ports[name] = candidate or _any_free()
        candidate = candidate + 1 if candidate else 0
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
