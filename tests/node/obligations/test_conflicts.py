"""Where the documents disagree (catalogue, C1–C8): both sides in one installation.

One log holds the centre, Ho Chi Minh City with Quận 5, and Tây Ninh; every rule has the scope of
the document it comes from. Each test asks that one installation for what one conflict leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain.committee_state import fold as committee
from domain.committees import committee_id
from domain.decisions import Accepted
from domain.documents import read_number
from domain.obligations import ObligationKind
from domain.owed import report_owed
from domain.periods import Period
from domain.report_state import fold as report_of
from domain.working_days import by_calendar
from services.node.figures import FIGURES, REPORT_STATUS, Ratio, between
from services.node.figures.span import parse_span
from services.node.views import View
from tests.domain.directories import has_role
from tests.domain.scenario import Log, day, evaluation, ident, setting
from tests.node.figures.projected import projected
from tests.node.obligations.owing import ask, review, told

WARD, COMMUNE = "p8", "chau thanh"
YEAR = between(date(2025, 1, 1), date(2025, 12, 31))
DECISION = {"number_raw": "12/QĐ-UBND", "issued_on": "2024-01-10"}


def rule(log: Log, unit: str, kind: str, params: dict[str, Any], **scope: Any) -> None:
    log.given(
        "RuleDefined",
        unit,
        kind=kind,
        scope={"unit_id": ident(unit), **scope},
        params=params,
        valid_from="2023-01-01",
    )


def every(months: int, activity: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"every_months": months, "anchor": "2023-01-01"}
    return found if activity is None else found | {"activity": activity}


def due(kind: str, month_day: str) -> dict[str, Any]:
    return {"report_kind": kind, "day": {"month_day": month_day}}


def covers(kind: str, end: str) -> dict[str, Any]:
    start = {"month_day": "12-15", "year_offset": -1}
    return {"report_kind": kind, "start": start, "end": {"month_day": end}}


def exemplary(subject: str, minimum: int, maximum: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"subject": subject, "minimum": minimum}
    return found if maximum is None else found | {"maximum": maximum}


def rules(log: Log) -> None:
    """Every document's own."""
    for unit, kind, params, scope in (
        # C1: R119 against R76
        ("quan 5", "cadence", every(6), {"level": "commune"}),
        ("tay ninh", "cadence", every(1), {"level": "commune"}),
        ("tay ninh", "cadence", every(3), {"level": "district"}),
        ("tay ninh", "cadence", every(6), {"level": "province"}),
        # C2: R53–R55 against R120; C8: the city asks its districts before the centre asks the city
        ("centre", "period", covers("half_year", "06-14"), {}),
        ("centre", "period", covers("annual", "12-14"), {}),
        ("centre", "due", due("half_year", "06-20"), {}),
        ("centre", "due", due("annual", "12-20"), {}),
        ("city", "due", due("half_year", "06-18"), {"level": "district"}),
        ("city", "due", due("annual", "12-18"), {"level": "district"}),
        ("quan 5", "due", due("half_year", "06-15"), {"level": "commune"}),
        ("quan 5", "due", due("annual", "11-15"), {"level": "commune"}),
        # C3: R40 against R112; R72
        ("centre", "cadence", every(12, "review"), {"organisation": "womens_union"}),
        ("quan 5", "cadence", every(6, "review"), {"organisation": "womens_union"}),
        ("tay ninh", "cadence", every(3), {"organisation": "elderly"}),
        # C4: R33 against R111
        ("centre", "quota", exemplary("exemplary_movement", 1), {}),
        ("centre", "quota", exemplary("exemplary_urban_order", 1), {}),
        ("quan 5", "quota", exemplary("exemplary_movement", 1, 1), {}),
    ):
        rule(log, unit, kind, params, **scope)


@pytest.fixture(scope="module")
def log() -> Log:
    """The installation, with what happened in it until the end of 2025."""
    log = setting()
    rules(log)
    for unit in (WARD, COMMUNE):
        log.establish("centre", "2020-01-01", **{unit.replace(" ", "_"): "womens_union"})
    log.establish("centre", "2020-01-01", chau_thanh="elderly")
    for unit, days in ((WARD, ["2025-03-10"]), (COMMUNE, ["2025-01-15", "2025-02-15"])):
        for on in days:
            log.at(on).given(
                "MeetingHeld",
                unit,
                kind="committee_periodic",
                attendees=18,
                mode="in_person",
                member_evaluation=evaluation(),
            )
    log.at("2025-02-20").given(
        "MeetingHeld",
        COMMUNE,
        kind="association_executive",
        host_org_id=ident(f"{COMMUNE} elderly"),
        invited_orgs=[ident(f"{COMMUNE} police")],
        attendees=12,
        mode="in_person",
    )
    for unit in (WARD, COMMUNE):
        review(log.at("2025-06-20"), unit, "2025-06-20", f"{unit} womens_union")
    return log


