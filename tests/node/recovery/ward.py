"""A ward below the centre, whose stores a test loses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.samples import CENTRE, WARD, WARD_FRONT
from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.node.carriers import Carrier
from services.node.hosting import origin_of
from services.node.levelspec import LevelSpec
from services.node.node import Node
from services.node.settings import Settings
from tests.node.api.serving import Event, Served, catalogue, serve, until

STREAM = origin_of(WARD, "main")


@dataclass
class Pair:
    """Settings of both nodes; each is served when a test says so."""

    folder: Path
    databases: dict[str, str] = field(default_factory=dict)
    """PostgreSQL addresses by node; without one, SQLite."""
    kafka: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def settings(self, name: str, unit: str, parent: str | None) -> Settings:
        carried = {"kafka": self.kafka} if self.kafka else {}
        if not carried and not self.more.get("by_hand"):
            carried = {"local_carrier": str(self.folder / "carrier.db")}
        return Settings(
            node=name,
            parent=parent,
            units=(UUID(unit),),
            data_dir=self.folder / name,
            database=self.databases.get(name),
            announce_seconds=0.2,
            seal_seconds=0.2,
            **{**carried, **self.more},
        )

    @contextmanager
    def centre(self, carrier: Carrier | None = None) -> Iterator[Served]:
        """The centre, with the catalogue."""
        with self._served(self.settings("centre", CENTRE, None), CENTRAL, carrier) as centre:
            if centre.node.directory.is_empty:
                assert centre.push_all(catalogue()).status_code == 200
            yield centre

    @contextmanager
    def ward(self, *, wait: bool = True) -> Iterator[Served]:
        """The ward; `wait` until it records."""
        with self._served(self.settings("ward", WARD, "centre"), COMMUNE, None) as ward:
            if wait:
                until(lambda: ward.node.directory.organisation(WARD_FRONT) is not None)
                until(lambda: not ward.node.recovery.reasons())
            yield ward

    @contextmanager
    def _served(
        self, settings: Settings, spec: LevelSpec, carrier: Carrier | None
    ) -> Iterator[Served]:
        with serve(Node(settings, spec, carrier=carrier)) as served:
            yield served

    def lose(self, name: str = "ward") -> None:
        """The disk is gone, and a new and empty one is in its place."""
        shutil.rmtree(self.folder / name)


def sent(centre: Served, through: int) -> None:
    """Wait until the centre holds so much of the ward's stream."""
    until(lambda: centre.node.log.head(STREAM) == through)


def stream(served: Served) -> list[bytes]:
    """The ward's stream as a node holds it."""
    return [logged.raw for logged in served.node.log.read_stream(STREAM, 1, 10**6)]


def outcomes(answer: Any) -> list[tuple[str, int]]:
    """What became of each pushed event, and its number."""
    return [(item["outcome"], item.get("sequence", 0)) for item in answer.json()["items"]]


def no_fork(*nodes: Served) -> None:
    """Nobody holds evidence of a fork, or anything set aside."""
    for served in nodes:
        forks = served.json("/v1/forks")
        assert (forks["items"], forks["checkpoints"]) == ([], [])
        assert served.node.sync.quarantine_count() == 0


def attendees(served: Served) -> int:
    """The figure that adds up the meetings."""
    served.projected()
    figure = served.json("/v1/figures/activity", unit=WARD, period="2025-03")
    return int(figure["total"]["values"].get("MeetingHeld.attendees", 0))


__all__ = [
    "STREAM",
    "Event",
    "Pair",
    "attendees",
    "no_fork",
    "outcomes",
    "sent",
    "stream",
]
