"""F1, meeting compliance: cadence slots with a periodic committee meeting ÷ slots due.

Counted are the slots whose last day lies in the span, so every slot belongs to exactly one month,
quarter or half-year and none is judged before it is over; a meeting counts even if it was held
before the span began, as long as it lies in the slot. A unit's slot is met by its own meeting. A
slot that a superior waived and in which nobody met is not due. Of a unit that was split, a slot
goes where the meeting that met it was assigned; what nobody met has no record and stays its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import ClassVar, Final, NamedTuple

import sqlalchemy as sa

from domain.directory import Directory
from domain.meetings import MeetingHeld, MeetingKind
from domain.obligations import ObligationKind, Slot
from domain.refusals import Text
from domain.rule_params import RuleKind
from services.node.figures.duties import slots_of
from services.node.figures.figure import NO_CUT, Counted, Figure, Tally, days, of_units
from services.node.figures.paging import page
from services.node.figures.placement import Placement, with_closed
from services.node.figures.result import (
    NO_RULE,
    NOTHING_DUE,
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    Note,
    Ratio,
    ratio,
)
from services.node.figures.span import Span
from services.node.figures.waived import waivers
from services.node.readmodel import ASSIGNED_TO, Entity
from services.node.readmodels.activity import EVENT_COUNT, Activity
from services.node.readmodels.timeline import EventStatus, Timeline
from services.node.views import View

_TYPE: Final = MeetingHeld.__name__
_KIND: Final = MeetingKind.COMMITTEE_PERIODIC.value
_CELL: Final = (_TYPE, _KIND, EVENT_COUNT)

Slots = Sequence[Slot]


class MeetingCompliance(Figure):
    """See the module."""

    name: ClassVar[str] = "meeting-compliance"
    formula: ClassVar[str] = "F1"
    title: ClassVar[Text] = Text("Chế độ họp của ban chỉ đạo", "Committee meetings held as due")
    explanation: ClassVar[Text] = Text(
        "Số kỳ có họp định kỳ chia cho số kỳ phải họp theo nhịp quy định; tính các kỳ kết "
        "thúc trong khoảng thời gian này.",
        "Slots with a periodic meeting ÷ slots due by the cadence; slots that end in this "
        "span count.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "due": Text("Số kỳ phải họp", "Slots due"),
        "met": Text("Số kỳ đã họp", "Slots with a meeting"),
        "upcoming": Text("Số kỳ chưa hết hạn", "Slots not over yet"),
        "waived": Text("Số kỳ được miễn", "Slots waived"),
        "meetings": Text("Số cuộc họp định kỳ", "Periodic meetings"),
        "units_without_rule": Text("Đơn vị chưa có quy định", "Units without a rule"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "compliance": Text("Tỷ lệ họp đúng nhịp", "Compliance"),
    }
    headline: ClassVar[str] = "compliance"

    def placement(self, view: View, unit_id: str, span: Span, cut: Cut = NO_CUT) -> Placement:
        placement = super().placement(view, unit_id, span, cut)
        # Along the hierarchy of a day every unit stands under what became of it anyway.
        return placement if cut.hierarchy_on else with_closed(view.directory, placement, span)

    def counted(self, view: View, span: Span, placement: Placement, cut: Cut) -> Counted:
        slots = _due_slots(view.directory, placement.sources, span)
        held = _held(view, slots, span)
        waived = waivers(view, ObligationKind.MEETING, slots)
        tallies = {unit_id: Tally() for unit_id in placement.homes}
        rules: set[str] = set()
        for unit_id, due in slots.items():
            if not due and unit_id in tallies and _without_rule(view.directory, unit_id, span):
                tallies[unit_id].count("units_without_rule")
            for slot in due:
                inside = [m for m in held.get(unit_id, ()) if slot.first <= m.day <= slot.last]
                stands = placement.stands(unit_id, inside[0].assigned_to if inside else "")
                if stands is not None:
                    rules.add(slot.rule_id)
                if _upcoming(slot, cut):
                    if stands is not None:
                        tallies[stands].count("upcoming")
                    continue
                if not inside and (unit_id, slot.code) in waived:
                    if stands is not None:
                        tallies[stands].count("waived")
                    continue
                if stands is not None:
                    tallies[stands].count("due")
                    tallies[stands].count("met", min(len(inside), 1))
                for meeting in inside:
                    stands = placement.stands(unit_id, meeting.assigned_to)
                    if stands is not None:
                        tallies[stands].count("meetings", meeting.number)
        split = (unit for unit, home in placement.homes.items() if home.split)
        waiting = {unit: tallies[unit].values.get("meetings", 0) for unit in split}
        return Counted(tallies, rules, waiting=waiting)

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {"compliance": ratio(values["met"], values["due"])}

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["due"]:
            yield NO_RULE if values["units_without_rule"] else NOTHING_DUE

    def behind(
        self,
        view: View,
        unit_id: str,
        span: Span,
        cell: CellFilter,
        *,
        after: str | None = None,
        limit: int = 100,
        cut: Cut = NO_CUT,
    ) -> BehindPage:
        """For "meetings", and for "met": each slot met shows its meetings, the first with value 1
        and the further ones with 0; for "waived", the waivers. The other measures come from rules,
        not from events."""
        placement = self.placement(view, unit_id, span, cut)
        units = self.opened_units(placement, cell.row)
        self.check_measure(cell.measure)
        if cell.measure not in ("met", "meetings", "waived"):
            return BehindPage((), None)
        asked = units | dict.fromkeys(placement.split)
        slots = {
            unit: [slot for slot in due if not _upcoming(slot, cut)]
            for unit, due in _due_slots(view.directory, asked, span).items()
        }
        if cell.measure == "waived":
            return _waived(view, slots, span, after, limit)
        openers = _openers(view, slots, span) if cell.measure == "met" else None
        model = Activity()

        def found(entity: Entity) -> Iterable[Behind]:
            for part in model.contributions(entity):
                unit, day, *rest = part.key
                if tuple(rest) != _CELL or unit not in slots:
                    continue
                to, by = entity.assigned_by(part) or ("", None)
                for slot in _around(slots[unit], date.fromisoformat(day)):
                    opener = (part.event_id, to) if openers is None else openers[unit, slot]
                    if placement.stands(unit, opener[1]) in units:
                        value = part.value if opener[0] == part.event_id else 0
                        key = (unit, slot.first.isoformat(), slot.last.isoformat())
                        assigned = by if to in units else None
                        yield Behind(part.event_id, entity.aggregate_id, key, value, assigned)

        timeline = view.tables["timeline"].c
        candidates = sa.select(timeline.aggregate_id).where(*_meetings(view, slots, span))
        return page(view, candidates, found, after, limit)


def _waived(
    view: View, slots: Mapping[str, Slots], span: Span, after: str | None, limit: int
) -> BehindPage:
    """The waivers of slots in which nobody met."""
    held = _held(view, slots, span)
    items = sorted(
        (
            Behind(event, obligation, (unit_id, period), 1)
            for (unit_id, period), (obligation, event) in waivers(
                view, ObligationKind.MEETING, slots
            ).items()
            for slot in slots.get(unit_id, ())
            if slot.code == period and not any(m.day in slot for m in held.get(unit_id, ()))
        ),
        key=lambda item: item.event_id,
    )
    rest = [item for item in items if after is None or item.event_id > after]
    more = len(rest) > limit
    return BehindPage(tuple(rest[:limit]), rest[limit - 1].event_id if more else None)


class _Meetings(NamedTuple):
    """Periodic meetings of one committee on one day."""

    day: date
    assigned_to: str
    """The successor of a split unit that they were assigned to; "" if to none."""
    number: int


def _due_slots(directory: Directory, units: Iterable[str], span: Span) -> dict[str, Slots]:
    return dict(slots_of(directory, units, span.first, span.last))


def _upcoming(slot: Slot, cut: Cut) -> bool:
    return cut.today is not None and slot.last > cut.today


def _around(slots: Slots, day: date) -> list[Slot]:
    """The slots that the day lies in: more than one where a new rule's slot reaches back."""
    return [slot for slot in slots if slot.first <= day <= slot.last]


