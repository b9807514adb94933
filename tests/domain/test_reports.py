"""Reports: versions, returns, acceptances, and the measures of F2."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decisions import Accepted
from domain.events import Record
from domain.parse import parse_body
from domain.report_state import fold, status
from domain.reports import report_id
from tests.domain.scenario import Log, day, ident


@pytest.fixture
def log(log: Log) -> Log:
    """At 13/6/2025, the day Phường 8 may send its half-year report."""
    return log.at("2025-06-13")


def half_year(version: int = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "half_year", "period": "2025-H1", "report_version": version, **more}


def returning(report: Record, **more: Any) -> dict[str, Any]:
    return {
        "about": report.aggregate_id,
        "report_digest": report.digest,
        "reasons": ["missing_member_evaluation", "figures_differ"],
        "resubmit_by": "2025-06-18",
        **more,
    }


def accepting(report: Record, role: str = "district_committee", **more: Any) -> dict[str, Any]:
    return {
        "about": report.aggregate_id,
        "report_digest": report.digest,
        "receiver_role": role,
        **more,
    }


def test_returned_then_accepted(log: Log) -> None:
    """Storyline 8: sent on 13/6, returned on 14/6, version 2 on 16/6 accepted."""
    first = log.given("ReportSubmitted", "p8", **half_year(figures={"points": 6}))
    assert first.aggregate_id == str(report_id(ident("p8"), "half_year", "2025-H1"))
    log.at("2025-06-14").given("ReportReturned", "quan 5", **returning(first))
    second = log.at("2025-06-16").given(
        "ReportSubmitted", "p8", **half_year(2, figures={"points": 7})
    )
    log.given("ReportAccepted", "quan 5", **accepting(second))
    state = fold(log.effective(first.aggregate_id))
    assert state is not None
    assert [(v.number, v.submitted_on, v.returned_on, dict(v.figures)) for v in state.versions] == [
        (1, day("2025-06-13"), day("2025-06-14"), {"points": 6}),
        (2, day("2025-06-16"), None, {"points": 7}),
    ]
    measures = status(state)
    assert measures.first_submitted_on == day("2025-06-13")
    assert measures.accepted == {"district_committee": day("2025-06-16")}
    assert measures.accepted_on == day("2025-06-16")
    assert (measures.first_pass, measures.returns, measures.latest_version) == (False, 1, 2)


def test_a_report_that_nobody_answered_yet_has_not_passed(log: Log) -> None:
    report = log.given("ReportSubmitted", "p8", **half_year())
    state = fold(log.effective(report.aggregate_id))
    assert state is not None
    measures = status(state)
    assert (measures.first_pass, measures.accepted_on, measures.returns) == (False, None, 0)


def test_two_addressees_give_two_receipts(log: Log) -> None:
    """R56: V05 on 19/6, the Front's department on 23/6."""
    report = log.at("2025-06-18").given("ReportSubmitted", "city", **half_year())
    log.at("2025-06-19").given("ReportAccepted", "centre", **accepting(report, "v05"))
    assert log.refused("ReportAccepted", "centre", **accepting(report, "v05")).code == (
        "not-in-that-state"
    )
    log.at("2025-06-23").given(
        "ReportAccepted", "centre", **accepting(report, "front_movement_department")
    )
    state = fold(log.effective(report.aggregate_id))
    assert state is not None
    assert status(state).first_pass
    assert status(state).accepted == {
        "v05": day("2025-06-19"),
        "front_movement_department": day("2025-06-23"),
    }


def test_a_version_that_was_not_returned_is_replaced_by_name_only(log: Log) -> None:
    first = log.given("ReportSubmitted", "p8", **half_year())
    assert log.refused("ReportSubmitted", "p8", **half_year(2)).code == "not-in-that-state"
    wrong = log.refused("ReportSubmitted", "p8", **half_year(2, supersedes="sha256:" + "0" * 64))
    assert wrong.code == "version-conflict"
    log.given("ReportSubmitted", "p8", **half_year(2, supersedes=first.digest))
    old = log.refused("ReportReturned", "quan 5", **returning(first))
    assert (old.code, old.field) == ("not-in-that-state", "/data/report_digest")


@pytest.mark.parametrize("version", [1, 3])
def test_versions_follow_one_another(log: Log, version: int) -> None:
    first = log.given("ReportSubmitted", "p8", **half_year())
    log.given("ReportReturned", "quan 5", **returning(first))
    refusal = log.refused("ReportSubmitted", "p8", **half_year(version))
    assert (refusal.code, refusal.field) == ("version-conflict", "/data/report_version")
    assert log.refused("ReportSubmitted", "p7", **half_year(2)).code == "version-conflict"


def test_one_period_has_one_report(log: Log) -> None:
    refusal = log.refused("ReportSubmitted", "p8", about="another", **half_year())
    assert (refusal.code, refusal.field) == ("invalid-field", "/aggregate_id")
    log.given(
        "ReportSubmitted", "p8", about="theme", kind="thematic", period="2025", report_version=1
    )
    other = log.refused(
        "ReportSubmitted",
        "p8",
        about="theme",
        kind="exemplar",
        period="2025",
        report_version=2,
    )
    assert (other.code, other.field) == ("invalid-field", "/data/period")


def test_a_receiver_either_accepts_or_returns_a_version(log: Log) -> None:
    report = log.given("ReportSubmitted", "p8", **half_year())
    log.given("ReportAccepted", "quan 5", **accepting(report))
    assert log.refused("ReportReturned", "quan 5", **returning(report)).code == (
        "not-in-that-state"
    )
    log.given("ReportReturned", "city", **returning(report))
    assert log.refused("ReportAccepted", "city", **accepting(report, "city_committee")).code == (
        "not-in-that-state"
    )
    assert log.refused("ReportReturned", "city", **returning(report)).code == "not-in-that-state"


