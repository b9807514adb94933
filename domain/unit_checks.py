"""Why a reorganisation contradicts the units as they are (R102)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.books import ordinal
from domain.events import Record
from domain.layers import Layered
from domain.levels import Level
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    Refusal,
    refuse,
)
from domain.unit_history import Holdings, LineageEdge, UnitHistory
from domain.unit_shapes import (
    Data,
    level_problem,
    not_active,
    shape_problem,
    units_ending,
    unknown,
)
from domain.units import RULE, Share, UnitKind


class Units(Protocol):
    """What the checks look at."""

    units: Layered[str, UnitHistory]
    children: Holdings
    codes: Holdings
    successors: Layered[str, tuple[LineageEdge, ...]]
    centre: str | None


class UnitChecks:
    """The checks of one book, as it is when each is asked."""

    def __init__(self, book: Units) -> None:
        self._book = book

    def problem(self, record: Record) -> Refusal | None:
        """Why the record cannot be applied."""
        data = record.data
        givers: Sequence[Data] = data.get("from", ())
        takers: Sequence[Data] = data.get("to", ())
        shape = shape_problem(data["kind"], givers, takers)
        if shape is not None:
            return shape
        effective = ordinal(data["effective_on"])
        match data["kind"]:
            case "created":
                return self._created(takers, effective)
            case "merge" | "split":
                return self._moved(givers, takers, effective)
            case "abolish":
                return self._abolished(givers, takers, effective)
            case _:
                return self._amended(data["kind"], takers, effective)

    def _created(self, takers: Sequence[Data], effective: int) -> Refusal | None:
        for index, taker in enumerate(takers):
            if taker["unit_id"] in self._book.units:
                return refuse(
                    ALREADY_EXISTS,
                    f"/data/to/{index}/unit_id",
                    RULE,
                    vi="Đơn vị {unit} đã có; mã định danh không dùng lại.",
                    en="Unit {unit} exists; an identifier is never used again.",
                    unit=taker["unit_id"],
                )
            problem = self._newcomer(index, taker, takers, effective, frozenset())
            if problem is not None:
                return problem
        return None

    def _newcomer(
        self,
        index: int,
        taker: Data,
        takers: Sequence[Data],
        effective: int,
        ending: frozenset[str],
    ) -> Refusal | None:
        missing = [name for name in ("code", "name", "kind") if name not in taker]
        central = taker.get("kind") == UnitKind.CENTRAL
        if not central and "parent_id" not in taker:
            missing.append("parent_id")
        if missing:
            return refuse(
                INVALID_FIELD,
                f"/data/to/{index}",
                RULE,
                vi="Đơn vị mới phải có {fields}.",
                en="A new unit needs {fields}.",
                fields=", ".join(missing),
            )
        problem = level_problem(index, taker, UnitKind(taker["kind"]).level)
        if problem is None and central:
            problem = self._second_centre(index, taker)
        elif problem is None:
            problem = self._parent_problem(index, taker, takers, effective)
        return problem or self._code_problem(index, taker, effective, ending)

    def _second_centre(self, index: int, taker: Data) -> Refusal | None:
        if self._book.centre is None and "parent_id" not in taker:
            return None
        return refuse(
            ALREADY_EXISTS,
            f"/data/to/{index}",
            RULE,
            vi="Chỉ có một đơn vị trung ương và đơn vị đó không có cấp trên.",
            en="There is one central unit, and it has no parent.",
        )

    def _parent_problem(
        self, index: int, taker: Data, takers: Sequence[Data], effective: int
    ) -> Refusal | None:
        field = f"/data/to/{index}/parent_id"
        parent_id = taker["parent_id"]
        level = (
            self._book.units[taker["unit_id"]].level
            if taker["unit_id"] in self._book.units
            else UnitKind(taker["kind"]).level
        )
        parent = self._book.units.get(parent_id)
        if parent is None:
            beside = next((other for other in takers if other["unit_id"] == parent_id), None)
            if beside is None or "kind" not in beside:
                return unknown(field, parent_id)
            parent_level = UnitKind(beside["kind"]).level
        elif not parent.active(effective):
            return not_active(field, parent, effective)
        else:
            parent_level = parent.level
        if parent_level.rank > level.rank:
            return None
        return refuse(
            INVALID_FIELD,
            field,
            RULE,
            vi="Cấp trên ({parent}) phải ở cấp cao hơn đơn vị ({level}).",
            en="The parent ({parent}) must be of a higher level than the unit ({level}).",
            parent=parent_level.value,
            level=level.value,
        )

    def _code_problem(
        self, index: int, taker: Data, effective: int, ending: frozenset[str]
    ) -> Refusal | None:
        for held in self._book.codes.get(taker["code"], ()):
            if held.stop > effective and held.holder not in ending | {taker["unit_id"]}:
                return refuse(
                    ALREADY_EXISTS,
                    f"/data/to/{index}/code",
                    RULE,
                    vi="Mã {code} đang thuộc đơn vị {holder} từ {since}; chấm dứt đơn vị đó trước.",
                    en="Code {code} belongs to unit {holder} since {since}; end that unit first.",
                    code=taker["code"],
                    holder=held.holder,
                    since=date.fromordinal(held.start),
                )
        return None

    def _moved(
        self, givers: Sequence[Data], takers: Sequence[Data], effective: int
    ) -> Refusal | None:
        levels: set[Level] = set()
        receiving = {taker["unit_id"] for taker in takers}
        for index, giver in enumerate(givers):
            field = f"/data/from/{index}/unit_id"
            unit = self._book.units.get(giver["unit_id"])
            if unit is None:
                return unknown(field, giver["unit_id"])
            # Active on the eve: the same day's abolition may have been recorded first, to free
            # the code that a successor takes over.
            if not unit.active(effective - 1):
                return not_active(field, unit, effective - 1)
            problem = self._given_away(field, giver, effective)
            if problem is not None:
                return problem
            levels.add(unit.level)
        ending = frozenset(units_ending(givers, receiving))
        for index, taker in enumerate(takers):
            unit = self._book.units.get(taker["unit_id"])
            if unit is None:
                problem = self._newcomer(index, taker, takers, effective, ending)
                if problem is not None:
                    return problem
                levels.add(UnitKind(taker["kind"]).level)
            else:
                problem = self._amendment(index, taker, takers, effective, ending)
                if problem is not None:
                    return problem
                levels.add(unit.level)
        if len(levels) > 1:
            return refuse(
                INVALID_FIELD,
                "/data/to",
                RULE,
                vi="Nhập, chia chỉ giữa các đơn vị cùng cấp; ở đây có {levels}.",
                en="Units merge and split within one level; here there are {levels}.",
                levels=", ".join(sorted(levels)),
            )
        return self._cycle(givers, receiving)

    def _given_away(self, field: str, giver: Data, effective: int) -> Refusal | None:
        """A unit goes whole to one side only: not whole after or beside any other part of it."""
        whole = giver.get("share", "full") == Share.FULL
        for edge in self._book.successors.get(giver["unit_id"], ()):
            if edge.on.toordinal() == effective and (whole or edge.share is Share.FULL):
                return refuse(
                    NOT_IN_THAT_STATE,
                    field,
                    RULE,
                    vi="Đơn vị {unit} đã vào {taker} ngày {day}; nếu bị chia thì mọi phần đều ghi "
                    "part.",
                    en="Unit {unit} went to {taker} on {day} already; if it is divided, every "
                    "share is part.",
                    unit=giver["unit_id"],
                    taker=edge.to_id,
                    day=edge.on,
                )
        return None

    def _cycle(self, givers: Sequence[Data], receiving: set[str]) -> Refusal | None:
        reached: set[str] = set()
        waiting = list(receiving)
        while waiting:
            for edge in self._book.successors.get(waiting.pop(), ()):
                if edge.to_id not in reached:
                    reached.add(edge.to_id)
                    waiting.append(edge.to_id)
        for index, giver in enumerate(givers):
            if giver["unit_id"] in reached:
                return refuse(
                    NOT_IN_THAT_STATE,
                    f"/data/from/{index}/unit_id",
                    RULE,
                    vi="Đơn vị {unit} là đơn vị kế thừa của đơn vị nhận: dòng kế thừa không được "
                    "vòng lại. Hãy lập đơn vị mới.",
                    en="Unit {unit} descends from the receiving unit: lineage must not turn back. "
                    "Create a new unit.",
                    unit=giver["unit_id"],
                )
        return None

    def _amended(self, kind: str, takers: Sequence[Data], effective: int) -> Refusal | None:
        ending: frozenset[str] = frozenset()
        for index, taker in enumerate(takers):
            if taker["unit_id"] not in self._book.units:
                return unknown(f"/data/to/{index}/unit_id", taker["unit_id"])
            changes = {"code", "name", "kind"} & taker.keys()
            wrong = "parent_id" not in taker or changes if kind == "reparent" else not changes
            if wrong or (kind == "rename" and "parent_id" in taker):
                return refuse(
                    INVALID_FIELD,
                    f"/data/to/{index}",
                    RULE,
                    vi="rename đổi code, name hoặc kind; reparent đổi đúng parent_id.",
                    en="rename changes code, name or kind; reparent changes parent_id alone.",
                )
            problem = self._amendment(index, taker, takers, effective, ending)
            if problem is not None:
                return problem
        return None

    def _amendment(
        self,
        index: int,
        taker: Data,
        takers: Sequence[Data],
        effective: int,
        ending: frozenset[str],
    ) -> Refusal | None:
        unit = self._book.units[taker["unit_id"]]
        problem = None
        if not unit.active(effective):
            problem = not_active(f"/data/to/{index}/unit_id", unit, effective)
        if problem is None:
            problem = level_problem(index, taker, unit.level)
        if problem is None and "parent_id" in taker:
            problem = self._parent_problem(index, taker, takers, effective)
        if problem is None and "code" in taker:
            problem = self._code_problem(index, taker, effective, ending)
        return problem

    def _abolished(
        self, givers: Sequence[Data], takers: Sequence[Data], effective: int
    ) -> Refusal | None:
        leaving = {giver["unit_id"] for giver in givers}
        for index, giver in enumerate(givers):
            field = f"/data/from/{index}/unit_id"
            unit = self._book.units.get(giver["unit_id"])
            if unit is None:
                return unknown(field, giver["unit_id"])
            if not (unit.active(effective - 1) and unit.active(effective)):
                return not_active(field, unit, effective)
            staying = [
                held.holder
                for held in self._book.children.get(unit.unit_id, ())
                if held.start <= effective < held.stop and held.holder not in leaving
            ]
            if staying:
                return refuse(
                    NOT_IN_THAT_STATE,
                    field,
                    RULE,
                    vi="Đơn vị {unit} còn {count} đơn vị trực thuộc vào {day}, ví dụ {child}; "
                    "chuyển hoặc chấm dứt chúng trước.",
                    en="Unit {unit} still has {count} units under it on {day}, for example "
                    "{child}; move or end them first.",
                    unit=unit.unit_id,
                    count=len(staying),
                    day=date.fromordinal(effective),
                    child=staying[0],
                )
        for taker in takers:
            heir = self._book.units.get(taker["unit_id"])
            if heir is None:
                return unknown("/data/to/0/unit_id", taker["unit_id"])
            if not heir.active(effective) or taker["unit_id"] in leaving:
                return not_active("/data/to/0/unit_id", heir, effective)
            return self._cycle(givers, {taker["unit_id"]})
        return None
