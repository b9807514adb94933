"""A history of 2,000 events over four levels, sealed and confirmed, and copies of it to be spoilt.

Every node holds every stream: its own, those from below and those from above. The history is made
in rounds; after each the four nodes have what the others have recorded, with checkpoints and
receipts, and their files are kept: an old backup for whoever wants to go back to it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from domain.levels import Level
from services.node.node import Node
from services.node.pushed import read_pushed
from tests.node.notary.country import origin_of, populate
from tests.node.sync.hierarchy import Hierarchy, as_their_disks

LEVELS: Final[dict[str, tuple[Level, str | None]]] = {
    "central": (Level.CENTRAL, None),
    "province": (Level.PROVINCE, "central"),
    "district": (Level.DISTRICT, "province"),
    "commune": (Level.COMMUNE, "district"),
}
"""From above to below."""
ROUNDS: Final[dict[str, tuple[int, ...]]] = {
    "commune": (10, 254, 256, 300, 600, 700),
    "district": (8, 100, 257, 258, 400, 520),
    "province": (6, 90, 255, 260, 300, 460),
    "central": (10, 60, 120, 256, 270, 320),
}
"""By level, how many events its stream has after each round: where it is sealed."""
BACKUPS: Final = (2, 4)
"""Rounds whose files are kept besides the last."""


@dataclass
class History:
    """Where the files lie, and whose streams they hold."""

    folder: Path
    units: dict[str, UUID] = field(default_factory=dict)
    streams: dict[str, UUID] = field(default_factory=dict)
    """By the level that records."""

    def round(self, number: int) -> Path:
        """The files of all four nodes after a round."""
        return self.folder / f"round-{number}"

    @property
    def whole(self) -> Path:
        return self.round(len(ROUNDS["commune"]))

    def copy(self, folder: Path) -> Hierarchy:
        """All four nodes on copies of their files, none of them opened."""
        shutil.copytree(self.whole, folder)
        as_their_disks(folder, LEVELS)
        hierarchy = Hierarchy(folder)
        hierarchy.units = dict(self.units)
        return hierarchy

    def positions(self, level: str) -> list[int]:
        """Where a level's stream is edited: its ends, the edges of a tile and of checkpoints."""
        size = ROUNDS[level][-1]
        edges = {edge + step for edge in ROUNDS[level][:-1] for step in (0, 1)}
        wanted = {1, 2, size // 2, 255, 256, 257, size - 1, size} | edges
        return sorted(number for number in wanted if 1 <= number <= size)


def make(folder: Path) -> History:
    """Make the history."""
    hierarchy = Hierarchy(folder / "making")
    hierarchy.folder.mkdir()
    for name, (level, parent) in LEVELS.items():
        hierarchy.add(name, level, parent)
    populate(hierarchy)
    history = History(folder)
    for number in range(1, len(ROUNDS["commune"]) + 1):
        for name, node in hierarchy.nodes.items():
            record(node, ROUNDS[name][number - 1])
        for _ in range(2):
            hierarchy.settle()
        if number in (*BACKUPS, len(ROUNDS["commune"])):
            for name in list(hierarchy.nodes):
                hierarchy.nodes[name].close()
            shutil.copytree(hierarchy.folder, history.round(number))
            for name in LEVELS if number < len(ROUNDS["commune"]) else ():
                hierarchy.add(name, *LEVELS[name])
    history.units = dict(hierarchy.units)
    history.streams = {name: origin_of(node) for name, node in hierarchy.nodes.items()}
    return history


def record(node: Node, size: int, note: int = 12) -> None:
    """Record meetings until the node's own stream has that many events."""
    unit_id = node.settings.units[0]
    (org_id, *_) = node.directory.organisations_of(unit_id)
    missing = size - node.log.head(origin_of(node))
    data = {
        "unit_id": str(unit_id),
        "org_id": org_id,
        "actor_account": "tests",
        "occurred_on": "2025-01-01",
        "kind": "briefing",
        "attendees": note,
        "mode": "online",
    }
    items = [
        read_pushed(
            {
                "specversion": "1.0",
                "id": str(uuid4()),
                "source": "tests",
                "type": "vn.antq.MeetingHeld",
                "data": data,
            }
        )
        for _ in range(missing)
    ]
    for verdict in node.ingest.record(items):
        assert verdict.outcome == "recorded", verdict


def boundaries(level: str) -> list[tuple[int, int]]:
    """Between which sizes each checkpoint of a level's stream decides alone."""
    return list(pairwise((0, *ROUNDS[level])))
