"""Who stopped a stream decides about it, and may decide anew."""

from __future__ import annotations

from tests.domain.scenario import ident, setting


def test_a_decision_may_be_replaced_by_a_later_one() -> None:
    log = setting().at("2025-03-14")
    fork = {"stream_id": ident("stream")}
    first = log.given("ForkDecided", "quan 5", **fork, outcome="stays_stopped")
    later = log.given("ForkDecided", "quan 5", **fork, outcome="goes_on")
    assert first.aggregate_id == later.aggregate_id


def test_what_two_units_decide_are_two_matters() -> None:
    log = setting().at("2025-03-14")
    fork = {"stream_id": ident("stream"), "outcome": "goes_on"}
    district = log.given("ForkDecided", "quan 5", **fork)
    city = log.given("ForkDecided", "city", **fork)
    assert district.aggregate_id != city.aggregate_id
