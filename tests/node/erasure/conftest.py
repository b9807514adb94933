"""Four levels with keys on PostgreSQL; those on SQLite are `country`."""

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
def on_servers(tmp_path: Path, postgres: PostgresBacking) -> Iterator[Hierarchy]:
    """On PostgreSQL, a database for each."""
    run = uuid4().hex[:8]
    names = {name: f"{name}_{run}" for name in ("central", "province", "district", "commune")}
    for name in names.values():
        postgres.create_database(name)
    hierarchy = Hierarchy(tmp_path, lambda name: postgres.dsn(names[name]))
    try:
        populate(hierarchy.add_levels())
        yield hierarchy
    finally:
        hierarchy.close()
        for name in names.values():
            postgres.drop_database(name)
