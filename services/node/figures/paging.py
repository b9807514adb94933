"""Paging through the events behind a number, one aggregate after the other.

An aggregate's contributions are computed again by the very model that filled the table, so what is
shown here and what was counted cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from domain.refusals import Text
from services.node.entities import load
from services.node.figures.result import Behind, BehindPage, FigureQuestionError
from services.node.readmodel import Entity
from services.node.views import View

_AGGREGATES: Final = 200
"""Aggregates read in one statement."""

_AFTER: Final = re.compile(r"([0-9a-f-]{36})/(0|[1-9][0-9]{0,8})")


def page(
    view: View,
    candidates: sa.Select[tuple[str]],
    found: Callable[[Entity], Iterable[Behind]],
    after: str | None,
    limit: int,
) -> BehindPage:
    """The next `limit` events that `found` finds in the candidate aggregates.

    `candidates` selects aggregate ids, in any order and repeated or not. `after` is that of the
    page before: the aggregate it ended in and how many of that one's events were shown already.
    Raises FigureQuestionError for an `after` that no page gave.
    """
    start, shown = _read(after)
    entities = view.tables["entities"]
    items: list[Behind] = []
    while True:
        rows = view.connection.execute(
            sa.select(entities)
            .where(entities.c.aggregate_id.in_(candidates), entities.c.aggregate_id >= start)
            .order_by(entities.c.aggregate_id)
            .limit(_AGGREGATES)
        ).all()
        for row in rows:
            parts = list(found(load(row)))
            if row.aggregate_id == start:
                parts = parts[shown:]
            else:
                shown = 0
            space = limit - len(items)
            items.extend(parts[:space])
            if len(parts) > space:
                return BehindPage(tuple(items), f"{row.aggregate_id}/{shown + space}")
            start, shown = row.aggregate_id, shown + len(parts)
        if len(rows) < _AGGREGATES:
            return BehindPage(tuple(items), None)


def page_of(items: Sequence[Behind], after: str | None, limit: int) -> BehindPage:
    """The next `limit` of events that are all at hand, by aggregate and event.

    Raises FigureQuestionError for an `after` that no page gave.
    """
    start, shown = _read(after)
    ordered = sorted(items, key=lambda item: (item.aggregate_id, item.event_id, item.key))
    rest = [item for item in ordered if item.aggregate_id >= start]
    before = sum(item.aggregate_id == start for item in rest)
    rest = rest[min(shown, before) :]
    if len(rest) <= limit:
        return BehindPage(tuple(rest), None)
    last = rest[limit - 1].aggregate_id
    passed = sum(item.aggregate_id == last for item in rest[:limit])
    return BehindPage(tuple(rest[:limit]), f"{last}/{passed + (shown if last == start else 0)}")


def _read(after: str | None) -> tuple[str, int]:
    if after is None:
        return "", 0
    match = _AFTER.fullmatch(after)
    if match is None:
        raise FigureQuestionError(
            "after",
            Text(
                "Giá trị after phải lấy từ trang trước.",
                "The value of after must be the one that the page before gave.",
            ),
        )
    return match.group(1), int(match.group(2))
