"""Announcements: which heads a forwarder tells the other side, and when.

What has changed is told soon; all the rest by and by, round after round, so that a node with ten
thousand origins does not repeat ten thousand heads every few seconds, and that something goes out
each time: a sender notices by it that its topic is gone. When somebody may have missed what was
told, everything is told at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

_ROUND: Final = 120
"""How many announcements tell everything by and by: ten minutes' worth with usual settings."""
_AT_LEAST: Final = 100
"""Heads repeated with each announcement; whoever has fewer tells all of them each time."""


class Announcements:
    """The heads sent by one forwarder. Used by one thread."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: between announcements while there is no reason for one."""
        self._seconds = seconds
        self._heads: dict[UUID, int] = {}
        self._changed: set[UUID] = set()
        self._rest: list[UUID] = []
        """What this round has not told yet."""
        self._everything = True
        self._told_at = 0.0
        self._telling: tuple[bool, int] = (False, 0)
        """Of what `due` gave last: whether it was a regular announcement, and how many of the rest
        it holds."""
        self.known = False
        """Whether `start` has told all heads; before that nothing is announced."""

    def start(self, heads: Mapping[UUID, int]) -> None:
        """These are the heads of everything sent so far."""
        self._heads = dict(heads)
        self.known = True

    def sent(self, heads: Mapping[UUID, int]) -> None:
        """These origins were sent through these sequences."""
        if self.known:
            self._heads.update(heads)
            self._changed.update(heads)

    def tell_everything(self) -> None:
        """Somebody may have missed what was told."""
        self._everything = True

    def due(self, *, idle: bool) -> Mapping[UUID, int]:
        """What to announce now; nothing if it is not the time.

        `idle`: nothing else is sent, so what has changed is told at once: the last event of a
        stream is not followed by anything that shows it missing.
        """
        if not self.known:
            return {}
        regular = time.monotonic() - self._told_at >= self._seconds
        self._telling = (regular, 0)
        if not regular:
            return {origin: self._heads[origin] for origin in self._changed} if idle else {}
        if self._everything:
            return dict(self._heads)
        rest = self._next_of_round(max(_AT_LEAST, len(self._heads) // _ROUND))
        self._telling = (regular, len(rest))
        return {origin: self._heads[origin] for origin in self._changed.union(rest)}

    def told(self, heads: Mapping[UUID, int]) -> None:
        """What `due` gave was announced and acknowledged."""
        self._changed.difference_update(heads)
        regular, of_the_rest = self._telling
        if not regular:
            return
        self._told_at = time.monotonic()
        del self._rest[:of_the_rest]
        if not of_the_rest:
            self._everything, self._rest = False, []

    def _next_of_round(self, count: int) -> Sequence[UUID]:
        if not self._rest:
            self._rest = list(self._heads)
        return self._rest[:count]
