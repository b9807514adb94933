"""All units through time: what their events make of them (R102)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.books import Book, ordinal
from domain.events import Record
from domain.layers import Layered
from domain.refusals import Refusal
from domain.unit_checks import UnitChecks
from domain.unit_history import Holdings, LineageEdge, UnitHistory, UnitVersion, hold, release
from domain.unit_shapes import Data, units_ending
from domain.units import Share, UnitKind


class UnitBook(Book):
    """All units, folded in the order of the day they take effect, then of recording."""

    def __init__(self) -> None:
        super().__init__()
        self.units: Layered[str, UnitHistory] = Layered()
        self.children: Holdings = Layered()
        self.codes: Holdings = Layered()
        self.successors: Layered[str, tuple[LineageEdge, ...]] = Layered()
        self.predecessors: Layered[str, tuple[LineageEdge, ...]] = Layered()
        self.centre: str | None = None

    @staticmethod
    def place(record: Record) -> tuple[str, tuple[str, str, int]]:
        return (record.data["effective_on"], record.order)

    @staticmethod
    def era(record: Record) -> str:
        day: str = record.data["effective_on"]
        return day

    def problem(self, record: Record) -> Refusal | None:
        return UnitChecks(self).problem(record)

    def _change(self, record: Record) -> None:
        data = record.data
        effective = ordinal(data["effective_on"])
        takers: Sequence[Data] = data.get("to", ())
        givers: Sequence[Data] = data.get("from", ())
        receiving = {taker["unit_id"] for taker in takers}
        for unit_id in units_ending(givers, receiving):
            self._end(unit_id, effective)
        if data["kind"] != "abolish":
            for taker in takers:
                if taker["unit_id"] in self.units:
                    self._amend(taker, effective)
                else:
                    self._begin(taker, effective)
        for giver in givers:
            for taker in takers:
                if giver["unit_id"] != taker["unit_id"]:
                    self._link(giver, taker, len(takers), record)

    def _begin(self, taker: Data, effective: int) -> None:
        unit_id = taker["unit_id"]
        kind = UnitKind(taker["kind"])
        parent_id = taker.get("parent_id")
        version = UnitVersion(effective, taker["code"], taker["name"], kind, parent_id)
        self.units[unit_id] = UnitHistory(unit_id, kind.level, (version,))
        hold(self.codes, version.code, unit_id, effective)
        if parent_id is None:
            self.centre = unit_id
        else:
            hold(self.children, parent_id, unit_id, effective)

    def _amend(self, taker: Data, effective: int) -> None:
        unit = self.units[taker["unit_id"]]
        old = unit.versions[-1]
        new = UnitVersion(
            effective,
            taker.get("code", old.code),
            taker.get("name", old.name),
            UnitKind(taker["kind"]) if "kind" in taker else old.kind,
            taker.get("parent_id", old.parent_id),
        )
        if replace(new, start=old.start) == old:
            return
        # A change on the day of the last one replaces it: that version never held for a day.
        kept = unit.versions[:-1] if old.start == effective else unit.versions
        self.units[unit.unit_id] = replace(unit, versions=(*kept, new))
        if new.code != old.code:
            release(self.codes, old.code, unit.unit_id, effective)
            hold(self.codes, new.code, unit.unit_id, effective)
        if new.parent_id != old.parent_id and old.parent_id and new.parent_id:
            release(self.children, old.parent_id, unit.unit_id, effective)
            hold(self.children, new.parent_id, unit.unit_id, effective)

    def _end(self, unit_id: str, effective: int) -> None:
        unit = self.units[unit_id]
        if unit.stop <= effective:
            return
        self.units[unit_id] = replace(unit, stop=effective)
        last = unit.versions[-1]
        release(self.codes, last.code, unit_id, effective)
        if last.parent_id is not None:
            release(self.children, last.parent_id, unit_id, effective)

    def _link(self, giver: Data, taker: Data, receivers: int, record: Record) -> None:
        whole = giver.get("share", "full") == Share.FULL and receivers == 1
        edge = LineageEdge(
            giver["unit_id"],
            taker["unit_id"],
            Share.FULL if whole else Share.PART,
            date.fromisoformat(record.data["effective_on"]),
            record.event_id,
        )
        self.successors[edge.from_id] = (*self.successors.get(edge.from_id, ()), edge)
        self.predecessors[edge.to_id] = (*self.predecessors.get(edge.to_id, ()), edge)
