"""Fixtures that the whole tree shares; each folder has its own beside it.

The real broker and the real database are found once per session, by `infra.backing`, and only if a
test asks for them; the report ends with one line for each that says what was taken and why. Long
files come first, so that two processes that share the tests end together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

_TAKEN = pytest.StashKey[list[str]]()
_WORKERS_TAKEN = "taken"
"""Under this name a process that runs a part of the tests hands its lines to the reporting one."""


_LONG_FIRST: Final = (
    # Without the world of the other e2e tests, which one process then starts for all of them.
    "tests/e2e/test_chaos.py",
    "tests/e2e/test_erasure.py",
    "tests/e2e/storyline/",
    "tests/e2e/",
    "tests/browser/",
    "tests/demo/",
    "tests/bench/",
    "tests/tamper/",
    "tests/infra/",
    "tests/node/",
)
"""Where long files stand, longest first. A process holds the file after one of one or two tests, so
the second goes to the other process, and the third to the first."""


# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TAKEN] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    found = (n for n, prefix in enumerate(_LONG_FIRST) if item.nodeid.startswith(prefix))
    return next(found, len(_LONG_FIRST))


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


@pytest.fixture
def database_address(postgres: PostgresBacking) -> Iterator[str]:
    """postgresql://… of an empty database on the real server, removed at the end."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(name)
    yield postgres.dsn(name)
    postgres.drop_database(name)
