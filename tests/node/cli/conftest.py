"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.node.api.serving import World, world
from tests.node.cli.running import Antq, make_antq


@pytest.fixture
def antq(monkeypatch: pytest.MonkeyPatch) -> Antq:
    """Runs a command, in Vietnamese unless it asks for English."""
    monkeypatch.delenv("ANTQ_LANG", raising=False)
    return make_antq(monkeypatch)


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A centre and a ward over HTTP, for tests that look at what they pushed themselves."""
    with world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def url(shared: World) -> str:
    """Where the ward's node answers."""
    return str(shared.ward.http.base_url)
