"""Alarms on their way up: what is wrong in this node's store, and in those below it.

A node that finds its own log edited cannot prove it to anybody, but it can say so. It tells all of
it each time, so that the last message is the state; the level above shows it and hands it on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from contracts.control import MAX_ALARMS, Alarm, Alarms
from domain.refusals import Text

_log = logging.getLogger(__name__)
_REPEATED: Final = 12
"""Alarms that do not change are repeated after so many times the pause between announcements."""
_MOST_NODES: Final = 20_000
"""Nodes below that are listened to: more than there can be."""


class AlarmBook:
    """What is heard from below, and what is told above. Any thread may use it."""

    def __init__(
        self,
        own: Callable[[], Sequence[Alarm]],
        is_sure: Callable[[], bool],
        *,
        seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own`: what is wrong here. `is_sure`: whether the whole log was looked through, so that
        "nothing" means something. `seconds`: between announcements."""
        self._own = own
        self._is_sure = is_sure
        self._pause = seconds * _REPEATED
        self._now = now
        self._lock = threading.Lock()
        self._heard: dict[str, tuple[Alarm, ...]] = {}
        self._told: tuple[Alarm, ...] | None = None
        self._due = 0.0

    def hear(self, message: Alarms) -> None:
        """A node below tells everything that it knows to be wrong.

        Nothing of it is kept over a restart: it is repeated.
        """
        alarms = tuple(message.alarms[:MAX_ALARMS])
        with self._lock:
            before = self._heard.get(message.node, ())
            if not alarms:
                self._heard.pop(message.node, None)
            elif message.node in self._heard or len(self._heard) < _MOST_NODES:
                self._heard[message.node] = alarms
        for alarm in alarms:
            if alarm not in before:
                _log.critical("LEDGER: %s", text_of(alarm).en)
        if before and not alarms:
            _log.warning("ledger: node %s tells of nothing wrong any more", message.node)

    def heard(self) -> list[Alarm]:
        """What is wrong below."""
        with self._lock:
            return sorted(
                {one for alarms in self._heard.values() for one in alarms},
                key=lambda one: (one.node, one.origin, one.first, one.what),
            )

    def take(self) -> Sequence[Alarm] | None:
        """Everything there is to tell above, if it is time to; None if it is not."""
        alarms = (*self._own(), *self.heard())[:MAX_ALARMS]
        if not alarms and (not self._told if self._told is not None else not self._is_sure()):
            return None
        if alarms == self._told and self._now() < self._due:
            return None
        self._told, self._due = alarms, self._now() + self._pause
        return alarms


_WORDS: Final = {
    "missing": Text("thiếu sự kiện", "an event is missing"),
    "foreign": Text("byte thuộc chỗ khác", "bytes of another place"),
    "changed": Text("byte đã bị thay đổi", "bytes were changed"),
    "checkpoint": Text("không khớp điểm chốt đã ký", "not what was signed"),
    "signature": Text("điểm chốt sai chữ ký", "a checkpoint with a wrong signature"),
    "not-signed": Text("kho không còn như đã ký", "the store is not what was signed"),
    "lost": Text("mất sự kiện, đang lấy lại", "events were lost and are being fetched back"),
    "differs": Text("nút cấp trên giữ khác", "the node above holds something else"),
    "erased": Text("nội dung bị xóa, không có quyết định", "content removed without a decision"),
    "forked": Text("phân nhánh, đã dừng", "forked and stopped"),
}


def text_of(alarm: Alarm) -> Text:
    """An alarm from below, for a person."""
    word = _WORDS.get(alarm.what, Text(alarm.what, alarm.what))
    place = f"{alarm.origin}"
    if alarm.first:
        place += f" {alarm.first}"
    if alarm.last != alarm.first:
        place += f"–{alarm.last}"
    return Text(
        f"nút {alarm.node} báo: dòng {place}: {word.vi}",
        f"node {alarm.node} tells: stream {place}: {word.en}",
    )
