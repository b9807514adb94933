"""One history for all trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import pytest

from tests.tamper.history import make
from tests.tamper.matrix import Bench, Outcome
from tests.tamper.selection import SEED, outcomes


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """2,000 events over four levels, and what an auditor has of them."""
    place = tmp_path_factory.mktemp("tamper")
    return Bench(make(place, SEED), place, Random(SEED))


@pytest.fixture(scope="module")
def tried(bench: Bench) -> Callable[[str], Sequence[Outcome]]:
    """What came of everything that is tried at a node; it is tried once."""
    return cache(lambda node: tuple(outcomes(bench, node)))
