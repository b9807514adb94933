"""A broker in a container of the official image, or of one with the same contract."""

from collections.abc import Mapping
from typing import Final

from infra.backing.docker_engine import FixedContainer, published_address
from infra.backing.kafka import READY_SECONDS, KafkaBacking
from infra.backing.kafka_probe import not_serving
from infra.backing.kafka_settings import VERSION, container_environment
from infra.backing.waiting import wait_until

IMAGE_VARIABLE: Final = "ANTQ_KAFKA_IMAGE"
OFFICIAL_IMAGE: Final = f"apache/kafka:{VERSION}"

_INNER_PORT = 9092


class DockerKafka(KafkaBacking):
    """A broker in a container of our own."""

    kind = "docker"
    can_kill = True

    def __init__(self, bootstrap: str, container: FixedContainer, image: str, reason: str) -> None:
        super().__init__(bootstrap)
        self._container = container
        self._image = image
        self._reason = reason

    def describe(self) -> str:
        return f"kafka: Docker container, {self._image} on {self.bootstrap} ({self._reason})"

    def kill(self) -> None:
        self._container.kill()

    def restart(self) -> None:
        self._container.kill()
        self._container.start_again()
        self.wait()

    def wait(self) -> None:
        """Return when the broker answers. Raises BackingError after a minute or when it ended."""
        wait_until(
            "kafka: start",
            lambda: not_serving(self.bootstrap),
            seconds=READY_SECONDS,
            died=self._container.died,
        )

    def stop(self) -> None:
        self._container.remove()


def start_docker(reason: str, environ: Mapping[str, str]) -> DockerKafka:
    """Start a broker in a container and wait until it answers.

    Raises:
        UnavailableError: no engine, or no image.
        BackingError: the broker does not start.
    """
    image = environ.get(IMAGE_VARIABLE) or OFFICIAL_IMAGE
    host, port = published_address()
    container = FixedContainer(
        image, _INNER_PORT, host, port, container_environment(host, port, _INNER_PORT)
    )
    container.start()
    broker = DockerKafka(f"{host}:{port}", container, image, reason)
    try:
        broker.wait()
    except BaseException:
        broker.stop()
        raise
    return broker
