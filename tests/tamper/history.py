"""A history of 2,000 events over four levels, sealed and confirmed, and copies of it to be spoilt.

Every node holds every stream: its own, those from below and those from above. The history is made
in rounds; after each the four nodes have what the others have recorded, with checkpoints and
receipts, and their files are kept: an old backup for whoever wants to go back to it.

A seed decides identifiers and keys, and the clock stands still within a round: the same seed gives
the same bytes, and what an attack on them leads to does not change from run to run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final
from unittest.mock import patch
from uuid import UUID, uuid5

from domain.levels import Level
from services.node.ledger.keys import SigningKey
from services.node.node import Node
from services.node.pushed import read_pushed
from tests.node.notary import country
from tests.node.notary.country import origin_of, populate
from tests.node.sync import hierarchy as hierarchies
from tests.node.sync.hierarchy import START, Clock, Hierarchy, as_their_disks

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
        hierarchy.clock = StandingClock()
        hierarchy.clock.moment = START + timedelta(days=1)
        hierarchy.units = dict(self.units)
        return hierarchy

    def positions(self, level: str) -> list[int]:
        """Where a level's stream is edited: its ends, the edges of a tile and of checkpoints."""
        size = ROUNDS[level][-1]
        edges = {edge + step for edge in ROUNDS[level][:-1] for step in (0, 1)}
        wanted = {1, 2, size // 2, 255, 256, 257, size - 1, size} | edges
        return sorted(number for number in wanted if 1 <= number <= size)


class StandingClock(Clock):
    """Moves only when it is set: how often it is asked depends on how fast the machine is."""

    def __call__(self) -> datetime:
        return self.moment


@contextmanager
def drawn(seed: str) -> Iterator[None]:
    """Within it, what makes nodes, pushes and keys draws identifiers and secrets from a seed."""
    chance = Random(seed)

    def identifier() -> UUID:
        return UUID(int=chance.getrandbits(128), version=4)

    def key(name: str, kind: int) -> SigningKey:
        return SigningKey(name, chance.randbytes(32), kind)

    with ExitStack() as stack:
        for module in (hierarchies, country):
            stack.enter_context(patch.object(module, "uuid4", identifier))
        stack.enter_context(patch.object(SigningKey, "generate", key))
        yield


def make(folder: Path, seed: int) -> History:
    """Make the history."""
    with drawn(f"{seed} history"):
        return _make(folder)


def _make(folder: Path) -> History:
    hierarchy = Hierarchy(folder / "making")
    hierarchy.clock = StandingClock()
    hierarchy.folder.mkdir()
    for name, (level, parent) in LEVELS.items():
        hierarchy.add(name, level, parent)
    populate(hierarchy)
    history = History(folder)
    for number in range(1, len(ROUNDS["commune"]) + 1):
        hierarchy.clock.moment = START + timedelta(hours=number)
        for name, node in hierarchy.nodes.items():
            record(node, ROUNDS[name][number - 1])
        for _ in range(2):
            hierarchy.settle()
        if number in (*BACKUPS, len(ROUNDS["commune"])):
            for name in list(hierarchy.nodes):
                # A tree is kept some seconds after it grew; what was not kept by then is read from
                # the log at the next start, where whoever reads it notices more.
                hierarchy.nodes[name].trees.flush()
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
    origin = origin_of(node)
    head = node.log.head(origin)
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
                "id": str(uuid5(origin, f"event {number}")),
                "source": "tests",
                "type": "vn.antq.MeetingHeld",
                "data": data,
            }
        )
        for number in range(head + 1, size + 1)
    ]
    for verdict in node.ingest.record(items):
        assert verdict.outcome == "recorded", verdict


def boundaries(level: str) -> list[tuple[int, int]]:
    """Between which sizes each checkpoint of a level's stream decides alone."""
    return list(pairwise((0, *ROUNDS[level])))
