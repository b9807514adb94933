"""What the ledger's worker does: trees level with the log, own streams sealed, others' vouched for.

Everything it holds in memory is made again from the tables and from what the other nodes repeat.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Alarm, Alarms, Checkpoints
from domain.forks import ForkBook, ForkOutcome
from domain.refusals import Text
from domain.signing_keys import KeyBook
from services.node.database import Database
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.notary.alarming import AlarmBook
from services.node.notary.alarming import text_of as told
from services.node.notary.evidence import EvidenceStore
from services.node.notary.keyring import Keyring
from services.node.notary.mirroring import Mirror
from services.node.notary.outbox import Outbox
from services.node.notary.sealing import Announce, Sealer
from services.node.origins import Origins
from services.node.syncstate import Direction, SyncState
from services.node.trees import CheckpointStore, GrowingLog, Trees
from services.node.trees.patrol import Patrol, text_of

_log = logging.getLogger(__name__)
_SETTLE_SECONDS: Final = 60.0
"""How often the log is looked through for what another process has recorded."""
_ANNOUNCE_SECONDS: Final = 3.0
_TELL_SECONDS: Final = 30.0
"""Children that ask meanwhile are told together."""

NO_KEYS: Final = Text(
    "nút chưa có khóa ký, nên chưa niêm phong và chưa xác nhận gì; chạy: antq keys init",
    "the node has no keys and neither seals nor vouches for anything; run: antq keys init",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the notary reads of the events."""

    keys: Callable[[], KeyBook]
    forks: Callable[[], ForkBook]
    explained: Callable[[UUID, int], bool] = lambda _origin, _size: True
    """See `Mirror`."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When to seal, and how soon to repeat what is not confirmed."""

    seal_events: int
    seal_seconds: float
    repeat_seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger stands, for metrics and pages."""

    has_keys: bool
    unsealed: int
    """Streams of this node with events that are not sealed."""
    unconfirmed: int
    """Streams whose newest checkpoint has not every receipt from above."""
    waiting: int
    """Checkpoints that arrived before their events or their key."""
    disputed: int
    """Streams with evidence of a fork by checkpoint that nobody has decided."""
    alarms: int
    """Own streams that are not sealed because that would contradict what was signed."""
    damaged: int
    """Streams that the patrol did not find as they were recorded."""
    passes: int
    """Times the patrol has read the whole log since the start."""
    below: int
    """Alarms that nodes below have told."""
    wrongly_signed: int
    """Checkpoints with a wrong signature that arrived since the start."""


class Notary:
    """`show`, `take_up` and `take_down` may be called from any thread; `run_once` by one."""

    def __init__(
        self,
        node: str,
        log: GrowingLog,
        trees: Trees,
        database: Database,
        sync: SyncState,
        origins: Origins,
        known: Known,
        keyring: Keyring | None,
        now: Callable[[], datetime],
        pace: Pace,
        patrol: Patrol,
        *,
        announce: Announce,
        announce_cosigner: Callable[[], Text | None],
        receipt: Callable[[Mapping[UUID, int]], None] = lambda _heads: None,
        has_parent: bool,
        has_children: bool,
    ) -> None:
        """`receipt` hears how far checkpoints of own streams that came from above go.

        `announce_cosigner` sees to it that the cosigning key stands in a stream of this node."""
        self._node = node
        self._log = log
        self._trees = trees
        self._sync = sync
        self._origins = origins
        self._known = known
        self.keyring = keyring
        self.checkpoints = CheckpointStore(database)
        self.evidence = EvidenceStore(database)
        self.evidence.create_tables()
        self._up = Outbox(pace.repeat_seconds, repeat=True, is_open=has_parent)
        self._down = Outbox(pace.repeat_seconds, repeat=False, is_open=has_children)
        self.sealer: Sealer | None = None
        if keyring is not None:
            self.sealer = Sealer(
                keyring,
                trees,
                self.checkpoints,
                known.keys,
                announce,
                events=pace.seal_events,
                seconds=pace.seal_seconds,
                doubt=patrol.doubt,
            )
        self.patrol = patrol
        self.alarm_book = AlarmBook(
            self._own_alarms, lambda: patrol.passes > 0, seconds=pace.repeat_seconds
        )
        self.mirror = Mirror(
            keyring if has_children else None,
            trees,
            self.checkpoints,
            self.evidence,
            origins,
            known.keys,
            now,
            up=self._up,
            down=self._down,
            on_own=self._own_from_above,
            doubt=patrol.doubt,
            explained=known.explained,
        )
        self._receipt = receipt
        self.also_wrong: Callable[[], Sequence[Alarm]] = tuple
        """What other parts of the node know to be wrong with its streams."""
        self._announce_cosigner = announce_cosigner if keyring and has_children else None
        self._cosigner_waits: Text | None = None
        self._next_announcement = 0.0
        self._next_settling = 0.0
        self._next_telling = 0.0
        self._asked_below = has_children
        self._started = False

    # -- for the links

    def show(self, message: Checkpoints | Alarms, direction: Direction) -> None:
        """Checkpoints arrived from that side, or alarms, which only those below may raise."""
        if isinstance(message, Checkpoints):
            self.mirror.show(message, direction)
        elif direction == Direction.BELOW:
            self.alarm_book.hear(message)

    def take_up(self) -> Mapping[str, Sequence[bytes]]:
        """Notes to be sent to the parent now, by the node they concern."""
        return self._up.take()

    def take_alarms(self) -> Sequence[Alarm] | None:
        """Everything wrong here and below, if it is time to tell the parent; else None."""
        return self.alarm_book.take()

    def take_down(self) -> Mapping[str, Sequence[bytes]]:
        """Notes to be sent to the children now."""
        return self._down.take()

    def asked_below(self) -> None:
        """A child opened its topic, or this node its own: the children may have missed what was
        told. Any thread."""
        self._asked_below = True

    # -- the worker

    def run_once(self) -> int:
        """One step; how much there was to do. Raises StoreUnavailableError.

        A crash anywhere leaves trees behind the log, or checkpoints that nobody has heard of: the
        first step grows the one and sends the others.
        """
        done = 0
        if self._log.overtaken or time.monotonic() >= self._next_settling:
            done += self._log.settle()
            self._next_settling = time.monotonic() + _SETTLE_SECONDS
            if self.sealer is not None:
                self.sealer.grown(self._origins.of({Direction.OWN}))
        self._trees.flush_if_due()
        if not self._started:
            self._start()
        grown = self._log.take_grown()
        if self.sealer is not None:
            directions = self._origins.directions(grown)
            self.sealer.grown(o for o in grown if directions[o] == Direction.OWN)
            self._see_to_cosigner()
            for origin, signed in self.sealer.step():
                self._up.put(origin, signed)
                self._down.put(origin, signed)
                done += 1
        if self._asked_below and time.monotonic() >= self._next_telling:
            self._tell_below()
        done += self.mirror.step()
        self._apply_decisions()
        return done

    def _start(self) -> None:
        """What is not confirmed is sent again."""
        latest = self.checkpoints.all_latest()
        directions = self._origins.directions(latest)
        for origin, signed in latest.items():
            mine = directions[origin] in (Direction.OWN, Direction.BELOW)
            # An own stream's is sent in any case: whoever holds more of it says so.
            if mine and (directions[origin] == Direction.OWN or not self._is_confirmed(signed)):
                self._up.put(origin, signed)
        self._started = True

    def _tell_below(self) -> None:
        """Those below may have missed checkpoints of the streams that go down: send the newest."""
        self._asked_below = False
        self._next_telling = time.monotonic() + _TELL_SECONDS
        for origin in self._origins.of({Direction.OWN, Direction.ABOVE}):
            signed = self.checkpoints.latest(origin)
            if signed is not None:
                self._down.put(origin, signed)

    def _is_confirmed(self, signed: SignedCheckpoint) -> bool:
        return self.mirror.is_confirmed(signed)

    def _own_from_above(self, origin: UUID, signed: SignedCheckpoint) -> None:
        if self.sealer is not None:
            self.sealer.learned(origin, signed)
        self._receipt({origin: signed.checkpoint.size})

    def _see_to_cosigner(self) -> None:
        if self._announce_cosigner is None or time.monotonic() < self._next_announcement:
            return
        self._cosigner_waits = self._announce_cosigner()
        self._next_announcement = time.monotonic() + _ANNOUNCE_SECONDS

    def _apply_decisions(self) -> None:
        """Let those streams go on of which a person has decided it after the last evidence."""
        forked = [state.origin for state in self._origins.states() if state.forked]
        if not forked:
            return
        deciders = self._origins.of({Direction.OWN})
        for origin in forked:
            decision = self._known.forks().latest(origin, deciders)
            if decision is None or decision.data["outcome"] != ForkOutcome.GOES_ON:
                continue
            evidence = self.evidence.of(origin)
            seen = [fork.seen_at for fork in evidence]
            seen += (fork.seen_at for fork in self._sync.forks(origin))
            if decision.recorded_at < max(seen, default=""):
                continue
            self._origins.let_go_on(origin)
            self.mirror.decided(origin, [fork.digest for fork in evidence])
            _log.warning("ledger: stream %s goes on, by decision %s", origin, decision.event_id)

    # -- for people

    def standing(self) -> Standing:
        """Counts; reads no table."""
        sealer = self.sealer
        return Standing(
            sealer is not None,
            0 if sealer is None else sealer.unsealed,
            len(self._up),
            self.mirror.waiting,
            len(self.mirror.disputed),
            0 if sealer is None else len(sealer.alarms),
            len(self.patrol.findings),
            self.patrol.passes,
            len(self.alarm_book.heard()),
            sum(self.mirror.wrongly_signed.values()),
        )

    def alarms(self) -> Sequence[Text]:
        """What a person must look at before anything is signed again."""
        found = {} if self.sealer is None else dict(self.sealer.alarms)
        found.update((one.origin, text_of(one)) for one in self.patrol.findings.values())
        return [text for _, text in sorted(found.items())]

    def _own_alarms(self) -> list[Alarm]:
        """What is wrong in this node's store, a line for each stream."""
        node = self._node
        found: dict[UUID, Alarm] = {}
        for state in self._origins.states():
            if state.forked:
                found[state.origin] = Alarm(node, state.origin, 0, 0, "forked")
        for origin in {} if self.sealer is None else self.sealer.alarms:
            found[origin] = Alarm(node, origin, 0, 0, "not-signed")
        for one in self.patrol.findings.values():
            found[one.origin] = Alarm(node, one.origin, one.first, one.last, one.what.value)
        for alarm in self.also_wrong():
            found.setdefault(alarm.origin, alarm)
        return [alarm for _, alarm in sorted(found.items())]

    def notices(self) -> Sequence[Text]:
        """What somebody should know and the node works with all the same."""
        notices = [NO_KEYS] if self.keyring is None else []
        waiting = None if self.sealer is None else self.sealer.waiting
        notices += [text for text in (waiting, self._cosigner_waits) if text is not None]
        notices += [
            Text(
                f"dòng {origin}: điểm chốt đã ký mâu thuẫn với những gì nút này giữ; dòng dừng đến"
                " khi có quyết định (antq forks)",
                f"stream {origin}: a signed checkpoint contradicts what this node holds; it is"
                " stopped until somebody decides (antq forks)",
            )
            for origin in sorted(self.mirror.disputed)
        ]
        notices += [told(alarm) for alarm in self.alarm_book.heard()]
        notices += [
            Text(
                f"{count} điểm chốt có chữ ký sai đến từ {sender or 'các nút khác'}, đã bỏ;"
                " ai ghi được vào kênh đó?",
                f"{count} checkpoints with a wrong signature came from {sender or 'other nodes'}"
                " and were dropped; who may write to that topic?",
            )
            for sender, count in sorted(self.mirror.wrongly_signed.items())
        ]
        return notices
