"""Whether an own stream is again what the node above holds, and what is proven of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.holdings import HeldStream
from domain.signing_keys import KeyBook, Registration
from services.node.eventlog import EventLog
from services.node.ledger.checkpoint import SignedCheckpoint
from services.node.ledger.names import origin_in
from services.node.ledger.note import NoteError
from services.node.notary.trust import Signed, cosignatures, own_signature
from services.node.recovery.texts import Standing
from services.node.trees import CheckpointStore, Trees


@dataclass(frozen=True, slots=True)
class OwnStream:
    """How one stream of this node stands."""

    origin: UUID
    held: int
    """Held here through this sequence."""
    above: int
    """Held by the node above through this sequence."""
    known: int
    """The highest sequence that anybody has been told of."""
    standing: Standing
    proven: int = 0
    """Through this sequence it is what the stream's own key signed and levels above cosigned; the
    rest agrees with the node above, and nothing else says so."""
    cosigners: tuple[str, ...] = ()
    """Who cosigned."""


class Verifier:
    """Compares own streams with what was told and what was signed."""

    def __init__(
        self,
        log: EventLog,
        trees: Trees,
        checkpoints: CheckpointStore,
        keys: Callable[[], KeyBook],
        superiors: Callable[[], Sequence[Registration]],
    ) -> None:
        """`superiors`: the cosigning keys above this node."""
        self._log = log
        self._trees = trees
        self._checkpoints = checkpoints
        self._keys = keys
        self._superiors = superiors

    def covered(self, origin: UUID) -> int:
        """How far the largest signed checkpoint that is kept of a stream goes; 0 if none is."""
        latest = self._checkpoints.latest(origin)
        return 0 if latest is None else latest.checkpoint.size

    def judge(self, origin: UUID, told: HeldStream | None, recorded: int) -> OwnStream | None:
        """How a stream stands, given what the node above says of it (None: that it has nothing)
        and how far this node knows to have recorded it. None if that cannot be said in this moment.

        Raises StoreUnavailableError.
        """
        held = self._log.head(origin)
        above = 0 if told is None else told.head
        known = max(above if told is None else told.known, recorded, self.covered(origin), held)
        if self._trees.size(origin) < held:
            return None  # it is being grown
        if held < above:
            return OwnStream(origin, held, above, known, Standing.FETCHING)
        if told is not None and self._trees.root(origin, above) != told.root:
            return OwnStream(origin, held, above, known, Standing.DIFFERS)
        notes = [self._checkpoints.latest(origin), _read(origin, told)]
        found = [self._proven(origin, held, signed) for signed in notes if signed is not None]
        if None in found:
            return OwnStream(origin, held, above, known, Standing.DIFFERS)
        proven, names = max((one for one in found if one), default=(0, ()))
        standing = Standing.LOST if known > held else Standing.OPEN
        return OwnStream(origin, held, above, known, standing, proven, names)

    def _proven(
        self, origin: UUID, held: int, signed: SignedCheckpoint
    ) -> tuple[int, tuple[str, ...]] | None:
        """Through which event a checkpoint proves what is held, and who cosigned; None if it says
        something else."""
        size = signed.checkpoint.size
        if size > held:
            return 0, ()
        if self._trees.root(origin, size) != signed.checkpoint.root:
            return None
        worth, _ = own_signature(signed, self._keys(), origin)
        names = {one.name for one, _, _ in cosignatures(signed, self._superiors())}
        return (size, tuple(sorted(names))) if worth is Signed.RIGHTLY and names else (0, ())


def _read(origin: UUID, told: HeldStream | None) -> SignedCheckpoint | None:
    """The checkpoint that came with an answer; None if there is none of this stream."""
    if told is None or not told.note:
        return None
    try:
        signed = SignedCheckpoint.read(told.note)
        return signed if origin_in(signed.checkpoint.origin) == origin else None
    except NoteError:
        return None
