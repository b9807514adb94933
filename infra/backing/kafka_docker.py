"""A broker in a container of the official image, or of one with the same contract."""

from collections.abc import Mapping
from typing import Final

from infra.backing.docker_engine import FixedContainer, published_address
from infra.backing.docker_server import DockerServer, when_ready
from infra.backing.kafka import READY_SECONDS, KafkaBacking
from infra.backing.kafka_probe import not_serving
from infra.backing.kafka_settings import VERSION, container_environment
from infra.backing.waiting import wait_until

IMAGE_VARIABLE: Final = "ANTQ_KAFKA_IMAGE"
OFFICIAL_IMAGE: Final = f"apache/kafka:{VERSION}"

_INNER_PORT = 9092


class DockerKafka(DockerServer, KafkaBacking):
    """A broker in a container of our own."""

    def __init__(self, bootstrap: str, container: FixedContainer, image: str, reason: str) -> None:
        super().__init__(bootstrap)
        self._container = container
        self._image = image
        self._reason = reason

    def describe(self) -> str:
        return f"kafka: Docker container, {self._image} on {self.bootstrap} ({self._reason})"

    def wait(self) -> None:
        wait_until(
            "kafka: start",
            lambda: not_serving(self.bootstrap),
            seconds=READY_SECONDS,
            died=self._container.died,
        )


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
    return when_ready(DockerKafka(f"{host}:{port}", container, image, reason))
