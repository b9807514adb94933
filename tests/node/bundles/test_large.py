"""Fifty thousand events in one bundle: in little memory, and through crashes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.levels import Level
from services.node.bundles.exporting import Order, Way
from services.node.bundles.importing import inspect
from tests.node.bundles.carrying import stream
from tests.node.sync.hierarchy import Hierarchy, record

EVENTS = 50_000
STREAMS = 5
_MOST_MEMORY = 24 * 2**20


@pytest.fixture
def two(tmp_path: Path) -> Hierarchy:
    hierarchy = Hierarchy(tmp_path)
    hierarchy.add("district", Level.DISTRICT, "province")
    hierarchy.add("commune", Level.COMMUNE, "district")
    return hierarchy


def _import(hierarchy: Hierarchy, file: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "ANTQ_NODE": "district",
        "ANTQ_PARENT": "province",
        "ANTQ_UNITS": str(hierarchy.units["district"]),
        "ANTQ_DATA_DIR": str(hierarchy.folder / "district"),
        "ANTQ_BY_HAND": "true",
    }
    command = [sys.executable, "-m", "services.app", "bundle", "import", "--level", "district"]
    return subprocess.Popen([*command, str(file)], env=environment, stdout=subprocess.DEVNULL)


def test_a_large_bundle_is_imported_through_kills(two: Hierarchy) -> None:
    commune, file = two.nodes["commune"], two.folder / "large.antq"
    origins = [uuid4() for _ in range(STREAMS)]
    raws: dict[UUID, list[bytes]] = {
        origin: record(commune, origin, range(1, EVENTS // STREAMS + 1)) for origin in origins
    }
    tracemalloc.start()
    with file.open("wb") as out:
        for part in commune.exporter.export(Order(Way.UP)):
            out.write(part)
    with file.open("rb") as whole:
        assert inspect(whole).events == EVENTS
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < _MOST_MEMORY

    district = two.nodes["district"]
    killed = 0
    while True:
        before = district.log.position()
        process = _import(two, file)
        # Killed as soon as it has recorded something, wherever it is then.
        while process.poll() is None and (killed >= 3 or district.log.position() == before):
            time.sleep(0.01)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            continue
        assert process.returncode == 0
        break
    assert killed == 3
    for origin in origins:
        assert stream(district, origin) == raws[origin]
    assert not district.sync.forks()
    assert not district.sync.waiting_counts()
    two.close()
