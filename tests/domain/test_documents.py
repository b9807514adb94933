"""Documents: numbers, issue, acknowledgement, tasks (R01, R42, R78, R80, R81, R84)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.document_state import TaskState, fold
from domain.documents import DocumentKind, DocumentNumber, read_number
from domain.events import Record
from domain.parse import parse_body
from tests.domain.scenario import Log, ident, org, setting


def issued(**more: Any) -> dict[str, Any]:
    return {
        "about": "document",
        "kind": "plan",
        "number_raw": "279/KH-MTTW-BCA",
        "issuers": [ident("quan 5 police")],
        "issued_on": "2024-12-16",
        "recipients": [
            {"org_id": ident("p8 police"), "purpose": "action"},
            {"org_id": ident("p8 front"), "purpose": "information"},
        ],
        "tasks": [
            {"org_id": ident("p8 police"), "due_on": "2025-01-31"},
            {"org_id": ident("p8 front")},
        ],
        **more,
    }


def programme(**more: Any) -> dict[str, Any]:
    return issued(
        **{
            "kind": "programme",
            "number_raw": "13 /CTrPH-CA-MTTQ",
            "issuers": [ident("quan 5 police"), ident("quan 5 front")],
            "consent": {"org_id": ident("quan 5 party_committee"), "given_on": "2024-12-10"},
            **more,
        }
    )


def received(at: str = "2024-12-16T08:30:00+07:00", **more: Any) -> dict[str, Any]:
    return {"about": "document", "received_at": at, **more}


def progress(task_id: str, state: str, **more: Any) -> dict[str, Any]:
    return {"about": "document", "task_id": task_id, "state": state, **more}


FRONT = {"org_id": ident("p8 front")}


# Numbers


@pytest.mark.parametrize(
    ("raw", "number", "kind"),
    [
        ("279/KH-MTTW-BCA", (279, None, "KH", ("MTTW", "BCA")), DocumentKind.PLAN),
        ("157-KH/TU", (157, None, "KH", ("TU",)), DocumentKind.PLAN),
        ("13 /CTrPH-CA-MTTQ", (13, None, "CTrPH", ("CA", "MTTQ")), DocumentKind.PROGRAMME),
        ("Số:  05/KH-MTTQ-BTT", (5, None, "KH", ("MTTQ", "BTT")), DocumentKind.PLAN),
        ("03/QCPH-MTTQ-CA", (3, None, "QCPH", ("MTTQ", "CA")), DocumentKind.REGULATION),
        ("15/CTR-CA-MTTQ", (15, None, "CTR", ("CA", "MTTQ")), DocumentKind.PROGRAMME),
        ("01/NQLT/CP-MTTW", (1, None, "NQLT", ("CP", "MTTW")), DocumentKind.JOINT_RESOLUTION),
        ("510/QĐ-BCA-V05", (510, None, "QĐ", ("BCA", "V05")), DocumentKind.DECISION),
        ("22 / HD – BCA - V05", None, None),
        ("23/2012/TT-BCA", (23, 2012, "TT", ("BCA",)), None),
        ("44-KL/TW", (44, None, "KL", ("TW",)), None),
        ("12", (12, None, None, ()), None),
    ],
)
def test_numbers_of_the_documents_are_read(
    raw: str, number: tuple[Any, ...] | None, kind: DocumentKind | None
) -> None:
    found = read_number(raw)
    if number is None:
        assert found == DocumentNumber(22, None, "HD", ("BCA", "V05"))
    else:
        assert found == DocumentNumber(*number)
        assert found.kind is kind


@pytest.mark.parametrize("raw", ["không số", "/KH-UBND", "3/2024", "Số: /KH", "KH 279", "1/" * 150])
def test_what_is_no_number_is_none(raw: str) -> None:
    assert read_number(raw) is None


@given(st.text(max_size=300))
def test_any_text_is_a_number_or_not(raw: str) -> None:
    found = read_number(raw)
    assert found is None or found.number >= 0


# Issue


@pytest.mark.parametrize(
    ("fields", "notices"),
    [
        ({}, []),
        ({"number_raw": None}, []),
        ({"number_raw": "44-KL/TW"}, []),
        ({"number_raw": "không số"}, ["number-not-read"]),
        ({"number_raw": "279/QĐ-BCA"}, ["number-of-another-kind"]),
    ],
)
def test_a_number_that_says_otherwise_is_noticed(
    log: Log, fields: dict[str, Any], notices: list[str]
) -> None:
    decision = log.when("DocumentIssued", "quan 5", **{**issued(), **fields})
    assert isinstance(decision, Accepted)
    assert [notice.code for notice in decision.notices] == notices


def test_a_programme_is_signed_by_two_with_the_consent_of_its_level(log: Log) -> None:
    refusal = log.refused("DocumentIssued", "quan 5", **programme())
    assert (refusal.code, refusal.field) == ("unknown-organisation", "/data/consent/org_id")
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("quan 5", "party_committee"), org("city", "party_committee")],
        effective_on="1990-01-01",
    )
    above = {"org_id": ident("city party_committee"), "given_on": "2024-12-10"}
    refusal = log.refused("DocumentIssued", "quan 5", **programme(consent=above))
    assert (refusal.code, refusal.field) == ("unknown-organisation", "/data/consent/org_id")
    log.given("DocumentIssued", "quan 5", **programme())


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"issuers": [ident("quan 5 police")]}, "/data", "programme_signers"),
        ({"issuers": [ident("quan 5 police")] * 2}, "/data/issuers", "repeated"),
        ({"issuers": []}, "/data/issuers", "too_short"),
        ({"consent": None}, "/data", "programme_consent"),
        (
            {"consent": {"org_id": ident("x"), "given_on": "2024-12-17"}},
            "/data",
            "consent_day",
        ),
        (
            {"consent": {"org_id": ident("quan 5 front"), "given_on": "2024-12-10"}},
            "/data",
            "consent_of_a_signer",
        ),
        (
            {"validity": {"valid_from": "2024-01-02", "valid_to": "2024-01-01"}},
            "/data/validity",
            "validity",
        ),
        ({"tasks": [{"org_id": ident("x"), "due_on": "2024-12-15"}]}, "/data", "task_due"),
        (
            {"tasks": [{"org_id": ident("x"), "task_id": "1"}, {"org_id": ident("x")}]},
            "/data/tasks",
            "task_ids",
        ),
        (
            {"tasks": [{"org_id": ident("x"), "task_id": "1"}] * 2},
            "/data/tasks",
            "repeated",
        ),
        (
            {
                "recipients": [
                    {"org_id": ident("x"), "purpose": purpose} for purpose in ("action", "archive")
                ]
            },
            "/data/recipients",
            "repeated",
        ),
        ({"basis": [{}]}, "/data/basis/0", "document_link"),
        ({"supersedes": {"issuer": "Công an tỉnh"}}, "/data/supersedes", "document_link"),
        ({"signer": "A"}, "/data/signer", "extra_forbidden"),
    ],
)
def test_what_a_programme_may_not_be(
    log: Log, fields: dict[str, Any], pointer: str, code: str
) -> None:
    data = log.draft("DocumentIssued", "quan 5", **programme()).body.to_data()
    errors = parse_body("DocumentIssued", 1, {**data, **fields})
    assert isinstance(errors, list)
    assert [(error.pointer, error.code) for error in errors] == [(pointer, code)]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"issued_on": "2024-12-17"}, "date-in-future", "/data/issued_on"),
        ({"issuers": [ident("nobody")]}, "unknown-organisation", "/data/issuers/0"),
        ({"issuers": [ident("city police")]}, "organisation-not-allowed", "/data/issuers"),
        (
            {"recipients": [{"org_id": ident("nobody"), "purpose": "report"}]},
            "unknown-organisation",
            "/data/recipients/0/org_id",
        ),
        (
            {"tasks": [{"org_id": ident("nobody")}]},
            "unknown-organisation",
            "/data/tasks/0/org_id",
        ),
        (
            {"supersedes": {"document_id": ident("document")}},
            "invalid-field",
            "/data/supersedes/document_id",
        ),
        (
            {"in_reply_to": {"document_id": ident("document")}},
            "invalid-field",
            "/data/in_reply_to/document_id",
        ),
        (
            {"issued_on": "1989-12-31", "tasks": []},
            "organisation-not-active",
            "/data/issuers/0",
        ),
    ],
)
def test_who_issues_receives_and_acts_exists(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    refusal = log.refused("DocumentIssued", "quan 5", **issued(**fields))
    assert (refusal.code, refusal.field) == (code, field)


def test_what_a_document_points_to_need_not_be_here(log: Log) -> None:
    log.given(
        "DocumentIssued",
        "quan 5",
        **issued(
            basis=[{"number_raw": "44-KL/TW"}, {"document_id": ident("of the centre")}],
            supersedes={"number_raw": "15/CTR-CA-MTTQ", "issued_on": "2014-05-12"},
            in_reply_to={"document_id": ident("of the city")},
        ),
    )


def test_a_document_is_issued_once(log: Log) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    assert log.refused("DocumentIssued", "quan 5", **issued()).code == "already-exists"


# Acknowledgement


def test_each_recipient_acknowledges_once(log: Log) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    first = log.given("DocumentAcknowledged", "p8", **received())
    log.given("DocumentAcknowledged", "p8", **received(**FRONT))
    refusal = log.refused("DocumentAcknowledged", "p8", **received())
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R78")
    assert first.event_id in refusal.detail.vi
    state = fold(log.effective("document"))
    assert state is not None
    assert set(state.acknowledged) == {ident("p8 police"), ident("p8 front")}
    assert state.acknowledged[ident("p8 police")].received_at == "2024-12-16T01:30:00Z"
    log.given(
        "EventRetracted",
        "p8",
        about="document",
        target_event_id=first.event_id,
        reason="never_happened",
    )
    log.given("DocumentAcknowledged", "p8", **received())


@pytest.mark.parametrize(
    ("unit", "fields", "code", "field"),
    [
        ("p7", {}, "organisation-not-allowed", "/data/org_id"),
        ("p8", {"about": "another"}, "no-such-record", "/aggregate_id"),
        ("p8", {"received_at": "2024-12-16T09:00:01+07:00"}, "", ""),
        ("p8", {"received_at": "2024-12-16T09:05:00+07:00"}, "date-in-future", "/data/received_at"),
        (
            "p8",
            {"received_at": "2024-12-15T08:00:00+07:00", "occurred_on": "2024-12-15"},
            "invalid-field",
            "/data/occurred_on",
        ),
    ],
)
def test_who_acknowledges_and_when(
    log: Log, unit: str, fields: dict[str, Any], code: str, field: str
) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    if not code:
        log.given("DocumentAcknowledged", unit, **{**received(), **fields})
        return
    refusal = log.refused("DocumentAcknowledged", unit, **{**received(), **fields})
    assert (refusal.code, refusal.field) == (code, field)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2024-12-16T08:30:00", "moment_form"),
        ("2024-12-16", "moment_form"),
        (1_734_312_600, "moment_form"),
        ("2024-12-15T23:59:59+07:00", "received_at"),
        ("2024-12-16T17:00:00Z", "received_at"),
        ("2024-12-16T99:00:00Z", "datetime_from_date_parsing"),
    ],
)
def test_the_moment_says_its_zone_and_is_on_its_day(log: Log, at: Any, code: str) -> None:
    data = log.draft("DocumentAcknowledged", "p8", **received()).body.to_data()
    errors = parse_body("DocumentAcknowledged", 1, {**data, "received_at": at})
    assert isinstance(errors, list)
    assert [error.code for error in errors] == [code]


def test_one_moment_in_two_zones_is_one_record(log: Log) -> None:
    here = log.draft("DocumentAcknowledged", "p8", **received("2024-12-16T08:30:00+07:00"))
    there = log.draft("DocumentAcknowledged", "p8", **received("2024-12-16T01:30:00Z"))
    assert here.body.to_data() == there.body.to_data()


def police_succeeded(log: Log) -> None:
    """On 17/12 the front of Phường 8 takes the place of its police (for the test's sake)."""
    log.at("2024-12-17").given(
        "OrganisationChanged",
        "centre",
        kind="merged",
        organisations=[{"org_id": ident("p8 police"), "unit_id": ident("p8")}],
        successor_org_id=ident("p8 front"),
        effective_on="2024-12-17",
    )


def test_a_successor_acknowledges_in_its_predecessors_place(log: Log) -> None:
    only_police = [{"org_id": ident("p8 police"), "purpose": "action"}]
    log.given("DocumentIssued", "quan 5", **issued(recipients=only_police, tasks=[]))
    police_succeeded(log)
    log.given("DocumentAcknowledged", "p8", **received("2024-12-17T08:00:00+07:00", **FRONT))


def test_what_the_predecessor_acknowledged_stays_acknowledged(log: Log) -> None:
    only_police = [{"org_id": ident("p8 police"), "purpose": "action"}]
    log.given("DocumentIssued", "quan 5", **issued(recipients=only_police, tasks=[]))
    log.given("DocumentAcknowledged", "p8", **received())
    police_succeeded(log)
    refusal = log.refused(
        "DocumentAcknowledged", "p8", **received("2024-12-17T08:00:00+07:00", **FRONT)
    )
    assert refusal.code == "not-in-that-state"


# Tasks


def test_tasks_without_a_name_are_numbered(log: Log) -> None:
    record = log.given("DocumentIssued", "quan 5", **issued())
    assert [task["task_id"] for task in record.data["tasks"]] == ["1", "2"]
    named = log.given(
        "DocumentIssued",
        "quan 5",
        **issued(about="b", tasks=[{"task_id": "iii.2", "org_id": ident("p8 police")}]),
    )
    assert [task["task_id"] for task in named.data["tasks"]] == ["iii.2"]


def test_done_is_final_until_it_is_retracted(log: Log) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    for state in ("doing", "blocked", "doing"):
        log.given("TaskProgressed", "p8", **progress("1", state))
    done = log.given("TaskProgressed", "p8", **progress("1", "done"))
    for state in ("doing", "done"):
        refusal = log.refused("TaskProgressed", "p8", **progress("1", state))
        assert (refusal.code, refusal.field) == ("not-in-that-state", "/data/task_id")
        assert done.event_id in refusal.detail.en
    log.given("TaskProgressed", "p8", **progress("2", "doing", **FRONT))
    log.given(
        "EventRetracted",
        "p8",
        about="document",
        target_event_id=done.event_id,
        reason="never_happened",
    )
    log.given("TaskProgressed", "p8", **progress("1", "blocked"))


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        (progress("3", "doing"), "no-such-record", "/data/task_id"),
        (progress("2", "doing"), "organisation-not-allowed", "/data/org_id"),
        ({**progress("1", "doing"), "about": "another"}, "no-such-record", "/aggregate_id"),
        (
            progress("1", "doing", occurred_on="2024-12-15"),
            "invalid-field",
            "/data/occurred_on",
        ),
    ],
)
def test_only_whom_a_task_was_given_to_tells_of_it(
    log: Log, fields: dict[str, Any], code: str, field: str
) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    refusal = log.refused("TaskProgressed", "p8", **fields)
    assert (refusal.code, refusal.field) == (code, field)


