"""The nodes of the storyline, each behind its HTTP API, in either profile.

The demonstration's six, with all of Tây Ninh's communes; those of Hưng Yên and Nghệ An; and one for
the city's communes from 1/7/2025, three of them in Quận 5's place. The line of one commune of Nghệ
An can be cut.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from domain.levels import Level
from domain.refusals import Text
from services.app import spec_of
from services.demo.client import Client
from services.demo.making.places import TAY_NINH
from services.demo.nodes import NODES as DEMO
from services.demo.nodes import DemoNode
from services.node.carriers import Carrier
from services.node.carriers.kafka import KafkaCarrier
from services.node.carriers.local import LocalCarrier
from services.node.node import Node
from services.node.settings import Settings
from tests.e2e.storyline.december import OTHERS
from tests.e2e.storyline.hung_yen import HUNG_YEN
from tests.e2e.storyline.line import Line, OverLine
from tests.e2e.storyline.nghe_an import CONNECTED, NGHE_AN, OFFLINE
from tests.e2e.storyline.places import NEW_WARDS
from tests.node.api.serving import serve

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

NODES: Final[Mapping[str, DemoNode]] = {
    **DEMO,
    "tayninh-communes": replace(DEMO["tayninh-communes"], units_under=TAY_NINH),
    "hungyen": DemoNode(
        "hungyen", Level.PROVINCE, "central", Text("Hưng Yên", "Hưng Yên"), (HUNG_YEN,)
    ),
    "hungyen-communes": DemoNode(
        "hungyen-communes",
        Level.COMMUNE,
        "hungyen",
        Text("Các xã Hưng Yên", "Communes of Hưng Yên"),
        units_under=HUNG_YEN,
    ),
    "nghean": DemoNode("nghean", Level.PROVINCE, "central", Text("Nghệ An", "Nghệ An"), (NGHE_AN,)),
    "nghean-communes": DemoNode(
        "nghean-communes",
        Level.COMMUNE,
        "nghean",
        Text("Các xã Nghệ An", "Communes of Nghệ An"),
        CONNECTED,
    ),
    "nghean-offline": DemoNode(
        "nghean-offline",
        Level.COMMUNE,
        "nghean",
        Text("Xã mất đường truyền", "The commune without a line"),
        (OFFLINE,),
    ),
    "hcm-wards": DemoNode(
        "hcm-wards",
        Level.COMMUNE,
        "hcm",
        Text("Các phường, xã mới của thành phố", "The city's new communes"),
        (*NEW_WARDS, *OTHERS),
    ),
}


def hears(name: str) -> frozenset[str]:
    """The nodes whose records reach this one: itself, those above it, and those below it."""

    def above(node: str) -> set[str]:
        parent = NODES[node].parent
        return set() if parent is None else {parent} | above(parent)

    return frozenset({name} | above(name) | {other for other in NODES if name in above(other)})


class Stores:
    """Where the nodes keep what they hold: files, or a database each and one broker."""

    def __init__(
        self,
        folder: Path,
        postgres: PostgresBacking | None = None,
        kafka: KafkaBacking | None = None,
    ) -> None:
        self._folder, self._postgres, self._kafka = folder, postgres, kafka
        self._run = f"story-{secrets.token_hex(3)}"

    def settings(self, node: DemoNode) -> Settings:
        """The settings of one node."""
        embedded = self._kafka is None
        return Settings(
            node=self._name(node.name),
            parent=None if node.parent is None else self._name(node.parent),
            units=tuple(UUID(place.unit_id) for place in node.units),
            units_under=None if node.units_under is None else UUID(node.units_under.unit_id),
            data_dir=self._folder / node.name,
            local_carrier=self._folder / "carrier.db" if embedded else None,
            database=None if self._postgres is None else self._postgres.dsn(self._table(node.name)),
            kafka=None if self._kafka is None else self._kafka.bootstrap,
            partitions=1,
            announce_seconds=0.5,
        )

    def carrier(self, settings: Settings) -> Carrier:
        """What a node sends through."""
        if settings.kafka is None:
            return LocalCarrier(settings.carrier_path)
        return KafkaCarrier(
            settings.kafka,
            client_id=settings.node,
            partitions=settings.partitions,
            compression=settings.kafka_compression,
        )

    def _name(self, node: str) -> str:
        return f"{self._run}-{node}"

    def _table(self, node: str) -> str:
        return self._name(node).replace("-", "_")

    def create(self) -> None:
        """What the nodes need before they start."""
        if self._postgres is not None:
            for node in NODES:
                self._postgres.create_database(self._table(node))

    def remove(self) -> None:
        """What they leave behind."""
        if self._postgres is not None:
            for node in NODES:
                self._postgres.drop_database(self._table(node))
        if self._kafka is not None:
            for topic in self._kafka.topics():
                if f".{self._run}-" in topic:
                    self._kafka.delete_topic(topic)


@dataclass(frozen=True)
class Country:
    """All nodes in this process."""

    clients: dict[str, Client]
    """A client of each node's API."""
    line: Line
    """Of the one commune whose line can be cut."""


@contextmanager
def running(stores: Stores) -> Iterator[Country]:
    """All nodes, until the end of the block."""
    stores.create()
    line = Line()
    try:
        with ExitStack() as stack, ExitStack() as stopping:
            clients: dict[str, Client] = {}
            for name, node in NODES.items():
                settings = stores.settings(node)
                carrier = stores.carrier(settings)
                if node.units == (OFFLINE,):
                    carrier = OverLine(carrier, line)
                served = stack.enter_context(
                    serve(Node(settings, spec_of(node.level), carrier=carrier))
                )
                clients[name] = Client(name, str(served.http.base_url))
                stack.callback(clients[name].close)
                stopping.callback(served.ask_to_stop)
            yield Country(clients, line)
    finally:
        stores.remove()
