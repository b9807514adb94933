"""Reports as they were sent: which figures they froze, and the state these were computed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from domain.directory import Directory
from domain.events import LAST_YEAR
from domain.report_state import ReportState, Version, fold
from services.node.asof.cutoff import Cutoff, ThroughEvent, ThroughHeads
from services.node.entities import load
from services.node.figures.codes import Codebook, Numbers
from services.node.views import Stream, View

_LAST: Final = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class Basis:
    """The state that the figures of a version were computed in."""

    cutoff: Cutoff
    exact: bool
    """Whether the report names the streams; otherwise what had been recorded by then is taken."""
    missing: int
    """Events of that state that this node does not hold."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a report, then and now. None where it cannot be computed here."""

    code: str
    reported: int
    then: int | None
    """In the state that the report was computed in."""
    now: int | None

    @property
    def difference(self) -> int | None:
        """F15: reported less what its own state gives."""
        return None if self.then is None else self.reported - self.then

    @property
    def since(self) -> int | None:
        """What has changed since: by late records, corrections and retractions."""
        return None if self.then is None or self.now is None else self.now - self.then


def report_of(view: View, report_id: str) -> ReportState | None:
    """A report in this state; None if there is none."""
    table = view.tables["entities"]
    row = view.connection.execute(sa.select(table).where(table.c.aggregate_id == report_id)).first()
    entity = None if row is None else load(row)
    return None if entity is None or entity.kind != "report" else entity.state(fold)


def frozen(state: ReportState) -> Version:
    """The version that stands: the last accepted one; the latest while none is."""
    accepted = [version for version in state.versions if version.accepted]
    return accepted[-1] if accepted else state.latest


def basis_of(view: View, state: ReportState, version: Version) -> Basis:
    """The state a version was computed in. Raises StoreUnavailableError.

    A version that names streams was computed from those alone. Of the others: its own stream
    through `log_position`, and what had been recorded by then in all others.
    """
    if version.computed_through is not None:
        streams = view.streams()
        concerned = concerned_units(view.directory, state.unit_id)
        unnamed = {o: 0 for o, stream in streams.items() if stream.unit_id in concerned}
        nothing = Stream("", 0)
        missing = sum(
            max(0, number - streams.get(origin, nothing).through)
            for origin, number in version.computed_through.items()
        )
        heads = ThroughHeads.of({**unnamed, **version.computed_through})
        return Basis(heads, exact=True, missing=missing)
    sequence = version.sequence - 1
    moment = version.recorded_at
    if version.log_position is not None and version.log_position < sequence:
        sequence = version.log_position
        moment = _recorded_at(view, version, sequence) or moment
    return Basis(ThroughEvent(version.origin, sequence, moment), exact=False, missing=0)


def _recorded_at(view: View, version: Version, sequence: int) -> str | None:
    timeline = view.tables["timeline"].c
    found: str | None = view.connection.execute(
        sa.select(timeline.recorded_at).where(
            timeline.unit_id == version.unit_id,  # by whose index it is found
            timeline.origin == version.origin,
            timeline.sequence == sequence,
        )
    ).scalar()
    return found


def concerned_units(directory: Directory, unit_id: str) -> frozenset[str]:
    """The units whose records may count for a unit: itself, all that ever stood below it or went
    into one of those, and all that ever stood above it."""
    met = {unit_id}
    waiting = [unit_id]
    while waiting:
        current = waiting.pop()
        below = directory.children_between(current, date.min, _LAST)
        before = (edge.from_id for edge in directory.predecessors(current))
        for other in (*below, *before):
            if other not in met:
                met.add(other)
                waiting.append(other)
    return frozenset(met) | frozenset(_above(directory, unit_id))


def _above(directory: Directory, unit_id: str) -> Iterator[str]:
    waiting, met = [unit_id], {unit_id}
    while waiting:
        unit = directory.unit(waiting.pop())
        for _, _, version in unit.spells() if unit is not None else ():
            if version.parent_id is not None and version.parent_id not in met:
                met.add(version.parent_id)
                waiting.append(version.parent_id)
                yield version.parent_id


def projected_then(
    view: View, codebook: Codebook, state: ReportState, version: Version
) -> tuple[Basis, Mapping[str, int | None]]:
    """What the codes of a version are in its own state.

    That never changes once all of it is held, so it is remembered then. Raises TooFarBackError,
    StoreUnavailableError.
    """
    basis = basis_of(view, state, version)
    codes = tuple(sorted(version.figures))

    def compute() -> Mapping[str, int | None]:
        if view.at is None:
            return dict.fromkeys(codes)
        with view.at(basis.cutoff) as earlier:
            return values_of(earlier, codebook, state, codes)

    if not basis.exact or basis.missing:
        return basis, compute()
    key = (version.digest, codes, basis.cutoff)
    found: Mapping[str, int | None] = view.remember(key, compute)
    return basis, found


def values_of(
    view: View, codebook: Codebook, state: ReportState, codes: tuple[str, ...]
) -> Mapping[str, int | None]:
    """What some codes are for a report's unit and period in a state."""
    numbers = Numbers(view, state.unit_id, state.period)
    values: dict[str, int | None] = {}
    for code in codes:
        coded = codebook.meaning(code)
        values[code] = None if coded is None else numbers.value(coded)
    return values


def compared(
    view: View, codebook: Codebook, state: ReportState, version: Version
) -> tuple[Basis, tuple[Compared, ...]]:
    """A version's figures beside those of its own state and of this one (F15).

    Raises TooFarBackError, StoreUnavailableError.
    """
    basis, then = projected_then(view, codebook, state, version)
    now = values_of(view, codebook, state, tuple(then))
    return basis, tuple(
        Compared(code, version.figures[code], then[code], now[code]) for code in sorted(then)
    )
