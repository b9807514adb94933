"""One version of a report against the records (F15), opened into the events that came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.report_state import ReportState, Version
from services.node.figures.reported import Basis, Compared, compared
from services.node.reporting.since import CODEBOOK, Changes, changes
from services.node.views import View


@dataclass(frozen=True, slots=True)
class Checked:
    """A version beside its own state and today's."""

    basis: Basis
    items: tuple[Compared, ...]
    changes: Mapping[str, Changes]
    """By code, for figures that changed since."""


def checked(view: View, state: ReportState, version: Version) -> Checked:
    """Compare a version. Raises TooFarBackError, StoreUnavailableError."""
    basis, items = compared(view, CODEBOOK, state, version)
    moved = [item for item in items if item.since]
    found: dict[str, Changes] = {}
    if moved and view.at is not None:
        with view.at(basis.cutoff) as earlier:
            for item in moved:
                coded = CODEBOOK.meaning(item.code)
                if coded is not None:
                    found[item.code] = changes(earlier, view, state, version, coded)
    return Checked(basis, items, found)
