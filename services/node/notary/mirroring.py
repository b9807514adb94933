"""The mirror: a node recomputes what it receives, and vouches for it by cosigning.

A checkpoint from below waits until the stream has come so far. Then its root must be the root of
the tree grown here from the received bytes. If it is, this node adds its cosignature with the time,
keeps it, hands it on to the level above, and sends it back down: the receipt. If it is not, what is
signed and what was received are two histories: the evidence is kept and the stream stands still
until a person decides.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Checkpoints
from contracts.envelope import format_time
from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_in
from services.node.ledger.note import NoteError
from services.node.notary.evidence import CheckpointFork, EvidenceStore, ForkReason
from services.node.notary.keeping import Agreed, Keeper
from services.node.notary.keyring import Keyring
from services.node.notary.outbox import Outbox
from services.node.notary.trust import Signed, own_signature
from services.node.origins import Origins
from services.node.syncstate import Direction
from services.node.trees import CheckpointStore, Trees
from services.node.trees.checkpoints import CheckpointConflictError

_log = logging.getLogger(__name__)
_MAX_PENDING: Final = 50_000
"""Checkpoints that wait for their events; who sent one that is passed over repeats it."""
_PART: Final = 500
"""Checkpoints that are kept in one transaction."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A checkpoint as it arrived."""

    origin: UUID
    signed: SignedCheckpoint
    raw: bytes
    sender: str
    direction: Direction
    """Where it came from: from above it is a receipt."""


_Key = tuple[UUID, int, bytes, Direction]
_Item = tuple[_Key, _Shown]


class Mirror:
    """`show` may be called from any thread; the rest is for one."""

    def __init__(
        self,
        keyring: Keyring | None,
        trees: Trees,
        store: CheckpointStore,
        evidence: EvidenceStore,
        origins: Origins,
        keys: Callable[[], KeyBook],
        now: Callable[[], datetime],
        *,
        up: Outbox,
        down: Outbox,
        on_own: Callable[[UUID, SignedCheckpoint], None],
    ) -> None:
        """`on_own` hears of checkpoints of this node's own streams that came from above."""
        self._keeper = Keeper(keyring, store, origins, keys, now, up=up, down=down, on_own=on_own)
        self._trees = trees
        self._evidence = evidence
        self._origins = origins
        self._keys = keys
        self._now = now
        self._lock = threading.Lock()
        self._pending: dict[_Key, _Shown] = {}
        self._settled: set[str] = set()
        """Evidence that was decided about, by its digest."""
        self.disputed: frozenset[UUID] = frozenset(fork.origin for fork in evidence.of())
        """Streams of which evidence is kept."""

    @property
    def waiting(self) -> int:
        """Checkpoints that wait for their events or for the key that signed them."""
        return len(self._pending)

    def show(self, message: Checkpoints, direction: Direction) -> None:
        """These arrived from that side. Nothing of it is kept: the sender repeats."""
        for raw in message.notes:
            try:
                signed = SignedCheckpoint.read(raw)
                origin = origin_in(signed.checkpoint.origin)
            except NoteError as error:
                _log.warning("not a checkpoint from %s: %s", message.node, error)
                continue
            shown = _Shown(origin, signed, raw, message.node, direction)
            key = (origin, signed.checkpoint.size, signed.checkpoint.root, direction)
            with self._lock:
                if key in self._pending or len(self._pending) < _MAX_PENDING:
                    self._pending[key] = shown

    def step(self) -> int:
        """Judge what can be judged; how many were. Raises StoreUnavailableError.

        What fails half-way stays among what waits, and judging it again changes nothing.
        """
        with self._lock:
            pending = sorted(self._pending.items(), key=_by_side)
        return sum(self._settle(part) for part in _parts(pending))

    def _settle(self, part: Sequence[_Item]) -> int:
        """Judge these, which are of different places, and keep those that agree together."""
        judged: list[_Item] = []
        agreed: list[Agreed] = []
        for item in part:
            found = self._judge(item[1])
            if found is not False:
                judged.append(item)
            if isinstance(found, Agreed):
                agreed.append(found)
        if agreed:
            self._keep(agreed)
        with self._lock:
            for key, shown in judged:
                if self._pending.get(key) is shown:
                    del self._pending[key]
        return len(judged)

    def _judge(self, shown: _Shown) -> Agreed | bool:
        """What is to be kept of it; else whether nothing more is to be done about it."""
        origin, checkpoint = shown.origin, shown.signed.checkpoint
        state = self._origins.state(origin)
        if state is None:
            return False
        if state.forked:
            return True  # repeated by its sender; judged again once a person has decided
        if state.direction != Direction.BELOW and shown.direction != Direction.ABOVE:
            return True  # nobody below speaks for this node's streams, or for those from above
        worth, signature = own_signature(shown.signed, self._keys(), origin)
        if worth is Signed.WRONGLY:
            self._stop(shown, ForkReason.SIGNATURE, b"")
            return True
        if signature is None:
            return False
        size = self._trees.size(origin)
        if size >= checkpoint.size:
            held = self._trees.root(origin, checkpoint.size)
            if held != checkpoint.root:
                self._stop(shown, ForkReason.ROOT, held)
                return True
        elif state.direction != Direction.OWN:
            return False
        return Agreed(
            origin, shown.signed, signature, state.direction, shown.direction, shown.sender
        )

    def _keep(self, agreed: Sequence[Agreed]) -> None:
        """Keep these and hand them on. One that cannot be kept does not hold up the others."""
        try:
            self._keeper.keep(agreed)
        except CheckpointConflictError:
            if len(agreed) == 1:
                raise
            for one in agreed:
                self._keep([one])

    def superiors(self) -> list[Registration]:
        """The cosigners above this node: their keys came from above."""
        return self._keeper.superiors()

    def is_confirmed(self, signed: SignedCheckpoint) -> bool:
        """Whether every level above that cosigns has done so."""
        return self._keeper.is_confirmed(signed)

    # -- forks

    def _stop(self, shown: _Shown, reason: ForkReason, held: bytes) -> None:
        """Keep the evidence first: if the origin cannot be stopped, the next checkpoint tries."""
        origin, size = shown.origin, shown.signed.checkpoint.size
        at = format_time(self._now())
        fork = CheckpointFork(origin, size, reason, shown.raw, held, shown.sender, at)
        if fork.digest in self._settled:
            return
        self._evidence.save(fork)
        _log.critical(
            "LEDGER: FORK: a checkpoint of stream %s over %d events from %s contradicts what is"
            " held (%s); the stream is stopped",
            origin,
            size,
            shown.sender,
            reason.value,
        )
        self.disputed |= {origin}
        self._origins.mark_forked(origin)

    def decided(self, origin: UUID, digests: Iterable[str]) -> None:
        """A person decided that the stream goes on: this evidence stops it no more."""
        self._settled.update(digests)
        self.disputed -= {origin}


def _by_side(item: _Item) -> tuple[Direction, UUID, int]:
    origin, size, _, direction = item[0]
    return direction, origin, size


def _parts(pending: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """Cut what waits where a part is long enough, or would hold one place twice."""
    start = 0
    for stop in range(1, len(pending) + 1):
        if (
            stop == len(pending)
            or stop - start == _PART
            or pending[stop][0][3] != pending[stop - 1][0][3]
            or pending[stop][0][:2] == pending[stop - 1][0][:2]
        ):
            yield pending[start:stop]
            start = stop
