"""GET /v1/units: the dated catalogue of units, as this node knows it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from domain.levels import Level
from domain.refusals import Text
from services.node.api import cursors
from services.node.api.parameters import Cursor, Limit, TheNode, in_range, today
from services.node.api.problem_documents import ProblemError
from services.node.api.unit_answers import UnitAnswer, UnitBrief, brief, folded, unit_answer
from services.node.problems import NOT_FOUND, problem

router = APIRouter(tags=["units"])

_CURSOR: Final = "units"


class UnitList(BaseModel):
    """A page of units, by code."""

    items: list[UnitBrief]
    day: date
    next: str | None
    """Cursor of the next page; null on the last."""


@router.get(
    "/v1/units",
    summary="Tìm đơn vị theo mã, tên, cấp trên, ngày / Find units by code, name, parent, day",
)
def list_units(
    node: TheNode,
    code: Annotated[str | None, Query(max_length=10)] = None,
    name: Annotated[str | None, Query(max_length=100)] = None,
    parent: UUID | None = None,
    level: Level | None = None,
    day: date | None = None,
    ended: Annotated[
        bool,
        Query(description="Kể cả đơn vị không hoạt động ngày đó. / Also those not active then."),
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> UnitList:
    """Units as of a day (today unless given). Part of a name is enough, with or without marks."""
    asked = today(node.now()) if day is None else in_range("day", day)
    wanted = folded(name) if name else ""
    after = ("", "") if cursor is None else _place(cursor)
    directory = node.directory
    histories = directory.units() if code is None else directory.bearers(code)
    found = sorted(
        (
            unit
            for history in histories
            if (unit := brief(history, asked))
            and (unit.active or ended)
            and (code is None or unit.code == code)
            and (parent is None or unit.parent_id == str(parent))
            and (level is None or unit.level == level)
            and wanted in folded(unit.name)
            and (unit.code, unit.unit_id) > after
        ),
        key=lambda unit: (unit.code, unit.unit_id),
    )
    shown = found[:limit]
    following = (
        cursors.write(_CURSOR, shown[-1].code, shown[-1].unit_id) if len(found) > limit else None
    )
    return UnitList(items=shown, day=asked, next=following)


def _place(cursor: str) -> tuple[str, str]:
    place = cursors.read(_CURSOR, cursor)
    if len(place) != 2 or not all(isinstance(part, str) for part in place):
        raise cursors.bad_cursor()
    return str(place[0]), str(place[1])


@router.get(
    "/v1/units/{unit_id}",
    summary="Một đơn vị qua thời gian / One unit through time",
)
def read_unit(node: TheNode, unit_id: UUID, day: date | None = None) -> UnitAnswer:
    """Attributes, organisations and lineage with their dates; parents and children as of a day."""
    asked = today(node.now()) if day is None else in_range("day", day)
    directory = node.directory
    unit = directory.unit(unit_id)
    if unit is None:
        raise ProblemError(
            problem(
                NOT_FOUND,
                Text(
                    f"Danh mục của nút này không có đơn vị {unit_id}.",
                    f"This node's catalogue has no unit {unit_id}.",
                ),
            )
        )
    return unit_answer(directory, unit, asked)
