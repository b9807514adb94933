"""What tests of many folders open: four levels, and the databases of a node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.node.notary.country import populate
from tests.node.sync.hierarchy import Hierarchy

if TYPE_CHECKING:
    pass


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
    address = request.getfixturevalue("database_address")
    yield address, address
