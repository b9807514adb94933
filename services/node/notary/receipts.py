"""Receipts and proofs: who received and verified a stream through which event, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from contracts.envelope import format_time
from domain.decisions import VIETNAM
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


Vouched = tuple[SignedCheckpoint, Sequence[Receipt]]
"""A checkpoint and the receipts beneath it."""


def vouched(node: Node, origin: UUID, sequence: int) -> Vouched | None:
    """The smallest checkpoint over an event that has a receipt, or else the smallest at all, with
    its receipts; None while the event is not sealed. Raises StoreUnavailableError."""
    return Vouching(node).of(origin, sequence)


class Vouching:
    """`vouched` for many events: the checkpoints of a stream are read once, not for each event."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._read: dict[UUID, tuple[int, list[SignedCheckpoint]]] = {}
        """Of each stream, checkpoints in a row, and the first event that they reach down to."""
        self._latest: dict[UUID, SignedCheckpoint | None] = {}
        self._receipts: dict[tuple[UUID, int], Sequence[Receipt]] = {}

    def of(self, origin: UUID, sequence: int) -> Vouched | None:
        """See `vouched`. Raises StoreUnavailableError."""
        size = self._node.trees.size(origin)
        first: SignedCheckpoint | None = None
        for signed in self._covering(origin, sequence)[:_LOOKED_AT]:
            if signed.checkpoint.size > size:
                break
            first = first or signed
            if receipts := self._beneath(origin, signed):
                return signed, receipts
        if origin not in self._latest:
            self._latest[origin] = self._node.notary.checkpoints.latest(origin)
        latest = self._latest[origin]
        if latest is None or not sequence <= latest.checkpoint.size <= size:
            return None
        receipts = self._beneath(origin, latest)
        return latest if receipts else first or latest, receipts

    def _covering(self, origin: UUID, sequence: int) -> list[SignedCheckpoint]:
        """The smallest checkpoints of at least that size: as many as are looked at."""
        reach, row = self._read.get(origin, (sequence + 1, []))
        covering = [one for one in row if one.checkpoint.size >= sequence]
        whole = len(row) < _READ  # there are no larger ones
        if reach > sequence or (len(covering) < _LOOKED_AT and not whole):
            covering = self._node.notary.checkpoints.of(origin, after=sequence - 1, limit=_READ)
            self._read[origin] = sequence, covering
        return covering

    def _beneath(self, origin: UUID, signed: SignedCheckpoint) -> Sequence[Receipt]:
        key = origin, signed.checkpoint.size
        if key not in self._receipts:
            self._receipts[key] = receipts_beneath(self._node, signed)
        return self._receipts[key]


_LOOKED_AT: Final = 20
"""Checkpoints that are looked at for a receipt before the newest is."""
_READ: Final = 200
"""Checkpoints that are read together."""


@dataclass(frozen=True, slots=True)
class StreamLedger:
    """How far one stream is signed, and by whom it is vouched for."""

    announced: bool
    """Whether the stream announces the key that signs it."""
    sealed: int
    """The size of the newest checkpoint; 0 if there is none."""
    receipts: Sequence[Receipt]
    """Beneath the newest checkpoint that has any, as far as it was looked for."""
    disputed: bool
    """Whether a checkpoint contradicts what this node holds."""


def stream_ledgers(node: Node) -> Mapping[UUID, StreamLedger]:
    """How the ledger of every stream stands that this node knows. Raises StoreUnavailableError."""
    latest = node.notary.checkpoints.all_latest()
    found: dict[UUID, StreamLedger] = {}
    looked_back = 0
    for state in node.origins.states():
        origin, signed = state.origin, latest.get(state.origin)
        receipts = [] if signed is None else receipts_beneath(node, signed)
        if signed is not None and not receipts and looked_back < _LOOKED_BACK:
            # The newest is on its way to be cosigned: those before it have been.
            looked_back += 1
            earlier = node.notary.checkpoints.before(origin, signed.checkpoint.size, _LOOKED_AT)
            receipts = next(filter(None, (receipts_beneath(node, one) for one in earlier)), [])
        found[origin] = StreamLedger(
            bool(node.state.keys.of_stream(origin)),
            0 if signed is None else signed.checkpoint.size,
            receipts,
            origin in node.notary.mirror.disputed,
        )
    return found


_LOOKED_BACK: Final = 200
"""Streams whose earlier checkpoints are read for one page."""


def _proof(
    node: Node, origin: UUID, sequence: int, signed: SignedCheckpoint, receipts: Sequence[Receipt]
) -> EventProof:
    hashes = node.trees.inclusion(origin, sequence, signed.checkpoint.size)
    return EventProof(origin, sequence, ProofFile(sequence - 1, tuple(hashes), signed), receipts)


def _moment(at: int) -> str:
    return format_time(datetime.fromtimestamp(at, UTC))
