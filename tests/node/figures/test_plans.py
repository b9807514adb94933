"""F12: plans of the year in time, documents acknowledged and after how long."""

from __future__ import annotations

from datetime import date

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, Ratio, Span
from tests.domain.scenario import Log, ident, org
from tests.node.figures import movement, quan5
from tests.node.figures.projected import opened, projected

F12 = FIGURES["plans"]
YEAR = Span(date(2024, 12, 15), date(2025, 12, 14), "2025")
H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
Q2 = Span(date(2025, 4, 1), date(2025, 6, 30), "2025-Q2")
QUAN_5 = ident("quan 5")


@pytest.fixture
def log() -> Log:
    log = quan5.founded()
    movement.plan_rule(log)
    quan5.merge_wards(log)
    return log


def test_nine_of_ten_plans_before_28_march_and_phuong_12s_on_2_april(log: Log) -> None:
    """Storyline 3; R118."""
    for ward in quan5.WARDS:
        movement.plan(log, ward, "2025-04-02" if ward == "p12" else "2025-03-27")
    with projected(log.records) as view:
        result = F12.compute(view, QUAN_5, H1)
        late = opened(F12, view, QUAN_5, H1, CellFilter("late"))
        row = next(row for row in result.children if row.unit.unit_id == ident("p12"))
        quarter = F12.compute(view, QUAN_5, Q2)
    assert result.ratio == Ratio(9, 10)
    assert (result.values["late"], result.values["missing"]) == (1, 0)
    assert result.rules == (ident("R118"),)
    assert row.numbers.ratios["timeliness"] == Ratio(0, 1)
    assert len(late) == 1
    assert quarter.ratio is None, "27/3 is not in the second quarter"


def test_a_plan_on_28_march_is_late_and_one_of_december_before_is_in_time(log: Log) -> None:
    movement.plan(log, "p1", "2025-03-28")
    log.at("2024-12-20")
    movement.plan(
        log, "p2", "2024-12-20", validity={"valid_from": "2025-01-01", "valid_to": "2025-12-31"}
    )
    with projected(log.records) as view:
        values = F12.compute(view, QUAN_5, YEAR).values
    assert (values["late"], values["on_time"], values["missing"]) == (1, 1, 8)


def test_until_the_last_good_day_is_over_a_plan_is_not_missing(log: Log) -> None:
    with projected(log.records) as view:
        on_the_day = F12.compute(view, QUAN_5, YEAR, Cut(today=date(2025, 3, 27))).values
        after = F12.compute(view, QUAN_5, YEAR, Cut(today=date(2025, 3, 28))).values
    assert (on_the_day["upcoming"], on_the_day["missing"]) == (10, 0)
    assert (after["upcoming"], after["missing"]) == (0, 10)


def test_without_a_rule_no_plan_is_due() -> None:
    with projected(quan5.founded().records) as view:
        result = F12.compute(view, QUAN_5, YEAR)
    assert result.ratio is None
    assert [note.code for note in result.notes] == ["no-rule"]


def test_a_plan_that_was_waived_is_not_due_unless_it_was_issued(log: Log) -> None:
    about = {"kind": "plan", "period": "2025", "reason": "force_majeure"}
    log.at("2025-03-10")
    waived = [
        log.given("ObligationWaived", "quan 5", **about, obliged_unit_id=ident(ward)).event_id
        for ward in ("p1", "p2")
    ]
    movement.plan(log, "p2", "2025-03-20")
    with projected(log.records) as view:
        values = F12.compute(view, QUAN_5, YEAR).values
        behind = opened(F12, view, QUAN_5, YEAR, CellFilter("waived"))
    assert (values["waived"], values["plans_due"], values["on_time"]) == (1, 9, 1)
    assert behind == [(waived[0], 1)]


def test_another_document_is_no_plan_and_the_first_of_two_plans_counts(log: Log) -> None:
    movement.document(log.at("2025-03-01"), "p1")
    first = movement.plan(log, "p2", "2025-03-20")
    movement.plan(log, "p2", "2025-04-20")
    with projected(log.records) as view:
        values = F12.compute(view, QUAN_5, YEAR).values
        behind = opened(F12, view, QUAN_5, YEAR, CellFilter("on_time"))
    assert (values["on_time"], values["late"]) == (1, 0)
    assert behind == [(first, 1)]


def test_who_acknowledged_and_after_how_many_hours(log: Log) -> None:
    """R78. Recorded at 9:00 (2:00 UTC) on 25/3."""
    log.at("2025-03-25")
    issued = movement.document(log, "quan 5", "p1 police", "p2 police", "p4 police", "p1 front")
    movement.acknowledge(log.at("2025-03-26"), issued, "p1 police", "2025-03-25T16:00:00")
    movement.acknowledge(log.at("2025-03-27"), issued, "p2 police", "2025-03-26T09:30:00")
    last = movement.acknowledge(log.at("2025-03-29"), issued, "p1 front", "2025-03-28T10:00:00")
    with projected(log.records) as view:
        result = F12.compute(view, QUAN_5, H1)
        ward = F12.compute(view, ident("p1"), H1)
        waiting = opened(F12, view, QUAN_5, H1, CellFilter("awaiting"))
        received = opened(F12, view, ident("p1"), H1, CellFilter("acknowledged"))
    assert result.total.ratios["acknowledgement"] == Ratio(3, 4)
    assert result.values["median_hours"] == 24
    assert ward.values["median_hours"] == 6
    assert ward.values["recipients"] == 2
    assert waiting == [(issued, 1)]
    assert last in dict(received)


def test_a_paper_received_before_its_issue_was_recorded_counts_from_its_day(log: Log) -> None:
    log.at("2025-03-25")
    issued = movement.document(log, "quan 5", "p1 police", issued_on="2025-03-20")
    movement.acknowledge(log, issued, "p1 police", "2025-03-21T06:00:00")
    with projected(log.records) as view:
        assert F12.compute(view, QUAN_5, H1).values["median_hours"] == 30


def test_the_archives_copy_asks_for_no_receipt(log: Log) -> None:
    log.at("2025-03-25")
    movement.document(
        log,
        "quan 5",
        recipients=[
            {"org_id": ident("quan 5 police"), "purpose": "archive"},
            {"org_id": ident("p1 police"), "purpose": "information"},
        ],
    )
    with projected(log.records) as view:
        assert F12.compute(view, QUAN_5, H1).values["recipients"] == 1


def test_a_successor_acknowledges_for_the_organisation_that_it_replaced(log: Log) -> None:
    log.at("2025-03-25")
    issued = movement.document(log, "quan 5", "p1 police")
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("p1", "other")],
        effective_on="1990-01-01",
    )
    log.given(
        "OrganisationChanged",
        "centre",
        kind="merged",
        organisations=[{"org_id": ident("p1 police"), "unit_id": ident("p1")}],
        successor_org_id=ident("p1 other"),
        effective_on="2025-03-26",
    )
    movement.acknowledge(log.at("2025-03-27"), issued, "p1 other", "2025-03-27T08:00:00")
    with projected(log.records) as view:
        values = F12.compute(view, QUAN_5, H1).values
    assert (values["recipients"], values["acknowledged"]) == (1, 1)
