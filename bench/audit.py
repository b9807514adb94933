"""Stage `audit`: checking a node's history offline, beside plain SHA-256 of the same bytes.

The folder lies on the disk as an auditor has it; reading it, numbers, leaves, tiles, roots and what
the index says are all part of the check.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.ledger import hashing
from bench.load import Recorded, recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.stores import Store, fill
from services.node.audit.exporting import FolderExporter
from services.node.audit.verifying import verify
from services.node.database import Database
from services.node.eventlog import open_log
from services.node.trees import CheckpointStore, create_ledger_tables


def cases(store: Store, events: int) -> Iterator[Case]:
    """Exporting once, then checking."""
    load = recorded(events)
    with TemporaryDirectory(prefix="antq-bench-") as place:
        folder = Path(place) / "audit"
        _export(store, load, folder)
        yield Case("audit", "audit verify", store.name, [_verifying(folder, events), hashing(load)])


def _export(store: Store, load: Sequence[Recorded], folder: Path) -> None:
    with store.fresh() as where:
        fill(where, load)
        log, database = open_log(where.log_url), Database(where.state_url)
        create_ledger_tables(database)
        FolderExporter(log, CheckpointStore(database)).audit(
            folder, node="bench", level="central", made_at="", keys=()
        )
        database.close()
        log.close()


def _verifying(folder: Path, events: int) -> Contender:
    def run() -> Sample:
        started = time.perf_counter()
        report = verify([folder])
        seconds = time.perf_counter() - started
        if report.all_findings or report.events != events:
            raise RuntimeError(f"an untouched folder does not verify: {report.all_findings[:3]}")
        return Sample(events, seconds)

    return Contender(Role.NODE, "antq audit verify", run)
