"""A small hierarchy of real nodes on SQLite, stepped by hand: no threads, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from contracts.envelope import encode, format_time
from domain.levels import Level
from domain.refusals import Text
from services.node.carriers.local import LocalCarrier
from services.node.erasure.eraser import Eraser
from services.node.errors import RetryLaterError
from services.node.eventlog import NewEvent
from services.node.forwarder import Forwarder
from services.node.ingest import ItemVerdict
from services.node.levelspec import LevelSpec
from services.node.node import Node
from services.node.notary import Notary
from services.node.notary.keyring import make_keyring
from services.node.projector import Projector
from services.node.pushed import read_pushed
from services.node.receiver import Receiver
from services.node.recovery import MarkerFile, Recovery
from services.node.settings import Settings
from services.node.syncstate import Direction, OriginState

START = datetime(2025, 1, 1, tzinfo=UTC)

Link = Forwarder | Receiver | Projector | Notary | Eraser | Recovery


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


def raw_event(origin: UUID, sequence: int, *, unit_id: object = None, note: str = "") -> bytes:
    """An event of a type nobody here knows: enough for everything that only carries."""
    return encode(
        event_id=str(UUID(int=origin.int ^ sequence)),
        origin=origin,
        sequence=sequence,
        type="FromTheFuture",
        version=1,
        aggregate_id=str(origin),
        recorded_at=format_time(START + timedelta(seconds=sequence)),
        data={"unit_id": str(unit_id or origin), "note": note},
    )


def as_their_disks(folder: Path, names: Iterable[str]) -> None:
    """Let nodes take the copies of their folders for the disks they had, as somebody would who
    changes files in their place. A node that notices the copy records nothing."""
    for name in names:
        file = MarkerFile(folder / name)
        marker = file.read()
        assert marker is not None
        file.write(marker)


class Hierarchy:
    """Nodes that share one local carrier."""

    def __init__(
        self, folder: Path, database: Callable[[str], str | None] = lambda _name: None
    ) -> None:
        """`database` gives the address of a node's database; None for its own files."""
        self.folder = folder
        self.database = database
        self.clock = Clock()
        self.nodes: dict[str, Node] = {}
        self.levels: dict[str, tuple[Level, str | None]] = {}
        self.units: dict[str, UUID] = {}

    @property
    def carrier_path(self) -> Path:
        return self.folder / "carrier.db"

    def give_keys(self) -> None:
        """Make keys for every node, which is opened again with them."""
        for name in list(self.nodes):
            make_keyring(self.folder / name, name)
            self.crash(name)

    def add(self, name: str, level: Level, parent: str | None = None) -> Node:
        """Open a node, or open it again after `crash`."""
        settings = Settings(
            node=name,
            parent=parent,
            units=(self.units.setdefault(name, uuid4()),),
            data_dir=self.folder / name,
            database=self.database(name),
            local_carrier=self.carrier_path,
            announce_seconds=0.005,
            seal_seconds=0.001,
        )
        spec = LevelSpec(level, Text(name, name), (), ())
        node = Node(settings, spec, now=self.clock, carrier=LocalCarrier(self.carrier_path))
        node.open()
        self.nodes[name] = node
        self.levels[name] = (level, parent)
        return node

    def add_levels(self) -> Self:
        """Open the centre, a province, a district and a commune service."""
        self.add("central", Level.CENTRAL)
        self.add("province", Level.PROVINCE, "central")
        self.add("district", Level.DISTRICT, "province")
        self.add("commune", Level.COMMUNE, "district")
        return self

    def crash(self, name: str) -> Node:
        """Lose everything a node holds in memory and open it again on what it wrote."""
        self.nodes[name].close()
        return self.add(name, *self.levels[name])

    def settle(self, *names: str) -> None:
        """Step nodes until their logs stand still over several rounds of announcements."""
        nodes = [self.nodes[name] for name in names or self.nodes]
        quiet = 0
        before: tuple[int, ...] = ()
        for _ in range(300):
            for node in nodes:
                links: list[Link] = [
                    *node.forwarders,
                    *node.receivers,
                    node.projector,
                    node.notary,
                    node.eraser,
                    node.recovery,
                ]
                for link in links:
                    _step(link)
            after = tuple(node.log.position() for node in nodes)
            quiet = quiet + 1 if after == before else 0
            before = after
            if quiet > 6 and self._nothing_asked(nodes):
                return

    def _nothing_asked(self, nodes: Sequence[Node]) -> bool:
        try:
            return not any(
                origin.received_through < origin.announced and not origin.forked
                for node in nodes
                for origin in node.origins_sync()
            )
        except RetryLaterError:
            return False

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()


def _step(link: Link) -> None:
    """One step as a worker takes it: an outage is waited for, not reported."""
    try:
        if isinstance(link, Receiver):
            link.run_once(timeout=0)
        else:
            link.run_once()
    except RetryLaterError:
        if isinstance(link, Forwarder | Receiver):
            link.reconnect()


def catalogue(hierarchy: Hierarchy) -> None:
    """Let the centre record the units that the nodes record for."""
    units = {name: str(hierarchy.units[name]) for name in hierarchy.nodes}
    central = hierarchy.nodes["central"]
    codes = {"central": "00", "province": "79", "district": "774", "commune": "27316"}
    codes |= {name: f"{27_317 + n}" for n, name in enumerate(sorted(units.keys() - codes.keys()))}
    to = [
        {
            "unit_id": units[name],
            "code": codes[name],
            "name": name,
            "kind": "ward" if level is Level.COMMUNE else level.value,
            **({"parent_id": units[parent]} if parent else {}),
        }
        for name, (level, parent) in hierarchy.levels.items()
    ]
    push(
        central,
        "UnitReorganised",
        {
            "unit_id": units["central"],
            "org_id": str(uuid4()),
            "actor_account": "catalogue",
            "occurred_on": "2024-01-01",
            "kind": "created",
            "to": to,
            "effective_on": "2024-01-01",
        },
    )


def push(node: Node, kind: str, data: dict[str, Any], **attributes: Any) -> ItemVerdict:
    """Push one event; it must be recorded."""
    verdict = answered(node, kind, data, **attributes)
    assert verdict.outcome == "recorded", verdict
    return verdict


def answered(node: Node, kind: str, data: dict[str, Any], **attributes: Any) -> ItemVerdict:
    """Push one event; the answer, whatever it is."""
    item = read_pushed(
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "tests",
            "type": f"vn.antq.{kind}",
            "data": data,
            **attributes,
        }
    )
    (verdict,) = node.ingest.record([item])
    return verdict


def record(node: Node, origin: UUID, sequences: Sequence[int], note: str = "") -> list[bytes]:
    """Put events into a node's log as if it had recorded them."""
    unit_id = node.settings.units[0]
    raws = [raw_event(origin, sequence, unit_id=unit_id, note=note) for sequence in sequences]
    node.origins.register([OriginState(origin, Direction.OWN, str(origin), 0, "", False)])
    node.log.append(
        [
            NewEvent(origin, sequence, "FromTheFuture", raw)
            for sequence, raw in zip(sequences, raws, strict=True)
        ]
    )
    return raws


def held(node: Node, origin: UUID) -> list[bytes]:
    """The stream of an origin as a node holds it."""
    return [logged.raw for logged in node.log.read_stream(origin, 1, 10**9)]
