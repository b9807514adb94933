"""Obligations listed: what is owed, what met it, and what becomes of it when units change."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.obligation_standing import ObligationState
from services.node.obligations import entries, listed
from services.node.obligations.texts import title
from tests.domain.scenario import Log, ident, new_unit, setting
from tests.domain.test_obligations import due
from tests.domain.test_periods import period_rule
from tests.domain.test_plans import plan_rule
from tests.node.figures import quan5
from tests.node.figures.projected import projected
from tests.node.obligations.owing import ask, cadence_rule, question, review, told


@pytest.fixture
def log() -> Log:
    """Communes meet every month and report half-yearly and yearly; Quận 5's plan before 28/3."""
    log = setting()
    cadence_rule(log, "centre", 1, level="commune")
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    period_rule(log, "centre", "annual", "12-15", "12-14")
    due(log, "centre", "half_year", "06-20")
    due(log, "centre", "annual", "12-20")
    plan_rule(log, "quan 5", "03-28", scope={"level": "commune"})
    return log.at("2024-12-16")


def plan(log: Log, unit: str, on: str, **more: Any) -> str:
    log.at(on)
    return log.given(
        "DocumentIssued",
        unit,
        kind="plan",
        number_raw="05/KH-BCĐ",
        issuers=[ident(f"{unit} police")],
        issued_on=on,
        **more,
    ).event_id


def test_a_wards_year(log: Log) -> None:
    """Twelve meetings, a plan and two reports, by last good day."""
    with projected(log.records) as view:
        found = ask(view, "p8", "2024-12-16")
    assert [title(entry.obligation).vi for entry in found[:4]] == [
        "Họp định kỳ của ban chỉ đạo tháng 1/2025",
        "Họp định kỳ của ban chỉ đạo tháng 2/2025",
        "Kế hoạch năm 2025",
        "Họp định kỳ của ban chỉ đạo tháng 3/2025",
    ]
    assert len(found) == 15
    assert {entry.standing.state for entry in found} == {ObligationState.OPEN}
    titles = [title(entry.obligation).en for entry in found]
    assert [text for text in titles if text.startswith("Report")] == [
        "Report for the first half of 2025",
        "Report for 2025",
    ]


def test_each_is_met_by_its_event(log: Log) -> None:
    held = quan5.meeting(log.at("2025-01-20"), "p8", "2025-01-20")
    issued = plan(log, "p8", "2025-04-02")
    quan5.report(log, "p8", "2025-06-12")
    sent = log.records[-1].event_id
    with projected(log.records) as view:
        found = {
            entry.obligation.period: entry
            for entry in ask(view, "p8", "2025-06-21", due_before="2025-06-30")
        }
    met = {period: entry.met_by.event_id for period, entry in found.items() if entry.met_by}
    assert met == {"2025-01-01/2025-01-31": held, "2025": issued, "2025-H1": sent}
    assert found["2025"].standing.text.vi == "đã xong, trễ 6 ngày"
    assert found["2025-H1"].standing.text.vi == "đã xong, đúng hạn"
    assert found["2025-05-01/2025-05-31"].standing.text.vi == "trễ 21 ngày"
    assert found["2025-06-01/2025-06-30"].standing.text.vi == "còn 9 ngày"


def test_a_meeting_meets_one_slot_and_a_briefing_none(log: Log) -> None:
    log.at("2025-02-20")
    quan5.briefing(log, "p8", "2025-01-10", 20)
    quan5.meeting(log, "p8", "2025-02-05")
    quan5.meeting(log, "p8", "2025-02-15")
    with projected(log.records) as view:
        found = ask(view, "p8", "2025-03-01", kinds=["meeting"], due_before="2025-02-28")
    assert told(found) == [
        ("2025-01-01/2025-01-31", "2025-01-31", "late"),
        ("2025-02-01/2025-02-28", "2025-02-28", "met"),
    ]


