"""Four levels per test, closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.notary.country import populate
from tests.node.sync.hierarchy import Hierarchy


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
