"""The demonstration's six nodes over four levels, in one process and on one clock each, so that the
same history gives the same bytes however it travels: over a broker, by bundles, or by both.

Only what carries differs between two plays. Everything that records an event (pushes, and the
announcements of keys) is done by the test's own thread at a time that does not depend on transport.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from services.app import spec_of
from services.demo.client import Client
from services.demo.nodes import NODES
from services.demo.player import Reading
from services.demo.story import Check, Push, Step
from services.node.carriers import Carrier
from services.node.carriers.none import NoCarrier
from services.node.node import Node
from services.node.notary.keyring import make_keyring
from services.node.notary.trust import cosignatures
from services.node.recovery import Marker
from services.node.settings import Settings
from services.node.worker import Worker
from services.node.workers import link_workers
from tests.node.api.serving import serve

PATIENCE: Final = 90.0
_LOOK: Final = 0.05
_BEGIN: Final = datetime(2024, 12, 15, 5, tzinfo=UTC)
_VOLATILE: Final = frozenset({"completeness", "position", "as_of", "last_seen", "generation"})
"""What an answer says of the moment and of the order of arrival."""

Receipt = tuple[int, bytes, frozenset[str]]
"""Of a stream's newest checkpoint: events, root, and who vouches."""


class Agency:
    """One node, none of whose threads works but the recorder's, and its links' while these are up.

    `moment` is its clock.
    """

    def __init__(self, name: str, folder: Path, carrier: Callable[[], Carrier]) -> None:
        self.name = name
        self.moment = _BEGIN
        self._demo = NODES[name]
        self._folder = folder
        self._carrier = carrier
        self._links: list[Worker] = []
        self.open()

    def open(self) -> None:
        """Open it on what it wrote."""
        demo = self._demo
        settings = Settings(
            node=self.name,
            parent=demo.parent,
            units=tuple(UUID(place.unit_id) for place in demo.units),
            units_under=demo.units_under and UUID(demo.units_under.unit_id),
            data_dir=self._folder / self.name,
            announce_seconds=0.2,
            seal_seconds=0.001,
        )
        self.node = Node(
            settings, spec_of(demo.level), now=lambda: self.moment, carrier=self._carrier()
        )
        marker = self.node.recovery._file
        if marker.read() is None:
            marker.write(Marker())  # how a new node learns that it is new has tests of its own
        self.node.open()
        self.node.recovery.start()
        self.node.ingest.start()
        self._serving = ExitStack()
        self.http = self._serving.enter_context(serve(self.node, lifespan="off")).http

    def close(self) -> None:
        """Let go of it."""
        self.unlink()
        self._serving.close()
        self.node.ingest.stop()
        self.node.recovery.stop()
        self.node.close()

    def restart(self) -> None:
        """Lose everything it holds in memory."""
        self.close()
        self.open()

    @property
    def linked(self) -> bool:
        """Whether its line is up."""
        return bool(self._links)

    def link(self) -> None:
        """Let its forwarders and receivers work."""
        self._links = link_workers(self.node.forwarders, self.node.receivers)
        for worker in self._links:
            worker.start()

    def unlink(self) -> None:
        """The line is cut."""
        for worker in self._links:
            worker.stop()
        if self._links:
            for receiver in self.node.receivers:
                receiver.reconnect()
            for forwarder in self.node.forwarders:
                forwarder.reconnect()
        self._links = []

    def work(self) -> None:
        """Fold, seal and judge what there is, and wake the links."""
        node = self.node
        while node.projector.run_once():
            pass
        node.state.catch_up()
        node.recovery.run_once()
        deadline = time.monotonic() + PATIENCE
        node.notary.run_once()
        while node.notary.standing().unsealed:  # it is due a millisecond after it was kept
            assert time.monotonic() < deadline, (self.name, node.notary.notices())
            node.notary.run_once()
        for worker in self._links:
            worker.wake()

    # -- what it holds

    def heads(self) -> Mapping[UUID, int]:
        """Through which number it holds each stream."""
        return {origin: head for origin, head in self.node.log.heads().items() if head}

    def unsettled(self) -> str | None:
        """Why it is not at rest, or None."""
        if self.node.recovery.reasons():
            return f"{self.name}: {self.node.recovery.reasons()[0].en}"
        if self.node.projector.position < self.node.log.position():
            return f"{self.name} has not folded everything"
        standing = self.node.notary.standing()
        busy = (standing.unsealed, standing.waiting, standing.unconfirmed)
        return f"{self.name}: {standing}" if any(busy) else None

    def streams(self) -> Mapping[UUID, tuple[str, bytes]]:
        """A digest of the bytes of each stream, and the root of its tree."""
        found = {}
        for origin, head in self.heads().items():
            raws = [logged.raw for logged in self.node.log.read_stream(origin, 1, head)]
            assert len(raws) == head
            root = self.node.trees.root(origin, head)
            found[origin] = (sha256(b"\n".join(raws)).hexdigest(), root)
        return found

    def receipts(self) -> Mapping[UUID, Receipt]:
        """Who vouches for how much of each stream, as far as this node can show it."""
        cosigners = list(self.node.state.keys.cosigners())
        return {
            origin: (
                signed.checkpoint.size,
                signed.checkpoint.root,
                frozenset(one.name for one, _, _ in cosignatures(signed, cosigners)),
            )
            for origin, signed in self.node.checkpoints.all_latest().items()
        }

    def answers(self, questions: Sequence[tuple[str, Mapping[str, str]]]) -> Mapping[str, Any]:
        """What its API answers, without what tells of the moment."""
        found = {}
        for path, query in questions:
            answer = self.http.get(path, params=dict(query))
            assert answer.status_code == 200, (path, query, answer.text)
            found[f"{path} {sorted(query.items())}"] = _lasting(orjson.loads(answer.content))
        return found


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _lasting(v) for k, v in value.items() if k not in _VOLATILE}
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    return value


