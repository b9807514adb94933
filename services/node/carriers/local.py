"""The local carrier: topics in one SQLite file, shared by the nodes of one machine, no server.

A demonstration, a training room or a small office runs several nodes as processes on one machine;
they send and receive through this file. Every message has a place that only ever grows, over all
topics and also over deleted ones, so a position never points at something else later.

Kept is what some known group has not committed yet, and beyond that the newest `keep_bytes` of each
topic for groups that come later; past `max_bytes` the oldest go even if a group still wants them,
because a full disk would stop every node, while a hole is noticed and asked for again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from services.node.carriers import Delivery, Message
from services.node.carriers.localfile import LocalFile, topic_id_of
from services.node.database import empty_journal
from services.node.errors import CarrierUnavailableError

KEEP_BYTES: Final = 16 * 2**20
MAX_BYTES: Final = 2**30
_POLL_STEP: Final = 0.025
_POLL_BYTES: Final = 8 * 2**20
_ROW_BYTES: Final = 100
"""Counted for a message besides its value, so that many tiny ones are bounded too."""


class LocalCarrier:
    """Carries through one SQLite file.

    Nothing is opened before the first use. Several carriers, also of other processes, may share the
    file; it must be on a local disk, because SQLite's locks do not hold on network file systems.
    """

    def __init__(
        self, path: Path, *, keep_bytes: int = KEEP_BYTES, max_bytes: int = MAX_BYTES
    ) -> None:
        self._path = path
        self._keep_bytes = keep_bytes
        self._max_bytes = max_bytes
        self._open: set[_Sender | _Inbox] = set()
        self._lock = threading.Lock()
        self._closed = False

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create those topics that do not exist. Raises CarrierUnavailableError."""
        file = self._connect()
        try:
            with file.write() as db:
                db.executemany(
                    "INSERT INTO topics (name) VALUES (?) ON CONFLICT DO NOTHING",
                    [(topic,) for topic in topics],
                )
        finally:
            file.close()

    def delete_topic(self, topic: str) -> None:
        """Delete a topic with all that is on it; nothing happens if there is none.

        Raises CarrierUnavailableError.
        """
        file = self._connect()
        try:
            with file.write() as db:
                row = db.execute("SELECT id FROM topics WHERE name = ?", (topic,)).fetchone()
                if row is not None:
                    db.execute("DELETE FROM messages WHERE topic_id = ?", row)
                    db.execute("DELETE FROM offsets WHERE topic_id = ?", row)
                    db.execute("DELETE FROM topics WHERE id = ?", row)
        finally:
            file.close()

    def sender(self) -> _Sender:
        """A new sender. Raises CarrierUnavailableError."""
        sender = _Sender(self._connect(), self._keep_bytes, self._max_bytes, self._forget)
        self._remember(sender)
        return sender

    def inbox(self, group: str, topics: Sequence[str]) -> _Inbox:
        """A new inbox. Raises CarrierUnavailableError, also if a topic does not exist."""
        file = self._connect()
        try:
            inbox = _Inbox(file, group, topics, self._forget)
        except CarrierUnavailableError:
            file.close()
            raise
        self._remember(inbox)
        return inbox

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """In one transaction, in all topics; who reads meanwhile sees either."""
        file = self._connect()
        try:
            with file.write() as db:
                db.execute("PRAGMA secure_delete = ON").fetchone()
                rows = db.execute(
                    "SELECT place, topic_id, value FROM messages WHERE instr(value, ?) > 0", (raw,)
                ).fetchall()
                for place, topic_id, value in rows:
                    changed = value.replace(raw, tombstone)
                    db.execute("UPDATE messages SET value = ? WHERE place = ?", (changed, place))
                    db.execute(
                        "UPDATE topics SET bytes = bytes + ? WHERE id = ?",
                        (len(changed) - len(value), topic_id),
                    )
        finally:
            file.close()

    def scrub(self) -> None:
        """Writes the file anew, and empties its journal."""
        file = self._connect()
        try:
            with file.read() as db:
                db.execute("VACUUM")
                empty_journal(db)
        finally:
            file.close()

    def close(self) -> None:
        """Close every sender and inbox; safe to call twice, never raises."""
        with self._lock:
            self._closed = True
            opened = list(self._open)
        for one in opened:
            one.close()

    def _connect(self) -> LocalFile:
        if self._closed:
            raise CarrierUnavailableError(f"the local carrier {self._path} is closed")
        return LocalFile(self._path)

    def _remember(self, one: _Sender | _Inbox) -> None:
        with self._lock:
            self._open.add(one)
            closed = self._closed
        if closed:
            one.close()

    def _forget(self, one: _Sender | _Inbox) -> None:
        with self._lock:
            self._open.discard(one)


