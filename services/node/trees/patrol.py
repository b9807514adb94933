"""The patrol: a node reads its own log again and again, and says so when it is not what it was.

Somebody who edits the log in the database changes neither its tree nor what was signed, so nothing
that the node does with new events would show it. The patrol verifies the whole log from its start
on, beside the other work, and begins again some hours after it came to the end. What it has read
is not kept: a restart begins a new pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from domain.refusals import Text
from services.node.trees.findings import WRONG_TEXTS, Finding
from services.node.trees.verifying import Verification

_log = logging.getLogger(__name__)
_PAGE: Final = 1_000
_SHARE: Final = 20
"""After a step it rests so many times as long as the step took: five per cent of the time."""
_REST_SECONDS: Final = 0.5
"""And at least so long."""
_GIVES_WAY_SECONDS: Final = 20.0
"""While it is to give way it reads a page no more often than that: it slows down and never stops,
however long that lasts."""
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 3600.0
"""Between readings of a stream that something is wrong with."""
_HOUR: Final = 3600.0


class Patrol:
    """`run_once` is for one thread; the rest may be read by any."""

    def __init__(
        self,
        begin: Callable[[], Verification],
        *,
        hours: float,
        gives_way: Callable[[], bool] = lambda: False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`begin` makes a new pass; `hours`: from the end of one to the beginning of the next.
        `gives_way` tells whether other work is waited for just now."""
        self._begin = begin
        self._hours = hours
        self._gives_way = gives_way
        self._now = now
        self._pass: Verification | None = None
        self._due = 0.0
        self._read_at = 0.0
        self._look_again = 0.0
        self._pause = _FIRST_PAUSE
        self.findings: Mapping[UUID, Finding] = {}
        """The first thing wrong with each stream: of the pass under way, and of the last one."""
        self.passes = 0
        """Passes that came to the end since the start."""

    def run_once(self) -> int:
        """Read on if it is time; 1 if it did. Raises StoreUnavailableError; then the same part is
        read again."""
        if self.findings and self._now() >= self._look_again:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            self.recheck()
        if self._now() < self._due:
            return 0
        if self._now() < self._read_at + _GIVES_WAY_SECONDS and self._gives_way():
            return 0
        started = self._now()
        if self._pass is None:
            beginning = self._begin()
            # What was cut off is told before its sender fills it again.
            self._tell(beginning.shortages(), whole=False)
            self._pass = beginning
        if self._pass.step(_PAGE):
            self._tell(self._pass.found(), whole=False)
            ended = self._read_at = self._now()
            self._due = ended + max(_REST_SECONDS, _SHARE * (ended - started))
            return 1
        self._tell(self._pass.end().findings, whole=True)
        self._pass = None
        self.passes += 1
        self._due = self._now() + self._hours * _HOUR
        return 1

    def recheck(self) -> None:
        """Read the streams with findings again, whole: what was missing may have come back.

        Raises StoreUnavailableError.
        """
        self._look_again = self._now() + self._pause
        reading = {} if self._pass is None else {one.origin: one for one in self._pass.found()}
        looking = self._begin()
        now = {origin: reading.get(origin) or looking.of_stream(origin) for origin in self.findings}
        self._tell([finding for finding in now.values() if finding is not None], whole=True)

    def complete(self) -> Mapping[UUID, Finding]:
        """A whole pass at once, without rests; what it found. Raises StoreUnavailableError."""
        passes = self.passes
        while self.passes == passes:
            self._due = self._read_at = 0.0
            self.run_once()
        return self.findings

    def doubt(self, origin: UUID) -> Text | None:
        """Why nothing may be signed for a stream; None if nothing is wrong with it."""
        finding = self.findings.get(origin)
        return None if finding is None else text_of(finding)

    def _tell(self, found: Sequence[Finding], *, whole: bool) -> None:
        """`whole`: a pass ended, so what it did not find is not wrong any more."""
        before = self.findings
        now = {finding.origin: finding for finding in found}
        for origin, finding in now.items():
            if before.get(origin) not in (finding, replace(finding, position=0)):
                _log.critical("LEDGER: %s", text_of(finding).en)
            if origin not in before:
                self._pause = _FIRST_PAUSE
                self._look_again = self._now() + self._pause
        for origin in before.keys() - now.keys() if whole else ():
            _log.warning("ledger: stream %s agrees again with its tree and checkpoints", origin)
        self.findings = now if whole else {**before, **now}


def text_of(finding: Finding) -> Text:
    """What is wrong, for a person."""
    what = WRONG_TEXTS[finding.what]
    events = f"{finding.first}"
    if finding.last != finding.first:
        events += f"–{finding.last}"
    return Text(
        f"dòng {finding.origin}, sự kiện {events}: {what.vi}; chạy antq verify, không sửa gì",
        f"stream {finding.origin}, event {events}: {what.en}; run antq verify, change nothing",
    )
