"""Trying attacks on copies of a history, and noting who notices what, and when.

A trial spoils all four streams in the database of one node, each in another way, and then lets time
pass: an auditor takes the node's folder; the node starts; it verifies its log; it speaks with the
others; everybody records one more event, which is sealed. After each step everybody is asked what
he knows.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from services.node.audit.exporting import FolderExporter
from services.node.audit.findings import Report, StreamReport
from services.node.audit.verifying import verify
from services.node.database import Database
from services.node.errors import NodeError
from services.node.eventlog import open_log
from services.node.ledger.keys import VerifierKey
from services.node.node import Node
from services.node.notary.keyring import load_keyring
from services.node.receiver import Receiver
from services.node.trees import CheckpointStore, TreeStore
from services.node.trees.findings import Wrong
from tests.node.notary.country import meeting
from tests.node.sync.hierarchy import Hierarchy
from tests.tamper.attacks import Attack, Victim
from tests.tamper.history import LEVELS, ROUNDS, History, drawn

_ROUNDS_OF_TALK: Final = 8
RANKS: Final = {name: rank for rank, name in enumerate(LEVELS)}


class Kind(StrEnum):
    """Whose stream was spoilt, as seen from the node in whose database it was."""

    OWN = "own"
    BELOW = "from below"
    ABOVE = "from above"

    @classmethod
    def of(cls, node: str, recorder: str) -> Kind:
        if node == recorder:
            return cls.OWN
        return cls.BELOW if RANKS[recorder] > RANKS[node] else cls.ABOVE


class When(StrEnum):
    """When somebody notices, the soonest first."""

    START = "start"
    """When the node starts, before it reads anything."""
    VERIFIED = "pass"
    """When the node has verified its log: in the background, from the start on."""
    TALK = "talk"
    """When it has spoken with its neighbours: an announcement later, with nothing new recorded."""
    NEXT = "next"
    """When the next event of the stream is recorded and sealed."""
    NEVER = "never"


class Audit(StrEnum):
    """What `antq audit verify` says of the node's folder."""

    EXACT = "exact"
    """It names the first bad event."""
    RANGE = "range"
    """It names the first event of those between two checkpoints, one of which is bad."""
    UNPROVEN = "unproven"
    """It says that nobody vouches for these events."""
    NOTHING = "nothing"
    WRONG = "wrong"
    """It names another event."""


@dataclass
class Outcome:
    """What came of one attack on one stream in one database."""

    node: str
    recorder: str
    attack: Attack
    number: int
    first: int
    """The first event that is not what was recorded; 0 if no event was spoilt."""
    itself: When = When.NEVER
    above: When = When.NEVER
    others: When = When.NEVER
    """Anybody else."""
    named: bool = True
    """Whether what the node's own verification named holds the first bad event."""
    alone: Audit = Audit.NOTHING
    """By its folder alone."""
    received: Audit = Audit.NOTHING
    """With a checkpoint that another level keeps."""
    compared: Audit = Audit.NOTHING
    """With the folder of another level."""
    later: Audit = Audit.NOTHING
    """The same after one more event was recorded and sealed; asked where the other three say no
    more than that nobody vouches for the event."""

    @property
    def kind(self) -> Kind:
        return Kind.of(self.node, self.recorder)

    def __str__(self) -> str:
        nodes = f"{self.itself} {self.above} {self.others}"
        audits = f"{self.alone} {self.received} {self.compared}"
        place = f"{self.attack.name} {self.recorder}/{self.number} at {self.node}"
        return f"{place}: {nodes} | {audits}"


Known = Mapping[UUID, set[str]]
"""By stream, the nodes that have raised an alarm."""


