"""Models, points and groups: opened, reviewed, retired, and the stock they make (F5)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import Record
from domain.model_state import fold, rating_changes, stock_changes
from tests.domain.scenario import Log, day, ident, setting

MODEL = {
    "code": "MH-5+1",
    "name": "Mô hình “5+1”",
    "domain": "self_prevention",
}


def establish(log: Log, unit: str = "p8", **more: Any) -> Record:
    return log.given(
        "ModelEstablished",
        unit,
        about="model",
        **MODEL,
        **{
            "host_org_id": ident(f"{unit} police"),
            "opened_on": "2024-12-01",
            "occurred_on": "2024-12-01",
            **more,
        },
    )


def point(name: str, groups: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "about": "model",
        "point_id": ident(name),
        "group_count": groups,
        "member_count": 10,
        "occurred_on": "2024-12-05",
        **more,
    }


def review(rating: str, subject: str | None = None, **more: Any) -> dict[str, Any]:
    fields = {
        "about": "model",
        "rating": rating,
        "proposal": "retire" if rating == "weak" else "keep",
        "proposer_org_id": ident("p8 front"),
        **more,
    }
    return fields if subject is None else {**fields, "point_id": ident(subject)}


def retire(subject: str | None = None, **more: Any) -> dict[str, Any]:
    fields = {
        "about": "model",
        "reason": "not_effective",
        "proposer_org_id": ident("p8 front"),
        **more,
    }
    return fields if subject is None else {**fields, "point_id": ident(subject)}


def stock(records: list[Record], on: str) -> dict[tuple[str, str], int]:
    state = fold(records)
    assert state is not None
    total: Counter[tuple[str, str]] = Counter()
    for change in stock_changes(state):
        if change.day <= day(on):
            total[change.unit_id, change.measure] += change.delta
    return {key: count for key, count in total.items() if count}


def ratings(records: list[Record], on: str) -> dict[tuple[str, str], int]:
    state = fold(records)
    assert state is not None
    total: Counter[tuple[str, str]] = Counter()
    for change in rating_changes(state):
        if change.day <= day(on):
            total[change.subject, change.rating] += change.delta
    assert min(total.values(), default=0) >= 0
    return {key: count for key, count in total.items() if count}


P8 = ident("p8")


def test_models_points_and_groups_are_all_counted(log: Log) -> None:
    establish(log)
    log.given("ModelReplicated", "p8", **point("a", 2))
    log.given("ModelReplicated", "p8", **point("b", 3, opened_on="2024-12-10"))
    records = log.effective("model")
    assert stock(records, "2024-11-30") == {}
    assert stock(records, "2024-12-09") == {
        (P8, "models"): 1,
        (P8, "points"): 1,
        (P8, "groups"): 2,
    }
    assert stock(records, "2024-12-10") == {
        (P8, "models"): 1,
        (P8, "points"): 2,
        (P8, "groups"): 5,
    }


def test_a_weak_point_proposed_by_the_front_is_retired(log: Log) -> None:
    """Storyline 7."""
    establish(log)
    log.given("ModelReplicated", "p8", **point("a", 2))
    log.given("ModelReplicated", "p8", **point("b", 1))
    refusal = log.refused("ModelRetired", "p8", **retire("a"))
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R31")
    log.given("ModelReviewed", "p8", **review("good", "a", occurred_on="2024-12-06"))
    log.given("ModelReviewed", "p8", **review("weak", "a", occurred_on="2024-12-08"))
    log.given("ModelReviewed", "p8", **review("weak", "a", occurred_on="2024-12-09"))
    log.given("ModelRetired", "p8", **retire("a", occurred_on="2024-12-10"))
    records = log.effective("model")
    assert stock(records, "2024-12-10")[P8, "points"] == 1
    assert stock(records, "2024-12-10")[P8, "groups"] == 1
    assert ratings(records, "2024-12-07") == {("point", "good"): 1}
    assert ratings(records, "2024-12-09") == {("point", "weak"): 1}
    assert ratings(records, "2024-12-10") == {}
    assert log.refused("ModelRetired", "p8", **retire("a")).code == "not-in-that-state"
    assert log.refused("ModelReviewed", "p8", **review("good", "a")).code == "not-in-that-state"


def test_retiring_the_model_retires_what_is_left_of_it(log: Log) -> None:
    establish(log)
    log.given("ModelReplicated", "p8", **point("a", 2))
    log.given("ModelReplicated", "p8", **point("b", 1))
    log.given("ModelReviewed", "p8", **review("average", "b", occurred_on="2024-12-06"))
    log.given("ModelReviewed", "p8", **review("weak", occurred_on="2024-12-07"))
    log.given("ModelRetired", "p8", **retire("a", occurred_on="2024-12-08"))
    log.given("ModelRetired", "p8", **retire(occurred_on="2024-12-10"))
    records = log.effective("model")
    assert stock(records, "2024-12-09")[P8, "points"] == 1
    assert stock(records, "2024-12-10") == {}
    assert ratings(records, "2024-12-09") == {("point", "average"): 1, ("model", "weak"): 1}
    assert ratings(records, "2024-12-10") == {}
    assert log.refused("ModelReplicated", "p8", **point("c")).code == "not-in-that-state"


def test_a_review_entered_late_does_not_outlive_its_subject(log: Log) -> None:
    establish(log)
    log.given("ModelReviewed", "p8", **review("weak", occurred_on="2024-12-07"))
    log.given("ModelRetired", "p8", **retire(occurred_on="2024-12-10"))
    log.given("ModelReviewed", "p8", **review("average", occurred_on="2024-12-09"))
    records = log.effective("model")
    assert ratings(records, "2024-12-08") == {("model", "weak"): 1}
    assert ratings(records, "2024-12-09") == {("model", "average"): 1}
    assert ratings(records, "2024-12-10") == {}


def test_what_opens_today_and_on_its_models_day_is_accepted(log: Log) -> None:
    establish(log, opened_on="2024-12-16", occurred_on="2024-12-16")
    log.given("ModelReplicated", "p8", **point("a", occurred_on="2024-12-16"))


def test_a_superior_opens_points_below_it_and_retires(log: Log) -> None:
    establish(log)
    log.given("ModelReplicated", "quan 5", **point("a", point_unit_id=ident("p7")))
    assert stock(log.effective("model"), "2024-12-16")[ident("p7"), "points"] == 1
    refusal = log.refused("ModelReplicated", "p8", **point("b", point_unit_id=ident("p7")))
    assert (refusal.code, refusal.field) == ("unit-not-hosted", "/data/point_unit_id")
    log.given("ModelReviewed", "quan 5", **review("weak"))
    assert log.refused("ModelRetired", "tay ninh", **retire()).code == ("organisation-not-allowed")
    log.given("ModelRetired", "city", **retire())


@pytest.mark.parametrize(
    ("type", "fields", "code", "field"),
    [
        ("ModelReplicated", point("a", about="other"), "no-such-record", "/aggregate_id"),
        ("ModelReviewed", review("good", about="other"), "no-such-record", "/aggregate_id"),
        ("ModelRetired", retire(about="other"), "no-such-record", "/aggregate_id"),
        ("ModelReplicated", point("known"), "already-exists", "/data/point_id"),
        (
            "ModelReplicated",
            point("a", occurred_on="2024-11-30"),
            "invalid-field",
            "/data/opened_on",
        ),
        (
            "ModelReplicated",
            point("a", opened_on="2025-01-01"),
            "date-in-future",
            "/data/opened_on",
        ),
        ("ModelReviewed", review("good", "nowhere"), "no-such-record", "/data/point_id"),
        (
            "ModelReviewed",
            review("good", occurred_on="2024-11-30"),
            "invalid-field",
            "/data/occurred_on",
        ),
        (
            "ModelReviewed",
            review("good", proposer_org_id=ident("nobody")),
            "unknown-organisation",
            "/data/proposer_org_id",
        ),
        ("ModelRetired", retire("nowhere"), "no-such-record", "/data/point_id"),
        (
            "ModelEstablished",
            {
                "about": "model",
                **MODEL,
                "host_org_id": ident("p8 police"),
                "opened_on": "2024-12-01",
            },
            "already-exists",
            "/aggregate_id",
        ),
        (
            "ModelEstablished",
            {**MODEL, "host_org_id": ident("p7 police"), "opened_on": "2024-12-01"},
            "unknown-organisation",
            "/data/host_org_id",
        ),
        (
            "ModelEstablished",
            {**MODEL, "host_org_id": ident("p8 police"), "opened_on": "2024-12-17"},
            "date-in-future",
            "/data/opened_on",
        ),
    ],
)
def test_what_may_not_happen_to_a_model(
    log: Log, type: str, fields: dict[str, Any], code: str, field: str
) -> None:
    establish(log)
    log.given("ModelReplicated", "p8", **point("known"))
    refusal = log.refused(type, "p8", **fields)
    assert (refusal.code, refusal.field) == (code, field)


def _life() -> list[Record]:
    log = setting().at("2024-12-16")
    establish(log)
    log.given("ModelReplicated", "p8", **point("a", 2))
    log.given("ModelReplicated", "quan 5", **point("b", 1, point_unit_id=ident("p7")))
    log.given("ModelReviewed", "p8", **review("good", "a", occurred_on="2024-12-06"))
    log.given("ModelReviewed", "quan 5", **review("weak", occurred_on="2024-12-07"))
    log.given("ModelRetired", "quan 5", **retire("b", occurred_on="2024-12-08"))
    log.given("ModelRetired", "city", **retire(occurred_on="2024-12-10"))
    return log.effective("model")


LIFE = _life()


@given(st.permutations(LIFE))
def test_the_order_of_arrival_does_not_matter(arrived: list[Record]) -> None:
    assert fold(arrived) == fold(LIFE)
    assert list(stock_changes(fold(arrived))) == list(stock_changes(fold(LIFE)))  # type: ignore[arg-type]  # the life has its establishment


def test_without_its_establishment_there_is_no_model() -> None:
    assert fold([record for record in LIFE if record.type != "ModelEstablished"]) is None
    assert stock(LIFE, "2024-12-10") == {}
