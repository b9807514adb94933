"""What a reorganisation must look like by itself, and what is said when it does not (R102)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from domain.books import inactive
from domain.levels import Level
from domain.refusals import INVALID_FIELD, UNIT_NOT_ACTIVE, UNKNOWN_UNIT, Refusal, Text, refuse
from domain.unit_history import UnitHistory
from domain.units import MAX_UNITS, RULE, Share, UnitKind

Data = Mapping[str, Any]
"""The JSON values of a side of the event."""


def units_ending(givers: Sequence[Data], receiving: set[str]) -> Iterator[str]:
    """The giving units that end: those that went whole and do not receive themselves."""
    for giver in givers:
        if giver.get("share", "full") == Share.FULL and giver["unit_id"] not in receiving:
            yield giver["unit_id"]


_SHAPES: Final[Mapping[str, tuple[int, int, int, int]]] = {
    # kind: giving units at least, at most; receiving units at least, at most
    "created": (0, 0, 1, MAX_UNITS),
    "merge": (1, MAX_UNITS, 1, 1),
    "split": (1, 1, 1, MAX_UNITS),
    "rename": (0, 0, 1, MAX_UNITS),
    "reparent": (0, 0, 1, MAX_UNITS),
    "abolish": (1, MAX_UNITS, 0, 1),
}


def shape_problem(kind: str, givers: Sequence[Data], takers: Sequence[Data]) -> Refusal | None:
    """Why the two sides do not fit the kind."""
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


def level_problem(index: int, taker: Data, level: Level) -> Refusal | None:
    """Why the kind or level given is not that of the unit."""
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


def unknown(field: str, unit_id: str) -> Refusal:
    """The refusal of a unit that is not there."""
    return refuse(
        UNKNOWN_UNIT,
        field,
        RULE,
        vi="Danh mục chưa có đơn vị {unit} vào ngày có hiệu lực.",
        en="Unit {unit} is not in the catalogue by the day it takes effect.",
        unit=unit_id,
    )


def not_active(field: str, unit: UnitHistory, number: int) -> Refusal:
    """The refusal of a unit that does not exist on that day."""
    subject = Text("Đơn vị {unit}", "Unit {unit}").format(unit=unit.unit_id)
    return inactive(unit, number, kind=UNIT_NOT_ACTIVE, field=field, rule=RULE, subject=subject)