def _earliest(slots: Mapping[str, Slots], span: Span) -> date:
    return min((slot.first for due in slots.values() for slot in due), default=span.first)


def _held(view: View, slots: Mapping[str, Slots], span: Span) -> dict[str, list[_Meetings]]:
    """By unit: the periodic meetings of its committee where a slot may be met, the first first."""
    cells = view.tables[Activity.name].c
    statement = (
        sa.select(cells.unit_id, cells.day, cells[ASSIGNED_TO], cells.value)
        .where(
            cells.type == _TYPE,
            cells.kind == _KIND,
            cells.measure == EVENT_COUNT,
            days(cells.day, _earliest(slots, span), span.last),
            *of_units(cells.unit_id, slots),
        )
        .order_by(cells.day, cells[ASSIGNED_TO])
    )
    held: dict[str, list[_Meetings]] = defaultdict(list)
    for unit_id, day, assigned_to, value in view.connection.execute(statement):
        held[unit_id].append(_Meetings(date.fromisoformat(day), assigned_to, value))
    return held


def _meetings(
    view: View, slots: Mapping[str, Slots], span: Span
) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that finds in the timeline the meetings that `_held` counts."""
    timeline = view.tables[Timeline.name].c
    return (
        timeline.type == _TYPE,
        timeline.kind == _KIND,
        timeline.status != EventStatus.RETRACTED.value,
        days(timeline.occurred_on, _earliest(slots, span), span.last),
        *of_units(timeline.unit_id, slots),
    )


def _openers(
    view: View, slots: Mapping[str, Slots], span: Span
) -> dict[tuple[str, Slot], tuple[str, str]]:
    """The first meeting of every slot that has one, which "met" counts, and to whom it was
    assigned: in the order of `_held`."""
    timeline = view.tables[Timeline.name].c
    assigned_to = sa.func.coalesce(timeline.assigned_to, "")
    statement = (
        sa.select(timeline.unit_id, timeline.occurred_on, timeline.event_id, assigned_to)
        .where(*_meetings(view, slots, span))
        .order_by(timeline.occurred_on, assigned_to, timeline.event_id)
    )
    openers: dict[tuple[str, Slot], tuple[str, str]] = {}
    for unit_id, day, event_id, assigned in view.connection.execute(statement):
        for slot in _around(slots.get(unit_id, ()), date.fromisoformat(day)):
            openers.setdefault((unit_id, slot), (event_id, assigned))
    return openers


def _without_rule(directory: Directory, unit_id: str, span: Span) -> bool:
    """Whether nothing is due because no cadence holds, and not because no slot ends here."""
    unit = directory.unit(unit_id)
    if unit is None:
        return False
    last = span.last if unit.valid_to is None else min(unit.valid_to, span.last)
    return last >= span.first and directory.rule(RuleKind.CADENCE, unit_id, last) is None
