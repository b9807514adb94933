"""Processor time holds the server's part, and none of what this process only waits for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from bench.processor import Stopwatch

if TYPE_CHECKING:
    from infra.backing import PostgresBacking

pytestmark = pytest.mark.integration


def test_the_servers_work_counts_and_waiting_does_not(postgres: PostgresBacking) -> None:
    url = postgres.dsn("postgres")
    watch = Stopwatch(url)
    with psycopg.connect(url) as connection:
        worked = watch.timed(
            lambda: connection.execute("SELECT count(*) FROM generate_series(1, 1000000)")
        )
        waited = watch.timed(lambda: time.sleep(0.2))
    assert waited.wall >= 200
    if worked.processor is None or waited.processor is None:
        pytest.skip("the server's processes are not on this machine")
    assert worked.processor > 20
    assert waited.processor < waited.wall / 2
