"""Every test of rebuilds on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.node.rebuilding import builds
from tests.node.projection.stores import Stores

if TYPE_CHECKING:
    pass


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)], scope="module"
)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stores(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stores]:
    # Several slices and partitions of a small log.
    monkeypatch.setattr(builds, "PARTITION", 100)
    if kind == "sqlite":
        log, state = (f"sqlite:///{tmp_path / name}.db" for name in ("log", "state"))
        opened = Stores(log, state, tmp_path / "files")
        yield opened
        opened.close()
        return
    address = request.getfixturevalue("database_address")
    opened = Stores(address, address, tmp_path / "files")
    yield opened
    opened.close()
