"""The forwarder: reads the node's own log after a cursor and sends. The log is the outbox."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.control import CONTROL_KEY, Heads, Range, Ranges, encode_heads, encode_ranges
from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE, join_batch
from services.node.carriers import Carrier, Message, Sender
from services.node.eventlog import EventLog, Logged
from services.node.origins import Origins
from services.node.syncstate import Direction, SyncState

_PAGE: Final = 2_000
_RUN_EVENTS: Final = 500
_RUN_BYTES: Final = 512 * 1024
_HEADS_A_MESSAGE: Final = 2_000
_RANGE_EVENTS: Final = 5_000


class Forwarder:
    """Sends streams of some directions to one topic: up to the parent, or down to the children.

    A crash between sending and saving the cursor sends again what was sent; receivers ignore what
    they hold. A cursor that is lost sends everything again, which is as harmless.
    """

    def __init__(
        self,
        name: str,
        node: str,
        topic: str,
        directions: frozenset[Direction],
        log: EventLog,
        sync: SyncState,
        origins: Origins,
        carrier: Carrier,
        now: Callable[[], datetime],
        *,
        announce_seconds: float,
    ) -> None:
        self.name = name
        self._node = node
        self.topic = topic
        self._directions = directions
        self._log = log
        self._sync = sync
        self._origins = origins
        self._carrier = carrier
        self._now = now
        self._announce_seconds = announce_seconds
        self._sender: Sender | None = None
        self._cursor: int | None = None
        self._heads: dict[UUID, int] | None = None
        """Of each origin, the highest sequence sent; unknown until the cursor first reached the end
        of the log."""
        self._at_end = False
        self._announced_at = 0.0
        self._unannounced = True
        self._lock = threading.Lock()
        self._again: OrderedDict[UUID, tuple[int, int]] = OrderedDict()
        self._requests: list[Range] = []

    @property
    def cursor(self) -> int | None:
        """The log position sent and acknowledged; None before the first step."""
        return self._cursor

    def send_again(self, ranges: Iterable[Range]) -> None:
        """Send these ranges again, besides what is new. Called by the receiver's thread.

        Kept in memory: who asked asks again until it has them.
        """
        with self._lock:
            for r in ranges:
                first, last = self._again.get(r.origin, (r.first, r.last))
                self._again[r.origin] = (min(first, r.first), max(last, r.last))

    def request(self, ranges: Sequence[Range]) -> None:
        """Ask the other side of this topic for ranges, with the next step."""
        with self._lock:
            self._requests = list(ranges)

    def reconnect(self) -> None:
        """Let go of the sender; the next step opens a new one."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None

    close = reconnect

    def run_once(self) -> int:
        """Send the next page, what was asked for again, and what is due of control messages.

        Returns how many messages went out. Raises CarrierUnavailableError, StoreUnavailableError.
        """
        if self._sender is None:
            self._carrier.ensure_topics([self.topic])
            self._sender = self._carrier.sender()
        if self._cursor is None:
            self._cursor = self._sync.cursor(self.name)
        sent = self._send_page(self._sender, self._cursor)
        sent += self._send_again(self._sender)
        return sent + self._send_control(self._sender, idle=not sent)

    def _send_page(self, sender: Sender, cursor: int) -> int:
        page = self._log.read(cursor, _PAGE)
        self._at_end = len(page) < _PAGE
        if not page:
            return 0
        directions = self._origins.directions(logged.origin for logged in page)
        mine = [logged for logged in page if directions[logged.origin] in self._directions]
        messages = self._runs(mine)
        sender.send(messages)
        # A crash here sends the page again.
        self._sync.save_cursor(self.name, page[-1].position)
        self._cursor = page[-1].position
        if self._heads is not None:
            self._heads.update((logged.origin, logged.sequence) for logged in mine)
        self._unannounced = self._unannounced or bool(mine)
        return max(len(messages), 1)

    def _send_again(self, sender: Sender) -> int:
        with self._lock:
            if not self._again:
                return 0
            origin, (first, last) = self._again.popitem(last=False)
        if self._origins.directions([origin])[origin] not in self._directions:
            return 1
        upto = min(last, first + _RANGE_EVENTS - 1)
        held = self._log.read_stream(origin, first, upto)
        sender.send(self._runs(held))
        if held and held[-1].sequence == upto and upto < last:
            self.send_again([Range(origin, upto + 1, last)])
        return 1

    def _send_control(self, sender: Sender, *, idle: bool) -> int:
        messages: list[bytes] = []
        with self._lock:
            requests, self._requests = self._requests, []
        for start in range(0, len(requests), _HEADS_A_MESSAGE):
            part = requests[start : start + _HEADS_A_MESSAGE]
            messages.append(
                encode_ranges(Ranges(self._node, part), message_id=_id(), now=self._now())
            )
        if self._at_end and self._heads is None:
            # Everything is sent, so the heads of the log are the heads sent; what was recorded in
            # this very moment is on its way next.
            origins = self._origins.of(self._directions)
            heads = {origin: self._log.head(origin) for origin in origins}
            self._heads = {origin: head for origin, head in heads.items() if head}
        due = time.monotonic() - self._announced_at >= self._announce_seconds
        announcing = self._heads is not None and (due or (idle and self._unannounced))
        if announcing:
            messages.extend(
                encode_heads(Heads(self._node, part), message_id=_id(), now=self._now())
                for part in _parts(self._heads or {})
            )
        if not messages:
            return 0
        sender.send([Message(self.topic, CONTROL_KEY, m, EVENT_MEDIA_TYPE) for m in messages])
        if announcing:
            self._announced_at, self._unannounced = time.monotonic(), False
        return 0

    def _runs(self, events: Iterable[Logged]) -> list[Message]:
        """Runs of consecutive events of one origin, each a CloudEvents batch of exact bytes."""
        runs: dict[UUID, list[bytes]] = {}
        sizes: dict[UUID, int] = {}
        messages: list[Message] = []

        def finish(origin: UUID) -> None:
            value = join_batch(runs.pop(origin))
            messages.append(Message(self.topic, str(origin), value, BATCH_MEDIA_TYPE))
            del sizes[origin]

        for logged in events:
            origin = logged.origin
            if origin in runs and (
                len(runs[origin]) >= _RUN_EVENTS or sizes[origin] + len(logged.raw) > _RUN_BYTES
            ):
                finish(origin)
            runs.setdefault(origin, []).append(logged.raw)
            sizes[origin] = sizes.get(origin, 0) + len(logged.raw)
        for origin in list(runs):
            finish(origin)
        return messages


def _parts(heads: Mapping[UUID, int]) -> Iterable[Mapping[UUID, int]]:
    items = sorted(heads.items())
    for start in range(0, len(items), _HEADS_A_MESSAGE):
        yield dict(items[start : start + _HEADS_A_MESSAGE])


def _id() -> UUID:
    return uuid.uuid4()
