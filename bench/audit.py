"""Stage `audit`: checking a node's history offline, beside plain SHA-256 of the same bytes.

The folder lies on the disk as an auditor has it, with a signed checkpoint at the end of each
stream; reading it, numbers, leaves, tiles, roots, signatures and what the index says are all part
of the check. Once one process reads the streams, and once two do, which take a second to start.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.happenings import Recorded
from bench.ledger import hashing
from bench.load import recorded
from bench.measuring import Case, Contender, Role, Sample
from bench.sealed import sealed
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
        ways = [_verifying(folder, events, jobs) for jobs in (1, 2)]
        yield Case("audit", "audit verify", store.name, [*ways, hashing(load)])


def _export(store: Store, load: Sequence[Recorded], folder: Path) -> None:
    with store.fresh() as where:
        fill(where, load)
        log, database = open_log(where.log_url), Database(where.state_url)
        create_ledger_tables(database)
        below, checkpoints = sealed(load), CheckpointStore(database)
        checkpoints.save(below.notes)
        FolderExporter(log, checkpoints).audit(
            folder, node="bench", level="central", made_at="", keys=below.keys
        )
        database.close()
        log.close()


def _verifying(folder: Path, events: int, jobs: int) -> Contender:
    def run() -> Sample:
        started = time.perf_counter()
        report = verify([folder], jobs=jobs)
        seconds = time.perf_counter() - started
        if report.all_findings or report.events != events:
            raise RuntimeError(f"an untouched folder does not verify: {report.all_findings[:3]}")
        return Sample(events, seconds)

    return Contender(Role.NODE, f"antq audit verify --jobs {jobs}", run)
