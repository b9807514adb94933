"""A Kafka broker and a PostgreSQL server, found or started, for tests and the demonstration.

Each is looked for by itself, in this order:

1. the address in the environment: `ANTQ_TEST_KAFKA` (host:port,…), `ANTQ_TEST_POSTGRES` (a libpq
   URL of a role that may create databases);
2. a container, when a Docker engine answers (images: `ANTQ_KAFKA_IMAGE`, `ANTQ_POSTGRES_IMAGE`);
3. a local process: the broker from its Maven artifacts, the server from the system's packages.

`ANTQ_TEST_BACKING=env|docker|local` forces one way for both.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from infra.backing import (
    kafka_docker,
    kafka_environment,
    kafka_local,
    postgres_docker,
    postgres_environment,
    postgres_local,
)
from infra.backing.choice import Way, choose
from infra.backing.errors import BackingError, UnavailableError
from infra.backing.kafka import KafkaBacking
from infra.backing.postgres import PostgresBacking

__all__ = [
    "BackingError",
    "KafkaBacking",
    "PostgresBacking",
    "UnavailableError",
    "resolve_kafka",
    "resolve_postgres",
]

_log = logging.getLogger(__name__)


def resolve_kafka(
    workdir: Path | None = None, environ: Mapping[str, str] | None = None
) -> KafkaBacking:
    """A broker that answers, in the first way that exists here.

    `workdir` is where a local broker keeps its data (default: the place for temporary files);
    `environ` stands in for the process's environment. The line of `describe` is logged.

    Raises:
        BackingError: no way exists (the message says what to install), or the way taken failed.
    """
    variables = os.environ if environ is None else environ
    ways: list[Way[KafkaBacking]] = [
        Way("environment", lambda _reason: kafka_environment.from_environment(variables)),
        Way("docker", lambda reason: kafka_docker.start_docker(reason, variables)),
        Way("local", lambda reason: kafka_local.start_local(reason, workdir)),
    ]
    broker = choose("kafka", ways, variables)
    _log.info("%s", broker.describe())
    return broker


def resolve_postgres(
    workdir: Path | None = None,
    environ: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
) -> PostgresBacking:
    """A server that answers, in the first way that exists here.

    `workdir` is where a local server keeps its data (default: the place for temporary files, also
    when the server's account cannot reach `workdir`); `environ` stands in for the process's
    environment. `settings` are given to a server that is started, beside those of every server; one
    that was found keeps its own. The line of `describe` is logged; it holds no password.

    Raises:
        BackingError: no way exists (the message says what to install), or the way taken failed.
    """
    variables = os.environ if environ is None else environ
    further = settings or {}
    ways: list[Way[PostgresBacking]] = [
        Way("environment", lambda _reason: postgres_environment.from_environment(variables)),
        Way("docker", lambda reason: postgres_docker.start_docker(reason, variables, further)),
        Way("local", lambda reason: postgres_local.start_local(reason, workdir, further)),
    ]
    server = choose("postgres", ways, variables)
    _log.info("%s", server.describe())
    return server