@pytest.fixture(scope="module")
def view(log: Log) -> Iterator[View]:
    with projected(log.records) as found:
        yield found


def test_c1_meetings_every_six_months_or_every_month(view: View) -> None:
    f1 = FIGURES["meeting-compliance"]
    assert f1.compute(view, ident(WARD), YEAR).ratio == Ratio(1, 2)
    assert f1.compute(view, ident(COMMUNE), YEAR).ratio == Ratio(2, 12)
    assert f1.compute(view, ident("tay ninh"), YEAR).own.numbers.values["due"] == 2
    country = f1.compute(view, ident("centre"), YEAR)
    assert country.ratio == Ratio(3, 4 * 2 + 2 * 12 + 2)
    meetings = ask(view, WARD, "2025-12-31", kinds=["meeting"])
    assert told(meetings) == [
        ("2025-01-01/2025-06-30", "2025-06-30", "met"),
        ("2025-07-01/2025-12-31", "2025-12-31", "open"),
    ]


def test_c2_reports_by_the_centres_days_or_by_quan_5s(view: View) -> None:
    for unit, half, year in ((WARD, "06-14", "11-14"), (COMMUNE, "06-19", "12-19")):
        reports = ask(view, unit, "2025-06-20", kinds=["half_year", "annual"])
        assert told(reports) == [
            ("2025-H1", f"2025-{half}", "late"),
            ("2025", f"2025-{year}", "open"),
        ]
    annual = report_owed(view.directory, ident(WARD), Period(2025))
    assert annual.span is not None
    assert annual.due_on is not None
    assert annual.due_on < annual.span.last == day("2025-12-14")
    half_year = report_owed(view.directory, ident(WARD), Period(2025, 1))
    assert half_year.span is not None
    # Data until 14/6, a Saturday in 2025, and due before 15/6: no working day between them.
    assert half_year.due_on == half_year.span.last == day("2025-06-14")
    assert not by_calendar(day("2025-06-14"))


def test_c2_and_c8_are_one_figure_of_the_centre(view: View) -> None:
    span = parse_span("2025-H1", view.directory, ident("centre"))
    assert span is not None
    result = REPORT_STATUS.compute(view, ident("centre"), span)
    assert len(result.rules) == 3  # the centre's due day, the city's, and Quận 5's
    due_on = {line.unit.unit_id: line.due_on for line in result.reports}
    assert due_on[ident("city")] == day("2025-06-19")


def test_c3_reviews_every_year_or_every_six_months(view: View) -> None:
    assert told(ask(view, WARD, "2025-12-31", kinds=["review"])) == [
        ("2025-01-01/2025-06-30", "2025-06-30", "met"),
        ("2025-07-01/2025-12-31", "2025-12-31", "open"),
    ]
    assert told(ask(view, COMMUNE, "2025-12-31", kinds=["review"])) == [
        ("2025-01-01/2025-12-31", "2025-12-31", "met"),
    ]


def test_c3_the_elderly_meet_every_three_months_and_invite_the_police(view: View) -> None:
    found = [
        entry
        for entry in ask(view, COMMUNE, "2025-12-31", kinds=["meeting"])
        if entry.obligation.organisation == "elderly"
    ]
    assert [entry.standing.state.value for entry in found] == ["met", "late", "late", "open"]
    assert {entry.obligation.kind for entry in found} == {ObligationKind.MEETING}
    assert not any(
        entry.obligation.organisation for entry in ask(view, WARD, "2025-12-31", kinds=["meeting"])
    )


def test_c4_exemplary_units_a_province_or_a_district(log: Log, view: View) -> None:
    def quota(unit: str, kind: str) -> tuple[int, int | None] | None:
        found = view.directory.rule("quota", ident(unit), day("2025-11-20"), about=kind)
        return None if found is None else (found.params["minimum"], found.params.get("maximum"))

    assert quota("city", "exemplary_movement") == quota("tay ninh", "exemplary_movement")
    assert quota("city", "exemplary_movement") == (1, None)
    assert quota("quan 5", "exemplary_movement") == (1, 1)
    assert quota("quan 5", "exemplary_urban_order") == (1, None)

    def designated(recorder: str, units: tuple[str, str]) -> list[str]:
        """The notices of recognising two units of one locality in one year."""
        own = copied(log, "2025-11-20")
        for unit in units:
            for stage in ("selected", "recognised"):
                draft = own.draft(
                    "ExemplaryUnitDesignated",
                    recorder,
                    category="commune",
                    subject_unit_id=ident(unit),
                    year=2025,
                    kind="movement",
                    stage=stage,
                )
                decision = own.ask(draft)
                assert isinstance(decision, Accepted), decision
                own.record(draft)
                codes = [notice.code for notice in decision.notices]
        return codes

    assert designated("quan 5", ("p7", "p8")) == ["quota-exceeded"]
    assert designated("tay ninh", ("chau thanh", "tan ninh")) == []


