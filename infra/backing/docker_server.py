"""What a server in a container of our own does, whichever server it is."""

import abc
from typing import ClassVar, TypeVar

from infra.backing.choice import Kind
from infra.backing.docker_engine import FixedContainer


class DockerServer(abc.ABC):
    """Kill, restart and stop of a backing in a container; stands before the backing's own base."""

    kind: ClassVar[Kind] = "docker"
    can_kill: ClassVar[bool] = True

    _container: FixedContainer

    @abc.abstractmethod
    def wait(self) -> None:
        """Return when the server answers. Raises BackingError after a minute or when it ended."""

    def kill(self) -> None:
        self._container.kill()

    def restart(self) -> None:
        self._container.kill()
        self._container.start_again()
        self.wait()

    def stop(self) -> None:
        self._container.remove()


TServer = TypeVar("TServer", bound=DockerServer)


def when_ready(server: TServer) -> TServer:
    """The server once it answers; one that does not is removed. Raises BackingError."""
    try:
        server.wait()
    except BaseException:
        server.stop()
        raise
    return server
