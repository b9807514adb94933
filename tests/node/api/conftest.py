"""Nodes that the API's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.api.serving import Served, World, world


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for tests that only look at what they themselves pushed."""
    with world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def ward(shared: World) -> Served:
    """The shared ward."""
    return shared.ward


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """A world of its own."""
    with world(tmp_path) as found:
        yield found