def test_a_plan_for_next_year_is_not_this_years(log: Log) -> None:
    """R118."""
    plan(log, "p8", "2024-12-20", validity={"valid_from": "2025-01-01"})
    with projected(log.records) as view:
        found = ask(view, "p8", "2025-04-01", kinds=["plan"], due_after="2024-01-01")
    assert told(found) == [("2024", "2024-03-27", "late"), ("2025", "2025-03-27", "met")]


def test_reminders_and_waivers_stand_beside_it(log: Log) -> None:
    about = {"obliged_unit_id": ident("p8"), "kind": "meeting", "period": "2025-01-01/2025-01-31"}
    reminded = log.at("2025-01-20").given("ReminderSent", "quan 5", **about)
    waived = log.given("ObligationWaived", "quan 5", **about, reason="force_majeure")
    with projected(log.records) as view:
        (entry,) = ask(view, "p8", "2025-02-03", due_before="2025-01-31")
        assert str(entry.obligation.obligation_id) == reminded.aggregate_id
    assert [note.event_id for note in entry.reminders] == [reminded.event_id]
    assert entry.waived_by is not None
    assert (entry.waived_by.event_id, entry.waived_by.reason) == (waived.event_id, "force_majeure")
    assert entry.standing.state is ObligationState.WAIVED


# Reviews, inspections, models


def test_member_organisations_review_every_six_months(log: Log) -> None:
    """R112, C3: in Quận 5 each of them, where the ward has one; a police review is not theirs."""
    cadence_rule(log, "quan 5", 6, "review", organisation="womens_union")
    log.establish("centre", "2020-01-01", p8="womens_union")
    log.at("2025-07-10")
    review(log, "p8", "2025-06-10", "p8 police")
    held = review(log, "p8", "2025-06-20", "p8 womens_union")
    with projected(log.records) as view:
        found = ask(view, "p8", "2025-07-10", kinds=["review"])
        assert ask(view, "p7", "2025-07-10", kinds=["review"]) == []
    assert told(found) == [
        ("2025-01-01/2025-06-30", "2025-06-30", "met"),
        ("2025-07-01/2025-12-31", "2025-12-31", "open"),
    ]
    assert found[0].met_by is not None
    assert found[0].met_by.event_id == held
    assert title(found[0].obligation).vi == (
        "Sơ kết, tổng kết của Hội Liên hiệp Phụ nữ từ 1/1/2025 đến 30/6/2025"
    )


def test_the_unit_reviews_the_movement_every_year(log: Log) -> None:
    """R38, R129: a member organisation's own review does not stand for the unit's."""
    cadence_rule(log, "centre", 12, "review", level="commune")
    log.establish("centre", "2020-01-01", p8="farmers")
    log.at("2025-12-20")
    review(log, "p8", "2025-11-10", "p8 farmers")
    with projected(log.records) as view:
        assert told(ask(view, "p8", "2025-12-20", kinds=["review"])) == [
            ("2025-01-01/2025-12-31", "2025-12-31", "open")
        ]
    held = review(log, "p8", "2025-12-15", "p8 front", "final_review")
    with projected(log.records) as view:
        (entry,) = ask(view, "p8", "2025-12-20", kinds=["review"])
    assert entry.met_by is not None
    assert entry.met_by.event_id == held


def test_the_province_inspects_every_year(log: Log) -> None:
    """R75, R104: the committee of the province, some unit below."""
    cadence_rule(log, "centre", 12, "inspection", level="province")
    log.at("2025-10-16").given(
        "InspectionConducted",
        "city",
        kind="periodic",
        team_orgs=[ident("city police")],
        inspected_unit_id=ident("p8"),
        occurred_on="2025-10-15",
    )
    with projected(log.records) as view:
        assert told(ask(view, "city", "2026-01-02", kinds=["inspection"])) == [
            ("2025-01-01/2025-12-31", "2025-12-31", "met")
        ]
        assert told(ask(view, "tay ninh", "2026-01-02", kinds=["inspection"])) == [
            ("2025-01-01/2025-12-31", "2025-12-31", "late")
        ]


