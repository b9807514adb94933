"""Every test of rebuilds on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.node.rebuilding import builds
from tests.node.projection.stores import Stores

if TYPE_CHECKING:
    from infra.backing import PostgresBacking


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
    server: PostgresBacking = request.getfixturevalue("postgres")
    name = f"rebuild_{uuid4().hex[:12]}"
    server.create_database(name)
    opened = Stores(server.dsn(name), server.dsn(name), tmp_path / "files")
    yield opened
    opened.close()
    server.drop_database(name)
