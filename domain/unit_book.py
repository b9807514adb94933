"""All units through time: what their events make of them, and why one cannot be applied (R102)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Self

from domain.books import FOREVER, Book, day_or_none, ordinal
from domain.events import Record
from domain.levels import Level
from domain.refusals import (
    ALREADY_EXISTS,
    INVALID_FIELD,
    NOT_IN_THAT_STATE,
    UNIT_NOT_ACTIVE,
    UNKNOWN_UNIT,
    Refusal,
    refuse,
)
from domain.units import MAX_UNITS, RULE, Share, UnitKind


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """What a unit was from `start` until the next version (proleptic ordinals)."""

    start: int
    code: str
    name: str
    kind: UnitKind
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class UnitHistory:
    """A unit through time. `stop` is the ordinal after its last day."""

    unit_id: str
    level: Level
    versions: tuple[UnitVersion, ...]
    stop: int = FOREVER

    @property
    def start(self) -> int:
        return self.versions[0].start

    @property
    def valid_from(self) -> date:
        """Its first day."""
        return date.fromordinal(self.start)

    @property
    def valid_to(self) -> date | None:
        """Its last day, or None while no end is known."""
        return day_or_none(self.stop - 1) if self.stop < FOREVER else None

    def active(self, number: int) -> bool:
        return self.start <= number < self.stop

    def at(self, number: int) -> UnitVersion:
        """The version in force, or the first or last known one outside the unit's life."""
        for version in reversed(self.versions):
            if version.start <= number:
                return version
        return self.versions[0]

    def spells(self) -> Iterator[tuple[int, int, UnitVersion]]:
        """Each version with its first ordinal and the ordinal after its last."""
        stops = [version.start for version in self.versions[1:]] + [self.stop]
        for version, stop in zip(self.versions, stops, strict=True):
            yield version.start, min(stop, self.stop), version


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """One unit became part of another on a day."""

    from_id: str
    to_id: str
    share: Share
    """FULL if the giving unit went whole into this one unit; a split's edges are all PART."""
    on: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A code or a child held over a time (ordinals, `stop` exclusive)."""

    holder: str
    start: int
    stop: int


Data = Mapping[str, Any]


class UnitBook(Book):
    """All units, folded in the order of the day they take effect, then of recording."""

    def __init__(self) -> None:
        super().__init__()
        self.units: dict[str, UnitHistory] = {}
        self.children: dict[str, tuple[Holding, ...]] = {}
        self.codes: dict[str, tuple[Holding, ...]] = {}
        self.successors: dict[str, tuple[LineageEdge, ...]] = {}
        self.predecessors: dict[str, tuple[LineageEdge, ...]] = {}
        self.centre: str | None = None

    @staticmethod
    def place(record: Record) -> tuple[str, tuple[str, str, int]]:
        return (record.data["effective_on"], record.order)

    def copy(self) -> Self:
        other = type(self)()
        other.problems = self.problems.copy()
        other.last = self.last
        other.units = self.units.copy()
        other.children = self.children.copy()
        other.codes = self.codes.copy()
        other.successors = self.successors.copy()
        other.predecessors = self.predecessors.copy()
        other.centre = self.centre
        return other

    # Why an event cannot be applied

    def problem(self, record: Record) -> Refusal | None:
        data = record.data
        givers: Sequence[Data] = data.get("from", ())
        takers: Sequence[Data] = data.get("to", ())
        shape = _shape_problem(data["kind"], givers, takers)
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
            if taker["unit_id"] in self.units:
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
        problem = _level_problem(index, taker, UnitKind(taker["kind"]).level)
        if problem is None and central:
            problem = self._second_centre(index, taker)
        elif problem is None:
            problem = self._parent_problem(index, taker, takers, effective)
        return problem or self._code_problem(index, taker, effective, ending)

    def _second_centre(self, index: int, taker: Data) -> Refusal | None:
        if self.centre is None and "parent_id" not in taker:
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
            self.units[taker["unit_id"]].level
            if taker["unit_id"] in self.units
            else UnitKind(taker["kind"]).level
        )
        parent = self.units.get(parent_id)
        if parent is None:
            beside = next((other for other in takers if other["unit_id"] == parent_id), None)
            if beside is None or "kind" not in beside:
                return _unknown(field, parent_id)
            parent_level = UnitKind(beside["kind"]).level
        elif not parent.active(effective):
            return self._inactive(field, parent, effective)
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
        for held in self.codes.get(taker["code"], ()):
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
            unit = self.units.get(giver["unit_id"])
            if unit is None:
                return _unknown(field, giver["unit_id"])
            # Active on the eve: the same day's abolition may have been recorded first, to free
            # the code that a successor takes over.
            if not unit.active(effective - 1):
                return self._inactive(field, unit, effective - 1)
            problem = self._given_away(field, giver, effective)
            if problem is not None:
                return problem
            levels.add(unit.level)
        ending = frozenset(_ending(givers, receiving))
        for index, taker in enumerate(takers):
            unit = self.units.get(taker["unit_id"])
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
        for edge in self.successors.get(giver["unit_id"], ()):
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
            for edge in self.successors.get(waiting.pop(), ()):
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
            if taker["unit_id"] not in self.units:
                return _unknown(f"/data/to/{index}/unit_id", taker["unit_id"])
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
        unit = self.units[taker["unit_id"]]
        problem = None
        if not unit.active(effective):
            problem = self._inactive(f"/data/to/{index}/unit_id", unit, effective)
        if problem is None:
            problem = _level_problem(index, taker, unit.level)
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
            unit = self.units.get(giver["unit_id"])
            if unit is None:
                return _unknown(field, giver["unit_id"])
            if not (unit.active(effective - 1) and unit.active(effective)):
                return self._inactive(field, unit, effective)
            staying = [
                held.holder
                for held in self.children.get(unit.unit_id, ())
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
            heir = self.units.get(taker["unit_id"])
            if heir is None:
                return _unknown("/data/to/0/unit_id", taker["unit_id"])
            if not heir.active(effective) or taker["unit_id"] in leaving:
                return self._inactive("/data/to/0/unit_id", heir, effective)
            return self._cycle(givers, {taker["unit_id"]})
        return None

    def _inactive(self, field: str, unit: UnitHistory, number: int) -> Refusal:
        until = unit.valid_to
        return refuse(
            UNIT_NOT_ACTIVE,
            field,
            RULE,
            vi="Đơn vị {unit} không hoạt động vào {day} (từ {first} đến {last}).",
            en="Unit {unit} was not active on {day} (from {first} to {last}).",
            unit=unit.unit_id,
            day=date.fromordinal(number),
            first=unit.valid_from,
            last=until if until is not None else "…",
        )

    # Applying it

    def _change(self, record: Record) -> None:
        data = record.data
        effective = ordinal(data["effective_on"])
        takers: Sequence[Data] = data.get("to", ())
        givers: Sequence[Data] = data.get("from", ())
        receiving = {taker["unit_id"] for taker in takers}
        for unit_id in _ending(givers, receiving):
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
        _hold(self.codes, version.code, unit_id, effective)
        if parent_id is None:
            self.centre = unit_id
        else:
            _hold(self.children, parent_id, unit_id, effective)

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
            _release(self.codes, old.code, unit.unit_id, effective)
            _hold(self.codes, new.code, unit.unit_id, effective)
        if new.parent_id != old.parent_id and old.parent_id and new.parent_id:
            _release(self.children, old.parent_id, unit.unit_id, effective)
            _hold(self.children, new.parent_id, unit.unit_id, effective)

    def _end(self, unit_id: str, effective: int) -> None:
        unit = self.units[unit_id]
        if unit.stop <= effective:
            return
        self.units[unit_id] = replace(unit, stop=effective)
        last = unit.versions[-1]
        _release(self.codes, last.code, unit_id, effective)
        if last.parent_id is not None:
            _release(self.children, last.parent_id, unit_id, effective)

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


def _ending(givers: Sequence[Data], receiving: set[str]) -> Iterator[str]:
    """The giving units that end: those that went whole and do not receive themselves."""
    for giver in givers:
        if giver.get("share", "full") == Share.FULL and giver["unit_id"] not in receiving:
            yield giver["unit_id"]


def _hold(held: dict[str, tuple[Holding, ...]], by: str, holder: str, start: int) -> None:
    held[by] = (*held.get(by, ()), Holding(holder, start, FOREVER))


def _release(held: dict[str, tuple[Holding, ...]], by: str, holder: str, stop: int) -> None:
    kept = (
        replace(item, stop=stop) if item.holder == holder and item.stop > stop else item
        for item in held[by]
    )
    held[by] = tuple(item for item in kept if item.start < item.stop)


_SHAPES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    # kind: giving units at least, at most; receiving units at least, at most
    "created": (0, 0, 1, MAX_UNITS),
    "merge": (1, MAX_UNITS, 1, 1),
    "split": (1, 1, 1, MAX_UNITS),
    "rename": (0, 0, 1, MAX_UNITS),
    "reparent": (0, 0, 1, MAX_UNITS),
    "abolish": (1, MAX_UNITS, 0, 1),
}


def _shape_problem(kind: str, givers: Sequence[Data], takers: Sequence[Data]) -> Refusal | None:
    least_from, most_from, least_to, most_to = _SHAPES[kind]
    if not (least_from <= len(givers) <= most_from and least_to <= len(takers) <= most_to):
        return refuse(
            INVALID_FIELD,
            "/data",
            RULE,
            vi="{kind}: from có {least_from}–{most_from} đơn vị, to có {least_to}–{most_to}; "
            "nhận được {givers} và {takers}.",
            en="{kind}: from holds {least_from}–{most_from} units, to {least_to}–{most_to}; "
            "there are {givers} and {takers}.",
            kind=kind,
            least_from=least_from,
            most_from=most_from,
            least_to=least_to,
            most_to=most_to,
            givers=len(givers),
            takers=len(takers),
        )
    for side, units in (("from", givers), ("to", takers)):
        if len({unit["unit_id"] for unit in units}) != len(units):
            return refuse(
                INVALID_FIELD,
                f"/data/{side}",
                RULE,
                vi="Một đơn vị xuất hiện hai lần.",
                en="A unit stands there twice.",
            )
    if kind == "abolish" and any(giver.get("share", "full") == "part" for giver in givers):
        return refuse(
            INVALID_FIELD,
            "/data/from",
            RULE,
            vi="Chỉ giải thể được cả đơn vị (share = full).",
            en="Only a whole unit is abolished (share = full).",
        )
    return None


def _level_problem(index: int, taker: Data, level: Level) -> Refusal | None:
    given = {UnitKind(taker["kind"]).level} if "kind" in taker else set()
    if "level" in taker:
        given.add(Level(taker["level"]))
    if given <= {level}:
        return None
    return refuse(
        INVALID_FIELD,
        f"/data/to/{index}/kind",
        RULE,
        vi="kind và level phải cùng thuộc cấp {level}.",
        en="kind and level must both be of the level {level}.",
        level=level.value,
    )


def _unknown(field: str, unit_id: str) -> Refusal:
    return refuse(
        UNKNOWN_UNIT,
        field,
        RULE,
        vi="Danh mục chưa có đơn vị {unit} vào ngày có hiệu lực.",
        en="Unit {unit} is not in the catalogue by the day it takes effect.",
        unit=unit_id,
    )
