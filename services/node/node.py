"""The composition root: a node from its settings and its level's spec, for every entry point."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from contracts.control import Alarm
from contracts.envelope import Envelope, format_time
from contracts.topics import down_topic, up_topic
from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.levels import Level
from services.node.bundles.exporting import Exporter, Way
from services.node.bundles.importing import Importer
from services.node.bundles.peers import Peers
from services.node.carriers import Carrier
from services.node.carriers.opening import open_carrier
from services.node.database import Database
from services.node.decisionstate import DecisionState
from services.node.erasure.book import Book
from services.node.erasure.eraser import Eraser
from services.node.erasure.notices import erasure_notices
from services.node.errors import BusyError, MovedError, NotFoundError
from services.node.eventlog import open_log
from services.node.health import NO_CATALOGUE, Health, damaged
from services.node.hosting import Hosting
from services.node.ingest import Ingest, ItemVerdict
from services.node.levelspec import LevelSpec
from services.node.links import Links
from services.node.notary import Known, Notary, Pace
from services.node.notary.announcing import Announcer
from services.node.notary.keyring import load_keyring
from services.node.origins import Origins
from services.node.originsync import OriginSync, origins_sync
from services.node.ownevents import OwnEvents
from services.node.problems import Problem
from services.node.projector import Projector, Workshop
from services.node.pushed import Pushed
from services.node.readmodels import EVERY_NODES
from services.node.recordingload import RecordingLoad
from services.node.recovery import Answers, Guard, MarkerFile, Recovery, Resumer, Verifier, seat_of
from services.node.settings import Settings
from services.node.syncstate import Direction, SyncState
from services.node.trees import GrowingLog, Trees, TreeStore, create_ledger_tables
from services.node.trees.checkpoints import CheckpointStore
from services.node.trees.patrol import Patrol
from services.node.trees.verifying import Verification
from services.node.views import Stream
from services.node.workers import failing, followers, link_workers, own_workers

_log = logging.getLogger(__name__)


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
        self.load = RecordingLoad()
        self.ingest = Ingest(
            self.log,
            self.state,
            self.origins,
            self.hosting,
            now,
            on_recorded=self._follow,
            any_erased=lambda: not self.erased.is_empty,
            guard=self.guard,
        )
        self.carrier = carrier or open_carrier(settings)
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
        peers = Peers(self.database)
        peers.create_tables()
        links = Links(
            settings,
            spec.level,
            self.log,
            self.sync,
            self.origins,
            self.carrier,
            self.notary,
            self.recovery,
            self.answers,
            peers,
            now,
            wake=self.wake,
            received=self.load.add,
        )
        self.forwarders = links.forwarders
        self.receivers = links.receivers
        self._bundles(peers)
        self._workers = own_workers(
            self._project,
            self.notary,
            self.eraser,
            self.recovery,
            gather_figures=lambda: settings.figures_seconds if self.load.is_high else 0.0,
        )
        if not settings.by_hand:
            self._workers += link_workers(self.forwarders, self.receivers)
        self._followers = followers(self._workers)

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
                gives_way=lambda: self.load.is_high,
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

    def _bundles(self, peers: Peers) -> None:
        """The same streams in files, into the same receivers."""
        settings = self.settings
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

    def wake(self) -> None:
        """Let every worker look whether there is something to do."""
        for worker in self._workers:
            worker.wake()

    def _follow(self) -> None:
        """The recorder has recorded a group."""
        for worker in self._followers:
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
        for worker in self._workers:  # all at once: each may be waiting for something to come
            worker.ask_to_stop()
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
        self.load.add(len(items))
        return future

    def origins_sync(self) -> Sequence[OriginSync]:
        """How complete every origin is here. Raises StoreUnavailableError."""
        return origins_sync(self.origins, self.sync)

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
        reasons = [failing(worker) for worker in self._workers if worker.error is not None]
        if self.directory.is_empty and self.spec.level != Level.CENTRAL:
            reasons.append(NO_CATALOGUE)
        for receiver in self.receivers:
            reasons += [damaged(origin) for origin in sorted(receiver.damaged)]
        reasons += self.recovery.reasons()
        reasons += self.notary.alarms()
        notices = [*self.notary.notices(), *erasure_notices(self.erased, self.eraser)]
        return Health(not reasons, reasons, notices)
