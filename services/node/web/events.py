"""The timeline, an event's own page, and the events behind a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from contracts.envelope import decode
from domain.events import EVENTS
from domain.levels import Level
from domain.refusals import Text
from services.node.erasure.wording import erased_text
from services.node.figures import Behind, CellFilter, Figure
from services.node.figures.withholding import SENSITIVE, WITHHELD
from services.node.history.wording import Wording, field_title
from services.node.notary.receipts import vouched
from services.node.web.choosing import asked_cut, category_name, figure_named
from services.node.web.site import Asked, PageProblemError
from services.node.web.texts import STATUSES

_PAGE: Final = 50
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BEFORE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in a list."""

    event_id: str
    type: str
    kind: str
    unit: str
    organisation: str
    occurred_on: date
    occurred_to: date | None
    recorded_at: str
    sequence: int
    status: str
    status_text: str
    value: int | None = None
    """What it adds to the number that was opened."""
    assigned_to: str | None = None
    """The name of the unit it was assigned to after its own was split."""


def timeline_page(asked: Asked) -> Mapping[str, Any]:
    """Every event of the unit and those below it in the period, the newest day first; of one day,
    what was recorded last.

    By day, because days are what the indexes hold: whatever a node has recorded, a page reads the
    days it shows. By position it would look for an old period's events from today's end on.
    """
    table = asked.view.tables["timeline"].c
    conditions = [
        table.occurred_on >= asked.span.first.isoformat(),
        table.occurred_on <= asked.span.last.isoformat(),
    ]
    kind, aggregate = asked.parameter("type"), asked.parameter("aggregate")
    if kind is not None and kind not in EVENTS:
        raise PageProblemError(400, Text("Không có loại đó.", "There is no such type."))
    if aggregate is not None:
        conditions = [table.aggregate_id == identifier(aggregate)]
    else:
        units = _units(asked)
        if units is not None:
            conditions.append(table.unit_id.in_(units))
        if kind is not None:
            conditions.append(table.type == kind)
    before = asked.parameter("before")
    if before is not None:
        conditions += _behind(asked.view.tables["timeline"], before)
    rows = asked.view.connection.execute(
        sa.select(*table)
        .where(*conditions)
        .order_by(table.occurred_on.desc(), table.position.desc())
        .limit(_PAGE + 1)
    ).all()
    older = None
    if len(rows) > _PAGE:
        older = asked.url(
            "/timeline",
            unit=asked.unit_id,
            period=asked.span.code,
            type=kind,
            aggregate=aggregate,
            before=f"{rows[_PAGE - 1].occurred_on}/{rows[_PAGE - 1].position}",
        )
    return {
        "entries": [_entry(asked, row) for row in rows[:_PAGE]],
        "older": older,
        "types": sorted(EVENTS),
        "chosen_type": kind,
        "aggregate": aggregate,
    }


def _behind(timeline: sa.Table, before: str) -> list[sa.ColumnElement[bool]]:
    """What stands behind the last entry of the page before. Raises PageProblemError."""
    match = _BEFORE.fullmatch(before)
    if match is None:
        raise PageProblemError(
            400,
            Text(
                "before phải lấy từ trang trước.", "before must be the one that a page before gave."
            ),
        )
    day, position = match.group(1), int(match.group(2))
    table = timeline.c
    return [table.occurred_on <= day, sa.or_(table.occurred_on < day, table.position < position)]


def identifier(text: str) -> str:
    """An identifier as records hold it. Raises PageProblemError."""
    try:
        return str(UUID(text))
    except ValueError:
        raise PageProblemError(
            404, Text("Nút này không có mã đó.", "This node holds nothing of that id.")
        ) from None


def _units(asked: Asked) -> Sequence[str] | None:
    """The unit and all below it in the period; None for the centre, below which everything is."""
    if asked.unit_id == asked.directory.centre:
        return None
    below = asked.directory.descendants(asked.unit_id, asked.span.first, asked.span.last)
    return (asked.unit_id, *below)


def _entry(asked: Asked, row: Any, value: int | None = None) -> Entry:
    occurred_on = date.fromisoformat(row.occurred_on)
    unit = asked.directory.attributes(row.unit_id, occurred_on)
    return Entry(
        event_id=row.event_id,
        type=row.type,
        kind=row.kind,
        unit=row.unit_id if unit is None else unit.name,
        organisation=asked.organisation_name(row.org_id, occurred_on),
        occurred_on=occurred_on,
        occurred_to=None if row.occurred_to is None else date.fromisoformat(row.occurred_to),
        recorded_at=row.recorded_at,
        sequence=row.sequence,
        status=row.status,
        status_text=asked.language.of(STATUSES[row.status]),
        value=value,
        assigned_to=None if row.assigned_to is None else asked.unit_name(row.assigned_to),
    )


