"""Forums, propaganda, exchanges, training, festivals, difficulties: each recorded once."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events import EVENTS
from domain.parse import parse_body
from domain.samples import MINIMAL
from tests.domain.scenario import Log, ident

FORUM = {
    "kind": "front_listens",
    "opinions": 24,
    "petitions_received": 6,
    "petitions_resolved": 4,
}
SESSION = {"kind": "session", "topics": ["drug_prevention"], "sessions": 1, "participants": 90}
SMS = {"kind": "sms", "topics": ["crime_prevention"], "sessions": 1, "recipients": 12_000}
CLASS = {"audience": "core_force", "topics": ["fire_safety"], "days": 1, "trainees": 45}
FESTIVAL = {
    "kind": "security_day",
    "areas_covered": 9,
    "active_areas": 10,
    "participants": 640,
}
DIFFICULTY = {"topic": "funding", "document": {"number_raw": "12/BC-UBND"}}
EXCHANGE = {"kind": "public_opinion", "from": ident("p8 front"), "to": ident("p8 police")}

EVERYTHING: dict[str, dict[str, Any]] = {
    "ForumHeld": FORUM,
    "PropagandaConducted": SESSION,
    "InformationExchanged": EXCHANGE,
    "TrainingHeld": CLASS,
    "FestivalHeld": FESTIVAL,
    "DifficultyRaised": DIFFICULTY,
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_happened_is_recorded_once_and_anew_after_a_retraction(log: Log, name: str) -> None:
    first = log.given(name, "p8", about="a", **EVERYTHING[name])
    refusal = log.refused(name, "p8", about="a", **EVERYTHING[name])
    assert refusal.code == "already-exists"
    assert EVENTS[name].title_vi in refusal.detail.vi
    log.given(
        "EventRetracted",
        "p8",
        about="a",
        target_event_id=first.event_id,
        reason="never_happened",
    )
    log.given(name, "p8", about="a", **EVERYTHING[name])


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_is_countable_is_a_count_of_the_event(name: str) -> None:
    body = EVENTS[name].body
    countable = set(body.countable)
    assert countable <= set(body.model_fields)
    numbers = {field for field, value in MINIMAL[name].items() if isinstance(value, int)}
    assert numbers - countable == ({"active_areas"} if name == "FestivalHeld" else set())


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("ForumHeld", FORUM | {"petitions_resolved": 7}, "petitions_resolved"),
        ("ForumHeld", FORUM | {"petitioners": ["A"]}, "extra_forbidden"),
        ("PropagandaConducted", {**SESSION, "participants": None}, "audience"),
        ("PropagandaConducted", SESSION | {"recipients": 5}, "audience"),
        ("PropagandaConducted", SMS | {"participants": 5}, "audience"),
        ("PropagandaConducted", {**SMS, "recipients": None}, "audience"),
        ("PropagandaConducted", {**SMS, "kind": "leaflet", "recipients": None}, "audience"),
        ("PropagandaConducted", SESSION | {"sessions": 0}, "greater_than_equal"),
        ("PropagandaConducted", SESSION | {"topics": []}, "too_short"),
        ("PropagandaConducted", SESSION | {"topics": ["other", "other"]}, "repeated"),
        ("InformationExchanged", {"to": ident("p8 front")}, "exchange_with_itself"),
        ("InformationExchanged", {"content": "…"}, "extra_forbidden"),
        ("TrainingHeld", CLASS | {"days": 0}, "greater_than_equal"),
        ("TrainingHeld", CLASS | {"days": 2}, "training_days"),
        ("TrainingHeld", CLASS | {"days": 3, "occurred_to": "2024-12-17"}, "training_days"),
        ("FestivalHeld", FESTIVAL | {"areas_covered": 11}, "areas_covered"),
        ("DifficultyRaised", {"topic": "funding", "document": {}}, "document_link"),
        ("DifficultyRaised", DIFFICULTY | {"text": "…"}, "extra_forbidden"),
    ],
)
def test_what_an_activity_may_not_hold(
    log: Log, name: str, fields: dict[str, Any], code: str
) -> None:
    data = log.draft(name, "p8", **EVERYTHING[name]).body.to_data()
    errors = parse_body(name, 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ForumHeld", FORUM | {"petitions_resolved": 6}),
        ("PropagandaConducted", SMS),
        ("PropagandaConducted", {"kind": "social", "topics": ["movement"], "sessions": 4}),
        (
            "TrainingHeld",
            CLASS | {"days": 2, "occurred_on": "2024-12-14", "occurred_to": "2024-12-15"},
        ),
        ("FestivalHeld", FESTIVAL | {"areas_covered": 10}),
        (
            "DifficultyRaised",
            {"topic": "guidance", "document": {"document_id": ident("a document")}},
        ),
    ],
)
def test_what_an_activity_may_hold(log: Log, name: str, fields: dict[str, Any]) -> None:
    log.given(name, "p8", **fields)


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("ForumHeld", FORUM | {"host_org_id": ident("p7 police")}, "/data/host_org_id"),
        (
            "ForumHeld",
            FORUM | {"partner_orgs": [ident("p7 police"), ident("nobody")]},
            "/data/partner_orgs/1",
        ),
        (
            "InformationExchanged",
            EXCHANGE | {"from": ident("nobody")},
            "/data/from",
        ),
        (
            "InformationExchanged",
            EXCHANGE | {"to": ident("nobody")},
            "/data/to",
        ),
    ],
)
def test_the_organisations_named_exist(
    log: Log, name: str, fields: dict[str, Any], field: str
) -> None:
    refusal = log.refused(name, "p8", **fields)
    assert (refusal.code, refusal.field) == ("unknown-organisation", field)


def test_a_unit_records_its_own_exchanges_only(log: Log) -> None:
    kind = {"kind": "crime_methods"}
    beside = {"from": ident("p7 police"), "to": ident("p7 front")}
    refusal = log.refused("InformationExchanged", "p8", **kind, **beside)
    assert (refusal.code, refusal.rule) == ("organisation-not-allowed", "R34")
    log.given("InformationExchanged", "p8", **kind, **beside | {"to": ident("p8 front")})
    log.given("InformationExchanged", "p8", **kind, **beside | {"from": ident("p8 police")})


def test_a_medium_is_named_and_a_session_has_none(log: Log) -> None:
    """R115: "fanpage Tuổi trẻ Quận 5"."""
    post = {"topics": ["traffic_safety"], "sessions": 3, "channel": "fanpage Tuổi trẻ Quận 5"}
    log.given("PropagandaConducted", "p7", kind="social", recipients=900, **post)
    session = {"kind": "session", "participants": 30, "channel": "Hội trường"}
    body = parse_body("PropagandaConducted", 1, {**MINIMAL["PropagandaConducted"], **session})
    assert isinstance(body, list)
    assert body[0].code == "session_channel"
