"""Sealing: this node signs the heads of its own streams, and never two that contradict each other.

Before each signature the tree is asked whether it still begins with what was signed before. A node
that was started on an old backup, or whose log was rewritten, therefore signs nothing and says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.refusals import Text
from domain.signing_keys import KeyBook
from services.node.ledger.checkpoint import Checkpoint, SignedCheckpoint
from services.node.ledger.names import origin_in, origin_name
from services.node.ledger.note import Note
from services.node.notary.keyring import Keyring
from services.node.trees import CheckpointStore, Trees

_log = logging.getLogger(__name__)
_AGAIN_SECONDS: Final = 3.0
"""Before a key whose announcement was refused is announced again."""

Announce = Callable[[UUID, str], Text | None]
"""Records a key in a stream; the reason if that cannot be done now."""


@dataclass(slots=True)
class _Own:
    """What is known of one of this node's streams."""

    sealed: Checkpoint | None
    """The largest checkpoint that is kept of it, by whomever it came."""
    since: float | None = None
    """When events that are not sealed were first seen."""
    next_announcement: float = 0.0


class Sealer:
    """Used by one thread; `alarms` and `waiting` may be read by others."""

    def __init__(
        self,
        keyring: Keyring,
        trees: Trees,
        store: CheckpointStore,
        keys: Callable[[], KeyBook],
        announce: Announce,
        *,
        events: int,
        seconds: float,
        doubt: Callable[[UUID], Text | None] = lambda _origin: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Seal after `events` events, or `seconds` after the first that is not sealed. `doubt` says
        why a stream must not be signed: its log was found damaged."""
        self._keyring = keyring
        self._trees = trees
        self._store = store
        self._keys = keys
        self._announce = announce
        self._doubt = doubt
        self._events = events
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._own: dict[UUID, _Own] = {}
        self._open: set[UUID] = set()
        """Streams with events that are not sealed."""
        self.alarms: Mapping[UUID, Text] = {}
        """Streams that are not sealed because that would contradict what was signed."""
        self.waiting: Text | None = None
        """Why keys could not be announced yet."""

    def grown(self, origins: Iterable[UUID]) -> None:
        """These streams of this node may hold events that are not sealed. Any thread."""
        with self._lock:
            self._open.update(origins)

    def learned(self, origin: UUID, signed: SignedCheckpoint) -> None:
        """A checkpoint of an own stream that is kept came from elsewhere."""
        own = self._own.get(origin)
        if own is not None and (own.sealed is None or signed.checkpoint.size > own.sealed.size):
            own.sealed = signed.checkpoint
        self.grown([origin])

    @property
    def unsealed(self) -> int:
        """Streams with events that are not sealed."""
        with self._lock:
            return len(self._open)

    def step(self) -> list[tuple[UUID, SignedCheckpoint]]:
        """Seal what is due; what was sealed. Raises StoreUnavailableError.

        A checkpoint is kept before anybody hears of it: a crash in between leaves one that is sent
        after the next start.
        """
        with self._lock:
            candidates = sorted(self._open)
        signed = [found for origin in candidates if (found := self._signed(origin)) is not None]
        # Together: hundreds of streams may be due at once, and each transaction waits for the disk.
        kept = self._store.save(signed) if signed else []
        new: list[tuple[UUID, SignedCheckpoint]] = []
        for one in kept:
            origin = origin_in(one.checkpoint.origin)
            own = self._own[origin]
            own.sealed, own.since = one.checkpoint, None
            new.append((origin, one))
        return new

    def _signed(self, origin: UUID) -> SignedCheckpoint | None:
        """The checkpoint that is due of a stream; None if none is, or it must not be signed."""
        own = self._own.get(origin)
        if own is None:
            latest = self._store.latest(origin)
            own = self._own[origin] = _Own(None if latest is None else latest.checkpoint)
        size = self._trees.size(origin)
        sealed = own.sealed
        fresh = size - (0 if sealed is None else sealed.size)
        if fresh > 0 and own.since is None:
            own.since = self._now()
        waited = 0.0 if own.since is None else self._now() - own.since
        due = fresh >= self._events or (fresh > 0 and waited >= self._seconds)
        # To compare with what was signed the log is read: once for each signature, not at each
        # look at a stream that grows.
        compare = due or fresh <= 0 or origin in self.alarms
        if compare and self._contradiction(origin, size, sealed):
            return None
        if fresh == 0:
            with self._lock:
                self._open.discard(origin)
            own.since = None
            if sealed is not None and self._is_replaced(origin):
                # The old key ends where the new one is announced. On a quiet stream that must not
                # wait for an event that may not come for weeks: perhaps somebody else knows it.
                self._is_announced(origin, own)
            return None
        if not due or not self._is_announced(origin, own):
            return None
        # The announcement, and whatever came meanwhile, is sealed too.
        size = self._trees.size(origin)
        checkpoint = Checkpoint(origin_name(origin), size, self._trees.root(origin, size))
        text = checkpoint.text()
        signature = self._keyring.for_origin(origin).sign(text)
        return SignedCheckpoint(checkpoint, Note(text, (signature,)))

    def _contradiction(self, origin: UUID, size: int, sealed: Checkpoint | None) -> bool:
        """Whether signing would contradict what was signed; raises the alarm or ends it."""
        alarm = self._doubt(origin)
        if alarm is not None:
            pass
        elif sealed is not None and size < sealed.size:
            alarm = Text(
                f"dòng {origin} chỉ còn {size} sự kiện, đã ký {sealed.size}: kho cũ được khôi phục?"
                " Không ký nữa",
                f"stream {origin} holds {size} events, {sealed.size} were signed: was an old backup"
                " restored? Nothing is signed",
            )
        elif sealed is not None and self._trees.root(origin, sealed.size) != sealed.root:
            alarm = Text(
                f"dòng {origin} không còn là dòng đã ký đến sự kiện {sealed.size}; không ký nữa",
                f"stream {origin} is not what was signed through event {sealed.size}; nothing is"
                " signed",
            )
        if alarm is not None and origin not in self.alarms:
            _log.critical("LEDGER: %s", alarm.en)
            self.alarms = {**self.alarms, origin: alarm}
        elif alarm is None and origin in self.alarms:
            _log.warning("ledger: stream %s agrees again with what was signed", origin)
            self.alarms = {one: text for one, text in self.alarms.items() if one != origin}
        return alarm is not None

    def _is_replaced(self, origin: UUID) -> bool:
        """Whether the stream still announces another key than the one this node now has."""
        current = self._keys().current(origin_name(origin), origin)
        return current is not None and current.vkey != str(
            self._keyring.for_origin(origin).verifier
        )

    def _is_announced(self, origin: UUID, own: _Own) -> bool:
        """Whether the stream announces the key it is sealed with; announces it if not."""
        vkey = str(self._keyring.for_origin(origin).verifier)
        current = self._keys().current(origin_name(origin), origin)
        if current is not None and current.vkey == vkey:
            return True
        if self._now() < own.next_announcement:
            return False
        self.waiting = self._announce(origin, vkey)
        own.next_announcement = self._now() + _AGAIN_SECONDS
        current = self._keys().current(origin_name(origin), origin)
        return current is not None and current.vkey == vkey
