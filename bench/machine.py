"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psycopg

_LIBRARIES: Final = (
    "eventsourcing",
    "psycopg",
    "sqlalchemy",
    "kafka-python",
    "fastapi",
    "uvicorn",
    "orjson",
    "pydantic",
)
_SERVER_SETTINGS: Final = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
)
_FLUSHES: Final = 200

Facts = Mapping[str, str]


def facts(database: str | None, broker: str | None) -> Facts:
    """The machine, its servers and the versions, by name. `broker` describes it in a line."""
    known = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "flush of 4 KiB": f"{_flush_microseconds():.0f} µs",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    }
    if database is not None:
        known["PostgreSQL"] = _server(database)
    if broker is not None:
        known["Kafka"] = broker
    return known


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    here = Path(__file__).parent
    done = subprocess.run(  # noqa: S603 # git alone, with fixed arguments
        [git, "describe", "--always", "--dirty"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    pages: int = os.sysconf("SC_PHYS_PAGES")
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**30


def _flush_microseconds() -> float:
    """The median of writing 4 KiB to the disk of temporary files and flushing it."""
    taken: list[float] = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(_FLUSHES):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e6


def _server(database: str) -> str:
    with psycopg.connect(database) as connection:
        values = []
        for name in _SERVER_SETTINGS:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            values.append(f"{name} {row[0] if row else '?'}")
    return ", ".join(values)
