"""Keeping checkpoints that agree: many at once, cosigned, and handed on up and down.

A checkpoint costs a fraction of a millisecond to check and several to write alone: ten thousand
streams sealed every few seconds are kept in a transaction for hundreds of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.signing_keys import KeyBook, Registration
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.note import Note, Signature
from services.node.notary.keyring import Keyring
from services.node.notary.outbox import Outbox
from services.node.notary.trust import cosignatures
from services.node.origins import Origins
from services.node.syncstate import Direction
from services.node.trees import CheckpointStore


@dataclass(frozen=True, slots=True)
class Agreed:
    """A checkpoint that agrees with the tree, or tells that this node has lost own events."""

    origin: UUID
    signed: SignedCheckpoint
    own: Signature
    """The stream's own signature, found right."""
    of: Direction
    """Where the stream's events come from."""
    shown_by: Direction
    """Where the checkpoint came from: from above it is a receipt."""
    sender: str

    @property
    def place(self) -> tuple[UUID, int]:
        """Its stream and size: there is one row for each."""
        return self.origin, self.signed.checkpoint.size


class Keeper:
    """Used by one thread."""

    def __init__(
        self,
        keyring: Keyring | None,
        store: CheckpointStore,
        origins: Origins,
        keys: Callable[[], KeyBook],
        now: Callable[[], datetime],
        *,
        up: Outbox,
        down: Outbox,
        on_own: Callable[[UUID, SignedCheckpoint], None],
    ) -> None:
        """`keyring` None: this node vouches for nobody. `on_own` hears of checkpoints of this
        node's own streams that are kept."""
        self._keyring = keyring
        self._store = store
        self._origins = origins
        self._keys = keys
        self._now = now
        self._up = up
        self._down = down
        self._on_own = on_own
        self._routes: dict[UUID, str] = {}
        """The child by which each stream's checkpoints come."""

    def keep(self, agreed: Sequence[Agreed]) -> None:
        """Keep these, no two of one place, with their own signatures and the cosignatures that are
        right, this node's among them; hand them on.

        Raises StoreUnavailableError, CheckpointConflictError; then nothing was kept or handed on. A
        crash after keeping loses what was to be handed on: senders repeat, and are answered then.
        """
        cosigners = list(self._keys().cosigners())
        superiors = self._above(cosigners)
        kept = self._store.merge(
            [one.place for one in agreed],
            lambda number, held: self._clean(agreed[number], held, cosigners),
        )
        newest: dict[UUID, SignedCheckpoint] = {}
        for one, done in zip(agreed, kept, strict=True):
            known = newest.setdefault(one.origin, done.newest)
            if done.newest.checkpoint.size > known.checkpoint.size:
                newest[one.origin] = done.newest
        for one, (signed, before, _) in zip(agreed, kept, strict=True):
            confirmed = _is_confirmed(signed, superiors)
            if one.of == Direction.OWN:
                self._on_own(one.origin, signed)
            if confirmed:
                self._up.confirmed(one.origin, signed.checkpoint.size)
            if one.of != Direction.BELOW and signed != before:
                # Those below hold this stream too, and check it by the same signatures.
                self._down.put(one.origin, signed)
            if one.of != Direction.BELOW:
                continue
            if one.shown_by == Direction.BELOW:
                self._routes[one.origin] = one.sender
                if not confirmed:
                    self._up.put(one.origin, signed)
                # Who repeats an old one has missed the answer, or has lost what came after it.
                self._down.put(one.origin, newest[one.origin], one.sender)
            elif signed != before:
                self._down.put(one.origin, signed, self._routes.get(one.origin, ""))

    def _clean(
        self, one: Agreed, held: SignedCheckpoint | None, cosigners: Sequence[Registration]
    ) -> SignedCheckpoint:
        """The checkpoint with the signatures that are right and no others."""
        signatures = [one.own]
        signatures += (found for _, found, _ in cosignatures(one.signed, cosigners))
        keyring = self._keyring
        if keyring is not None and one.of == Direction.BELOW and not _has_signed(keyring, held):
            text = one.signed.note.text
            signatures.append(keyring.cosigner.cosign(text, int(self._now().timestamp())))
        text = one.signed.note.text
        return SignedCheckpoint(one.signed.checkpoint, Note(text, tuple(dict.fromkeys(signatures))))

    def _above(self, cosigners: Sequence[Registration]) -> list[Registration]:
        directions = self._origins.directions(UUID(one.origin) for one in cosigners)
        return [one for one in cosigners if directions[UUID(one.origin)] == Direction.ABOVE]

    def superiors(self) -> list[Registration]:
        """The cosigners above this node: their keys came from above."""
        return self._above(self._keys().cosigners())

    def is_confirmed(self, signed: SignedCheckpoint) -> bool:
        """Whether every level above that cosigns has done so."""
        return _is_confirmed(signed, self.superiors())


def _is_confirmed(signed: SignedCheckpoint, superiors: Sequence[Registration]) -> bool:
    return bool(superiors) and len(cosignatures(signed, superiors)) == len(superiors)


def _has_signed(keyring: Keyring, held: SignedCheckpoint | None) -> bool:
    """Whether this node has vouched for it already: the first time counts."""
    if held is None:
        return False
    key = keyring.cosigner.verifier
    return any((one.name, one.key_id) == (key.name, key.key_id) for one in held.note.signatures)
