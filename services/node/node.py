"""The composition root: a node from its settings and its level's spec, for every entry point."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from contracts.control import (
    CONTROL_KEY,
    Alarm,
    Alarms,
    Checkpoints,
    Heads,
    Range,
    Ranges,
    encode_asked,
    encode_told,
)
from contracts.envelope import Envelope, format_time
from contracts.holdings import HoldingsAsked, HoldingsTold
from contracts.topics import down_topic, up_topic
from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.levels import Level
from domain.refusals import Text
from services.node.bundles.exporting import Exporter, Way
from services.node.bundles.importing import Importer
from services.node.bundles.peers import Peers
from services.node.carriers import Carrier
from services.node.carriers.local import LocalCarrier
from services.node.carriers.none import NoCarrier
from services.node.database import Database
from services.node.decisionstate import DecisionState
from services.node.erasure.book import Book
from services.node.erasure.eraser import Eraser
from services.node.erasure.notices import erasure_notices
from services.node.errors import BusyError, MovedError, NotFoundError
from services.node.eventlog import open_log
from services.node.forwarder import Forwarder, Letter
from services.node.hosting import Hosting
from services.node.ingest import Ingest, ItemVerdict
from services.node.levelspec import LevelSpec
from services.node.notary import Known, Notary, Pace
from services.node.notary.announcing import Announcer
from services.node.notary.keyring import load_keyring
from services.node.origins import Origins
from services.node.ownevents import OwnEvents
from services.node.problems import Problem
from services.node.projector import Projector, Workshop
from services.node.pushed import Pushed
from services.node.pushload import PushLoad
from services.node.readmodels import EVERY_NODES
from services.node.receiver import Receiver
from services.node.recovery import Answers, Guard, MarkerFile, Recovery, Resumer, Verifier, seat_of
from services.node.settings import Settings
from services.node.syncstate import Direction, SyncState
from services.node.trees import GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.checkpoints import CheckpointStore
from services.node.trees.patrol import Patrol
from services.node.trees.verifying import Verification
from services.node.views import Stream
from services.node.worker import Worker

_log = logging.getLogger(__name__)
_IDLE_SECONDS = 0.5
"""How long a worker rests when nothing wakes it: another process may have written."""
_GATHER_SECONDS = 0.05
"""How long the projector lets events gather; so much later does a figure show a lone event. While
its steps take long it lets them gather longer, see `Worker`; while many are pushed, as long as the
settings allow."""

_LEDGER_SECONDS = 0.5
"""How long trees let events gather before they are kept and sealed."""

_QUIET_SECONDS = 1.0
"""While small batches follow each other: how often cursors and offsets are kept, and how long after
the last of them its heads are announced."""


@dataclass(frozen=True, slots=True)
class OriginSync:
    """How complete one origin is here."""

    origin: UUID
    unit_id: str
    direction: Direction
    received_through: int
    announced: int
    """The highest head its sender announced; what is above `received_through` is on its way."""
    last_seen: str
    waiting: int
    """Events kept aside because an earlier one is missing."""
    forked: bool


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the node can do its work, and if not, why."""

    ready: bool
    reasons: Sequence[Text]
    notices: Sequence[Text] = ()
    """What a person should see to although the node can work."""