def test_models_are_reviewed_every_year(log: Log) -> None:
    """R21, R31."""
    cadence_rule(log, "centre", 12, "model_review", level="district")
    log.at("2025-03-01").given(
        "ModelEstablished",
        "quan 5",
        about="volunteers",
        code="DCS",
        name="Đội cán sự xã hội tình nguyện",
        domain="self_management",
        host_org_id=ident("quan 5 police"),
        opened_on="2023-03-01",
    )
    held = quan5.review(log.at("2025-05-20"), None, "good")
    quan5.review(log, None, "fair")
    with projected(log.records) as view:
        (entry,) = ask(view, "quan 5", "2025-06-01", kinds=["model_review"])
    assert entry.met_by is not None
    assert entry.met_by.event_id == min(held, *(r.event_id for r in log.records[-2:]))


# Units that end


def merged(log: Log, on: str) -> None:
    log.given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}], "to": [{"unit_id": ident("p7")}]},
        effective_on=on,
    )


def test_what_was_open_when_a_unit_ended_moves_to_its_successor(log: Log) -> None:
    """Phường 8 goes into Phường 7 on 15/3: the plan and the meeting of March are Phường 7's own."""
    merged(log.at("2025-03-01"), "2025-03-15")
    with projected(log.records) as view:
        found = ask(view, "p8", "2025-03-20")
        assert told(found) == [
            ("2025-01-01/2025-01-31", "2025-01-31", "late"),
            ("2025-02-01/2025-02-28", "2025-02-28", "late"),
            ("2025", "2025-03-27", "moved"),
            ("2025-03-01/2025-03-31", "2025-03-31", "moved"),
        ]
        assert found[2].obligation.bearers == (ident("p7"),)
        assert not any(entry.obligation.expected for entry in found[2:])
        taken = [e for e in ask(view, "p7", "2025-03-20") if e.obligation.unit_id == ident("p8")]
        assert told(taken) == told(found[2:])


def test_a_report_that_became_due_moves_or_is_answered_for(log: Log) -> None:
    """Ended between the period's end and the due day; the successor, new, has no report of its
    own for the period."""
    log.at("2025-06-15").given(
        "UnitReorganised",
        "centre",
        kind="merge",
        **{"from": [{"unit_id": ident("p8")}, {"unit_id": ident("p12")}]},
        to=[new_unit("an dong", "ward", "27901", "quan 5")],
        effective_on="2025-06-16",
    )
    log.establish("centre", "2025-06-16", an_dong="police")
    with projected(log.records) as view:
        (entry,) = ask(view, "p8", "2025-06-21", kinds=["half_year"])
        assert (entry.standing.state, entry.obligation.bearers) == (
            ObligationState.LATE,
            (ident("an dong"),),
        )
        borne = ask(view, "an dong", "2025-06-21", kinds=["half_year"])
        assert {e.obligation.unit_id for e in borne} == {ident("p8"), ident("p12")}
        # Their superior sees them too, also when it asks from a day on which they were gone.
        for since in ("2025-06-15", "2025-06-17"):
            window = {"subtree": True, "kinds": ["half_year"], "due_after": since}
            below = ask(view, "quan 5", "2025-06-21", **window)
            assert {ident("p8"), ident("p12")} <= {e.obligation.unit_id for e in below}
    log.at("2025-06-22").given(
        "ReportSubmitted",
        "an dong",
        kind="half_year",
        period="2025-H1",
        report_version=1,
        answers_for=ident("p8"),
    )
    with projected(log.records) as view:
        borne = ask(view, "an dong", "2025-06-23", kinds=["half_year"])
    assert {e.obligation.unit_id: e.standing.text.en for e in borne} == {
        ident("p8"): "done, late by 3 days",
        ident("p12"): "late by 4 days",
    }


def test_without_a_successor_it_ends(log: Log) -> None:
    log.at("2025-03-01").given(
        "UnitReorganised",
        "centre",
        kind="abolish",
        **{"from": [{"unit_id": ident("p8")}]},
        effective_on="2025-03-15",
    )
    with projected(log.records) as view:
        assert told(ask(view, "p8", "2025-03-20"))[2:] == [
            ("2025", "2025-03-27", "ended"),
            ("2025-03-01/2025-03-31", "2025-03-31", "ended"),
        ]