def copied(log: Log, on: str) -> Log:
    """The installation on a day, to record something further in."""
    return Log(log.now, list(log.records), log.directory).at(on)


def test_c5_the_receiving_offices_are_roles_with_dates(log: Log) -> None:
    own = copied(log, "2025-06-10")
    roles = (("centre", "centre police", "v05"), ("city", "city front", "movement_office"))
    for recorder, org, role in roles:
        unit = org.partition(" ")[0]
        own.given(
            "OrganisationChanged",
            recorder,
            kind="role_assigned",
            role=role,
            role_until="2025-06-30",
            organisations=[{"org_id": ident(org), "unit_id": ident(unit)}],
            effective_on="2024-01-01",
        )
    for on, holds in (("2025-06-30", True), ("2025-07-01", False)):
        assert has_role(own.directory, ident("centre police"), "v05", day(on)) is holds
        assert not has_role(own.directory, ident("city front"), "v05", day(on))
    sent = own.given(
        "ReportSubmitted", "city", kind="half_year", period="2025-H1", report_version=1
    )
    accepted = {"about": sent.aggregate_id, "report_digest": sent.digest}
    for on, role in (("2025-06-19", "v05"), ("2025-06-23", "front_movement_department")):
        own.at(on).given("ReportAccepted", "centre", **accepted, receiver_role=role)
    state = report_of(own.effective(sent.aggregate_id))
    assert state is not None
    assert state.latest.accepted_by == {
        "v05": day("2025-06-19"),
        "front_movement_department": day("2025-06-23"),
    }


def test_c6_numbers_are_kept_as_each_issuer_writes_them(log: Log) -> None:
    own = copied(log, "2025-03-20")
    joint = [ident("city police"), ident("city front")]
    for number, kind, issuers in (
        ("279/KH-MTTW-BCA", "plan", joint),
        ("157-KH/TU", "plan", joint[:1]),
        ("13 /CTrPH-CA-MTTQ", "programme", joint),
        (None, "guidance", joint[1:]),
    ):
        consent = {"consent": {"org_id": ident("city party_committee"), "given_on": "2025-03-01"}}
        if kind == "programme":
            own.establish("centre", "2020-01-01", city="party_committee")
        record = own.given(
            "DocumentIssued",
            "city",
            kind=kind,
            issuers=issuers,
            issued_on="2025-03-20",
            **({} if number is None else {"number_raw": number}),
            **(consent if kind == "programme" else {}),
        )
        assert record.data.get("number_raw") == number
    numbers = [read_number(text) for text in ("279/KH-MTTW-BCA", "157-KH/TU", "13 /CTrPH-CA-MTTQ")]
    assert [None if n is None else (n.number, n.kind and n.kind.value) for n in numbers] == [
        (279, "plan"),
        (157, "plan"),
        (13, "programme"),
    ]


def test_c7_committees_have_the_names_and_heads_of_their_place(log: Log) -> None:
    own = copied(log, "2025-03-20")
    for unit, name, head in (
        ("city", "Ban Chỉ đạo 138 Thành phố", "peoples_committee_chair"),
        ("tay ninh", "Ban Chỉ đạo phòng, chống tội phạm tỉnh", "party_secretary"),
    ):
        own.given(
            "CommitteeChanged",
            unit,
            kind="established",
            name=name,
            head_role=head,
            standing_org=ident(f"{unit} police"),
            member_orgs=[ident(f"{unit} police"), ident(f"{unit} front")],
            decision=DECISION,
        )
        held = committee(own.effective(str(committee_id(ident(unit))))).on(day("2025-03-20"))
        assert held is not None
        assert (held.name, held.head_role) == (name, head)


def test_c8_a_province_asks_earlier_than_the_centre(view: View) -> None:
    districts = told(ask(view, "quan 5", "2025-06-10", kinds=["half_year", "annual"]))
    province = told(ask(view, "city", "2025-06-10", kinds=["half_year", "annual"]))
    assert districts == [("2025-H1", "2025-06-17", "open"), ("2025", "2025-12-17", "open")]
    assert province == [("2025-H1", "2025-06-19", "open"), ("2025", "2025-12-19", "open")]
