"""Gaps: what a receiver seems to miss, and when it asks the other side for it.

Before a gap it asks at once; behind an announced head only after a while, because what was
announced may simply be on its way. What was announced itself may be lost with a topic, so it is
asked for too, again and again, more and more rarely.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.control import Range
from services.node.origins import Origins
from services.node.sorting import Restoring
from services.node.syncstate import MAX_WAITING, Direction

_log = logging.getLogger(__name__)
_ROUND: Final = 120
"""Announcing every head by and by takes so many announcements: ten minutes with usual settings."""
_ASK_EVENTS: Final = 5_000
"""How much is asked for at once; the next part is asked for when it has come."""

Waiting = Mapping[UUID, tuple[int, int]]
"""Of each origin with events that wait for an earlier one: how many, and the first of them."""


@dataclass(slots=True)
class _Watch:
    """An origin that may miss something: since when it has not moved, and what was asked for."""

    at: float
    head: int
    asked: int = 0
    """Asked for through this sequence; 0 if not yet."""


class Gaps:
    """Of what one receiver brings in. Used by its thread; `suspect` by any that takes in."""

    def __init__(
        self,
        name: str,
        direction: Direction,
        origins: Origins,
        restoring: Restoring,
        ask: Callable[[Sequence[Range]], None],
        retry_seconds: float,
    ) -> None:
        """`ask` sends a range request the other way, one without ranges for the heads."""
        self._name = name
        self._direction = direction
        self._origins = origins
        self._restoring = restoring
        self._ask = ask
        self._retry_seconds = retry_seconds
        self._watched: dict[UUID, _Watch] = {}
        self._suspects: set[UUID] | None = None
        """Origins that may miss something: the only ones that are looked at regularly."""
        self._next_question = 0.0
        self._question_pause = retry_seconds
        """When, and how long after that again, the other side is asked for its heads."""
        self._next_look = 0.0

    def reopened(self) -> None:
        """The inbox was opened: perhaps another topic than before, and what was announced on that
        one is gone."""
        self._next_question, self._question_pause = 0.0, self._retry_seconds

    def suspect(self, origin: UUID) -> None:
        """This origin may miss something."""
        if self._suspects is not None:
            self._suspects.add(origin)

    def ask_for_heads(self) -> None:
        """Once the topic is open, and again more and more rarely: the answer, or the question, may
        have been lost with a topic. A sender tells everything by itself in about the longest pause.
        """
        now = time.monotonic()
        if now >= self._next_question:
            self._ask([])
            self._next_question = now + self._question_pause
            self._question_pause = min(self._question_pause * 2, _ROUND * self._retry_seconds)

    def look(self, waiting: Waiting, arriving: Container[str]) -> None:
        """Ask for what is missing. `arriving`: the origins, as texts, of which something has come
        and waits for its turn."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + min(0.5, self._retry_seconds / 4)
        if self._suspects is None:
            self._suspects = {
                state.origin
                for state in self._origins.states()
                if state.announced > self._origins.head(state.origin)
            } | set(waiting)
        self._suspects.update(self._restoring.wanted())
        missing = [
            found
            for origin in list(self._suspects)
            if (found := self._missing(origin, now, waiting.get(origin), arriving))
        ]
        if missing:
            _log.info("%s: asks for %d missing range(s)", self._name, len(missing))
            self._ask(missing)

    def _missing(
        self,
        origin: UUID,
        now: float,
        waiting: tuple[int, int] | None,
        arriving: Container[str],
    ) -> Range | None:
        """What to ask for of an origin now; None if nothing is missing or it was just asked for."""
        state = self._origins.state(origin)
        head = self._origins.head(origin)
        if (
            state is None
            or state.forked
            or not (state.direction == self._direction or self._restoring.restores(origin))
            or (waiting is None and state.announced <= head)
        ):
            self._watched.pop(origin, None)
            if self._suspects is not None:
                self._suspects.discard(origin)
            return None
        if str(origin) in arriving:
            self._watched[origin] = _Watch(now, head)
            return None
        if not self._is_due(origin, head, now, gap=waiting is not None):
            return None
        if waiting is not None and waiting[0] < MAX_WAITING:
            last = max(waiting[1] - 1, head + 1)
        else:
            last = max(state.announced, head + 1)
        watch = self._watched[origin]
        watch.at, watch.head, watch.asked = now, head, min(last, head + _ASK_EVENTS)
        return Range(origin, head + 1, watch.asked)

    def _is_due(self, origin: UUID, head: int, now: float, *, gap: bool) -> bool:
        """Whether to ask now: at once before a gap, and when what was asked for has come; else only
        after nothing of the origin has moved for a while, because it may simply be on its way."""
        watch = self._watched.get(origin)
        if watch is None:
            self._watched[origin] = _Watch(now, head)
            return gap or self._restoring.restores(origin) > head
        if watch.asked and head >= watch.asked:
            return True
        if head != watch.head:
            watch.at, watch.head = now, head
            return False
        return now - watch.at >= self._retry_seconds
