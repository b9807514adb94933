"""Funding: whole VND by year and source, instalments that add up, overspending that warns."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.funding import FundYear, fold, fund_year_id
from domain.parse import parse_body
from tests.domain.scenario import Log, ident, setting


def money(stage: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"stage": stage, "source": "movement", "year": 2025, "amount_vnd": amount, **more}


def notices(log: Log, **fields: Any) -> list[str]:
    decision = log.when("FundingRecorded", "p8", **fields)
    assert isinstance(decision, Accepted)
    return [notice.code for notice in decision.notices]


def test_instalments_add_up_by_stage(log: Log) -> None:
    """R97; F13."""
    for stage, amount in (
        ("estimated", 30),
        ("appraised", 25),
        ("allocated", 10),
        ("allocated", 10),
        ("spent", 12),
    ):
        record = log.given("FundingRecorded", "p8", **money(stage, amount))
    assert record.aggregate_id == str(fund_year_id(ident("p8"), "movement", 2025))
    state = fold(log.effective(record.aggregate_id))
    assert state == FundYear(estimated=30, appraised=25, allocated=20, spent=12)


def test_spending_more_than_was_allocated_warns(log: Log) -> None:
    log.given("FundingRecorded", "p8", **money("allocated", 10))
    assert notices(log, **money("spent", 10)) == []
    assert notices(log, **money("spent", 11)) == ["spent-over-allocated"]
    log.given("FundingRecorded", "p8", **money("spent", 6))
    assert notices(log, **money("spent", 5)) == ["spent-over-allocated"]
    assert notices(log, **money("estimated", 99)) == []
    assert notices(log, **money("spent", 5, source="crime")) == ["spent-over-allocated"]


def test_a_correction_changes_the_sum_and_not_the_fund(log: Log) -> None:
    record = log.given("FundingRecorded", "p8", **money("allocated", 10))
    fields = {
        "about": record.aggregate_id,
        "target_event_id": record.event_id,
        "reason": "wrong_figure",
    }
    other = {**record.data, "source": "drugs"}
    refusal = log.refused("EventCorrected", "p8", **fields, replacement=other)
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")
    log.given("EventCorrected", "p8", **fields, replacement={**record.data, "amount_vnd": 7})
    assert fold(log.effective(record.aggregate_id)).allocated == 7
    log.given("EventRetracted", "p8", **{**fields, "reason": "never_happened"})
    assert fold(log.effective(record.aggregate_id)) == FundYear()


def test_a_fund_is_never_chosen(log: Log) -> None:
    refusal = log.refused("FundingRecorded", "p8", about="mine", **money("spent", 1))
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")


@pytest.mark.parametrize("amount", [-1, 1.5, "20", 10**15 + 1, True])
def test_money_is_whole_dong(log: Log, amount: Any) -> None:
    data = log.given("FundingRecorded", "p8", **money("spent", 0)).data
    errors = parse_body("FundingRecorded", 1, {**data, "amount_vnd": amount})
    assert isinstance(errors, list)
    assert [error.pointer for error in errors] == ["/data/amount_vnd"]


amounts = st.lists(
    st.tuples(
        st.sampled_from(["estimated", "appraised", "allocated", "spent"]),
        st.integers(0, 10**15),
    ),
    max_size=6,
)
RECORD = setting().at("2025-12-01").given("FundingRecorded", "p8", **money("spent", 1))


@given(amounts, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order(parts: list[tuple[str, int]], random: Random) -> None:
    records = [
        RECORD._replace(event_id=str(number), data={**RECORD.data, **money(*part)})
        for number, part in enumerate(parts)
    ]
    random.shuffle(records)
    state = fold(records)
    sums = {
        stage: sum(amount for name, amount in parts if name == stage)
        for stage in ("estimated", "appraised", "allocated", "spent")
    }
    assert state == FundYear(**sums)
