"""The forwarder: reads the node's own log after a cursor and sends. The log is the outbox."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from contracts.control import (
    CONTROL_KEY,
    Alarm,
    Alarms,
    Checkpoints,
    Heads,
    Range,
    Ranges,
    addressed,
    encode_alarms,
    encode_checkpoints,
    encode_heads,
    encode_ranges,
)
from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE
from services.node.announcing import Announcements
from services.node.carriers import Carrier, Message, Sender
from services.node.errors import NodeError
from services.node.eventlog import EventLog, Logged
from services.node.origins import Origins
from services.node.runs import by_origin, runs
from services.node.syncstate import Direction, SyncState

_PAGE: Final = 2_000
_LEAST_WINDOW: Final = 250
_LARGEST_WINDOW: Final = 40_000
_WINDOW_BYTES: Final = 32 * 2**20
_QUICK_SECONDS: Final = 1.0
_SLOW_SECONDS: Final = 5.0
_HEADS_A_MESSAGE: Final = 2_000
_RANGE_EVENTS: Final = 5_000
_NOTES_A_MESSAGE: Final = 200
"""Checkpoints of a message: with all their cosignatures some 150 KiB."""
_MANY: Final = 8
"""For fewer heads than this the log is asked one by one: all at once reads its index."""


@dataclass(frozen=True, slots=True)
class _Again:
    """A range to be sent again, and the node that asked; "" if several did."""

    first: int
    last: int
    to: str


class Encode(Protocol):
    """The bytes of a control message."""

    def __call__(self, *, message_id: UUID, now: datetime) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A control message that somebody else in this node has to send."""

    key: str
    """Messages of one key arrive in their order."""
    encode: Encode
    to: str = ""
    """The node it concerns; "" for all."""


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
        quiet_seconds: float = 0.0,
        checkpoints: Callable[[], Mapping[str, Sequence[bytes]]] = dict,
        alarms: Callable[[], Sequence[Alarm] | None] = lambda: None,
        letters: Callable[[], Iterable[Letter]] = tuple,
        lends: frozenset[Direction] = frozenset(),
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        """`checkpoints` gives those that are due, by the node they concern ("" for all). What is
        lost on the way is asked for, by repeating, by whoever wants a receipt. `alarms` gives all
        of them when it is time to tell them, else None. `letters`: other control messages that are
        due. `lends`: directions of streams that do not go this way, and are sent back to a node
        that asks for its own. `on_open` hears that the topic is opened, at first or after a failure
        that may have lost what `checkpoints` gave.

        `quiet_seconds`: while one small batch follows another, changed heads are told after a pause
        of this length, and the cursor is saved once in it: for each batch, both would cost as much
        as the batch itself."""
        self.name = name
        self._node = node
        self.topic = topic
        self._directions = directions
        self._log = log
        self._sync = sync
        self._origins = origins
        self._carrier = carrier
        self._now = now
        self._sender: Sender | None = None
        self._cursor: int | None = None
        self._saved = 0
        """The cursor as it is saved."""
        self._next_save = 0.0
        self._quiet_seconds = quiet_seconds
        self._sent_at = 0.0
        self._announcements = Announcements(announce_seconds)
        self._checkpoints = checkpoints
        self._alarms = alarms
        self._letters = letters
        self._lends = lends
        self._on_open = on_open
        self._at_end = False
        self._window = _PAGE
        """How many events are read ahead, and sent before their acknowledgements are waited for:
        more while the carrier is quick, fewer while it takes long."""
        self._lock = threading.Lock()
        self._again: OrderedDict[UUID, _Again] = OrderedDict()
        self._requests: list[Range] | None = None
        """What to ask the other side for: ranges, or its heads if the list is empty."""
        self._heads_asked = False

    @property
    def cursor(self) -> int | None:
        """The log position sent and acknowledged; None before the first step."""
        return self._cursor

    def send_again(self, requests: Iterable[Ranges]) -> None:
        """Send again what these ask for, besides what is new. Called by the receiver's thread.

        Kept in memory: who asked asks again until it has them.
        """
        with self._lock:
            for request in requests:
                for r in request.ranges:
                    self._keep(r, request.node)
                if not request.ranges:
                    self._heads_asked = True

    def _keep(self, asked: Range, to: str) -> None:
        known = self._again.get(asked.origin)
        if known is None:
            self._again[asked.origin] = _Again(asked.first, asked.last, to)
        else:
            self._again[asked.origin] = _Again(
                min(known.first, asked.first),
                max(known.last, asked.last),
                to if known.to == to else "",
            )

    def request(self, ranges: Sequence[Range]) -> None:
        """Ask the other side of this topic for ranges, with the next step; for its heads if there
        is none."""
        with self._lock:
            self._requests = list(ranges) or self._requests or []

    def reconnect(self) -> None:
        """Let go of the sender; the next step opens a new one."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None
        self._window = max(self._window // 2, _LEAST_WINDOW)

    close = reconnect

    def keep(self) -> None:
        """Keep how far it came, before it is closed; not beside `run_once`."""
        with suppress(NodeError):  # then what was sent last is sent again
            self._save_cursor()

    def is_level(self) -> bool:
        """Whether the last step left nothing to send: all that the log held then is sent."""
        return self._at_end and not self._again

    def run_once(self) -> int:
        """Send the next page, what was asked for again, and what is due of control messages.

        Returns how many events it went through. Raises CarrierUnavailableError,
        StoreUnavailableError.
        """
        if self._sender is None:
            self._carrier.ensure_topics([self.topic])
            self._sender = self._carrier.sender()
            # Perhaps on another topic than before, and what was announced on that one is gone.
            self._announcements.tell_everything()
            self._on_open()
        if self._cursor is None:
            self._cursor = self._saved = self._sync.cursor(self.name)
        sent = self._send_window(self._sender, self._cursor)
        sent += self._send_again(self._sender)
        now = time.monotonic()
        if sent:
            self._sent_at = now
        if now >= self._next_save:
            self._save_cursor()
            self._next_save = now + self._quiet_seconds
        quiet = not sent and now - self._sent_at >= self._quiet_seconds
        self._send_control(self._sender, idle=quiet)
        return sent

    def _send_window(self, sender: Sender, cursor: int) -> int:
        window = self._read_window(cursor)
        if not window:
            return 0
        streams = by_origin(window)
        directions = self._origins.directions(stream[0].origin for stream in streams)
        mine = [s for s in streams if directions[s[0].origin] in self._directions]
        messages = [m for stream in mine for m in runs(self.topic, stream, BATCH_MEDIA_TYPE)]
        started = time.monotonic()
        sender.send(messages)
        self._adapt(len(window), time.monotonic() - started)
        # A crash before the cursor is saved sends again what was sent since the last time.
        self._cursor = window[-1].position
        self._announcements.sent({s[-1].origin: s[-1].sequence for s in mine})
        return len(window)

    def _save_cursor(self) -> None:
        if self._cursor is not None and self._cursor != self._saved:
            self._sync.save_cursor(self.name, self._cursor)
            self._saved = self._cursor

    def _read_window(self, cursor: int) -> list[Logged]:
        """What follows the cursor, in several pages if there is more than one."""
        window: list[Logged] = []
        size = 0
        self._at_end = False
        while len(window) < self._window and size < _WINDOW_BYTES and not self._at_end:
            limit = min(_PAGE, self._window - len(window))
            page = self._log.read(window[-1].position if window else cursor, limit)
            window += page
            size += sum(len(logged.raw) for logged in page)
            self._at_end = len(page) < limit
        return window

    def _adapt(self, sent: int, seconds: float) -> None:
        """Fit the window to the carrier: a line too slow for it would never finish one."""
        if seconds > _SLOW_SECONDS:
            self._window = max(self._window // 2, _LEAST_WINDOW)
        elif seconds < _QUICK_SECONDS and sent >= self._window:
            self._window = min(self._window * 2, _LARGEST_WINDOW)

    def _send_again(self, sender: Sender) -> int:
        with self._lock:
            if not self._again:
                return 0
            origin, asked = self._again.popitem(last=False)
        direction = self._origins.directions([origin])[origin]
        if direction not in (self._directions | self._lends if asked.to else self._directions):
            return 1
        upto = min(asked.last, asked.first + _RANGE_EVENTS - 1)
        held = self._log.read_stream(origin, asked.first, upto)
        if not held:
            return 1
        kind = addressed(BATCH_MEDIA_TYPE, asked.to) if asked.to else BATCH_MEDIA_TYPE
        sender.send(list(runs(self.topic, held, kind)))
        if held[-1].sequence == upto and upto < asked.last:
            with self._lock:
                self._keep(Range(origin, upto + 1, asked.last), asked.to)
        return 1

    def _send_control(self, sender: Sender, *, idle: bool) -> None:
        messages: list[bytes] = []
        with self._lock:
            requests, self._requests = self._requests, None
            if self._heads_asked:
                self._heads_asked = False
                self._announcements.tell_everything()
        if requests is not None:
            messages += self._encoded_requests(requests)
        if self._at_end and not self._announcements.known:
            # Everything is sent, so the heads of the log are the heads sent; what was recorded in
            # this very moment is on its way next.
            self._announcements.start(self._held_heads())
        heads = self._announcements.due(idle=idle)
        messages += (
            encode_heads(Heads(self._node, part), message_id=_id(), now=self._now())
            for part in _parts(heads)
        )
        alarms = self._alarms()
        if alarms is not None:
            told = Alarms(self._node, alarms)
            messages.append(encode_alarms(told, message_id=_id(), now=self._now()))
        if messages:
            sender.send([Message(self.topic, CONTROL_KEY, m, EVENT_MEDIA_TYPE) for m in messages])
        shown = [*self._shown_checkpoints(), *self._due_letters()]
        if shown:
            sender.send(shown)
        if heads:
            self._announcements.told(heads)

    def _shown_checkpoints(self) -> Iterable[Message]:
        for to, notes in sorted(self._checkpoints().items()):
            kind = addressed(EVENT_MEDIA_TYPE, to) if to else EVENT_MEDIA_TYPE
            for start in range(0, len(notes), _NOTES_A_MESSAGE):
                message = Checkpoints(self._node, notes[start : start + _NOTES_A_MESSAGE])
                raw = encode_checkpoints(message, message_id=_id(), now=self._now())
                yield Message(self.topic, CONTROL_KEY, raw, kind)

    def _due_letters(self) -> Iterable[Message]:
        for letter in self._letters():
            kind = addressed(EVENT_MEDIA_TYPE, letter.to) if letter.to else EVENT_MEDIA_TYPE
            raw = letter.encode(message_id=_id(), now=self._now())
            yield Message(self.topic, letter.key, raw, kind)

    def _encoded_requests(self, requests: Sequence[Range]) -> Iterable[bytes]:
        for start in range(0, max(len(requests), 1), _HEADS_A_MESSAGE):
            part = requests[start : start + _HEADS_A_MESSAGE]
            yield encode_ranges(Ranges(self._node, part), message_id=_id(), now=self._now())

    def _held_heads(self) -> Mapping[UUID, int]:
        """The heads in the log of the origins that go this way."""
        origins = self._origins.of(self._directions)
        if len(origins) < _MANY:
            held: Mapping[UUID, int] = {origin: self._log.head(origin) for origin in origins}
        else:
            held = self._log.heads()
        return {origin: head for origin in origins if (head := held.get(origin, 0))}


def _parts(heads: Mapping[UUID, int]) -> Iterable[Mapping[UUID, int]]:
    items = sorted(heads.items())
    for start in range(0, len(items), _HEADS_A_MESSAGE):
        yield dict(items[start : start + _HEADS_A_MESSAGE])


def _id() -> UUID:
    return uuid.uuid4()
