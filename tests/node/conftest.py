"""What tests of many folders open: four levels, and the databases of a node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.node.notary.country import populate
from tests.node.sync.hierarchy import Hierarchy

if TYPE_CHECKING:
    from infra.backing import PostgresBacking


@pytest.fixture
def hierarchy(tmp_path: Path) -> Iterator[Hierarchy]:
    """Central, a province, a district and a commune service, none of them started."""
    hierarchy = Hierarchy(tmp_path).add_levels()
    yield hierarchy
    hierarchy.close()


@pytest.fixture
def country(hierarchy: Hierarchy) -> Hierarchy:
    """The same with units, an organisation each, and keys."""
    populate(hierarchy)
    return hierarchy


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where a log and the tables beside it may lie, on either store; empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/log.db", f"sqlite:///{tmp_path}/state.db"
        return
    server: PostgresBacking = request.getfixturevalue("postgres")
    name = f"node_{uuid4().hex[:12]}"
    server.create_database(name)
    yield server.dsn(name), server.dsn(name)
    server.drop_database(name)
