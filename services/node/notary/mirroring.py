"""The mirror: a node recomputes what it receives, and vouches for it by cosigning.

A checkpoint from below waits until the stream has come so far. Then its root must be the root of
the tree grown here from the received bytes. If it is, this node adds its cosignature with the time,
keeps it, hands it on to the level above, and sends it back down: the receipt. If it is not, what is
signed and what was received are two histories: the evidence is kept and the stream stands still
until a person decides.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Checkpoints
from contracts.envelope import format_time
from domain.refusals import Text
from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_in
from services.node.ledger.note import NoteError
from services.node.notary.evidence import CheckpointFork, EvidenceStore, ForkReason
from services.node.notary.keeping import Agreed, Keeper
from services.node.notary.keyring import Keyring
from services.node.notary.outbox import Outbox
from services.node.notary.trust import Signed, own_signature
from services.node.notary.waiting import Shown, Waiting
from services.node.origins import Origins
from services.node.syncstate import Direction
from services.node.trees import CheckpointStore, Trees
from services.node.trees.checkpoints import CheckpointConflictError

_log = logging.getLogger(__name__)
_MOST_SENDERS: Final = 1_000
"""Senders of wrong signatures that are counted apart."""
_PART: Final = 500
"""Checkpoints that are kept in one transaction."""


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
        doubt: Callable[[UUID], Text | None] = lambda _origin: None,
        explained: Callable[[UUID, int], bool] = lambda _origin, _size: True,
    ) -> None:
        """`on_own` hears of checkpoints of this node's own streams that came from above. `doubt`
        says why this node must not vouch for a stream: its own log of it is damaged.
        `explained` says whether every event that was removed from a tree of that size was removed
        by a decision that is known here: nobody vouches for a removal without one."""
        self._explained = explained
        self._keeper = Keeper(keyring, store, origins, keys, now, up=up, down=down, on_own=on_own)
        self._trees = trees
        self._evidence = evidence
        self._origins = origins
        self._keys = keys
        self._now = now
        self._doubt = doubt
        self._waiting = Waiting()
        self._wrong: dict[str, int] = {}
        self._settled: set[str] = set()
        """Evidence that was decided about, by its digest."""
        self.disputed: frozenset[UUID] = frozenset(fork.origin for fork in evidence.of())
        """Streams of which evidence is kept."""

    @property
    def waiting(self) -> int:
        """Checkpoints that wait for their events or for the key that signed them."""
        return len(self._waiting)

    @property
    def wrongly_signed(self) -> Mapping[str, int]:
        """Checkpoints with a wrong signature that arrived since the start, by who sent them."""
        return dict(self._wrong)

    def show(self, message: Checkpoints, direction: Direction) -> None:
        """These arrived from that side. Nothing of it is kept: the sender repeats."""
        for raw in message.notes:
            try:
                signed = SignedCheckpoint.read(raw)
                origin = origin_in(signed.checkpoint.origin)
            except NoteError as error:
                _log.warning("not a checkpoint from %s: %s", message.node, error)
                continue
            self._waiting.add(Shown(origin, signed, raw, message.node, direction))

    def step(self) -> int:
        """Judge what can be judged; how many were. Raises StoreUnavailableError.

        What fails half-way stays among what waits, and judging it again changes nothing.
        """
        return sum(self._settle(part) for part in _parts(self._waiting.all()))

    def _settle(self, part: Sequence[Shown]) -> int:
        """Judge these, which are of different places, and keep those that agree together."""
        judged: list[Shown] = []
        agreed: list[Agreed] = []
        for shown in part:
            found = self._judge(shown)
            if found is not False:
                judged.append(shown)
            if isinstance(found, Agreed):
                agreed.append(found)
        if agreed:
            self._keep(agreed)
        for shown in judged:
            self._waiting.done(shown)
        return len(judged)

    def _judge(self, shown: Shown) -> Agreed | bool:
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
            self._count_wrong(shown)
            return True
        if signature is None:
            return False
        size = self._trees.size(origin)
        if size >= checkpoint.size:
            held = self._trees.root(origin, checkpoint.size)
            if held != checkpoint.root:
                self._stop(shown, ForkReason.ROOT, held)
                return True
            if not self._explained(origin, checkpoint.size):
                return False
        elif state.direction != Direction.OWN:
            return False
        if state.direction == Direction.BELOW and self._doubt(origin) is not None:
            return True  # repeated by its sender, who gets no receipt until the log is whole again
        return Agreed(
            origin, shown.signed, signature, state.direction, shown.direction, shown.sender
        )

    def _keep(self, agreed: Sequence[Agreed]) -> None:
        """Keep these and hand them on. One that cannot be kept does not hold up the others: it is
        right, so what is kept in its place was put there by somebody, which the patrol tells."""
        try:
            self._keeper.keep(agreed)
        except CheckpointConflictError:
            if len(agreed) == 1:
                _log.critical(
                    "LEDGER: the checkpoint kept of stream %s over %d events is not the one signed",
                    *agreed[0].place,
                )
                return
            for one in agreed:
                self._keep([one])

    def superiors(self) -> list[Registration]:
        """The cosigners above this node: their keys came from above."""
        return self._keeper.superiors()

    def is_confirmed(self, signed: SignedCheckpoint) -> bool:
        """Whether every level above that cosigns has done so."""
        return self._keeper.is_confirmed(signed)

    def _count_wrong(self, shown: Shown) -> None:
        """A wrong signature proves nothing about the stream: whoever may write to the topic can
        make one up, and its owner would not. It is dropped, counted and told; nothing stops."""
        sender = shown.sender
        if sender not in self._wrong and len(self._wrong) >= _MOST_SENDERS:
            sender = ""
        if sender not in self._wrong:
            _log.error(
                "LEDGER: a checkpoint of stream %s from %s has a wrong signature; it is dropped",
                shown.origin,
                shown.sender,
            )
        self._wrong[sender] = self._wrong.get(sender, 0) + 1

    # -- forks

    def _stop(self, shown: Shown, reason: ForkReason, held: bytes) -> None:
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


def _parts(waiting: Sequence[Shown]) -> Iterator[Sequence[Shown]]:
    """Cut what waits where a part is long enough, or would hold one place twice."""
    start = 0
    for stop in range(1, len(waiting) + 1):
        if (
            stop == len(waiting)
            or stop - start == _PART
            or waiting[stop].direction != waiting[stop - 1].direction
            or waiting[stop].place == waiting[stop - 1].place
        ):
            yield waiting[start:stop]
            start = stop
