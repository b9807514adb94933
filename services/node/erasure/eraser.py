"""Carrying redactions out: copies first, the log last, then the space that they took.

While the log still holds the bytes, everything can be done again from the start; once it holds the
tombstone only the space is left to be cleared. So a crash anywhere repeats steps that change
nothing the second time. The cursor says through which redaction all of it is done.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from contracts.tombstone import is_tombstone, leaf_of, tombstone_of
from services.node.carriers import Carrier
from services.node.database import Database
from services.node.erasure.book import Book
from services.node.erasure.copies import erase_copies
from services.node.erasure.redaction import Redaction, owner_of
from services.node.errors import RetryLaterError
from services.node.eventlog import EventLog
from services.node.projector import Projector
from services.node.syncstate import SyncState

_log = logging.getLogger(__name__)
_CURSOR: Final = "erasure"


class Eraser:
    """`run_once` is called by one thread."""

    def __init__(
        self,
        book: Book,
        log: EventLog,
        database: Database,
        sync: SyncState,
        projector: Projector,
        carrier: Carrier,
    ) -> None:
        self._book = book
        self._log = log
        self._database = database
        self._sync = sync
        self._projector = projector
        self._carrier = carrier
        self._open: dict[tuple[int, int, str], Redaction] = {}
        """Not carried out: the event has not come, or who recorded it is not known to be one who
        may. Looked at again with every step; there are never many."""
        self._looked: set[str] = set()
        """Open redactions for which copies beside the log were looked for; later ones are kept out
        where they would be written (`Book`)."""
        self._done = 0
        """The cursor."""
        self._clearing = 0
        """Through which position redactions are carried out and the space is still to be cleared;
        0 if nothing is."""
        self._sent: list[tuple[bytes, bytes]] = []
        """What a forwarder may have read before it was replaced, and sent after."""
        self._is_judged = False
        self.unexplained: frozenset[tuple[UUID, int]] = frozenset()
        """Tombstones without a valid redaction: stream and number."""

    def start(self) -> None:
        """Read what the log holds. Raises StoreUnavailableError."""
        self._done = self._sync.cursor(_CURSOR)
        self._learn()

    def _learn(self) -> None:
        self._book.learn(self._log.erasures(self._book.position))
        for redaction in self._book.take_new():
            self._open[(*redaction.place, redaction.event_id)] = redaction

    def run_once(self) -> int:
        """Carry out what can be; how many redactions were.

        Raises StoreUnavailableError, CarrierUnavailableError.
        """
        before = self._book.position
        self._learn()
        done = 0
        for key, redaction in list(self._open.items()):
            if self._carry_out(redaction):
                del self._open[key]
                done += 1
                if redaction.position > self._done:
                    self._clearing = max(self._clearing, redaction.position)
        if done or self.unexplained or self._book.position != before or not self._is_judged:
            self.unexplained, self._is_judged = self._book.unexplained(), True
        if self._clearing:
            self._clear()
        return done

    def _carry_out(self, redaction: Redaction) -> bool:
        """Put the tombstone everywhere; whether nothing is left to do."""
        held = self._log.read_stream(redaction.stream, redaction.number, redaction.number)
        if not held:
            # What came before its turn waits aside. When it comes, its tombstone is stored instead.
            if redaction.event_id not in self._looked and self._book.is_valid(redaction):
                erase_copies(self._database, redaction)
                self._looked.add(redaction.event_id)
            return False
        raw = held[0].raw
        if is_tombstone(raw):
            return leaf_of(raw) == redaction.leaf and self._book.is_valid(redaction)
        if not self._book.is_valid(redaction, owner_of(raw)):
            return False
        if leaf_of(raw) != redaction.leaf:
            _log.error(
                "redaction %s names another event than the one held: stream %s, number %d",
                redaction.event_id,
                redaction.stream,
                redaction.number,
            )
            return False
        tombstone = tombstone_of(raw)
        if redaction.position <= self._done:
            # It came behind its redaction, past the gate. From here on a crash clears again, too.
            self._done = redaction.position - 1
            self._sync.save_cursor(_CURSOR, self._done)
        erase_copies(self._database, redaction)
        self._carrier.erase(raw, tombstone)
        self._log.erase(redaction.stream, redaction.number, tombstone)
        self._book.replaced(redaction)
        self._sent.append((raw, tombstone))
        _log.warning(
            "erased: event %s (stream %s, number %d) by redaction %s",
            redaction.target_event_id,
            redaction.stream,
            redaction.number,
            redaction.event_id,
        )
        return True

    def _clear(self) -> None:
        """Let tables and files forget, once the read models have folded the redactions.

        Tried again later if a rebuild is running or somebody reads a file just now.
        """
        if self._projector.position < self._clearing:
            return
        try:
            self._projector.forget_others()
            self._database.scrub()
            self._log.scrub()
            for raw, tombstone in self._sent:
                self._carrier.erase(raw, tombstone)
            self._carrier.scrub()
        except RetryLaterError as error:
            _log.info("clearing behind erased events follows: %s", error)
            return
        # A crash before this line: cleared again, which is harmless.
        self._sent.clear()
        self._done, self._clearing = self._clearing, 0
        self._sync.save_cursor(_CURSOR, self._done)

    def waiting(self) -> list[Redaction]:
        """Redactions whose event is held here, and that are not carried out."""
        return [
            one
            for one in list(self._open.values())
            if self._log.read_stream(one.stream, one.number, one.number)
        ]
