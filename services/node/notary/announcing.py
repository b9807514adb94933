"""Recording a key in the stream that is signed with it, before anything is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from domain.refusals import Text
from services.node.hosting import Hosting
from services.node.ledger.names import node_name
from services.node.notary.keyring import Keyring
from services.node.origins import Origins
from services.node.ownevents import OwnEvents
from services.node.syncstate import Direction


class Announcer:
    """Announces keys as any other event: decided, and recorded in the unit's own stream."""

    def __init__(
        self,
        node: str,
        hosting: Hosting,
        origins: Origins,
        own: OwnEvents,
        *,
        units: Sequence[UUID],
    ) -> None:
        """`units`: those the node is set up for by name; the first that can announces for it."""
        self._node = node
        self._units = units
        self._hosting = hosting
        self._origins = origins
        self._own = own

    def announce(self, origin: UUID, vkey: str) -> Text | None:
        """Record a key in a stream of this node; None, or why that cannot be done now.

        Recording it again is answered as a duplicate, so a lost answer does no harm.
        """
        state = self._origins.state(origin)
        if state is None or not state.unit_id:
            return None
        if self._hosting.origin(state.unit_id) != origin:
            return None  # a seat that is not used any more signs nothing more
        return self._announce(state.unit_id, vkey)

    def _announce(self, unit_id: str, vkey: str) -> Text | None:
        record_id = f"{vkey[:100]}@{self._own.today}"
        why = self._own.record("SigningKeyRegistered", unit_id, record_id, {"vkey": vkey})
        if why is None:
            return None
        return Text(
            f"chưa đăng ký được khóa ký: {why.vi}", f"the key cannot be registered yet: {why.en}"
        )

    def cosigner(self, keyring: Keyring, announced: Callable[[str, UUID], bool]) -> Text | None:
        """See to it that this node's cosigning key is announced in one of its streams.

        `announced` tells whether a stream announces a key as its current one of that name.
        """
        vkey = str(keyring.cosigner.verifier)
        units = [str(unit) for unit in self._units] or sorted(
            state.unit_id
            for state in self._origins.states()
            if state.direction == Direction.OWN and state.unit_id
        )
        if any(announced(vkey, self._hosting.origin(unit)) for unit in units):
            return None
        reason: Text | None = Text(
            f"khóa {node_name(self._node)} đợi sự kiện đầu tiên của nút này",
            f"the key {node_name(self._node)} waits for the first event of this node",
        )
        for unit in units:
            reason = self._announce(unit, vkey)
            if reason is None:
                return None
        return reason
