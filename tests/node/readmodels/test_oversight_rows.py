"""Rows of inspections, documents, money, petitions, indicators, hosts and campaigns."""

from __future__ import annotations

from typing import Any

import pytest

from services.node.readmodel import RowModel
from services.node.readmodels import (
    CampaignMilestones,
    Campaigns,
    DocumentRecipients,
    Documents,
    Findings,
    Funding,
    IndicatorValues,
    Inspections,
    ModelHosts,
    Petitions,
)
from tests.domain.scenario import Log, ident
from tests.node.figures import movement, quan5
from tests.node.figures.projected import entities


@pytest.fixture
def log() -> Log:
    return quan5.founded().at("2025-03-20")


def rows(log: Log, model: RowModel) -> list[dict[str, Any]]:
    """All rows of a model."""
    return [
        dict(row)
        for entity in entities(log.records)
        if entity.kind in model.kinds
        for row in model.rows(entity)
    ]


def the_row(log: Log, model: RowModel, *names: str) -> tuple[Any, ...]:
    """These columns of the only row of a model."""
    (row,) = rows(log, model)
    return tuple(row[name] for name in names)


def test_a_model_has_its_host_from_its_opening_to_its_end(log: Log) -> None:
    event = movement.model(log, "quan 5", "police", "a", opened_on="2025-03-01")
    columns = ("event_id", "host_org_id", "opened_on", "retired_on")
    found = (event, ident("quan 5 police"), "2025-03-01")
    assert the_row(log, ModelHosts(), *columns) == (*found, None)
    movement.retire(log, "quan 5", "a")
    assert the_row(log, ModelHosts(), *columns) == (*found, "2025-03-20")


def test_an_inspection_and_its_findings_with_what_remedied_them(log: Log) -> None:
    event = movement.inspect(log, "quan 5", "p1", "i", a="2025-03-25", b="2025-03-30")
    remedy = movement.remedy(log.at("2025-03-26"), "p1", "i", "a")
    assert the_row(log, Inspections(), "event_id", "unit_id", "inspected_unit_id", "day") == (
        event,
        ident("quan 5"),
        ident("p1"),
        "2025-03-20",
    )
    found = {row["finding_id"]: row for row in rows(log, Findings())}
    assert (found["a"]["remedied_on"], found["a"]["remedied_by"]) == ("2025-03-26", remedy)
    assert (found["b"]["due_on"], found["b"]["remedied_on"]) == ("2025-03-30", None)


def test_a_remedy_of_an_inspection_that_has_not_arrived_is_no_row(log: Log) -> None:
    movement.inspect(log, "quan 5", "p1", "i", a="2025-03-25")
    movement.remedy(log, "p1", "i", "a")
    log.records = log.records[-1:]
    assert rows(log, Findings()) == rows(log, Inspections()) == []


def test_a_plan_has_its_year_and_another_document_none(log: Log) -> None:
    movement.plan(log, "p1", "2025-03-20", validity={"valid_from": "2026-01-01"})
    movement.document(log, "p1")
    assert [row["plan_year"] for row in rows(log, Documents())] == [2026, None]


def test_recipients_are_those_asked_and_whoever_answered_for_them(log: Log) -> None:
    issued = movement.document(
        log,
        "quan 5",
        recipients=[
            {"org_id": ident("p1 police"), "purpose": "action"},
            {"org_id": ident("p1 front"), "purpose": "archive"},
        ],
    )
    assert [row["org_id"] for row in rows(log, DocumentRecipients())] == [ident("p1 police")]
    receipt = movement.acknowledge(log, issued, "p1 front", "2025-03-20T09:00:00")
    found = {row["org_id"]: row for row in rows(log, DocumentRecipients())}
    assert found[ident("p1 police")]["event_id"] is None
    assert found[ident("p1 front")]["event_id"] == receipt
    assert found[ident("p1 front")]["addressed"] is False


def test_money_is_one_row_an_amount(log: Log) -> None:
    movement.money(log, "p1", "spent", "crime", 10)
    movement.money(log, "p1", "spent", "crime", 5, year=2024)
    columns = ("unit_id", "year", "source", "stage", "amount_vnd")
    assert sorted(tuple(row[name] for name in columns) for row in rows(log, Funding())) == [
        (ident("p1"), 2024, "crime", "spent", 5),
        (ident("p1"), 2025, "crime", "spent", 10),
    ]


def test_a_forum_without_petitions_is_no_row(log: Log) -> None:
    movement.forum(log, "p1", 0, 0)
    movement.forum(log, "p2", 4, 1)
    assert the_row(log, Petitions(), "unit_id", "received", "resolved") == (ident("p2"), 4, 1)


def test_a_reported_zero_is_a_row_and_a_correction_takes_its_place(log: Log) -> None:
    event = movement.indicator(log, "p1", "released.managed", 0)
    columns = ("event_id", "unit_id", "period", "code", "value")
    found = (event, ident("p1"), "2025-H1", "released.managed")
    assert the_row(log, IndicatorValues(), *columns) == (*found, 0)
    record = log.records[-1]
    log.given(
        "EventCorrected",
        "p1",
        about=record.aggregate_id,
        target_event_id=event,
        replacement={**record.data, "value": 3},
        reason="typing_error",
    )
    assert the_row(log, IndicatorValues(), *columns) == (*found, 3)


def test_a_campaign_counts_exemplars_from_its_close_on(log: Log) -> None:
    movement.campaign(log)
    columns = ("closed_on", "localities", "collectives", "individuals")
    assert the_row(log, Campaigns(), *columns) == (None, None, None, None)
    movement.close(log.at("2025-05-20"))
    assert the_row(log, Campaigns(), *columns) == ("2025-05-20", 21, 23, 20)
    milestones = {row["code"]: row for row in rows(log, CampaignMilestones())}
    days = {code: (row["due_on"], row["met_on"]) for code, row in milestones.items()}
    assert days == {
        "department_reports": ("2025-04-09", "2025-04-09"),
        "locality_reports": ("2025-04-14", None),
        "conference": ("2025-05-15", "2025-05-16"),
        "papers": ("2025-05-09", None),
    }
    assert milestones["papers"]["at_discretion"] is True
