"""Emulation, the standard and the classification: one subject, one year, one identity."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.events import Record
from domain.parse import parse_body
from domain.subject_years import fold
from domain.subjects import subject_year_id
from tests.domain.scenario import Log, day, ident, setting

AREA = {"category": "residential_area", "subject_code": "kp-03", "year": 2025}
HOUSEHOLDS = {"households": 240, "households_committed": 231}
REGISTER = {**AREA, **HOUSEHOLDS, "kind": "register"}
WINDOW = {"first": "2024-11-01", "last": "2025-10-31"}
COMMUNE_WINDOW = {"first": "2024-11-16", "last": "2025-11-15"}


def stage(name: str, **more: Any) -> dict[str, Any]:
    fields = {"stage": name, "standard_version": "circular_124_2021", "window": WINDOW}
    return {**AREA, **fields, **more}


def notices(log: Log, type: str, unit: str, **fields: Any) -> list[str]:
    decision = log.when(type, unit, **fields)
    assert isinstance(decision, Accepted), decision
    return [notice.code for notice in decision.notices]


def registered(log: Log, unit: str = "p8", **more: Any) -> Record:
    return log.at("2025-02-10").given("EmulationRegistered", unit, **{**REGISTER, **more})


def judged(log: Log) -> None:
    """Registered, self-assessed and judged by the council."""
    registered(log)
    log.at("2025-11-03").given("StandardDecided", "p8", **stage("self_assessed"))
    log.at("2025-11-05").given("StandardDecided", "p8", **stage("council"))


def rule(log: Log, kind: str, params: dict[str, Any], unit: str = "centre") -> Record:
    return log.given(
        "RuleDefined",
        unit,
        kind=kind,
        scope={"unit_id": ident(unit)},
        params=params,
        valid_from="2020-01-01",
    )


# Registration


def test_two_senders_of_one_subject_mean_the_same(log: Log) -> None:
    """R66: the unit's police and the Front register the same residential area."""
    first = registered(log)
    expected = subject_year_id(ident("p8"), "residential_area", "kp-03", 2025)
    assert first.aggregate_id == str(expected)
    refusal = log.refused("EmulationRegistered", "p8", org_id=ident("p8 front"), **REGISTER)
    assert (refusal.code, refusal.rule) == ("already-exists", "R66")
    assert first.event_id in refusal.detail.en
    other = {**REGISTER, "subject_code": "kp-04"}
    assert log.given("EmulationRegistered", "p8", **other).aggregate_id != first.aggregate_id


def test_after_the_first_quarter_a_registration_is_taken_with_a_warning(log: Log) -> None:
    log.at("2025-03-31")
    assert notices(log, "EmulationRegistered", "p8", **REGISTER) == []
    log.at("2025-04-01")
    assert notices(log, "EmulationRegistered", "p8", **REGISTER) == ["registered-late"]


def test_a_rule_may_ask_for_registration_earlier(log: Log) -> None:
    """C8: a province may ask earlier than the centre."""
    rule(log, "window", window_params("02-15"), "city")
    log.at("2025-02-16")
    assert notices(log, "EmulationRegistered", "p8", **REGISTER) == ["registered-late"]
    assert notices(log, "EmulationRegistered", "tan ninh", **REGISTER) == []


def window_params(register_by: str = "03-31") -> dict[str, Any]:
    return {
        "subject_category": "residential_area",
        "standard_version": "circular_124_2021",
        "window_start": {"month_day": "12-01", "year_offset": -1},
        "window_end": {"month_day": "11-30", "year_offset": 0},
        "register_by": {"month_day": register_by, "year_offset": 0},
    }


@pytest.mark.parametrize("year", [2024, 2026])
def test_a_registration_falls_into_its_years_window(log: Log, year: int) -> None:
    refusal = log.at("2025-02-10").refused(
        "EmulationRegistered", "p8", **{**REGISTER, "year": year}
    )
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/year")
    assert "Thông tư 124/2021/TT-BCA" in refusal.detail.vi


def test_a_schools_window_by_the_old_circular_is_its_school_year(log: Log) -> None:
    school = {"category": "school", "subject_code": "th-01", "year": 2019, "kind": "register"}
    assert notices(log, "EmulationRegistered", "p8", **school, occurred_on="2020-01-15") == [
        "registered-late"
    ]


def test_who_registers_a_subject(log: Log) -> None:
    log.at("2025-02-10")
    there = {**REGISTER, "subject_unit_id": ident("p8")}
    refusal = log.refused("EmulationRegistered", "p7", **there)
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/unit_id")
    unknown = {**REGISTER, "subject_unit_id": ident("nowhere")}
    assert log.refused("EmulationRegistered", "p8", **unknown).code == "unknown-unit"
    by_district = log.given("EmulationRegistered", "quan 5", **there)
    assert log.refused("EmulationRegistered", "p8", **REGISTER).code == "already-exists"
    assert by_district.data["subject_unit_id"] == ident("p8")