@pytest.mark.parametrize("type", ["ReportReturned", "ReportAccepted"])
def test_only_a_superior_answers_a_report(log: Log, type: str) -> None:
    report = log.given("ReportSubmitted", "p8", **half_year())
    fields = returning(report) if type == "ReportReturned" else accepting(report)
    assert log.refused(type, "tay ninh", **fields).code == "organisation-not-allowed"
    assert log.refused(type, "p7", **fields).code == "level-not-allowed"
    unknown = {**fields, "report_digest": "sha256:" + "0" * 64}
    assert log.refused(type, "quan 5", **unknown).code == "no-such-record"
    assert log.refused(type, "quan 5", **{**fields, "about": "x"}).code == "no-such-record"


def test_recipients_exist(log: Log) -> None:
    log.given("ReportSubmitted", "p8", **half_year(recipients=[ident("quan 5 police")]))
    refusal = log.refused("ReportSubmitted", "p7", **half_year(recipients=[ident("nobody")]))
    assert (refusal.code, refusal.field) == ("unknown-organisation", "/data/recipients/0")


def test_a_superiors_slow_clock_changes_nothing(log: Log) -> None:
    report = log.given("ReportSubmitted", "p8", **half_year())
    accepted = log.given("ReportAccepted", "quan 5", **accepting(report))
    early = accepted._replace(recorded_at="2025-06-01T00:00:00.000000Z")
    expected, found = fold([report, accepted]), fold([early, report])
    assert expected is not None
    assert found is not None
    assert status(found) == status(expected)
    assert fold([early]) is None


def test_a_successor_answers_for_the_unit_that_ended(log: Log) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("chau thanh")}]},
        effective_on="2025-06-15",
    )
    answering = half_year(answers_for=ident("p8"))
    early = log.refused("ReportSubmitted", "chau thanh", **answering)
    assert (early.code, early.field) == ("organisation-not-allowed", "/data/answers_for")
    log.at("2025-06-16")
    assert log.refused("ReportSubmitted", "p7", **answering).code == "organisation-not-allowed"
    nobody = half_year(answers_for=ident("nobody"))
    assert log.refused("ReportSubmitted", "p7", **nobody).code == "unknown-unit"
    own = log.given("ReportSubmitted", "chau thanh", **half_year())
    other = log.given("ReportSubmitted", "chau thanh", **answering)
    assert other.aggregate_id == str(report_id(ident("p8"), "half_year", "2025-H1"))
    assert own.aggregate_id != other.aggregate_id
    log.given("ReportReturned", "tay ninh", **returning(other))
    second = log.given("ReportSubmitted", "chau thanh", **half_year(2, answers_for=ident("p8")))
    log.given("ReportAccepted", "quan 5", **accepting(second))
    state = fold(log.effective(other.aggregate_id))
    assert state is not None
    assert (state.unit_id, state.latest.unit_id) == (ident("p8"), ident("chau thanh"))


@pytest.mark.parametrize(
    ("type", "fields", "pointer", "code"),
    [
        ("ReportSubmitted", {"period": "2025"}, "/data", "report_period"),
        ("ReportSubmitted", {"kind": "annual"}, "/data", "report_period"),
        ("ReportSubmitted", {"period": "2025-H3"}, "/data/period", "string_pattern_mismatch"),
        (
            "ReportSubmitted",
            {"figures": {"F 5": 1}},
            "/data/figures/F 5",
            "string_pattern_mismatch",
        ),
        ("ReportSubmitted", {"figures": {"f5": 1.5}}, "/data/figures/f5", "int_type"),
        ("ReportSubmitted", {"sections": ["a", "a"]}, "/data/sections", "repeated"),
        (
            "ReportSubmitted",
            {
                "child_reports": [
                    {"report_id": ident("a"), "digest": "sha256:" + c * 64} for c in "01"
                ]
            },
            "/data/child_reports",
            "repeated",
        ),
        ("ReportReturned", {"reasons": []}, "/data/reasons", "too_short"),
        ("ReportReturned", {"reasons": ["late", "late"]}, "/data/reasons", "repeated"),
        ("ReportReturned", {"resubmit_by": "2025-06-12"}, "/data", "resubmit_by"),
        (
            "ReportAccepted",
            {"report_digest": "abc"},
            "/data/report_digest",
            "string_pattern_mismatch",
        ),
    ],
)
def test_what_a_report_may_not_hold(
    log: Log, type: str, fields: dict[str, Any], pointer: str, code: str
) -> None:
    report = log.given("ReportSubmitted", "p8", **half_year())
    good = {
        "ReportSubmitted": half_year(),
        "ReportReturned": returning(report),
        "ReportAccepted": accepting(report),
    }[type]
    data = log.draft(type, "quan 5", **good).body.to_data()
    errors = parse_body(type, 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]


def test_a_section_that_the_template_asks_for_is_told(log: Log) -> None:
    """R07, R29: a next-year section; the receiver decides whether it returns the report."""
    log.given(
        "RuleDefined",
        "centre",
        kind="template",
        scope={"unit_id": ident("centre")},
        params={"template_kind": "half_year", "sections": ["results", "next_year_plan"]},
        valid_from="2021-01-01",
    )

    def told(**fields: Any) -> list[str]:
        decision = log.when("ReportSubmitted", "p8", **half_year(**fields))
        assert isinstance(decision, Accepted)
        return [notice.detail.en for notice in decision.notices]

    (text,) = told(sections=["results"])
    assert "sections next_year_plan are missing" in text
    assert told(sections=["next_year_plan", "more", "results"]) == []
    annual = {"kind": "annual", "period": "2025"}
    assert told(**annual) == []
