"""Activity: how much of what the units of an area did, from the activity cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.events import EVENTS, Body
from domain.labels import label
from domain.refusals import Text
from services.node.figures.cells import CellFigure, Counts
from services.node.figures.figure import Tally, days, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import CellFilter, Cut
from services.node.figures.span import Span
from services.node.readmodel import CellModel
from services.node.readmodels.activity import EVENT_COUNT, Activity
from services.node.readmodels.tags import ANY, TaggedActivity
from services.node.views import View


class ActivityFigure(CellFigure):
    """Totals per type and measure ("MeetingHeld.attendees"); details per kind
    ("MeetingHeld.briefing.attendees"). By campaign and by kind of area too (R14, R46, R49, R62)."""

    name: ClassVar[str] = "activity"
    formula: ClassVar[str] = ""
    title: ClassVar[Text] = Text("Hoạt động", "Activity")
    explanation: ClassVar[Text] = Text(
        "Các đơn vị đã làm gì và bao nhiêu trong kỳ, theo từng loại sự kiện.",
        "What the units did in the period and how much of it, by type of event.",
    )
    measures: ClassVar[Mapping[str, Text]] = {}
    models: ClassVar[tuple[CellModel, ...]] = (Activity(), TaggedActivity())
    by_tag: ClassVar[bool] = True
    only_adds: ClassVar[bool] = True

    def models_of(self, cut: Cut) -> tuple[CellModel, ...]:
        plain, tagged = self.models
        return (plain,) if cut.tag is None and cut.area is None else (tagged,)

    def counts(
        self, model: CellModel, cell: tuple[Any, ...], span: Span, cut: Cut
    ) -> Iterable[Counts]:
        del span
        *tags, event, kind, measure = cell
        if model.name == TaggedActivity.name and tags != [cut.tag or ANY, cut.area or ANY]:
            return
        yield Counts(f"{event}.{measure}")
        if kind:
            yield Counts(f"{event}.{kind}.{measure}", detail=True)

    def conditions(
        self, table: sa.Table, span: Span, cut: Cut
    ) -> tuple[sa.ColumnElement[bool], ...]:
        del span
        if "campaign" in table.c:
            return (table.c.campaign == (cut.tag or ANY), table.c.area == (cut.area or ANY))
        # Every cell has one of these types; naming them lets the index of types and days be used.
        return (table.c.type.in_(sorted(EVENTS)),)

    def is_measure(self, measure: str) -> bool:
        parts = measure.split(".")
        spec = EVENTS.get(parts[0])
        return spec is not None and parts[-1] in (EVENT_COUNT, *spec.body.countable)

    def titles(self, measures: Iterable[str]) -> dict[str, Text]:
        return {measure: _title(measure) for measure in measures}

    def waiting(
        self, view: View, span: Span, placement: Placement, cut: Cut, split: Mapping[str, Tally]
    ) -> dict[str, int]:
        # Every event counts itself, so the cells say how many wait.
        del view, span, placement, cut
        return {
            unit_id: sum(n for m, n in tally.values.items() if m.endswith(f".{EVENT_COUNT}"))
            for unit_id, tally in split.items()
        }

    def candidates(
        self, view: View, units: Mapping[str, None], span: Span, cell: CellFilter
    ) -> sa.Select[tuple[str]]:
        # The timeline shows an event's unit, day and type after corrections, as the cells do.
        timeline = view.tables["timeline"].c
        return sa.select(timeline.aggregate_id).where(
            timeline.type == cell.measure.split(".")[0],
            days(timeline.occurred_on, span.first, span.last),
            *of_units(timeline.unit_id, units),
        )


def _title(measure: str) -> Text:
    event, *kinds, name = measure.split(".")
    spec = EVENTS[event]
    parts = [Text(spec.title_vi, spec.title_en), *(_kind_title(spec.body, kind) for kind in kinds)]
    if name != EVENT_COUNT:
        parts.append(spec.body.countable[name])
    return Text(": ".join(part.vi for part in parts), ": ".join(part.en for part in parts))


def _kind_title(body: type[Body], kind: str) -> Text:
    """What a kind is called, by the enumeration that the body declares it with."""
    field = body.model_fields.get("kind")
    declared = None if field is None else field.annotation
    if not (isinstance(declared, type) and issubclass(declared, StrEnum)):
        return Text(kind, kind)
    choice = next((choice for choice in declared if choice == kind), None)
    return Text(kind, kind) if choice is None else label(choice)
