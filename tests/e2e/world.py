"""The whole hierarchy of `places` as separate processes on a real broker and a real database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

from infra.backing.ports import free_port
from services.node.notary.keyring import make_keyring
from tests.e2e.places import SERVICES, Service, catalogue, ident
from tests.e2e.process import NodeProcess
from tests.e2e.pushing import Acknowledged, Pusher, batch
from tests.e2e.waiting import until

if TYPE_CHECKING:
    from infra.backing import KafkaBacking, PostgresBacking

_SETTLE_SECONDS: Final = 120.0
_KEYS_BY_COMMAND: Final = frozenset({"central", "ward"})
_UP: Final = frozenset({"own", "below"})
_DOWN: Final = frozenset({"own", "above"})

Sync = Mapping[str, Any]
"""What GET /v1/sync answers."""


class World:
    """One process, one database and one pair of keys for each service, on one broker."""

    def __init__(self, folder: Path, kafka: KafkaBacking, postgres: PostgresBacking) -> None:
        self.kafka = kafka
        self.postgres = postgres
        self.prefix = f"e2e-{secrets.token_hex(3)}"
        """Names of databases and topics begin with it, so that worlds do not meet."""
        self._folder = folder
        self.nodes: dict[str, NodeProcess] = {}
        for service in SERVICES.values():
            log = folder / f"{service.name}.log"
            self.nodes[service.name] = NodeProcess(
                service.name, service.level, free_port(), self._environ(service), log
            )

    def _environ(self, service: Service) -> dict[str, str]:
        others = {k: v for k, v in os.environ.items() if not k.startswith("ANTQ_")}
        parent = {} if service.parent is None else {"ANTQ_PARENT": self.node_name(service.parent)}
        return {
            **others,
            **parent,
            "ANTQ_NODE": self.node_name(service.name),
            "ANTQ_UNITS": ",".join(map(ident, service.units)),
            "ANTQ_DATA_DIR": str(self.data_dir(service.name)),
            "ANTQ_DATABASE": self.dsn(service.name),
            "ANTQ_KAFKA": self.kafka.bootstrap,
            # What is missing is asked for again after so long; the tests need not wait for more.
            "ANTQ_ANNOUNCE_SECONDS": "1",
            "ANTQ_SEAL_SECONDS": "0.2",
        }

    def node_name(self, service: str) -> str:
        """What the node of a service is called in topics."""
        return f"{self.prefix}-{service}"

    def dsn(self, service: str) -> str:
        """The address of a service's database."""
        return self.postgres.dsn(self.database(service))

    def data_dir(self, service: str) -> Path:
        """A service's data folder."""
        return self._folder / service

    def database(self, service: str) -> str:
        """The name of a service's database."""
        return f"{self.prefix}-{service}".replace("-", "_")

    def topics(self) -> list[str]:
        """The topics of this world that exist."""
        return [topic for topic in self.kafka.topics() if f".{self.prefix}-" in topic]

    @classmethod
    @contextmanager
    def running(
        cls, folder: Path, kafka: KafkaBacking, postgres: PostgresBacking
    ) -> Iterator[World]:
        """A world in which everybody has what the centre first recorded; it ends with the block.

        If it does not come up, the error carries what its processes wrote.
        """
        world = cls(folder, kafka, postgres)
        try:
            try:
                world.start()
            except BaseException as error:
                error.add_note(world.logs())
                raise
            yield world
        finally:
            world.close()

    def start(self) -> None:
        """Start every process, and wait until everybody has what the centre first recorded."""
        for service in SERVICES:
            self.postgres.create_database(self.database(service))
        self._make_keys()
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.wait_until_alive()
        with self.pusher("central") as pusher:
            pusher.push(batch(catalogue()))
        self.settle()

    def _make_keys(self) -> None:
        """Keys for every node: at both ends of the hierarchy as an operator makes them, elsewhere
        by what that command calls, because every process takes seconds to load its libraries."""
        for name, node in self.nodes.items():
            if name in _KEYS_BY_COMMAND:
                made = node.run("keys", "init", seconds=300)
                assert made.returncode == 0, made.stdout + made.stderr
            else:
                make_keyring(self._folder / name, self.node_name(name))

    def close(self) -> None:
        """End every process and remove what they kept."""
        for node in self.nodes.values():
            node.ask_to_stop()
        for node in self.nodes.values():
            node.close()
        for service in SERVICES:
            self.postgres.drop_database(self.database(service))
        for topic in self.topics():
            self.kafka.delete_topic(topic)

    @contextmanager
    def pusher(self, service: str, acknowledged: Acknowledged | None = None) -> Iterator[Pusher]:
        """What pushes to a service, as a local system would."""
        pusher = Pusher(self.nodes[service].url, acknowledged or Acknowledged())
        try:
            yield pusher
        finally:
            pusher.close()

    # -- arrival

    def settle(self, seconds: float = _SETTLE_SECONDS) -> None:
        """Wait until everything recorded anywhere is wherever it belongs, and in the figures."""
        until("everything has arrived", self.unsettled, seconds, pause=0.25)

    def unsettled(self) -> str | None:
        """Why not everything has arrived, or None."""
        found: dict[str, Sync] = {}
        for name, node in self.nodes.items():
            try:
                sync = found[name] = node.get("/v1/sync")
            except httpx.HTTPError as error:
                return f"{name}: {error!r}"
            if not sync["ready"]:
                return f"{name}: {sync['reasons']}"
            if any(sync["backlog"].values()) or sync["projected"] != sync["position"]:
                return f"{name}: at {sync['position']}, behind: {sync['backlog']}"
            if reason := _unsealed(node):
                return f"{name}: {reason}"
        for service in SERVICES.values():
            if service.parent is not None:
                child, parent = found[service.name], found[service.parent]
                reason = _behind(child, parent, _UP) or _behind(parent, child, _DOWN)
                if reason is not None:
                    return f"{service.name} and {service.parent}: {reason}"
        return None

    def sequences(self, service: str) -> dict[str, int]:
        """Of each origin that a service knows, the number through which it holds it."""
        sync = self.nodes[service].get("/v1/sync")
        return {origin["origin"]: origin["received_through"] for origin in sync["origins"]}

    def logs(self) -> str:
        """The end of every process's log."""
        return "\n".join(f"--- {n.name} ({n.url})\n{n.log_tail()}" for n in self.nodes.values())


def _unsealed(node: NodeProcess) -> str | None:
    """Why a node may yet record something by itself: a stream's key is announced with the first
    checkpoint."""
    for line in node.response("/metrics").text.splitlines():
        name, _, value = line.partition(" ")
        if name == "antq_ledger_unsealed_streams" and float(value):
            return f"{value} streams not sealed"
    return None


def _behind(sender: Sync, receiver: Sync, directions: frozenset[str]) -> str | None:
    held = {origin["origin"]: origin["received_through"] for origin in receiver["origins"]}
    for origin in sender["origins"]:
        if origin["direction"] in directions:
            has, sent = held.get(origin["origin"], 0), origin["received_through"]
            if has != sent:
                return f"{receiver['node']} holds {has} of {sent} of {origin['origin']}"
    return None
