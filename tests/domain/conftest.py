"""The administrative setting that most tests of the domain start from."""

from __future__ import annotations

from copy import copy

import pytest

from tests.domain.scenario import Log, setting


@pytest.fixture(scope="session")
def _founded() -> Log:
    return setting()


@pytest.fixture
def log(_founded: Log) -> Log:
    """The setting with a clock of its own, at 16/12/2024."""
    own = copy(_founded)
    own.records = list(_founded.records)
    return own.at("2024-12-16")
