"""A log and a database for rebuilds, of one kind or the other."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bench.catalogue import catalogue
from bench.happenings import as_new
from bench.load import recorded
from domain.directory import Directory
from services.node.database import Database
from services.node.eventlog import open_log
from services.node.projector import Projector, Workshop
from services.node.readmodels import READ_MODELS


class Stores:
    """A log and a database under one address each, and projectors on them."""

    def __init__(self, log_url: str, state_url: str, folder: Path) -> None:
        self.log = open_log(log_url)
        self.database = Database(state_url)
        self.folder = folder
        self.urls = (log_url, state_url)

    def reopen(self) -> None:
        """Let go of every connection, which a forked process must not share."""
        self.close()
        self.log, self.database = open_log(self.urls[0]), Database(self.urls[1])

    def projector(self, *, processes: int = 1) -> Projector:
        workshop = Workshop(*self.urls, self.folder, processes=processes, few=0)
        projector = Projector(
            self.log, self.database, READ_MODELS, directory=Directory, workshop=workshop
        )
        projector.start()
        return projector

    def record(self, count: int, skip: int = 0) -> None:
        """Some of the load of the benchmarks, which has every kind of aggregate."""
        events = [*catalogue(), *recorded(count)] if not skip else recorded(skip + count)[skip:]
        self.log.append([as_new(one) for one in events])

    def tables(self) -> set[str]:
        return set(sa.inspect(self.database.engine).get_table_names())

    def close(self) -> None:
        self.database.close()
        self.log.close()


def live(projector: Projector) -> dict[str, str]:
    """Fold everything there is; digests of the tables."""
    while projector.run_once():
        pass
    return projector.digests()
