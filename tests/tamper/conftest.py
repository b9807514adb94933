"""One history for all trials."""

from __future__ import annotations

from random import Random

import pytest

from tests.tamper.history import make
from tests.tamper.matrix import Bench
from tests.tamper.selection import SEED


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """2,000 events over four levels, and what an auditor has of them."""
    place = tmp_path_factory.mktemp("tamper")
    return Bench(make(place), place, Random(SEED))