def test_a_commune_is_a_commune(log: Log) -> None:
    commune = {"category": "commune", "year": 2025, "kind": "register"}
    log.at("2025-02-10").given("EmulationRegistered", "p8", **commune)
    refusal = log.refused("EmulationRegistered", "quan 5", **commune)
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/subject_unit_id")


def test_an_identity_is_never_chosen(log: Log) -> None:
    refusal = log.at("2025-02-10").refused("EmulationRegistered", "p8", about="mine", **REGISTER)
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")


def test_launches_are_things_of_their_own(log: Log) -> None:
    """R47: two movements may be launched among workers in one year."""
    launch = {"category": "enterprise", "year": 2025, "kind": "launch"}
    log.at("2025-05-02").given("EmulationRegistered", "p8", about="one", **launch)
    log.given("EmulationRegistered", "p8", about="two", **launch)
    refusal = log.refused("EmulationRegistered", "p8", about="one", **launch)
    assert (refusal.code, refusal.rule) == ("already-exists", "R47")


def test_a_correction_does_not_move_a_registration_to_another_year(log: Log) -> None:
    record = registered(log)
    refusal = log.refused(
        "EventCorrected",
        "p8",
        about=record.aggregate_id,
        target_event_id=record.event_id,
        replacement={**record.data, "year": 2024},
        reason="typing_error",
    )
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"households": None}, "households_pair"),
        ({"households": None, "households_committed": None}, "households_missing"),
        ({"households_committed": 241}, "households_committed"),
        ({"subject_code": None}, "subject_code_missing"),
        ({"category": "commune"}, "subject_code_of_commune"),
        ({"kind": "party"}, "enum"),
        ({"subject_code": "Bà Ba"}, "string_pattern_mismatch"),
        ({"year": 1899}, "greater_than_equal"),
    ],
)
def test_what_a_registration_may_not_say(log: Log, fields: dict[str, Any], code: str) -> None:
    data = registered(log).data
    wrong = {k: v for k, v in {**data, **fields}.items() if v is not None}
    errors = parse_body("EmulationRegistered", 1, wrong)
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


# The standard


def test_stages_follow_one_another(log: Log) -> None:
    """R70: self-assessed, judged, recognised by the district, revoked."""
    judged(log)
    there = {"subject_unit_id": ident("p8")}
    log.at("2025-11-20")
    record = log.given(
        "StandardDecided", "quan 5", **stage("recognised", certificate_no="21 /QĐ", **there)
    )
    assert fold(log.effective(record.aggregate_id)).recognised
    log.at("2026-01-10").given("StandardDecided", "quan 5", **stage("revoked", **there))
    state = fold(log.effective(record.aggregate_id))
    assert not state.recognised
    assert [state.steps[step].day for step in ("recognised", "revoked")] == [
        day("2025-11-20"),
        day("2026-01-10"),
    ]
    assert state.steps["recognised"].certificate_no == "21 /QĐ"
    assert (state.households, state.households_committed) == (240, 231)


def test_recognised_without_registration_is_refused(log: Log) -> None:
    log.at("2025-11-05")
    refusal = log.refused("StandardDecided", "p8", **stage("self_assessed"))
    assert (refusal.code, refusal.field, refusal.rule) == (
        "not-in-that-state",
        "/data/stage",
        "R70",
    )
    registered(log)
    log.at("2025-11-05")
    early = log.refused("StandardDecided", "p8", **stage("self_assessed", occurred_on="2025-02-09"))
    assert early.code == "not-in-that-state"
    log.given("StandardDecided", "p8", **stage("self_assessed"))


@pytest.mark.parametrize("name", ["council", "recognised", "refused", "revoked"])
def test_no_stage_is_skipped(log: Log, name: str) -> None:
    registered(log)
    refusal = log.at("2025-11-20").refused("StandardDecided", "p8", **stage(name))
    assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/stage")


def test_no_stage_comes_twice_nor_before_the_one_before(log: Log) -> None:
    judged(log)
    log.at("2025-11-20")
    assert log.refused("StandardDecided", "p8", **stage("council")).code == "not-in-that-state"
    early = log.refused("StandardDecided", "p8", **stage("refused", occurred_on="2025-11-04"))
    assert (early.code, early.field) == ("invalid-field", "/data/occurred_on")
    log.given("StandardDecided", "p8", **stage("refused"))
    for name in ("recognised", "refused", "self_assessed", "revoked"):
        assert log.refused("StandardDecided", "p8", **stage(name)).code == "not-in-that-state"