class _Sender:
    """See `services.node.carriers.Sender`."""

    def __init__(
        self, file: LocalFile, keep_bytes: int, max_bytes: int, forget: Callable[[_Sender], None]
    ) -> None:
        self._file = file
        self._forget = forget
        self._keep_bytes = keep_bytes
        self._max_bytes = max_bytes

    def send(self, messages: Sequence[Message]) -> None:
        """All of them in one transaction: either all stand there afterwards or none."""
        if not messages:
            return
        with self._file.write() as db:
            ids: dict[str, int] = {}
            sizes: dict[int, int] = {}
            for message in messages:
                if message.topic not in ids:
                    ids[message.topic] = topic_id_of(db, message.topic)
                topic_id = ids[message.topic]
                sizes[topic_id] = sizes.get(topic_id, 0) + len(message.value) + _ROW_BYTES
            db.executemany(
                "INSERT INTO messages (topic_id, key, content_type, value) VALUES (?, ?, ?, ?)",
                [(ids[m.topic], m.key, m.content_type, m.value) for m in messages],
            )
            for topic_id, added in sizes.items():
                self._grow(db, topic_id, added)

    def close(self) -> None:
        self._forget(self)
        self._file.close()

    def _grow(self, db: sqlite3.Connection, topic_id: int, added: int) -> None:
        (size,) = db.execute(
            "UPDATE topics SET bytes = bytes + ? WHERE id = ? RETURNING bytes", (added, topic_id)
        ).fetchone()
        if size <= self._keep_bytes:
            return
        (committed,) = db.execute(
            "SELECT coalesce(min(place), 0) FROM offsets WHERE topic_id = ?", (topic_id,)
        ).fetchone()
        freed, last = 0, None
        for place, length in db.execute(
            "SELECT place, length(value) FROM messages WHERE topic_id = ? ORDER BY place",
            (topic_id,),
        ):
            bound = self._keep_bytes if place <= committed else self._max_bytes
            if size - freed <= bound:
                break
            freed, last = freed + length + _ROW_BYTES, place
        if last is not None:
            db.execute("DELETE FROM messages WHERE topic_id = ? AND place <= ?", (topic_id, last))
            db.execute("UPDATE topics SET bytes = bytes - ? WHERE id = ?", (freed, topic_id))


class _Inbox:
    """See `services.node.carriers.Inbox`."""

    def __init__(
        self, file: LocalFile, group: str, topics: Sequence[str], forget: Callable[[_Inbox], None]
    ) -> None:
        self._file = file
        self._forget = forget
        self._group = group
        self._topics = list(topics)
        self._closed = threading.Event()
        self._seen_version = -1
        self._taken: dict[str, tuple[int, int]] = {}  # topic → its id, last place handed over
        self._uncommitted = False
        with file.write() as db:
            # The group is known from here on, so nothing is trimmed before it was committed.
            for topic in self._topics:
                db.execute(
                    'INSERT INTO offsets ("group", topic_id, place) VALUES (?, ?, 0)'
                    " ON CONFLICT DO NOTHING",
                    (group, topic_id_of(db, topic)),
                )
            for topic in self._topics:
                self._taken[topic] = self._committed(db, topic)

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        """Also bounded by the size of the values, so that a large `limit` cannot fill memory."""
        deadline = time.monotonic() + timeout
        while True:
            found = self._fetch(limit)
            if found:
                return found
            rest = deadline - time.monotonic()
            # Looking costs some microseconds: SQLite says by one number whether anyone wrote.
            if rest <= 0 or self._closed.wait(min(rest, _POLL_STEP)):
                return []

    def commit(self, held: Collection[Delivery] = ()) -> None:
        """Nothing is written if nothing was polled, or let go, since the last one."""
        if not self._uncommitted:
            return
        first = {topic: taken for topic, (_, taken) in self._taken.items()}
        for one in held:
            first[one.topic] = min(first[one.topic], one.offset - 1)
        with self._file.write() as db:
            for topic, (topic_id, _) in self._taken.items():
                place = first[topic]
                # max: a second inbox of this group never makes it forget. A topic deleted meanwhile
                # gets no row, and holds nothing that could be delivered again.
                db.execute(
                    'INSERT INTO offsets ("group", topic_id, place)'
                    " SELECT ?, id, ? FROM topics WHERE id = ?"
                    " ON CONFLICT DO UPDATE SET place = max(place, excluded.place)",
                    (self._group, place, topic_id),
                )
        self._uncommitted = bool(held)

    def close(self) -> None:
        self._closed.set()
        self._forget(self)
        self._file.close()

    def _fetch(self, limit: int) -> list[Delivery]:
        with self._file.read() as db:
            (version,) = db.execute("PRAGMA data_version").fetchone()
            if version == self._seen_version:
                return []
            found: list[Delivery] = []
            taken = dict(self._taken)
            room = _POLL_BYTES
            for topic in self._topics:
                taken[topic], room = self._fetch_topic(db, topic, limit, room, found)
        # Only now: an error on the second topic must not skip what the first one gave.
        self._taken = taken
        # The topic that came first comes last now: a busy one cannot starve the others.
        self._topics = self._topics[1:] + self._topics[:1]
        if found:
            self._uncommitted = True
        else:
            # The number was read before the rows: what came between is seen at the next look.
            self._seen_version = version
        return found

    def _fetch_topic(
        self, db: sqlite3.Connection, topic: str, limit: int, room: int, found: list[Delivery]
    ) -> tuple[tuple[int, int], int]:
        topic_id, taken = self._taken[topic]
        if topic_id_of(db, topic) != topic_id:  # deleted and created again
            topic_id, taken = self._committed(db, topic)
        for place, key, content_type, value in db.execute(
            "SELECT place, key, content_type, value FROM messages"
            " WHERE topic_id = ? AND place > ? ORDER BY place LIMIT ?",
            (topic_id, taken, max(0, limit - len(found))),
        ):
            if found and room < len(value):
                break
            room -= len(value)
            taken = place
            where = f"{topic}/0@{place}"
            found.append(Delivery(topic, key, value, content_type, where, offset=place))
        return (topic_id, taken), room

    def _committed(self, db: sqlite3.Connection, topic: str) -> tuple[int, int]:
        topic_id = topic_id_of(db, topic)
        row = db.execute(
            'SELECT place FROM offsets WHERE "group" = ? AND topic_id = ?', (self._group, topic_id)
        ).fetchone()
        return topic_id, row[0] if row is not None else 0
