"""A small model of what the figures must say, folded from the events from scratch.

Written from the catalogue's words, not from the program: it shares no code with what it is held
against.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from domain.events import Record


@dataclass(frozen=True)
class End:
    """How a unit ended."""

    day: str
    into: tuple[str, ...]


class Country:
    """Units, how they ended, and the events that hold."""

    def __init__(self, records: Iterable[Record]) -> None:
        ordered = sorted(records, key=lambda r: (r.recorded_at, r.origin, r.sequence))
        self.parents: dict[str, str] = {}
        self.begun: dict[str, str] = {}
        self.ends: dict[str, End] = {}
        for record in ordered:
            if record.type == "UnitReorganised":
                self._reorganise(record.data)
        retracted = {r.data["target_event_id"] for r in ordered if r.type == "EventRetracted"}
        corrected = {
            r.data["target_event_id"]: r.data["replacement"]
            for r in ordered
            if r.type == "EventCorrected" and r.event_id not in retracted
        }
        self.events = [
            (r, corrected.get(r.event_id, r.data))
            for r in ordered
            if r.event_id not in retracted and r.type not in ("EventRetracted", "EventCorrected")
        ]
        self.assigned: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record, data in self.events:
            if record.type == "RecordsAssigned":
                self.assigned[record.aggregate_id].append(dict(data))

    def _reorganise(self, data: Any) -> None:
        for taker in data["to"]:
            if "parent_id" in taker:
                self.parents[taker["unit_id"]] = taker["parent_id"]
                self.begun[taker["unit_id"]] = data["effective_on"]
        for giver in data.get("from", ()):
            into = tuple(taker["unit_id"] for taker in data["to"])
            self.ends[giver["unit_id"]] = End(data["effective_on"], into)

    def settle(self, unit: str, day: str) -> tuple[str, bool]:
        """The unit under which a unit's own numbers stand on a day; whether a split stops them."""
        while (end := self.ends.get(unit)) is not None and end.day <= day:
            if len(end.into) > 1:
                return unit, True
            unit = end.into[0]
        return unit, False

    def place(self, record: Record, unit: str, day: str) -> tuple[str, bool]:
        """The same for one record: given on by hand where it was assigned."""
        _, waits = self.settle(unit, day)
        if waits:
            given = self._given(record, unit)
            if given is not None and given in self._parts(unit, day):
                return self.settle(given, day)
        return self.settle(unit, day)

    def _given(self, record: Record, unit: str) -> str | None:
        found = None
        while True:
            last = [
                assigned["to_unit_id"]
                for assigned in self.assigned[record.aggregate_id]
                if assigned["from_unit_id"] == unit
                and record.event_id in (assigned.get("target_event_ids") or [record.event_id])
            ]
            if not last:
                return found
            found = unit = last[-1]

    def _parts(self, unit: str, day: str) -> set[str]:
        """Everything that came after a unit by that day."""
        found: set[str] = set()
        waiting = [unit]
        while waiting:
            end = self.ends.get(waiting.pop())
            if end is not None and end.day <= day:
                waiting += [part for part in end.into if part not in found]
                found.update(end.into)
        return found

    def meetings(self, first: str, last: str) -> Iterator[tuple[Record, str, int]]:
        """Every meeting of those days: its unit and who came."""
        for record, data in self.events:
            if record.type == "MeetingHeld" and first <= data["occurred_on"] <= last:
                yield record, data["unit_id"], data["attendees"]

    def points(self, last: str) -> Iterator[tuple[Record, str]]:
        """Every point that is open on a day, of a model that is known."""
        models = {r.aggregate_id for r, _ in self.events if r.type == "ModelEstablished"}
        retired: dict[tuple[str, str | None], str] = {}
        for record, data in self.events:
            if record.type == "ModelRetired":
                key = (record.aggregate_id, data.get("point_id"))
                retired.setdefault(key, data["occurred_on"])
        for record, data in self.events:
            if record.type != "ModelReplicated" or record.aggregate_id not in models:
                continue
            ends = [
                max(retired[key], data["occurred_on"])
                for key in ((record.aggregate_id, data["point_id"]), (record.aggregate_id, None))
                if key in retired
            ]
            if data["occurred_on"] <= last and not any(end <= last for end in ends):
                yield record, data["unit_id"]

    def attendees_as_was(self, city: str, first: str, last: str) -> Counter[str]:
        """By ward of then."""
        counts: Counter[str] = Counter()
        for _, unit, attendees in self.meetings(first, last):
            if self.parents[unit] == city:
                counts[unit] += attendees
        return counts

    def attendees_as_is(self, city: str, first: str, last: str, day: str) -> Counter[str]:
        """By ward of the day, split ones for what waits."""
        counts: Counter[str] = Counter()
        for record, unit, attendees in self.meetings(first, last):
            stands, _ = self.place(record, unit, day)
            if self.parents[stands] == city:
                counts[stands] += attendees
        return counts

    def points_as_is(self, city: str, day: str) -> Counter[str]:
        """Points by ward of the day."""
        counts: Counter[str] = Counter()
        for record, unit in self.points(day):
            stands, _ = self.place(record, unit, day)
            if self.parents[stands] == city:
                counts[stands] += 1
        return counts