def test_a_merger_recorded_late_leaves_the_closed_ones_where_they_were(log: Log) -> None:
    merged(log.at("2025-05-10"), "2025-03-15")
    with projected(log.records) as view:
        found = told(ask(view, "p8", "2025-06-01"))
        assert [state for _, _, state in found] == ["late"] * 5
        assert found[2] == ("2025", "2025-03-27", "late")
        assert found[-1][1] == "2025-04-30"
        below = ask(view, "quan 5", "2025-06-01", subtree=True, due_after="2025-04-01")
    assert any(e.obligation.unit_id == ident("p8") for e in below)


# The list


def test_filters_and_counts(log: Log) -> None:
    quan5.meeting(log.at("2025-01-20"), "p8", "2025-01-20")
    with projected(log.records) as view:
        asked = question("quan 5", "2025-02-03", subtree=True, states=["late"], kinds=["meeting"])
        found = listed(view, asked, None, 100)
    assert {entry.obligation.unit_id for entry in found.entries} == {
        ident(ward) for ward in ("p7", "p12", "p14")
    }
    assert dict(found.counts) == {
        ObligationState.MET: 1,
        ObligationState.LATE: 3,
        ObligationState.OPEN: 44,
    }


def test_pages_hold_everything_once_and_in_order(log: Log) -> None:
    with projected(log.records) as view:
        asked = question("quan 5", "2025-02-03", subtree=True)
        whole = [entry.place for entry in listed(view, asked, None, 1000).entries]
        paged, after = [], None
        while True:
            page = listed(view, asked, after, 7)
            paged += [entry.place for entry in page.entries]
            after = page.after
            if after is None:
                break
    assert paged == whole == sorted(set(whole))
    assert len(whole) == 4 * 15 + 2


# The same wherever and whenever it is worked out


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), days=st.tuples(st.integers(0, 300), st.integers(0, 300)))
def test_identity_and_state_do_not_depend_on_arrival(seed: int, days: tuple[int, int]) -> None:
    """Reorganisations, late and early, change which obligations there are, never what one is."""
    log = setting()
    cadence_rule(log, "centre", 3)
    period_rule(log, "centre", "half_year", "12-15", "06-14")
    due(log, "centre", "half_year", "06-20")
    with projected(log.records) as view:
        before = {
            entry.obligation.key: entry.obligation.obligation_id
            for entry in entries(view, question("centre", "2025-06-01", subtree=True))[1]
        }
    recorded, effective = (date(2025, 1, 1) + timedelta(days=n) for n in days)
    merged(log.at(recorded.isoformat()), effective.isoformat())
    shuffled = list(log.records)
    random.Random(seed).shuffle(shuffled)
    answers = []
    for records in (log.records, shuffled):
        with projected(records) as view:
            _, found = entries(view, question("centre", "2025-09-01", subtree=True))
            answers.append(
                sorted((e.place, e.standing.state, str(e.obligation.obligation_id)) for e in found)
            )
            for entry in found:
                known = before.get(entry.obligation.key)
                assert known in (None, entry.obligation.obligation_id)
    assert answers[0] == answers[1]
    assert len({identity for *_, identity in answers[0]}) == len(answers[0])


def test_a_rule_retracted_late_still_tells_of_what_was_closed(log: Log) -> None:
    rule_id = cadence_rule(log, "centre", 3, "model_review", level="district")
    log.at("2025-05-10").given(
        "EventRetracted",
        "centre",
        about=rule_id,
        target_event_id=next(r.event_id for r in log.records if r.aggregate_id == rule_id),
        reason="never_happened",
    )
    with projected(log.records) as view:
        found = ask(view, "quan 5", "2025-06-01", kinds=["model_review"])
    assert told(found) == [("2025-01-01/2025-03-31", "2025-03-31", "late")]
