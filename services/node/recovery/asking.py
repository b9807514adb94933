"""What a node asks the one above about its streams, until it has been told.

A question has an identifier, and an answer names it: what an earlier question was told was true
once. Nothing of this is kept over an end of the process but the identifier, in the fence.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from contracts.control import CONTROL_KEY
from contracts.holdings import HeldStream, HoldingsAsked, HoldingsTold
from domain.decisions import VIETNAM
from domain.directory import Directory
from services.node.hosting import Hosting

_LONGEST: Final = 60
"""Questions are repeated at last after so many times the first pause."""


class Asking:
    """One question for each unit, and what was told so far. One thread at a time."""

    def __init__(
        self,
        node: str,
        hosting: Hosting,
        directory: Callable[[], Directory],
        now: Callable[[], datetime],
        *,
        units: Sequence[UUID],
        under: UUID | None,
        repeat_seconds: float,
    ) -> None:
        """`units`, `under`: what the node records for, as in its settings."""
        self.question = uuid.uuid4()
        """Which answers count."""
        self.told: dict[UUID, HeldStream] = {}
        """What the node above said of each stream."""
        self._node = node
        self._hosting = hosting
        self._directory = directory
        self._now = now
        self._units = units
        self._under = under
        self._repeat_seconds = repeat_seconds
        self._to_ask_then: tuple[Directory | None, date, Mapping[UUID, str]] = (None, date.min, {})
        """Worked out last: for which catalogue and day, and what."""
        self._answered: set[UUID] = set()
        self._parts: dict[tuple[UUID, ...], set[int]] = {}
        self._asked_at = 0.0
        self._asked: set[UUID] = set()
        """Asked about at least once. A unit that the catalogue has just brought is asked about at
        once; only repeating takes its time."""
        self._pause = repeat_seconds

    def anew(self) -> None:
        """Forget what was asked and answered; the next question is due at once."""
        self._asked_at, self._pause = 0.0, self._repeat_seconds
        self._asked.clear()
        self.forget_answers()

    def forget_answers(self) -> None:
        """Ask all of it again, when that is due."""
        self._answered.clear()
        self._parts.clear()

    def due(self) -> list[tuple[str, HoldingsAsked]]:
        """Questions that are due now, and the key under which each is sent."""
        moment = time.monotonic()
        open_questions = {u: k for u, k in self._to_ask().items() if u not in self._answered}
        new = open_questions.keys() - self._asked
        if new:
            due = new
            self._asked |= new
        elif not self.is_repeating(moment):
            return []
        else:
            due = set(open_questions)
            self._pause = min(self._pause * 2, self._repeat_seconds * _LONGEST)
        self._asked_at = moment
        return [
            (key, HoldingsAsked(self._node, self.question, [unit]))
            for unit, key in open_questions.items()
            if unit in due
        ]

    def is_repeating(self, moment: float) -> bool:
        """Whether it is time to ask again."""
        return moment >= self._asked_at + self._pause

    def whole(self) -> HoldingsAsked:
        """All in one: what a bundle asks."""
        return HoldingsAsked(self._node, self.question, list(self._to_ask()))

    def hear(self, message: HoldingsTold) -> bool:
        """Take an answer; False if it answers another question."""
        if message.question != self.question:
            return False
        self.told.update((stream.origin, stream) for stream in message.streams)
        parts = self._parts.setdefault(tuple(message.units), set())
        parts.add(message.part)
        if len(parts) == message.parts:
            self._answered.update(message.units)
            self._pause = self._repeat_seconds
        return True

    def is_answered(self) -> bool:
        """Whether the node above has told of every unit."""
        asked = self._to_ask()
        if self._under is not None and self._directory().is_empty:
            return False
        return self._answered >= asked.keys()

    def _to_ask(self) -> Mapping[UUID, str]:
        """The units to ask about, and the key of the question: the unit's own stream, so that the
        question stands behind everything that was sent of it."""
        directory, today = self._directory(), self._now().astimezone(VIETNAM).date()
        known, day, asked = self._to_ask_then
        if known is directory and day == today:
            return asked
        asked = {unit: str(self._hosting.origin(unit)) for unit in self._units}
        if self._under is not None:
            asked.setdefault(self._under, CONTROL_KEY)
            for unit in directory.units():
                if self._hosting.hosts(unit.unit_id, today, directory):
                    asked.setdefault(UUID(unit.unit_id), self._hosting.origin_text(unit.unit_id))
        self._to_ask_then = directory, today, asked
        return asked