@pytest.mark.parametrize(
    ("fields", "field", "named"),
    [
        ({"window": COMMUNE_WINDOW}, "/data/window", "124/2021"),
        (
            {
                "standard_version": "circular_23_2012",
                "window": {"first": "2024-10-31", "last": "2025-10-31"},
            },
            "/data/standard_version",
            "2022-02-10",
        ),
        (
            {"window": {"first": "2020-11-01", "last": "2021-10-31"}, "year": 2021},
            "/data/standard_version",
            "2022-02-10",
        ),
        (
            {
                "standard_version": "circular_23_2012",
                "window": {"first": "2020-11-30", "last": "2021-11-30"},
                "year": 2021,
            },
            "/data/window",
            "23/2012",
        ),
        ({"occurred_on": "2024-10-31"}, "/data/occurred_on", "2024-11-01"),
    ],
)
def test_the_window_is_that_of_the_circular(
    log: Log, fields: dict[str, Any], field: str, named: str
) -> None:
    """R09; facts: Circular 124/2021 since 10/2/2022, Circular 23/2012 before it."""
    log.at("2025-11-05")
    refusal = log.refused("StandardDecided", "p8", **stage("self_assessed", **fields))
    assert (refusal.code, refusal.field, refusal.rule) == ("invalid-field", field, "R09")
    assert named in refusal.detail.en


def test_the_window_of_a_rule_goes_before_the_circulars(log: Log) -> None:
    recorded = rule(log, "window", window_params())
    registered(log)
    log.at("2025-12-02")
    refusal = log.refused("StandardDecided", "p8", **stage("self_assessed"))
    assert refusal.field == "/data/window"
    assert recorded.aggregate_id in refusal.detail.vi
    ruled = {"window": {"first": "2024-12-01", "last": "2025-11-30"}}
    log.given("StandardDecided", "p8", **stage("self_assessed", **ruled))


def test_a_rule_says_which_circular(log: Log) -> None:
    rule(
        log,
        "window",
        {**window_params(), "standard_version": "circular_23_2012"},
    )
    straddling = {"window": {"first": "2021-12-01", "last": "2022-11-30"}, "year": 2022}
    refusal = log.at("2022-12-02").refused(
        "StandardDecided", "p8", **stage("self_assessed", **straddling)
    )
    assert refusal.field == "/data/standard_version"


def test_a_commune_does_not_recognise_itself(log: Log) -> None:
    commune = {"category": "commune", "year": 2025}
    log.at("2025-02-10").given("EmulationRegistered", "p8", **commune, kind="register")
    fields = {
        **commune,
        "standard_version": "circular_124_2021",
        "window": COMMUNE_WINDOW,
    }
    log.at("2025-11-20")
    log.given("StandardDecided", "p8", **fields, stage="self_assessed")
    log.given("StandardDecided", "p8", **fields, stage="council")
    refusal = log.refused("StandardDecided", "p8", **fields, stage="recognised")
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/unit_id")
    there = {**fields, "subject_unit_id": ident("p8")}
    log.given("StandardDecided", "quan 5", **there, stage="recognised")


def test_a_rule_names_the_competent_authority(log: Log) -> None:
    judged(log)
    recorded = rule(
        log,
        "authority",
        {
            "matter": "standard",
            "subject_category": "residential_area",
            "competent_level": "district",
            "competent_organisation": "police",
        },
    )
    log.at("2025-11-20")
    refusal = log.refused("StandardDecided", "p8", **stage("recognised"))
    assert (refusal.code, refusal.field) == ("organisation-not-allowed", "/data/org_id")
    assert recorded.aggregate_id in refusal.detail.en
    there = stage("recognised", subject_unit_id=ident("p8"))
    front = log.refused("StandardDecided", "quan 5", org_id=ident("quan 5 front"), **there)
    assert front.field == "/data/org_id"
    log.given("StandardDecided", "quan 5", **there)


def test_a_recognition_that_looks_wrong_is_taken_with_a_warning(log: Log) -> None:
    registered(log)
    log.at("2025-10-20").given("StandardDecided", "p8", **stage("self_assessed"))
    log.given("StandardDecided", "p8", **stage("council"))
    criteria = [{"code": "order", "met": True}, {"code": "tips", "met": False}]
    assert notices(log, "StandardDecided", "p8", **stage("recognised", criteria=criteria)) == [
        "recognised-early",
        "criteria-unmet",
    ]
    log.at("2025-11-02")
    assert notices(log, "StandardDecided", "p8", **stage("recognised")) == []


