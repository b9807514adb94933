"""The six nodes of the demonstration and how each is set up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.demo.making.places import CENTRE, HCM, Q5, TAN_BIEN, TAY_NINH, Place


@dataclass(frozen=True, slots=True)
class DemoNode:
    """One node."""

    name: str
    level: Level
    parent: str | None
    title: Text
    units: tuple[Place, ...] = ()
    units_under: Place | None = None
    """Hosts every commune under this unit."""

    def environment(self, stores: Stores, port: int) -> dict[str, str]:
        """Its settings as environment variables."""
        values = {
            "ANTQ_NODE": stores.node_name(self.name),
            "ANTQ_HOST": "127.0.0.1",
            "ANTQ_PORT": str(port),
            **stores.of(self.name),
        }
        if self.parent is not None:
            values["ANTQ_PARENT"] = stores.node_name(self.parent)
        if self.units:
            values["ANTQ_UNITS"] = ",".join(place.unit_id for place in self.units)
        if self.units_under is not None:
            values["ANTQ_UNITS_UNDER"] = self.units_under.unit_id
        return values


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the nodes keep their data: files, or a database each and one broker."""

    folder: Path
    kafka: str | None = None
    databases: Mapping[str, str] | None = None
    """Address of the database by node; may hold a password, so it is never printed."""
    run: str = ""
    """Tells this demonstration from others on the same broker: part of the nodes' names, and so of
    the topics' names. What an earlier one left there says other things in the same streams."""

    def node_name(self, node: str) -> str:
        """What a node is called in this run."""
        return f"{node}-{self.run}" if self.kafka is not None and self.run else node

    def of(self, node: str) -> dict[str, str]:
        """The settings that name a node's stores."""
        values = {"ANTQ_DATA_DIR": str(self.folder / node)}
        if self.databases is not None:
            values["ANTQ_DATABASE"] = self.databases[node]
        if self.kafka is not None:
            values["ANTQ_KAFKA"] = self.kafka
        else:
            values["ANTQ_LOCAL_CARRIER"] = str(self.folder / "carrier.db")
        return values


_NODES: Final = (
    DemoNode("central", Level.CENTRAL, None, Text("Trung ương", "Centre"), (CENTRE,)),
    DemoNode("hcm", Level.PROVINCE, "central", Text("TP. Hồ Chí Minh", "Hồ Chí Minh City"), (HCM,)),
    DemoNode("q5", Level.DISTRICT, "hcm", Text("Quận 5", "Quận 5"), (Q5,)),
    DemoNode(
        "q5-wards",
        Level.COMMUNE,
        "q5",
        Text("Các phường Quận 5", "Wards of Quận 5"),
        units_under=Q5,
    ),
    DemoNode("tayninh", Level.PROVINCE, "central", Text("Tây Ninh", "Tây Ninh"), (TAY_NINH,)),
    DemoNode(
        "tayninh-communes",
        Level.COMMUNE,
        "tayninh",
        Text("Các xã huyện Tân Biên", "Communes of Tân Biên"),
        units_under=TAN_BIEN,
    ),
)

NODES: Final[Mapping[str, DemoNode]] = MappingProxyType({node.name: node for node in _NODES})
"""By name, the centre first."""


def above(name: str) -> Iterator[str]:
    """The nodes above one, nearest first."""
    parent = NODES[name].parent
    while parent is not None:
        yield parent
        parent = NODES[parent].parent


def heard_by(name: str) -> frozenset[str]:
    """The nodes whose records reach this one: itself, those above it, and those below it."""
    below = {other for other in NODES if name in above(other)}
    return frozenset({name, *above(name), *below})
