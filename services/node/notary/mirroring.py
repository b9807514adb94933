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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import Checkpoints
from contracts.envelope import format_time
from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_in
from services.node.ledger.note import Note, NoteError, Signature
from services.node.notary.evidence import CheckpointFork, EvidenceStore, ForkReason
from services.node.notary.keyring import Keyring
from services.node.notary.outbox import Outbox
from services.node.notary.trust import Signed, cosignatures, own_signature
from services.node.origins import Origins
from services.node.syncstate import Direction
from services.node.trees import CheckpointStore, Trees

_log = logging.getLogger(__name__)
_MAX_PENDING: Final = 50_000
"""Checkpoints that wait for their events; who sent one that is passed over repeats it."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A checkpoint as it arrived."""

    origin: UUID
    signed: SignedCheckpoint
    raw: bytes
    sender: str
    direction: Direction
    """Where it came from: from above it is a receipt."""


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
        self._keyring = keyring
        self._trees = trees
        self._store = store
        self._evidence = evidence
        self._origins = origins
        self._keys = keys
        self._now = now
        self._up = up
        self._down = down
        self._on_own = on_own
        self._lock = threading.Lock()
        self._pending: dict[tuple[UUID, int, bytes, Direction], _Shown] = {}
        self._routes: dict[UUID, str] = {}
        """The child by which each stream's checkpoints come."""
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
            pending = sorted(self._pending.items(), key=lambda item: item[0][:2])
        done = 0
        for key, shown in pending:
            if self._judge(shown):
                done += 1
                with self._lock:
                    if self._pending.get(key) is shown:
                        del self._pending[key]
        return done

    def _judge(self, shown: _Shown) -> bool:
        """Whether nothing more is to be done about it."""
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
        self._keep(shown, signature, state.direction)
        return True

    def _keep(self, shown: _Shown, own: Signature, direction: Direction) -> None:
        """It agrees (or tells that this node has lost events of its own): keep and hand it on,
        with its own signature and the cosignatures that are right."""
        origin, signed, note = shown.origin, shown.signed, shown.signed.note
        held = self._store.at(origin, signed.checkpoint.size)
        signatures = [own]
        signatures += (found for _, found, _ in cosignatures(signed, self._cosigners()))
        if direction == Direction.BELOW and not self._has_cosigned(held):
            signatures += self._cosigned(note.text)
        clean = SignedCheckpoint(
            signed.checkpoint, Note(note.text, tuple(dict.fromkeys(signatures)))
        )
        (kept,) = self._store.save([clean])
        if direction == Direction.OWN:
            self._on_own(origin, kept)
        if self.is_confirmed(kept):
            self._up.confirmed(origin, kept.checkpoint.size)
        if direction != Direction.BELOW:
            return
        if shown.direction == Direction.BELOW:
            self._routes[origin] = shown.sender
            if not self.is_confirmed(kept):
                self._up.put(origin, kept)
            # Who repeats an old one has missed the answer, or has lost what came after it.
            latest = self._store.latest(origin) or kept
            self._down.put(origin, latest, self._routes[origin])
        elif held is None or kept != held:
            self._down.put(origin, kept, self._routes.get(origin, ""))

    def _has_cosigned(self, held: SignedCheckpoint | None) -> bool:
        """Whether this node has vouched for it already: the first time counts."""
        if held is None or self._keyring is None:
            return False
        key = self._keyring.cosigner.verifier
        return any((one.name, one.key_id) == (key.name, key.key_id) for one in held.note.signatures)

    def _cosigned(self, text: str) -> list[Signature]:
        if self._keyring is None:
            return []
        return [self._keyring.cosigner.cosign(text, int(self._now().timestamp()))]

    def _cosigners(self) -> list[Registration]:
        return list(self._keys().cosigners())

    def superiors(self) -> list[Registration]:
        """The cosigners above this node: their keys came from above."""
        cosigners = self._cosigners()
        directions = self._origins.directions(UUID(one.origin) for one in cosigners)
        return [one for one in cosigners if directions[UUID(one.origin)] == Direction.ABOVE]

    def is_confirmed(self, signed: SignedCheckpoint) -> bool:
        """Whether every level above that cosigns has done so."""
        superiors = self.superiors()
        return bool(superiors) and len(cosignatures(signed, superiors)) == len(superiors)

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
