"""Containers with a fixed published address, through testcontainers."""

import logging
import socket
from collections.abc import Mapping, Sequence
from typing import Any, cast

from infra.backing.errors import BackingError, UnavailableError
from infra.backing.ports import LOOPBACK, free_port

_log = logging.getLogger("infra.backing")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - only for an engine that is not on this machine
_USUAL_ENGINE = "unix:///var/run/docker.sock"
_KILL_SECONDS = 30
_ENGINE_SECONDS = 60


def published_address() -> tuple[str, int]:
    """Host name and a free port where a container will be reached, once an engine answers.

    The engine is the one that testcontainers finds (DOCKER_HOST, context, the usual socket).

    Raises:
        UnavailableError: testcontainers is not installed, or no engine answers.
    """
    try:
        from testcontainers.core.docker_client import (  # noqa: PLC0415 - an optional package
            DockerClient,
            get_docker_host,
        )
    except ImportError as missing:
        raise UnavailableError("the package testcontainers is not installed") from missing
    _ask_for_socket(get_docker_host() or _USUAL_ENGINE)
    try:
        engine = DockerClient(timeout=_ENGINE_SECONDS)
        try:
            engine.client.ping()
            host = engine.host()
        finally:
            engine.client.close()
    except Exception as error:  # the SDK lets errors of four libraries through here
        _log.debug("no Docker engine: %s", error)
        raise UnavailableError("no Docker engine") from error
    return (LOOPBACK if host in _LOCAL_NAMES else host), free_port()


def _ask_for_socket(host: str) -> None:
    """Raise UnavailableError when `host` is a Unix socket that nobody answers.

    Asked before the SDK is: where nobody answers, the SDK leaves its own socket open.
    """
    scheme, _, path = host.partition("://")
    if scheme != "unix":
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            raise UnavailableError("no Docker engine") from error


class FixedContainer:
    """One container whose published port stays the same over kills and restarts.

    The port is published on the loopback interface, or on every interface of the engine's host
    when the engine is not on this machine (DOCKER_HOST, TESTCONTAINERS_HOST_OVERRIDE).

    If this process is killed, testcontainers' Ryuk removes the container; with
    TESTCONTAINERS_RYUK_DISABLED=true nothing does, and the container stays.
    """

    def __init__(
        self,
        image: str,
        inner_port: int,
        host: str,
        port: int,
        environment: Mapping[str, str],
        command: Sequence[str] = (),
    ) -> None:
        from testcontainers.core.container import (  # noqa: PLC0415 - an optional package
            DockerContainer,
        )

        self._container = DockerContainer(image, env=dict(environment))
        if command:
            self._container.with_command(list(command))
        interface = LOOPBACK if host == LOOPBACK else _EVERY_INTERFACE
        # testcontainers types a host port as a number; the SDK below takes (interface, number)
        cast("dict[str, Any]", self._container.ports)[f"{inner_port}/tcp"] = (interface, port)

    def start(self) -> None:
        """Create the container and start it, pulling its image if the engine lacks it.

        Raises:
            UnavailableError: the image is not there and cannot be pulled, or the engine refuses.
        """
        try:
            self._container.start()
        except Exception as error:  # the SDK lets errors of four libraries through here
            self.remove()
            raise UnavailableError(
                f"Docker cannot start {self._container.image}: {_plain(error)}"
            ) from error

    def kill(self) -> None:
        """SIGKILL every process of the container; returns when it has ended."""
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        if wrapped.status == "running":
            wrapped.kill("SIGKILL")
        wrapped.wait(timeout=_KILL_SECONDS)

    def start_again(self) -> None:
        """Start the killed container: same data, same published address."""
        self._container.get_wrapped_container().start()

    def died(self) -> str | None:
        """None while it runs, else how it ended and the end of its log."""
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        if wrapped.status == "running":
            return None
        code = wrapped.attrs["State"]["ExitCode"]
        return f"the container {wrapped.status} ({code}); the end of its log:\n{self.log_tail()}"

    def log_tail(self, lines: int = 25) -> str:
        """The last lines of what it printed."""
        log: bytes = self._container.get_wrapped_container().logs(tail=lines)
        return log.decode(errors="replace")

    def remove(self) -> None:
        """Remove the container and its data. Idempotent."""
        try:
            self._container.stop(force=True, delete_volume=True)
        except Exception as error:
            if "No such container" in str(error):
                return
            raise BackingError(f"cannot remove a container: {error}") from error


def _plain(error: Exception) -> str:
    """What went wrong, in one clause; the engine's own words go to the log."""
    words = str(error) or repr(error)
    _log.debug("the Docker engine: %s", words)
    if "images/create" in words:
        if "ryuk" in words:
            return (
                "no image of Ryuk, nor a registry (TESTCONTAINERS_RYUK_DISABLED=true goes without)"
            )
        return "no such image, nor a registry to pull it from"
    return words.splitlines()[0]
