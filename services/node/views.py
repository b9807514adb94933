"""How figures are read: the tables of the live generation, in one consistent view."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from domain.directory import Directory
from services.node.asof.cutoff import Cutoff

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stream:
    """How far one stream is in a state."""

    unit_id: str
    through: int
    """The number of its last event there; 0 if none is."""


def _asked_anew(key: Hashable, make: Callable[[], T]) -> T:
    del key
    return make()


@dataclass(frozen=True, slots=True)
class View:
    """Everything a figure's query may look at; valid inside `Projector.view()` only."""

    connection: sa.Connection
    tables: Mapping[str, sa.Table]
    """By read model's name; "entities" holds the aggregates themselves."""
    directory: Directory
    position: int
    """The log position up to which the rows are folded."""
    generation: int = 0
    """Which generation of tables these are."""
    cutoff: Cutoff | None = None
    """The earlier state that the rows and the directory are of; None for the state now."""
    at: Callable[[Cutoff], AbstractContextManager[View]] | None = None
    """Opens an earlier state beside this one; None where there is no log to cut.

    It raises TooFarBackError, StoreUnavailableError."""
    streams: Callable[[], Mapping[str, Stream]] = dict
    """By origin: how far each stream is in this state. Raises StoreUnavailableError."""
    remember: Callable[[Hashable, Callable[[], Any]], Any] = _asked_anew
    """What was made under a key before, or what is made now: for answers that never change."""
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under a key in this view, or what is made now: a page asks the same of one
        view several times. What is made must not be changed afterwards."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found
