"""What has changed a reported figure since: the events that came later, each with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from domain.report_state import ReportState, Version
from services.node.figures import FIGURES
from services.node.figures.codes import Codebook, Coded, Numbers
from services.node.figures.figure import NO_CUT
from services.node.figures.result import Cut
from services.node.readmodels.timeline import EventStatus
from services.node.views import View

CODEBOOK: Final = Codebook(FIGURES.values())
MOST_EVENTS: Final = 5_000
"""Events of one figure that are compared one by one."""
_PAGE: Final = 1_000
_NAMED: Final = 500


_Row = sa.Row[Any]


class Why(StrEnum):
    """Why an event counts otherwise than it did."""

    LATE = "late"
    """Recorded by then, and arrived later."""
    RECORDED_LATER = "recorded_later"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    RULES = "rules"
    """The event is as it was; a rule, the hierarchy or another event of its slot is not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event that counts otherwise than it did."""

    event_id: str
    then: int
    now: int
    why: Why
    changed_by: str | None
    """The correction or retraction."""
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All events of a figure that count otherwise."""

    items: tuple[Change, ...]
    whole: bool
    """Whether these are all: a figure of very many events is not compared one by one."""


def changes(
    earlier: View, now: View, state: ReportState, version: Version, coded: Coded
) -> Changes:
    """The events by which a figure of now differs from that of the state a version was computed in.

    Raises StoreUnavailableError.
    """
    before, whole_before = _opened(Numbers(earlier, state.unit_id, state.period), coded)
    after, whole_after = _opened(Numbers(now, state.unit_id, state.period), coded)
    whole = whole_before and whole_after
    if not whole:
        return Changes((), whole=False)
    differing = sorted(e for e in {*before, *after} if before.get(e, 0) != after.get(e, 0))
    rows, known = _rows(now, differing), _rows(earlier, differing)
    found = [
        Change(
            event_id,
            before.get(event_id, 0),
            after.get(event_id, 0),
            _why(rows[event_id], known.get(event_id), version),
            rows[event_id].changed_by,
            rows[event_id].recorded_at,
        )
        for event_id in differing
        if event_id in rows
    ]
    return Changes(tuple(sorted(found, key=lambda c: (c.recorded_at, c.event_id))), whole=True)


def _why(row: _Row, then: _Row | None, version: Version) -> Why:
    if then is None:
        if row.origin == version.origin:  # one batch is recorded at one moment
            later = row.sequence > version.sequence
        else:
            later = row.recorded_at > version.recorded_at
        return Why.RECORDED_LATER if later else Why.LATE
    if row.changed_by != then.changed_by:
        return Why.RETRACTED if row.status == EventStatus.RETRACTED.value else Why.CORRECTED
    return Why.RULES


def _opened(numbers: Numbers, coded: Coded) -> tuple[Mapping[str, int], bool]:
    """By event: what it adds to the number; and whether these are all of them."""
    cell, span = numbers.cell(coded), numbers.span
    found: dict[str, int] = {}
    if cell is None or span is None:
        return found, True
    cut = Cut(category=coded.category) if coded.category else NO_CUT
    after: str | None = None
    while True:
        page = coded.figure.behind(
            numbers.view, numbers.unit_id, span, cell, after=after, limit=_PAGE, cut=cut
        )
        for item in page.items:
            found[item.event_id] = found.get(item.event_id, 0) + item.value
        after = page.after
        if after is None:
            return found, True
        if len(found) > MOST_EVENTS:
            return found, False


def _rows(view: View, event_ids: Sequence[str]) -> dict[str, _Row]:
    timeline = view.tables["timeline"].c
    rows: dict[str, _Row] = {}
    for start in range(0, len(event_ids), _NAMED):
        part = event_ids[start : start + _NAMED]
        statement = sa.select(*timeline).where(timeline.event_id.in_(part))
        rows.update((row.event_id, row) for row in view.connection.execute(statement))
    return rows
