"""A hierarchy per test, closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.levels import Level
from tests.node.sync.hierarchy import Hierarchy


@pytest.fixture
def hierarchy(tmp_path: Path) -> Iterator[Hierarchy]:
    """Central, a province, a district and a commune service, none of them started."""
    hierarchy = Hierarchy(tmp_path)
    hierarchy.add("central", Level.CENTRAL)
    hierarchy.add("province", Level.PROVINCE, "central")
    hierarchy.add("district", Level.DISTRICT, "province")
    hierarchy.add("commune", Level.COMMUNE, "district")
    yield hierarchy
    hierarchy.close()
