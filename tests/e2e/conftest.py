"""Worlds of separate processes, and what they wrote when a test fails."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import World

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking


@pytest.fixture(scope="package")
def world(
    tmp_path_factory: pytest.TempPathFactory, kafka: KafkaBacking, postgres: PostgresBacking
) -> Iterator[World]:
    """The whole hierarchy, with its catalogue. A test that stops something starts it again."""
    with World.running(tmp_path_factory.mktemp("world"), kafka, postgres) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of every process's log with a test that failed."""
    del call
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, World):
                report.sections.append(("logs of the processes", value.logs()))
    return report