def behind_page(asked: Asked, figure_name: str) -> Mapping[str, Any]:
    """The events that make up one number. Raises PageProblemError, FigureQuestionError."""
    figure = figure_named(asked, figure_name)
    measure = asked.parameter("measure")
    if measure is None:
        raise PageProblemError(404, Text("Không có số liệu đó.", "There is no such figure."))
    row = asked.parameter("row")
    cut = asked_cut(asked)
    page = figure.behind(
        asked.view,
        asked.unit_id,
        asked.span,
        CellFilter(measure, row),
        after=asked.parameter("after"),
        limit=_PAGE,
        cut=cut,
    )
    result = figure.compute(asked.view, asked.unit_id, asked.span, cut)
    numbers = result.total
    if row is not None:
        rows = {child.unit.unit_id: child.numbers for child in result.children}
        numbers = rows.get(row, result.own.numbers)
    value = numbers.values.get(measure, numbers.details.get(measure, 0))
    shown = asked.language.number(value)
    if measure in numbers.suppressed:
        shown = asked.language.of(WITHHELD)
    following = None
    if page.after is not None:
        following = asked.url(
            f"/figures/{figure.name}/events",
            unit=asked.unit_id,
            period=asked.span.code,
            measure=measure,
            row=row,
            category=cut.category,
            organisation=cut.organisation,
            after=page.after,
        )
    return {
        "figure": figure,
        "measure_title": _measure_title(asked, figure, measure),
        "row_name": None if row is None else asked.unit_name(row),
        "value": shown,
        "withheld": page.withheld,
        "entries": _entries(asked, page.items),
        "following": following,
        "category": category_name(asked, figure, result),
        "back": asked.url(
            f"/figures/{figure.name}",
            unit=asked.unit_id,
            period=asked.span.code,
            category=cut.category,
            organisation=cut.organisation,
        ),
        "rules": asked.rules(result.rules),
    }


def _measure_title(asked: Asked, figure: Figure, measure: str) -> str:
    return asked.language.of(figure.titles([measure])[measure])


def _entries(asked: Asked, items: Sequence[Behind]) -> list[Entry]:
    table = asked.view.tables["timeline"].c
    rows = {
        row.event_id: row
        for row in asked.view.connection.execute(
            sa.select(*table).where(table.event_id.in_([item.event_id for item in items]))
        )
    }
    return [_entry(asked, rows[i.event_id], i.value) for i in items if i.event_id in rows]


def event_page(asked: Asked, event_id: str) -> Mapping[str, Any]:
    """One event: what it says, where it stands, and everything else of the same aggregate.

    Raises PageProblemError.
    """
    table = asked.view.tables["timeline"].c
    row = asked.view.connection.execute(sa.select(*table).where(table.event_id == event_id)).first()
    erased = asked.node.erased.of_event(event_id)
    if erased is not None:
        raise PageProblemError(410, erased_text(erased))
    if row is None:
        raise PageProblemError(
            404, Text("Nút này không có sự kiện đó.", "This node does not hold that event.")
        )
    logged = asked.node.log.read_stream(UUID(row.origin), row.sequence, row.sequence)
    envelope = decode(logged[0].raw)
    related = asked.view.connection.execute(
        sa.select(*table)
        .where(table.aggregate_id == row.aggregate_id)
        .order_by(table.recorded_at, table.origin, table.sequence)
        .limit(_PAGE)
    ).all()
    return {
        "entry": _entry(asked, row),
        "row": row,
        "fields": list(
            _Reader(asked, row.type, date.fromisoformat(row.occurred_on)).fields(envelope.data)
        ),
        "related": [_entry(asked, other) for other in related],
        "size": len(envelope.raw),
        "vouched": _vouched(asked, UUID(row.origin), row.sequence),
    }


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whether an event is sealed, and which levels above have received and verified it."""

    sealed: bool
    receipts: Sequence[tuple[str, str]]
    """Names of units, and when by their clock."""


def _vouched(asked: Asked, origin: UUID, sequence: int) -> Vouched:
    found = vouched(asked.node, origin, sequence)
    if found is None:
        return Vouched(sealed=False, receipts=())
    return Vouched(sealed=True, receipts=[(asked.unit_name(r.unit_id), r.at) for r in found[1]])


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event."""

    path: str
    title: str
    """What the field is called, with what it stands in."""
    text: str
    code: str = ""
    """The identifier that `text` is the name of."""


class _Reader:
    """Turns the fields of one event into words."""

    def __init__(self, asked: Asked, type_name: str, day: date) -> None:
        self._asked = asked
        self._type = type_name
        self._wording = Wording(asked.directory, asked.language, day)

    def fields(self, value: Any, path: str = "") -> Iterator[Field]:
        """The fields one by one, nested ones with their path; empty ones left out, and the value of
        a sensitive indicator, which above commune level is told by its figure alone."""
        asked = self._asked
        if isinstance(value, Mapping):
            if value.get("indicator_code") in SENSITIVE and asked.node.spec.level != Level.COMMUNE:
                value = {**value, "value": asked.language.of(WITHHELD)}
            for name, item in value.items():
                yield from self.fields(item, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for place, item in enumerate(value, start=1):
                yield from self.fields(item, f"{path}[{place}]")
        else:
            yield self._field(path, value)

    def _field(self, path: str, value: Any) -> Field:
        title = field_title(self._type, path, self._asked.language)
        text = self._wording.value(self._type, path, value)
        # The code behind a name or a choice; a number or a day has none.
        is_named = isinstance(value, str) and text != value and not _DAY.fullmatch(value)
        return Field(path, title[:1].upper() + title[1:], text, value if is_named else "")