class Node:
    """One running node. Entry points (API, CLI, tests) use it and nothing below it."""

    def __init__(
        self,
        settings: Settings,
        spec: LevelSpec,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        carrier: Carrier | None = None,
    ) -> None:
        """Open the stores; `start` sets it to work. Raises SettingsError, StoreUnavailableError."""
        self.settings = settings
        self.spec = spec
        self.now = now
        self._is_open = False
        log = open_log(settings.log_url)
        self.database = Database(settings.state_url)
        self.trees = Trees(log, TreeStore(self.database))
        self.erased = Book(lambda: self.state.directory, self._unit_of)
        self.log = GrowingLog(log, self.trees, self.erased.instead)
        create_ledger_tables(self.database)
        self.sync = SyncState(self.database, self.erased)
        self.sync.create_tables()
        marker = MarkerFile(settings.data_dir)
        self.hosting = Hosting(
            spec.level, settings.units, settings.units_under, seat_of(marker.read(), settings.seat)
        )
        self.origins = Origins(self.log, self.sync, self._infer_direction)
        self.state = DecisionState(self.log)
        self.projector = Projector(
            self.log,
            self.database,
            (*EVERY_NODES, *spec.models),
            on_folded=self.state.on_folded,
            on_swapped=self.state.reload,
            directory=lambda: self.state.directory,
            streams=self._streams,
            workshop=Workshop(settings.log_url, settings.state_url, settings.data_dir / "rebuild"),
        )
        self.guard = Guard()
        self._pushed = PushLoad()
        self.ingest = Ingest(
            self.log,
            self.state,
            self.origins,
            self.hosting,
            now,
            on_recorded=self._wake,
            any_erased=lambda: not self.erased.is_empty,
            guard=self.guard,
        )
        self.carrier = carrier or _open_carrier(settings)
        self.eraser = Eraser(
            self.erased, self.log, self.database, self.sync, self.projector, self.carrier
        )
        self._own_events = OwnEvents(
            lambda: self.directory,
            self.ingest.record,  # beside its own thread: who finds a place taken decides again
            now,
        )
        self.notary = self._notary()
        self.checkpoints = CheckpointStore(self.database)
        self._recovering(marker)
        self._links()
        self._bundles()
        self._workers = [
            Worker(
                "projector",
                self._project,
                idle_seconds=_IDLE_SECONDS,
                gather_seconds=_GATHER_SECONDS,
                gather_longer=lambda: settings.figures_seconds if self._pushed.is_high else 0.0,
            )
        ]
        self._workers.append(
            Worker(
                "ledger",
                self.notary.run_once,
                idle_seconds=_IDLE_SECONDS,
                gather_seconds=_LEDGER_SECONDS,
            )
        )
        self._workers.append(
            Worker(
                "erasure",
                self.eraser.run_once,
                idle_seconds=_IDLE_SECONDS,
                gather_seconds=_LEDGER_SECONDS,
            )
        )
        self._workers.append(
            Worker("patrol", self.notary.patrol.run_once, idle_seconds=_IDLE_SECONDS)
        )
        self._workers.append(Worker("recovery", self.recovery.run_once, idle_seconds=_IDLE_SECONDS))
        if not settings.by_hand:
            self._workers += self._link_workers()

    def _link_workers(self) -> list[Worker]:
        workers = [
            Worker(
                f.name,
                f.run_once,
                idle_seconds=_IDLE_SECONDS,
                rests=True,
                is_level=f.is_level,
                on_failure=f.reconnect,
            )
            for f in self.forwarders
        ]
        workers += [
            Worker(r.name, r.run_once, idle_seconds=0, rests=True, on_failure=r.reconnect)
            for r in self.receivers
        ]
        return workers

    def _unit_of(self, origin: UUID) -> str | None:
        state = self.origins.state(origin)
        return None if state is None else state.unit_id

    def _explained(self, origin: UUID, size: int) -> bool:
        if self.erased.is_behind:  # a tombstone may be among the events that have only just come
            found = self.log.erasures(self.erased.position)
            self.erased.learn(found)
            self.erased.is_behind = not found  # or it is being appended just now
        return self.erased.explains(origin, size)

    def _streams(self) -> Mapping[str, Stream]:
        heads = self.origins.heads()
        return {
            str(state.origin): Stream(state.unit_id, heads[state.origin])
            for state in self.origins.states()
            if state.origin in heads
        }

    def _notary(self) -> Notary:
        settings = self.settings
        keyring = load_keyring(settings.data_dir, settings.node)
        announcer = Announcer(
            settings.node, self.hosting, self.origins, self._own_events, units=settings.units
        )

        def announced(vkey: str, origin: UUID) -> bool:
            current = self.state.keys.current(vkey.partition("+")[0], origin)
            return current is not None and current.vkey == vkey

        return Notary(
            settings.node,
            self.log,
            self.trees,
            self.database,
            self.sync,
            self.origins,
            Known(lambda: self.state.keys, lambda: self.state.forks, self._explained),
            keyring,
            self.now,
            Pace(settings.seal_events, settings.seal_seconds, settings.announce_seconds),
            Patrol(
                self.verification,
                hours=settings.verify_hours,
                gives_way=lambda: self._pushed.is_high,
            ),
            announce=announcer.announce,
            announce_cosigner=lambda: (
                None if keyring is None else announcer.cosigner(keyring, announced)
            ),
            receipt=self._receipt,
            has_parent=settings.parent is not None,
            has_children=self.spec.level != Level.COMMUNE,
        )

    def verification(self) -> Verification:
        """A new pass over the log, its trees and its checkpoints with their signatures."""
        return Verification(self.log, TreeStore(self.database), CheckpointStore(self.database))

    def _receipt(self, heads: Mapping[UUID, int]) -> None:
        self.recovery.heard_of(heads)

    def _recovering(self, marker: MarkerFile) -> None:
        """Both sides of a loss: this node's own, and what nodes below ask for after theirs."""
        settings = self.settings
        self.answers = Answers(
            settings.node,
            self.database,
            self.trees,
            self.sync,
            self.origins,
            self.checkpoints,
            lambda: self.directory,
        )
        self.answers.create_tables()
        self.recovery = Recovery(
            settings.node,
            marker,
            self.guard,
            self.log,
            self.origins,
            self.hosting,
            Verifier(
                self.log,
                self.trees,
                self.checkpoints,
                lambda: self.state.keys,
                self.notary.mirror.superiors,
            ),
            Resumer(self._own_events, self.log, self.origins, self.hosting, settings.units),
            lambda: self.directory,
            self.now,
            units=settings.units,
            under=settings.units_under,
            has_parent=settings.parent is not None,
            repeat_seconds=settings.announce_seconds,
        )
        self.notary.also_wrong = self._also_wrong

    def _also_wrong(self) -> list[Alarm]:
        """What erasure and recovery found wrong, for the levels above."""
        node, wanted = self.settings.node, self.recovery.wanted()
        directions = self.origins.directions(wanted)
        return [  # of one stream the first is told
            *(Alarm(node, origin, n, n, "erased") for origin, n in sorted(self.eraser.unexplained)),
            *(Alarm(node, origin, 0, 0, "differs") for origin in self.recovery.differing()),
            *(
                Alarm(node, origin, 0, 0, "lost")
                for origin in wanted
                if directions[origin] == Direction.OWN
            ),
        ]

    def _questions(self) -> Sequence[Letter]:
        return [
            Letter(key, partial(encode_asked, asked)) for key, asked in self.recovery.questions()
        ]

    def _answers_due(self) -> Sequence[Letter]:
        return [
            Letter(CONTROL_KEY, partial(encode_told, told), to) for to, told in self.answers.due()
        ]

    def _links(self) -> None:
        """Up and down are the same code: topics and directions are all that differ."""
        settings, spec = self.settings, self.spec
        self.forwarders: list[Forwarder] = []
        self.receivers: list[Receiver] = []
        if settings.parent is not None:
            below = frozenset({Direction.OWN, Direction.BELOW})
            self._link(
                "up", up_topic(settings.parent), below, down_topic(settings.parent), Direction.ABOVE
            )
        if spec.level != Level.COMMUNE:
            above = frozenset({Direction.OWN, Direction.ABOVE})
            self._link(
                "down", down_topic(settings.node), above, up_topic(settings.node), Direction.BELOW
            )

    def _link(
        self,
        name: str,
        out_topic: str,
        out_directions: frozenset[Direction],
        in_topic: str,
        in_direction: Direction,
    ) -> None:
        quiet = min(_QUIET_SECONDS, self.settings.announce_seconds / 5)
        forwarder = Forwarder(
            f"forward-{name}",
            self.settings.node,
            out_topic,
            out_directions,
            self.log,
            self.sync,
            self.origins,
            self.carrier,
            self.now,
            announce_seconds=self.settings.announce_seconds,
            quiet_seconds=quiet,
            checkpoints=self.notary.take_up if name == "up" else self.notary.take_down,
            alarms=self.notary.take_alarms if name == "up" else lambda: None,
            letters=self._questions if name == "up" else self._answers_due,
            lends=frozenset() if name == "up" else frozenset({Direction.BELOW}),
            # What goes up is repeated until it is confirmed.
            on_open=(lambda: None) if name == "up" else self.notary.asked_below,
        )

        def send_again(requests: Sequence[Ranges]) -> None:
            forwarder.send_again(requests)
            if name == "down" and not all(request.ranges for request in requests):
                self.notary.asked_below()
            self._wake()

        def ask(ranges: Sequence[Range]) -> None:
            forwarder.request(ranges)
            self._wake()

        receiver = Receiver(
            f"receive-{in_direction}",
            self.settings.node,
            in_topic,
            in_direction,
            self.log,
            self.sync,
            self.origins,
            self.carrier,
            self.now,
            ask=ask,
            send_again=send_again,
            on_recorded=self._wake,
            retry_seconds=self.settings.announce_seconds,
            commit_seconds=quiet,
            show=self._show,
            hear=self._hear,
            holdings=self._hear_of_holdings,
            restoring=self.recovery if name == "up" else None,
        )
        self.forwarders.append(forwarder)
        self.receivers.append(receiver)

    def _hear_of_holdings(self, message: HoldingsAsked | HoldingsTold) -> None:
        if isinstance(message, HoldingsTold):
            self.recovery.told(message)
            return
        self.answers.asked(message)
        self._wake()

    def _show(self, message: Checkpoints | Alarms, direction: Direction) -> None:
        self.notary.show(message, direction)
        self._wake()

    def _hear(self, heads: Heads, at: str) -> None:
        if heads.node != self.settings.parent:
            self._peers.hear(heads.node, heads.heads, at)
            self.answers.brought(heads.node, heads.heads)

    def _bundles(self) -> None:
        """The same streams in files, into the same receivers."""
        settings = self.settings
        peers = self._peers = Peers(self.database)
        peers.create_tables()
        self.exporter = Exporter(
            settings.node,
            settings.parent,
            self.log,
            self.sync,
            self.origins,
            peers,
            self.checkpoints,
            self.now,
            question=self.recovery.question,
            answers=self.answers,
        )
        ways = {up_topic(settings.node): Way.UP}
        if settings.parent is not None:
            ways[down_topic(settings.parent)] = Way.DOWN
        self.importer = Importer(
            settings.node,
            settings.parent,
            {ways[receiver.topic]: receiver for receiver in self.receivers},
            peers,
            self.answers,
            self.recovery.heard_of,
        )

    def _infer_direction(self, envelope: Envelope) -> Direction:
        unit_id = str(envelope.data.get("unit_id", ""))
        directory = self.state.directory
        today = self.now().astimezone(VIETNAM).date()
        with suppress(ValueError):
            hosted = self.hosting.hosts(UUID(unit_id), today, directory)
            if hosted and self.hosting.origin(unit_id) == envelope.origin:
                return Direction.OWN
        attributes = directory.attributes(unit_id, today)
        if attributes is not None and attributes.level.rank > self.spec.level.rank:
            return Direction.ABOVE
        return Direction.BELOW

    def _project(self) -> int:
        if self.projector.needs_rebuild:
            _log.info("the read models changed: rebuilding them")
            return self.projector.rebuild().events
        return self.projector.run_once()

    def _wake(self) -> None:
        for worker in self._workers:
            worker.wake()

    def open(self) -> None:
        """Read what the stores hold, without starting to work. Raises StoreUnavailableError."""
        self.projector.start()
        # What decisions look at is read from the end of the tables on; bring that near the log's.
        # Beside another process that folds these tables that is the other's work.
        with suppress(MovedError, BusyError):
            self.projector.catch_up()
        self.state.start(self.projector)
        self.origins.start()
        self.eraser.start()
        self.recovery.open()
        self._is_open = True

    def start(self) -> None:
        """Open if `open` has not been called, then record, forward, receive and project until
        `stop`. Raises StoreUnavailableError, only while it opens."""
        if not self._is_open:
            self.open()
        self.recovery.start()
        self.ingest.start()
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Finish what is queued and let go of everything; what is not sent waits in the log."""
        self.projector.interrupt()
        self.ingest.stop()
        for worker in self._workers:
            worker.stop()
        for forwarder in self.forwarders:
            forwarder.keep()
        for receiver in self.receivers:
            receiver.keep()
        self.recovery.stop()
        self.close()

    def close(self) -> None:
        """Let go of everything without waiting for work."""
        for receiver in self.receivers:
            receiver.close()
        for forwarder in self.forwarders:
            forwarder.close()
        self.carrier.close()
        self.state.close()
        self.database.close()
        self.log.close()

    # -- what entry points ask

    @property
    def directory(self) -> Directory:
        """Units, organisations and rules as this node knows them."""
        return self.state.directory

    def submit(self, items: Sequence[Pushed | Problem]) -> Future[list[ItemVerdict]]:
        """Record pushed events; see `Ingest.submit`."""
        future = self.ingest.submit(items)
        self._pushed.pushed(len(items))
        return future

    def origins_sync(self) -> Sequence[OriginSync]:
        """How complete every origin is here. Raises StoreUnavailableError."""
        waiting = self.sync.waiting_counts()
        heads = self.origins.heads()
        return [
            OriginSync(
                s.origin,
                s.unit_id,
                s.direction,
                heads[s.origin],
                s.announced,
                s.last_seen,
                waiting.get(s.origin, (0, 0))[0],
                s.forked,
            )
            for s in sorted(self.origins.states(), key=lambda s: (s.unit_id, str(s.origin)))
            if s.origin in heads
        ]

    def replay(self, digest: str) -> str | None:
        """Take a quarantined item in again; None if it was readable now, else why not.

        Raises NotFoundError, StoreUnavailableError. A crash in the middle leaves it in quarantine
        although it may have been taken in; replaying it again is harmless.
        """
        item = self.sync.quarantined_item(digest)
        if item is None:
            raise NotFoundError(f"nothing in quarantine has the digest {digest}")
        for receiver in self.receivers:
            if receiver.topic == item.topic:
                reason = receiver.replay(item)
                if reason is None:
                    self.sync.release(digest, format_time(self.now()))
                return reason
        raise NotFoundError(f"this node does not receive from {item.topic} any more")

    def backlog(self) -> Mapping[str, int]:
        """How far each worker is behind the log, in positions. Raises StoreUnavailableError."""
        head = self.log.position()
        behind = {"projector": head - self.projector.position}
        if not self.settings.by_hand:
            behind.update((f.name, head - (f.cursor or 0)) for f in self.forwarders)
        return behind

    def health(self) -> Health:
        """Whether the node can take events and serve figures."""
        reasons = [_failing(worker) for worker in self._workers if worker.error is not None]
        if self.directory.is_empty and self.spec.level != Level.CENTRAL:
            reasons.append(
                Text(
                    "đang chờ danh mục đơn vị từ cấp trên",
                    "waiting for the unit catalogue from above",
                )
            )
        for receiver in self.receivers:
            reasons += [_damaged(origin) for origin in sorted(receiver.damaged)]
        reasons += self.recovery.reasons()
        reasons += self.notary.alarms()
        notices = [*self.notary.notices(), *erasure_notices(self.erased, self.eraser)]
        return Health(not reasons, reasons, notices)


_WORK: Final[Mapping[str, Text]] = {
    "projector": Text("tính số liệu", "computing figures"),
    "erasure": Text("xóa nội dung không được lưu", "removing what must not be held"),
    "ledger": Text("niêm phong sổ cái", "sealing the ledger"),
    "patrol": Text("kiểm tra nhật ký", "verifying the log"),
    "recovery": Text("kiểm tra nhật ký còn nguyên", "checking that the log is whole"),
    "forward-up": Text("gửi lên cấp trên", "sending up"),
    "forward-down": Text("gửi xuống cấp dưới", "sending down"),
    "receive-above": Text("nhận từ cấp trên", "receiving from above"),
    "receive-below": Text("nhận từ cấp dưới", "receiving from below"),
}


def _failing(worker: Worker) -> Text:
    work = _WORK[worker.name]
    return Text(
        f"{work.vi} đang tạm dừng và tự thử lại ({worker.error})",
        f"{work.en} is interrupted and tries again by itself ({worker.error})",
    )


def _damaged(origin: UUID) -> Text:
    return Text(
        f"nhật ký thiếu sự kiện ở giữa dòng {origin}; cần khôi phục từ bản sao lưu",
        f"the log holds the stream {origin} with a hole; restore it from a backup",
    )


def _open_carrier(settings: Settings) -> Carrier:
    if settings.by_hand:
        return NoCarrier()
    if settings.kafka is not None:
        # Importing kafka-python takes half a second that the embedded profile need not spend.
        from services.node.carriers.kafka import KafkaCarrier  # noqa: PLC0415

        return KafkaCarrier(
            settings.kafka,
            client_id=settings.node,
            partitions=settings.partitions,
            replication=settings.replication,
            compression=None
            if settings.kafka_compression == "none"
            else settings.kafka_compression,
            security=settings.kafka_security,
        )
    return LocalCarrier(settings.carrier_path)
