"""F11: one unit, one committee; none and several stand apart."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from domain.events import Record
from services.node.figures import FIGURES, CellFilter, FigureResult, Ratio, Span
from tests.domain.scenario import Log, ident, setting
from tests.node.figures.projected import opened, projected

F11 = FIGURES["committee-coverage"]
JUNE: Final = Span(date(2025, 6, 1), date(2025, 6, 30), "2025-06")
AUGUST: Final = Span(date(2025, 8, 1), date(2025, 8, 31), "2025-08")


def change(log: Log, unit: str, kind: str, day: str) -> Record:
    fields: dict[str, Any] = {"kind": kind, "occurred_on": day}
    if kind != "dissolved":
        fields["decision"] = {"number_raw": "12/QĐ-UBND", "issued_on": day}
    if kind == "established":
        fields |= {
            "name": "Ban Chỉ đạo phong trào toàn dân bảo vệ ANTQ",
            "head_role": "party_secretary",
            "standing_org": ident(f"{unit} police"),
            "member_orgs": [ident(f"{unit} police"), ident(f"{unit} front")],
        }
    return log.given("CommitteeChanged", unit, **fields)


@pytest.fixture
def log() -> Log:
    """Quận 5 and its four wards, of which Phường 14 has none; Phường 12's ended and began again."""
    log = setting().at("2025-09-01")
    for unit in ("quan 5", "p7", "p8", "p12"):
        change(log, unit, "established", "2025-01-10")
    change(log, "p12", "dissolved", "2025-03-01")
    change(log, "p12", "established", "2025-03-02")
    return log


def compute(records: list[Record], span: Span, unit: str = "quan 5") -> FigureResult:
    with projected(records) as view:
        return F11.compute(view, ident(unit), span)


def classes(result: FigureResult) -> tuple[int, ...]:
    names = ("units", "with_one", "without", "with_several", "committees")
    return tuple(result.values[name] for name in names)


def test_every_active_unit_is_in_one_class(log: Log) -> None:
    result = compute(log.records, JUNE)
    assert classes(result) == (5, 4, 1, 0, 4)
    assert result.ratio == Ratio(4, 5)
    rows = {row.unit.unit_id: row.numbers.values["with_one"] for row in result.children}
    assert rows == {ident("p7"): 1, ident("p8"): 1, ident("p12"): 1, ident("p14"): 0}


def test_a_committee_of_a_unit_that_ended_is_none(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}]},
        to=[{"unit_id": ident("p7")}],
        effective_on="2025-07-01",
    )
    assert classes(compute(log.records, AUGUST)) == (4, 3, 1, 0, 3)
    assert classes(compute(log.records, JUNE)) == (5, 4, 1, 0, 4)


def twice(log: Log) -> list[Record]:
    """Two seats of Phường 7 each establish a committee without knowing of the other."""
    changes = (record for record in log.records if record.type == "CommitteeChanged")
    first = next(record for record in changes if record.data["unit_id"] == ident("p7"))
    other = first._replace(event_id=ident("second"), origin=ident("other seat"))
    return [*log.records, other._replace(data={**first.data, "occurred_on": "2025-02-01"})]


def test_two_committees_stand_apart_until_they_are_merged(log: Log) -> None:
    """R124."""
    records = twice(log)
    result = compute(records, JUNE)
    assert classes(result) == (5, 3, 1, 1, 5)
    assert "several-committees" in {note.code for note in result.notes}
    merged = change(log, "p7", "merged", "2025-07-05")
    assert classes(compute([*records, merged], AUGUST)) == (5, 4, 1, 0, 4)


@pytest.mark.parametrize("measure", ["with_one", "with_several", "committees", "units", "without"])
@pytest.mark.parametrize("row", [None, "quan 5", "p7", "p12"])
def test_every_number_is_the_sum_of_the_events_behind_it(
    log: Log, measure: str, row: str | None
) -> None:
    """How many units there are, and which have none, is no event's."""
    cell = CellFilter(measure, None if row is None else ident(row))
    with projected(twice(log)) as view:
        result = F11.compute(view, ident("quan 5"), JUNE)
        found = opened(F11, view, ident("quan 5"), JUNE, cell)
    rows = {None: result.total, ident("quan 5"): result.own.numbers}
    rows |= {child.unit.unit_id: child.numbers for child in result.children}
    expected = 0 if measure in ("units", "without") else rows[cell.row].values[measure]
    assert sum(value for _, value in found) == expected