@dataclass
class Bench:
    """A history, what auditors have of it, and a place for copies."""

    history: History
    place: Path
    chance: random.Random
    keys: list[VerifierKey] = field(default_factory=list)
    notes: dict[str, list[bytes]] = field(default_factory=dict)
    """By recorder, the newest checkpoints that the other levels keep."""
    vouched: dict[tuple[str, UUID], bool] = field(default_factory=dict)
    """By node and stream, whether another node's signature in its folder covers all of it."""
    trials: int = 0

    def __post_init__(self) -> None:
        for name in LEVELS:
            self.keys += self._export(self.history.whole / name, name, self.folder(name))
        for name in LEVELS:
            for one in verify([self.folder(name)], self.keys).streams:
                self.vouched[name, one.origin] = one.through(cosigned=True) == one.events
        for name, stream in self.history.streams.items():
            other = "central" if name != "central" else "province"
            database = Database(f"sqlite:///{self.history.whole}/{other}/state.db")
            signed = CheckpointStore(database).latest(stream)
            database.close()
            assert signed is not None
            self.notes[name] = [signed.note.encode()]

    def _export(self, files: Path, node: str, folder: Path) -> list[VerifierKey]:
        """The audit folder of a stopped node; its keys."""
        keyring = load_keyring(files, node)
        assert keyring is not None
        own = keyring.for_origin(self.history.streams[node]).verifier
        export(files, node, folder, own)
        return [own, keyring.cosigner.verifier]

    def folder(self, name: str) -> Path:
        """The audit folder of a level that nobody has touched."""
        return self.place / f"audit-{name}"

    def try_attacks(
        self, node: str, attacks: Mapping[str, tuple[Attack, int]], *, restarted: bool = False
    ) -> list[Outcome]:
        """Spoil streams, by recorder, in one node's database. `restarted`: the other nodes are
        started again afterwards too, and ask and repeat what a node does at its start."""
        planned = [f"{recorder} {one.name} {n}" for recorder, (one, n) in attacks.items()]
        with drawn(f"{node} {planned}"):
            return self._try(node, attacks, restarted=restarted)

    def _try(
        self, node: str, attacks: Mapping[str, tuple[Attack, int]], *, restarted: bool
    ) -> list[Outcome]:
        hierarchy, folder = self._copy()
        outcomes = []
        for recorder, (attack, number) in attacks.items():
            victim = Victim(
                folder / node,
                self.history.whole / node,
                node,
                self.history.streams[recorder],
                self.history.streams["central" if recorder != "central" else "district"],
                ROUNDS[recorder][-1],
                number,
                self.chance,
            )
            first = attack.first(victim)
            attack.do(victim)
            outcomes.append(Outcome(node, recorder, attack, number, first))
        return self._see(hierarchy, folder, node, outcomes, restarted=restarted)

    def try_backup(self, node: str, number: int, attack: Attack) -> Outcome:
        """Put the files of an earlier round in the place of one node's. What it holds of others
        comes again by itself; its own stream tells."""
        hierarchy, folder = self._copy()
        # Not removed, or the copy could get its inodes and look at home.
        (folder / node).rename(folder / f"{node}-lost")
        shutil.copytree(self.history.round(number) / node, folder / node)
        outcome = Outcome(node, node, attack, number, ROUNDS[node][number - 1] + 1)
        with drawn(f"{node} backup {number}"):
            (seen,) = self._see(hierarchy, folder, node, [outcome])
        return seen

    def _copy(self) -> tuple[Hierarchy, Path]:
        self.trials += 1
        folder = self.place / f"trial-{self.trials}"
        return self.history.copy(folder), folder

    def _see(
        self,
        hierarchy: Hierarchy,
        folder: Path,
        node: str,
        outcomes: list[Outcome],
        *,
        restarted: bool = False,
    ) -> list[Outcome]:
        try:
            self._audit(folder, node, outcomes)
            self._live(hierarchy, node, outcomes, restarted=restarted)
            hierarchy.close()
            hierarchy.nodes.clear()
            self._audit_again(folder, node, outcomes)
        finally:
            hierarchy.close()
            shutil.rmtree(folder)
        return outcomes

    def _audit_again(self, folder: Path, node: str, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if Audit.UNPROVEN is outcome.compared:
                names = node, outcome.recorder
                for name in names:
                    self._export(folder / name, name, folder / f"later-{name}")
                report = verify([folder / f"later-{name}" for name in names], self.keys)
                stream = self.history.streams[outcome.recorder]
                outcome.later = judged(
                    report, folder / f"later-{node}", stream, outcome.first, vouched=True
                )

    # -- the auditor

    def _audit(self, folder: Path, node: str, outcomes: Iterable[Outcome]) -> None:
        audited = folder / "audit"
        self._export(folder / node, node, audited)
        other = LEVELS[node][1] or "province"
        alone = verify([audited], self.keys)
        notes = [note for notes in self.notes.values() for note in notes]
        received = verify([audited], self.keys, checkpoints=notes)
        compared = verify([audited, self.folder(other)], self.keys)
        for outcome in outcomes:
            stream = self.history.streams[outcome.recorder]
            vouched = self.vouched[node, stream]
            outcome.alone = judged(alone, audited, stream, outcome.first, vouched)
            outcome.received = judged(received, audited, stream, outcome.first, vouched)
            outcome.compared = judged(compared, audited, stream, outcome.first, vouched)

    # -- the nodes

    def _live(
        self, hierarchy: Hierarchy, node: str, outcomes: Iterable[Outcome], *, restarted: bool
    ) -> None:
        spoilt = hierarchy.add(node, *LEVELS[node])
        short = {finding.origin for finding in spoilt.verification().shortages()}
        spoilt.notary.run_once()
        sealer = spoilt.notary.sealer
        assert sealer is not None
        early = short | sealer.alarms.keys()
        for outcome in outcomes:
            if self.history.streams[outcome.recorder] in early:
                outcome.itself = When.START
        findings = spoilt.notary.patrol.complete()
        for outcome in outcomes:
            finding = findings.get(self.history.streams[outcome.recorder])
            if finding is not None:
                outcome.itself = min(outcome.itself, When.VERIFIED, key=list(When).index)
                moved_up = finding.what is Wrong.MISSING and outcome.first <= finding.first
                held = finding.first <= outcome.first <= finding.last
                outcome.named = not outcome.first or held or moved_up
        for name in LEVELS:
            if name != node:
                other = hierarchy.add(name, *LEVELS[name])
                if not restarted:
                    # They have been running all the while: nothing to repeat, nothing to ask.
                    other.notary._started = other.recovery._heard = True
        streams = self.history.streams.values()
        self._note(talk(hierarchy, streams), node, outcomes, When.TALK)
        for name in LEVELS:
            record_one(hierarchy.nodes[name])
        self._note(talk(hierarchy, streams, _ROUNDS_OF_TALK + 4), node, outcomes, When.NEXT)

    def _note(self, known: Known, node: str, outcomes: Iterable[Outcome], when: When) -> None:
        """Who came to know what by now; who knew before stays as he was."""
        for outcome in outcomes:
            knowing = known[self.history.streams[outcome.recorder]]
            if node in knowing and outcome.itself is When.NEVER:
                outcome.itself = when
            if outcome.above is When.NEVER and any(RANKS[n] < RANKS[node] for n in knowing):
                outcome.above = when
            if outcome.others is When.NEVER and any(RANKS[n] > RANKS[node] for n in knowing):
                outcome.others = when


def knows(node: Node, stream: UUID) -> bool:
    """Whether a node raises an alarm about a stream."""
    state = node.origins.state(stream)
    sealer = node.notary.sealer
    return (
        (state is not None and state.forked)
        or stream in node.notary.patrol.findings
        or (sealer is not None and stream in sealer.alarms)
        or any(alarm.origin == stream for alarm in node.notary.alarm_book.heard())
        or any(alarm.origin == stream for alarm in node.notary.also_wrong())
    )


def record_one(node: Node) -> None:
    """Record an event; a node that is fenced refuses, which is as good."""
    try:
        meeting(node)
    except (AssertionError, NodeError):
        assert not node.health().ready


def talk(hierarchy: Hierarchy, streams: Iterable[UUID], rounds: int = _ROUNDS_OF_TALK) -> Known:
    """Let all nodes take their steps for a while; who has raised an alarm meanwhile."""
    known: dict[UUID, set[str]] = {stream: set() for stream in streams}
    for _ in range(rounds):
        for name, node in hierarchy.nodes.items():
            for forwarder in node.forwarders:
                forwarder.run_once()
            for receiver in node.receivers:
                take(receiver)
            node.projector.run_once()
            node.notary.run_once()
            node.eraser.run_once()
            node.recovery.run_once()
            for stream, nodes in known.items():
                if knows(node, stream):
                    nodes.add(name)
    return known


def take(receiver: Receiver) -> None:
    receiver.run_once(timeout=0)


def judged(report: Report, folder: Path, stream: UUID, first: int, vouched: bool) -> Audit:
    """What a report says of a stream whose first bad event is known. `vouched`: whether the same
    folder, untouched, shows the signature of another node over all of it."""
    found = [one for one in report.all_findings if one.origin == stream]
    named = [one for one in found if one.first is not None]
    if found and not first:
        return Audit.EXACT
    if named:
        best = min(named, key=lambda one: (one.last or one.first or 0, one.last is not None))
        assert best.first is not None
        last = best.last or best.first
        if best.code == "rolled-back" and _agreeing(report, folder, stream) < first <= best.first:
            return Audit.EXACT if first == best.first else Audit.RANGE
        if not best.first <= first <= last:
            return Audit.WRONG
        sure = best.last is None or best.code == "rolled-back"
        return Audit.EXACT if sure and best.first == first else Audit.RANGE
    own = _stream(report, folder, stream)
    signed = own.through(cosigned=True) if vouched else own.through()
    return Audit.UNPROVEN if signed < own.events else Audit.NOTHING


def _stream(report: Report, folder: Path, stream: UUID) -> StreamReport:
    (own,) = [one for one in report.streams if (one.folder, one.origin) == (str(folder), stream)]
    return own


def _agreeing(report: Report, folder: Path, stream: UUID) -> int:
    """Through which event checkpoints confirm the stream: what follows may have been moved up."""
    return _stream(report, folder, stream).agreeing


def export(files: Path, node: str, folder: Path, own: VerifierKey) -> None:
    """The audit folder of a stopped node."""
    log = open_log(f"sqlite:///{files}/log.db")
    database = Database(f"sqlite:///{files}/state.db")
    try:
        FolderExporter(log, CheckpointStore(database), TreeStore(database)).audit(
            folder,
            node=node,
            level=LEVELS[node][0].value,
            made_at="2025-01-01T00:00:00.000000Z",
            keys=[str(own)],
        )
    finally:
        log.close()
        database.close()