def test_a_successor_tells_of_its_predecessors_tasks(log: Log) -> None:
    log.given("DocumentIssued", "quan 5", **issued())
    police_succeeded(log)
    log.given("TaskProgressed", "p8", **progress("1", "done", **FRONT))


def test_a_correction_may_not_take_away_a_task_that_was_told_of(log: Log) -> None:
    document = log.given("DocumentIssued", "quan 5", **issued())
    log.given("TaskProgressed", "p8", **progress("2", "doing", **FRONT))
    replacement = {**document.data, "tasks": document.data["tasks"][:1]}
    refusal = log.refused(
        "EventCorrected",
        "quan 5",
        about="document",
        target_event_id=document.event_id,
        replacement=replacement,
        reason="typing_error",
    )
    assert (refusal.code, refusal.rule) == ("not-in-that-state", "R42")


# Folding


def _history() -> list[Record]:
    log = setting().at("2024-12-16")
    log.given("DocumentIssued", "quan 5", **issued())
    log.given("DocumentAcknowledged", "p8", **received())
    log.given("TaskProgressed", "p8", **progress("1", "doing"))
    log.at("2024-12-18")
    log.given("TaskProgressed", "p8", **progress("1", "blocked", occurred_on="2024-12-17"))
    log.given("TaskProgressed", "p8", **progress("2", "blocked", **FRONT))
    log.given("TaskProgressed", "p8", **progress("2", "doing", occurred_on="2024-12-17", **FRONT))
    return log.effective("document")


HISTORY = _history()


@given(st.permutations(HISTORY))
def test_the_order_of_arrival_does_not_matter(arrived: list[Record]) -> None:
    assert fold(arrived) == fold(HISTORY)


def test_a_tasks_state_is_the_last_by_day() -> None:
    state = fold(HISTORY)
    assert state is not None
    assert {t.task_id: (t.state, str(t.since)) for t in state.tasks.values()} == {
        "1": (TaskState.BLOCKED, "2024-12-17"),
        "2": (TaskState.BLOCKED, "2024-12-18"),
    }


def test_done_holds_though_a_later_day_says_otherwise() -> None:
    """Two seats of a unit, unaware of each other, may both have been accepted."""
    doing = next(r for r in HISTORY if r.data.get("state") == "blocked")
    early = {**doing.data, "state": "done", "occurred_on": "2024-12-16"}
    done = doing._replace(event_id="done", origin="other", data=early)
    for order in ([*HISTORY, done], [done, *reversed(HISTORY)]):
        state = fold(order)
        assert state is not None
        assert state.tasks[doing.data["task_id"]].state is TaskState.DONE


def test_without_its_issue_there_is_no_document() -> None:
    assert fold(HISTORY[1:]) is None