class Agencies:
    """All six. `carry` brings what is new along every link; it is called until all is level."""

    def __init__(
        self,
        folder: Path,
        carry: Callable[[Agencies], None],
        carrier: Callable[[], Carrier] = NoCarrier,
    ) -> None:
        self.carry = carry
        self._folder = folder
        self.of = {name: Agency(name, folder, carrier) for name in NODES}
        self._level = ""

    def close(self) -> None:
        for agency in self.of.values():
            agency.close()

    def link(self) -> None:
        """Connect everybody."""
        for agency in self.of.values():
            agency.link()

    def unlink(self) -> None:
        """Cut every line."""
        for agency in self.of.values():
            agency.unlink()

    def take_keys(self, keys: Path) -> None:
        """Give every node its keys, as `antq keys init` does, and start it again."""
        for agency in self.of.values():
            linked = agency.linked
            agency.close()
            shutil.copytree(keys / agency.name, self._folder / agency.name, dirs_exist_ok=True)
            agency.open()
            if linked:
                agency.link()

    def settle(self) -> None:
        """Carry until every link holds the same on both sides, and every receipt has come back."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for agency in self.of.values():
                agency.work()
            reason = self._unsettled()
            if reason is None:
                return
            assert time.monotonic() < deadline, reason
            self.carry(self)

    def settled(self) -> None:
        """As `settle`, if anything was recorded since."""
        now = repr([agency.node.log.position() for agency in self.of.values()])
        if now != self._level:
            self.settle()
            self._level = repr([agency.node.log.position() for agency in self.of.values()])

    def _unsettled(self) -> str | None:
        heads = {name: agency.heads() for name, agency in self.of.items()}
        for name, demo in NODES.items():
            if demo.parent is None:
                continue
            below, above = self.of[name].node, self.of[demo.parent].node
            up = {o: h for o, h in heads[name].items() if _goes(below, o, "own", "below")}
            down = {o: h for o, h in heads[demo.parent].items() if _goes(above, o, "own", "above")}
            if any(heads[demo.parent].get(o, 0) != h for o, h in up.items()):
                return f"{name} holds more than {demo.parent}"
            if any(heads[name].get(o, 0) != h for o, h in down.items()):
                return f"{demo.parent} holds more than {name}"
        reasons = filter(None, (agency.unsettled() for agency in self.of.values()))
        return next(reasons, None) or self._unvouched()

    def _unvouched(self) -> str | None:
        """Which link does not show the same checkpoint of a stream on both sides, or None."""
        known = {name: agency.receipts() for name, agency in self.of.items()}
        for name, demo in NODES.items():
            below, above = known[name], known[demo.parent or name]
            for origin in below.keys() & set(self.of[demo.parent or name].heads()):
                if below[origin] != above.get(origin):
                    return f"{name} and {demo.parent} hold other checkpoints of {origin}"
            for origin in above.keys() & set(self.of[name].heads()):
                if origin not in below:
                    return f"{name} holds no checkpoint of {origin}"
        return None

    def clients(self) -> dict[str, Client]:
        """What pushes and asks."""
        return {name: _Desk(self, name) for name in NODES}


def _goes(node: Node, origin: UUID, *directions: str) -> bool:
    state = node.origins.state(origin)
    return state is not None and state.direction.value in directions


class _Desk(Client):
    """A node whose neighbours are level with it before it is asked how far it is."""

    def __init__(self, agencies: Agencies, name: str) -> None:
        super().__init__(name, "")
        self.close()
        self._agencies = agencies

    def push(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        agency = self._agencies.of[self.name]
        day = max(str(event["data"]["occurred_on"]) for event in events)
        agency.moment = max(agency.moment, datetime.fromisoformat(f"{day}T05:00:00+00:00"))
        self._http = agency.http
        return super().push(events)

    def heads(self) -> Mapping[str, int]:
        self._agencies.settled()
        return super().heads()

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        self._http = self._agencies.of[self.name].http
        return super()._get(path, query)


class Quiet:
    """Nobody watches."""

    def step_begins(self, step: Step) -> None: ...
    def pushed(self, push: Push, recorded: int, duplicate: int) -> None: ...
    def figure_begins(self, check: Check) -> None: ...
    def figure_moves(self, check: Check, readings: Mapping[str, Reading]) -> None: ...
    def figure_ends(self, check: Check, readings: Mapping[str, Reading]) -> None: ...


def make_keys(folder: Path) -> Path:
    """Keys for every node, to be used by each play."""
    for name in NODES:
        make_keyring(folder / name, name)
    return folder


def wait_a_little(agencies: Agencies) -> None:
    """Links that are up carry by themselves, in threads of their own.

    `settle` waits for a condition and for nothing else; this is only how often it looks, because
    looking takes from the links the processor that they need.
    """
    del agencies
    time.sleep(_LOOK)
