"""A PostgreSQL server in a container of the official image, or of one with the same contract."""

import secrets
from collections.abc import Mapping
from typing import Final

from infra.backing.docker_engine import FixedContainer, published_address
from infra.backing.docker_server import DockerServer, when_ready
from infra.backing.postgres import (
    READY_SECONDS,
    SETTINGS,
    PostgresBacking,
    not_answering,
    setting_arguments,
)
from infra.backing.waiting import wait_until

IMAGE_VARIABLE: Final = "ANTQ_POSTGRES_IMAGE"
OFFICIAL_IMAGE: Final = "postgres:15-bookworm"

_INNER_PORT = 5432
_ROLE = "antq"


class DockerPostgres(DockerServer, PostgresBacking):
    """A server in a container of our own."""

    def __init__(self, url: str, container: FixedContainer, image: str, reason: str) -> None:
        super().__init__(url)
        self._container = container
        self._image = image
        self._reason = reason

    def describe(self) -> str:
        return f"postgres: Docker container, {self._image} on {self.address} ({self._reason})"

    def wait(self) -> None:
        wait_until(
            "postgres: start",
            lambda: not_answering(self._url),
            seconds=READY_SECONDS,
            died=self._container.died,
        )


def start_docker(
    reason: str, environ: Mapping[str, str], settings: Mapping[str, str]
) -> DockerPostgres:
    """Start a server in a container, with these settings besides, and wait until it answers.

    Raises:
        UnavailableError: no engine, or no image.
        BackingError: the server does not start.
    """
    image = environ.get(IMAGE_VARIABLE) or OFFICIAL_IMAGE
    host, port = published_address()
    password = secrets.token_hex(16)
    container = FixedContainer(
        image,
        _INNER_PORT,
        host,
        port,
        {
            "POSTGRES_USER": _ROLE,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": "postgres",
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8",
        },
        ["postgres", *setting_arguments({**SETTINGS, **settings})],
    )
    container.start()
    return when_ready(
        DockerPostgres(
            f"postgresql://{_ROLE}:{password}@{host}:{port}/postgres", container, image, reason
        )
    )
