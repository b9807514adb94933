"""Review campaigns: Nghệ An's review of 2023, played as its plan has it (R89–R95)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign_state import fold
from domain.decisions import Accepted
from domain.events import Record
from domain.parse import parse_body
from tests.domain.scenario import Log, day, ident, setting

MILESTONES: list[dict[str, Any]] = [
    {"code": "department_reports", "due_on": "2025-04-10"},
    {"code": "locality_reports", "due_on": "2025-04-15"},
    {"code": "conference", "due_on": "2025-05-15", "inclusive": True},
    {"code": "papers", "due_on": "2025-05-10", "at_discretion": True},
]
MET = [
    {"code": "department_reports", "met_on": "2025-04-09"},
    {"code": "locality_reports", "met_on": "2025-04-14"},
    {"code": "conference", "met_on": "2025-05-15"},
]


@pytest.fixture
def log(log: Log) -> Log:
    """At 20/3/2025, when the plan is issued."""
    return log.at("2025-03-20")


def plan(**more: Any) -> dict[str, Any]:
    return {
        "about": "campaign",
        "years": 10,
        "data_window": {"first": "2013-08-01", "last": "2023-03-30"},
        "milestones": MILESTONES,
        "exemplar_quota": {"collectives": 1, "individuals": 1},
        "document": {"number_raw": "84/KH-BCA-MTTW"},
        **more,
    }


def closing(**more: Any) -> dict[str, Any]:
    return {
        "about": "campaign",
        "milestones_met": MET,
        "exemplars": {"localities": 21, "collectives": 21, "individuals": 21},
        **more,
    }


def notices(log: Log, type: str, **fields: Any) -> list[str]:
    decision = log.when(type, "city", **fields)
    assert isinstance(decision, Accepted), decision
    return [notice.code for notice in decision.notices]


def test_a_campaign_is_opened_and_closed(log: Log) -> None:
    """R58, R74; F16."""
    log.given("SummaryCampaignOpened", "city", **plan())
    log.at("2025-05-30")
    assert notices(log, "SummaryCampaignClosed", **closing()) == []
    log.given("SummaryCampaignClosed", "city", **closing())
    state = fold(log.effective("campaign"))
    assert state is not None
    assert (state.years, state.quota, state.exemplars) == (10, (1, 1), (21, 21, 21))
    assert state.data_window == (day("2013-08-01"), day("2023-03-30"))
    assert (state.opened_on, state.closed_on) == (day("2025-03-20"), day("2025-05-30"))
    assert {code: mark.met_on for code, mark in state.milestones.items()} == {
        "papers": None,
        **{met["code"]: day(met["met_on"]) for met in MET},
    }


def test_before_a_day_is_the_day_before_it_unless_inclusive(log: Log) -> None:
    log.given("SummaryCampaignOpened", "city", **plan())
    state = fold(log.effective("campaign"))
    assert state is not None
    assert state.milestones["department_reports"].due_on == day("2025-04-09")
    assert state.milestones["conference"].due_on == day("2025-05-15")
    assert (state.closed_on, state.exemplars) == (None, None)


def test_a_campaign_is_opened_once_and_closed_once(log: Log) -> None:
    log.given("SummaryCampaignOpened", "city", **plan())
    again = log.refused("SummaryCampaignOpened", "city", **plan())
    assert (again.code, again.field, again.rule) == ("already-exists", "/aggregate_id", "R58")
    log.at("2025-05-30").given("SummaryCampaignClosed", "city", **closing())
    twice = log.refused("SummaryCampaignClosed", "city", **closing())
    assert (twice.code, twice.field) == ("not-in-that-state", "/aggregate_id")


def test_what_cannot_be_closed(log: Log) -> None:
    nothing = log.at("2025-05-30").refused("SummaryCampaignClosed", "city", **closing())
    assert (nothing.code, nothing.field) == ("no-such-record", "/aggregate_id")
    log.at("2025-03-20").given("SummaryCampaignOpened", "city", **plan())
    early = closing(milestones_met=[], occurred_on="2025-03-19")
    refusal = log.refused("SummaryCampaignClosed", "city", **early)
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/occurred_on")
    log.at("2025-05-30")
    unplanned = [{"code": "exemplar_reports", "met_on": "2025-04-14"}]
    refusal = log.refused("SummaryCampaignClosed", "city", **closing(milestones_met=unplanned))
    assert (refusal.code, refusal.field) == ("no-such-record", "/data/milestones_met/0/code")


@pytest.mark.parametrize("recorder", ["centre", "tay ninh"])
def test_who_opened_it_closes_it(log: Log, recorder: str) -> None:
    log.given("SummaryCampaignOpened", "city", **plan())
    refusal = log.at("2025-05-30").refused("SummaryCampaignClosed", recorder, **closing())
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/unit_id")


def test_communes_and_districts_open_none(log: Log) -> None:
    for unit in ("p8", "quan 5"):
        assert log.refused("SummaryCampaignOpened", unit, **plan()).code == "level-not-allowed"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"milestones_met": MET[:2]}, ["milestones-missed"]),
        (
            {"milestones_met": [{**MET[0], "met_on": "2025-04-10"}, *MET[1:]]},
            ["milestones-missed"],
        ),
        (
            {"exemplars": {"localities": 21, "collectives": 20, "individuals": 21}},
            ["exemplars-missing"],
        ),
        (
            {"exemplars": {"localities": 21, "collectives": 21, "individuals": 20}},
            ["exemplars-missing"],
        ),
    ],
)
def test_what_was_missed_is_told(log: Log, fields: dict[str, Any], codes: list[str]) -> None:
    """R93: one collective and one individual for each locality."""
    log.given("SummaryCampaignOpened", "city", **plan())
    log.at("2025-05-30")
    assert notices(log, "SummaryCampaignClosed", **closing(**fields)) == codes


def test_a_quota_other_than_the_rules_is_told(log: Log) -> None:
    for subject in ("campaign_collectives", "campaign_individuals"):
        log.given(
            "RuleDefined",
            "centre",
            kind="quota",
            scope={"unit_id": ident("centre")},
            params={"subject": subject, "minimum": 1, "maximum": 1},
            valid_from="2020-01-01",
        )
    assert notices(log, "SummaryCampaignOpened", **plan()) == []
    other = plan(exemplar_quota={"collectives": 2, "individuals": 0})
    assert notices(log, "SummaryCampaignOpened", **other) == ["quota-differs"] * 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"years": 7}, "literal_error"),
        ({"data_window": {"first": "2023-03-30", "last": "2013-08-01"}}, "data_window"),
        ({"milestones": [MILESTONES[0], MILESTONES[0]]}, "repeated"),
        ({"milestones": [{**MILESTONES[0], "due_on": "2025-03-19"}]}, "milestone_past"),
        ({"document": None}, "missing"),
        ({"exemplar_quota": {"collectives": 1}}, "missing"),
    ],
)
def test_what_a_plan_may_not_say(log: Log, fields: dict[str, Any], code: str) -> None:
    data = log.draft("SummaryCampaignOpened", "city", **plan()).body.to_data()
    wrong = {name: value for name, value in {**data, **fields}.items() if value is not None}
    errors = parse_body("SummaryCampaignOpened", 1, wrong)
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


def test_a_milestone_is_not_reached_after_the_end(log: Log) -> None:
    data = log.at("2025-05-30").draft("SummaryCampaignClosed", "city", **closing()).body.to_data()
    late = [{"code": "conference", "met_on": "2025-05-31"}]
    errors = parse_body("SummaryCampaignClosed", 1, {**data, "milestones_met": late})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == ["milestone_future"]


def _records() -> list[Record]:
    log = setting().at("2025-03-20")
    opened = log.given("SummaryCampaignOpened", "city", **plan())
    return [opened, log.at("2025-05-30").given("SummaryCampaignClosed", "city", **closing())]


RECORDS = _records()


@given(st.permutations(RECORDS))
def test_a_campaign_is_the_same_in_whatever_order_it_arrives(records: list[Record]) -> None:
    assert fold(records) == fold(RECORDS)


def test_a_closing_waits_for_its_opening() -> None:
    assert fold(RECORDS[1:]) is None
