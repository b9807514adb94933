"""Fixtures that the whole tree shares; each folder has its own beside it.

The real broker and the real database are found once per session, by `infra.backing`, and only if a
test asks for them; the report ends with one line for each that says what was taken and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

_TAKEN = pytest.StashKey[list[str]]()
_WORKERS_TAKEN = "taken"
"""Under this name a process that runs a part of the tests hands its lines to the reporting one."""


# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TAKEN] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_WORKERS_TAKEN] = session.config.stash[_TAKEN]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process with a part of the tests ended; one that was killed has left nothing."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash[_TAKEN] += output.get(_WORKERS_TAKEN, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash[_TAKEN]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[KafkaBacking]:
    """A real Kafka broker. A test that kills it starts it again."""
    from infra.backing import resolve_kafka  # noqa: PLC0415 - unit tests need none of it

    backing = resolve_kafka()
    request.config.stash[_TAKEN].append(backing.describe())
    yield backing
    backing.stop()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[PostgresBacking]:
    """A real PostgreSQL server. A test that kills it starts it again."""
    from infra.backing import resolve_postgres  # noqa: PLC0415 - unit tests need none of it

    backing = resolve_postgres()
    request.config.stash[_TAKEN].append(backing.describe())
    yield backing
    backing.stop()