def test_a_successor_goes_on_with_the_subject(log: Log) -> None:
    """Storyline 3 and 14: registered by an old ward, recognised by the ward that took its place."""
    registered(log)
    log.at("2025-07-02").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{
            "from": [{"unit_id": ident("p8"), "share": "full"}],
            "to": [{"unit_id": ident("p7")}],
        },
        effective_on="2025-07-01",
    )
    log.at("2025-11-05")
    there = stage("self_assessed", subject_unit_id=ident("p8"))
    log.given("StandardDecided", "p7", **there)
    assert log.refused("StandardDecided", "p12", **there).code == "organisation-not-allowed"
    late = {**REGISTER, "subject_unit_id": ident("p8"), "subject_code": "kp-09"}
    refusal = log.refused("EmulationRegistered", "p7", **late, occurred_on="2025-10-30")
    assert (refusal.code, refusal.field) == ("unit-not-active", "/data/subject_unit_id")


def test_a_registration_that_a_recognition_rests_on_is_not_retracted(log: Log) -> None:
    record = registered(log)
    log.at("2025-11-03").given("StandardDecided", "p8", **stage("self_assessed"))
    refusal = log.refused(
        "EventRetracted",
        "p8",
        about=record.aggregate_id,
        target_event_id=record.event_id,
        reason="never_happened",
    )
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R70")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"certificate_no": "21 /QĐ"}, "certificate_no"),
        ({"window": {"first": "2025-10-31", "last": "2024-11-01"}}, "window_order"),
        ({"criteria": [{"code": "a", "met": True}] * 2}, "repeated"),
        ({"criteria": [{"code": "a", "met": "yes"}]}, "bool_type"),
    ],
)
def test_what_a_decision_may_not_say(log: Log, fields: dict[str, Any], code: str) -> None:
    registered(log)
    data = log.at("2025-11-03").draft("StandardDecided", "p8", **stage("self_assessed")).body
    errors = parse_body("StandardDecided", 1, {**data.to_data(), **fields})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


# The classification


def classify(**more: Any) -> dict[str, Any]:
    return {
        "category": "commune",
        "subject_unit_id": ident("p8"),
        "year": 2025,
        "classification": "good",
        **more,
    }


def test_a_commune_is_classified_by_a_superior_once_a_year(log: Log) -> None:
    """R122."""
    log.at("2025-12-20")
    own = log.refused("MovementClassified", "p8", **classify())
    assert (own.code, own.field) == ("organisation-not-allowed", "/data/unit_id")
    record = log.given("MovementClassified", "quan 5", **classify(score=82))
    again = log.refused("MovementClassified", "city", **classify(classification="weak"))
    assert (again.code, again.rule) == ("already-exists", "R122")
    state = fold(log.effective(record.aggregate_id))
    assert (state.classification, state.score) == ("good", 82)


def test_a_year_that_has_not_begun_is_not_classified(log: Log) -> None:
    refusal = log.at("2025-12-20").refused("MovementClassified", "quan 5", **classify(year=2026))
    assert (refusal.code, refusal.field) == ("invalid-field", "/data/year")


def test_an_authority_of_a_matter_holds_for_all_categories(log: Log) -> None:
    rule(log, "authority", {"matter": "classification", "competent_level": "province"})
    log.at("2025-12-20")
    assert log.refused("MovementClassified", "quan 5", **classify()).field == "/data/org_id"
    log.given("MovementClassified", "city", **classify())


# Order


def _whole_year() -> list[Record]:
    log = setting()
    judged(log)
    there = {"subject_unit_id": ident("p8")}
    log.at("2025-11-20").given("StandardDecided", "quan 5", **stage("recognised", **there))
    log.given("StandardDecided", "quan 5", **stage("revoked", **there))
    return [r for r in log.records if r.data.get("subject_code") == "kp-03"]


YEAR = _whole_year()


@given(st.permutations(YEAR))
def test_a_year_is_the_same_in_whatever_order_it_arrives(records: list[Record]) -> None:
    assert fold(records) == fold(YEAR)
    assert set(fold(records).steps) == {"self_assessed", "council", "recognised", "revoked"}


def test_a_revocation_of_what_was_refused_elsewhere_counts_for_nothing() -> None:
    without = [record for record in YEAR if record.data.get("stage") != "recognised"]
    assert set(fold(without).steps) == {"self_assessed", "council"}


def test_of_a_recognition_and_a_refusal_the_first_counts() -> None:
    recognised = next(record for record in YEAR if record.data.get("stage") == "recognised")
    refused = recognised._replace(
        event_id=ident("refused"),
        recorded_at="2025-11-19T00:00:00.000000Z",
        data={**recognised.data, "stage": "refused"},
    )
    assert set(fold([*YEAR, refused]).steps) == {"self_assessed", "council", "refused"}
