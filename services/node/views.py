"""How figures are read: the tables of the live generation, in one consistent view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from domain.directory import Directory
from services.node.asof.cutoff import Cutoff


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
