"""Dealing out what an inbox brings so that nobody waits behind somebody else's backlog.

A node that was cut off for weeks comes back with tens of thousands of events, which stand on the
parent's topic in front of what its sisters send meanwhile. So the inbox is read ahead, as far as
memory allows, and what was read is dealt out by key: a key that brings little, and has just brought
it, comes first; then one message of each key in turn. Only the order within a key matters to
whoever takes it in, and that is kept.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from services.node.carriers import Delivery, Inbox

_POLL_MESSAGES: Final = 1_000
_AHEAD_BYTES: Final = 48 * 2**20
"""Read ahead and not dealt out: some 60,000 events, in a few hundred messages of a backlog."""
_DEAL_BYTES: Final = 16 * 2**20
_DEAL_SECONDS: Final = 1.0
"""Dealt out before a commit: so much at least, and for so long. Nothing is recorded while the last
of it is waited for, so a machine that is quick takes more at once."""
_TURN_BYTES: Final = 256 * 1024
"""Dealt out of fresh keys before another one has a turn."""
_LOOK_BYTES: Final = 256 * 1024
"""Dealt out before the inbox is looked at again: how long a newcomer waits, at most."""


class Interleaved:
    """Deals out one inbox. Used by one thread."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        ahead_bytes: int = _AHEAD_BYTES,
        deal_bytes: int = _DEAL_BYTES,
        deal_seconds: float = _DEAL_SECONDS,
    ) -> None:
        self._inbox = inbox
        self._ahead_bytes = ahead_bytes
        self._deal_bytes = deal_bytes
        self._deal_seconds = deal_seconds
        self._fresh: OrderedDict[str, deque[Delivery]] = OrderedDict()
        """Keys of which nothing was held before."""
        self._rest: OrderedDict[str, deque[Delivery]] = OrderedDict()
        """All other keys, the one whose turn it is first."""
        self._held = 0
        """Bytes in both."""
        self._passed = 0
        """Bytes of fresh keys that were dealt since another one had its turn."""

    def __contains__(self, key: object) -> bool:
        """Whether a message with that key is held."""
        return key in self._fresh or key in self._rest

    def arrives(self, timeout: float) -> bool:
        """Whether there is anything to deal out, waiting up to `timeout` seconds for it.

        Raises CarrierUnavailableError; so does all else here.
        """
        self._read_ahead(0.0 if self._fresh or self._rest else timeout)
        return bool(self._fresh or self._rest)

    def deal(self) -> Iterator[Delivery]:
        """What is to be taken in before the next commit, in its order."""
        dealt = unseen = 0
        until = time.monotonic() + self._deal_seconds
        while (self._fresh or self._rest) and (
            dealt < self._deal_bytes or time.monotonic() < until
        ):
            delivery = self._next()
            size = len(delivery.value)
            dealt += size
            unseen += size
            yield delivery
            if unseen >= _LOOK_BYTES:
                unseen = 0
                self._read_ahead(0.0)

    def commit(self) -> None:
        """What was dealt out will not come again; what is held will, after a crash."""
        self._inbox.commit(
            [queue[0] for some in (self._fresh, self._rest) for queue in some.values()]
        )

    def close(self) -> None:
        """Let go of the inbox and of what is held, which comes again; never raises."""
        self._fresh.clear()
        self._rest.clear()
        self._held = 0
        self._inbox.close()

    def _next(self) -> Delivery:
        """One message of a fresh key, else of the key whose turn it is.

        A key is fresh once, what more it has takes its turn; and fresh ones, however many come, do
        not hold the others up for ever.
        """
        first = self._fresh and (self._passed < _TURN_BYTES or not self._rest)
        key, queue = (self._fresh if first else self._rest).popitem(last=False)
        delivery = queue.popleft()
        if queue:
            self._rest[key] = queue
        size = len(delivery.value)
        self._held -= size
        self._passed = self._passed + size if first else 0
        return delivery

    def _read_ahead(self, timeout: float) -> None:
        while self._held < self._ahead_bytes:
            found = self._inbox.poll(_POLL_MESSAGES, timeout)
            if not found:
                return
            for delivery in found:
                self._hold(delivery)
            timeout = 0.0

    def _hold(self, delivery: Delivery) -> None:
        key = delivery.key
        queue = self._rest.get(key) or self._fresh.get(key)
        if queue is None:
            queue = self._fresh[key] = deque()
        queue.append(delivery)
        self._held += len(delivery.value)
