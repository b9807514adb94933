"""Receipts and proofs: who received and verified a stream through which event, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts.envelope import format_time
from domain.decisions import VIETNAM
from services.node.errors import NotFoundError
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.prooffile import ProofFile
from services.node.node import Node
from services.node.notary.trust import cosignatures


@dataclass(frozen=True, slots=True)
class Receipt:
    """A level above received a stream through an event, and vouches for it."""

    node: str
    """The cosigner's key name."""
    unit_id: str
    """The unit whose stream announced the key."""
    through: int
    """The last event it vouches for."""
    at: str
    """When it had verified it, by its own clock (RFC 3339, UTC)."""


@dataclass(frozen=True, slots=True)
class EventProof:
    """That one event stands in its stream, and who vouches for that."""

    origin: UUID
    sequence: int
    file: ProofFile
    receipts: Sequence[Receipt]

    @property
    def checkpoint(self) -> SignedCheckpoint:
        return self.file.checkpoint


def receipts_beneath(node: Node, signed: SignedCheckpoint) -> list[Receipt]:
    """The receipts beneath a checkpoint: cosignatures by nodes of units above the stream's own, as
    the hierarchy stands."""
    today = node.now().astimezone(VIETNAM).date()
    unit_id = _unit_of(node, signed)
    superiors = node.directory.ancestors(unit_id, today)
    found = cosignatures(signed, node.state.keys.cosigners())
    receipts = [
        Receipt(one.name, one.unit_id, signed.checkpoint.size, _moment(at))
        for one, _, at in found
        if one.unit_id in superiors
    ]
    return sorted(receipts, key=lambda receipt: superiors.index(receipt.unit_id))


def _unit_of(node: Node, signed: SignedCheckpoint) -> str:
    state = node.origins.state(UUID(signed.checkpoint.origin.rpartition("/")[2]))
    return "" if state is None else state.unit_id


def prove(node: Node, origin: UUID, sequence: int) -> EventProof | None:
    """The proof of an event from the checkpoint that `vouched` finds; None while it is not sealed.

    Raises NotFoundError, StoreUnavailableError.
    """
    found = vouched(node, origin, sequence)
    return None if found is None else _proof(node, origin, sequence, *found)


def vouched(
    node: Node, origin: UUID, sequence: int
) -> tuple[SignedCheckpoint, Sequence[Receipt]] | None:
    """The smallest checkpoint over an event that has a receipt, or else the smallest at all, with
    its receipts; None while the event is not sealed. Raises StoreUnavailableError."""
    first: SignedCheckpoint | None = None
    for signed in node.notary.checkpoints.of(origin, after=sequence - 1, limit=_LOOKED_AT):
        if signed.checkpoint.size > node.trees.size(origin):
            break
        first = first or signed
        receipts = receipts_beneath(node, signed)
        if receipts:
            return signed, receipts
    latest = node.notary.checkpoints.latest(origin)
    if latest is not None and sequence <= latest.checkpoint.size <= node.trees.size(origin):
        receipts = receipts_beneath(node, latest)
        return latest if receipts else first or latest, receipts
    return None


_LOOKED_AT = 20
"""Checkpoints that are looked at for a receipt before the newest is."""


def _proof(
    node: Node, origin: UUID, sequence: int, signed: SignedCheckpoint, receipts: Sequence[Receipt]
) -> EventProof:
    hashes = node.trees.inclusion(origin, sequence, signed.checkpoint.size)
    return EventProof(origin, sequence, ProofFile(sequence - 1, tuple(hashes), signed), receipts)


def newest_receipts(node: Node, origin: UUID) -> Sequence[Receipt]:
    """The receipts beneath a stream's newest checkpoint. Raises NotFoundError if it has none."""
    latest = node.notary.checkpoints.latest(origin)
    if latest is None:
        raise NotFoundError(f"stream {origin} is not sealed")
    return receipts_beneath(node, latest)


def _moment(at: int) -> str:
    return format_time(datetime.fromtimestamp(at, UTC))
