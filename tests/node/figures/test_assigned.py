"""A split unit's records stand under the successors they were assigned to, in every figure.

Tây Ninh as the storyline tells it (step 12): commune Thái Bình (25597) became two on 1/7/2025; its
three points are assigned by hand, two to Tân Ninh and one to Châu Thành.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from domain.events import Record
from services.node.figures import FIGURES, CellFilter, Cut, Figure, FigureResult, Span, between
from services.node.figures import figure as figure_module
from tests.domain.scenario import Log, evaluation, ident, new_unit, org
from tests.node.figures import movement
from tests.node.figures.projected import opened, projected

F1 = FIGURES["meeting-compliance"]
F2 = FIGURES["report-status"]
F5 = FIGURES["model-stock"]
ACTIVITY = FIGURES["activity"]
YEAR: Final = between(date(2025, 1, 1), date(2025, 12, 31))
H1: Final = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
AS_IS: Final = Cut(hierarchy_on=date(2025, 12, 31))
BEFORE: Final = Cut(hierarchy_on=date(2025, 6, 30))
PROVINCE: Final = ident("tay ninh")
SINCE: Final = "1990-01-01"


@pytest.fixture
def log() -> Log:
    """Three points, a periodic meeting and a report of Thái Bình, which then is split."""
    log = Log()
    log.create("centre", "central", "00", None, SINCE)
    log.establish("centre", SINCE, centre="police")
    for unit, kind, code in (("tay ninh", "province", "72"), ("long an", "province", "80")):
        log.create(unit, kind, code, "centre", SINCE)
    log.create("thai binh", "commune", "25597", "tay ninh", SINCE)
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org("tay ninh", "police"), org("thai binh", "police")],
        effective_on=SINCE,
    )
    _rules(log)
    log.at("2025-03-14")
    _model(log, "thai binh", "model", "2024-01-10")
    for number in (1, 2, 3):
        log.given(
            "ModelReplicated",
            "thai binh",
            about="model",
            event=f"point {number}",
            point_id=ident(f"the point {number}"),
            group_count=number,
            member_count=10,
            opened_on="2024-02-01",
        )
    log.given(
        "MeetingHeld",
        "thai binh",
        about="meeting",
        event="meeting",
        kind="committee_periodic",
        attendees=18,
        mode="in_person",
        member_evaluation=evaluation(),
    )
    log.at("2025-06-15").given(
        "ReportSubmitted",
        "thai binh",
        event="report",
        kind="half_year",
        period="2025-H1",
        report_version=1,
    )
    log.at("2025-07-02").split(
        "thai binh",
        "2025-07-01",
        new_unit("tan ninh", "ward", "25459", "tay ninh"),
        new_unit("chau thanh", "commune", "25585", "tay ninh"),
    )
    return log


def _model(log: Log, unit: str, name: str, opened_on: str) -> None:
    log.given(
        "ModelEstablished",
        unit,
        about=name,
        event=name,
        code=f"MH-{name[-1]}",
        name="Tổ tự quản",
        domain="self_management",
        host_org_id=ident(f"{unit} police"),
        opened_on=opened_on,
    )


def _rules(log: Log) -> None:
    start, end = {"month_day": "12-15", "year_offset": -1}, {"month_day": "06-14"}
    for name, kind, params in (
        ("R53", "period", {"report_kind": "half_year", "half": 1, "start": start, "end": end}),
        ("R55", "due", {"report_kind": "half_year", "half": 1, "day": {"month_day": "06-20"}}),
        ("R76", "cadence", {"every_months": 3, "anchor": "2025-01-01"}),
    ):
        log.given(
            "RuleDefined",
            "centre",
            about=name,
            kind=kind,
            scope={"unit_id": ident("centre"), "level": "commune"},
            params=params,
            valid_from="2023-01-01",
        )


def assign(log: Log, to: str, *events: str) -> Record:
    about = next(r.aggregate_id for r in log.records if r.event_id == ident(events[0]))
    return log.given(
        "RecordsAssigned",
        "tay ninh",
        about=about,
        target_event_ids=[ident(event) for event in events],
        from_unit_id=ident("thai binh"),
        to_unit_id=ident(to),
    )


def rows(result: FigureResult, measure: str) -> dict[str, int]:
    names = {ident(name): name for name in ("thai binh", "tan ninh", "chau thanh")}
    return {names[row.unit.unit_id]: row.numbers.values.get(measure, 0) for row in result.children}


def waiting(result: FigureResult) -> str:
    """What the total says about records that wait; "" if nothing."""
    notes = {note.code: note.text.en for note in result.notes}
    return notes.get("split-not-apportioned", "")


@pytest.mark.parametrize("figure", [F5, ACTIVITY], ids=["F5", "activity"])
@pytest.mark.parametrize("unit", [PROVINCE, ident("centre")], ids=["province", "country"])
@pytest.mark.parametrize("cut", [AS_IS, BEFORE], ids=["after", "before"])
def test_of_many_units_those_split_are_not_added_up_with_others(
    log: Log, figure: Figure, cut: Cut, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign(log, "tan ninh", "point 1", "point 2")
    successors = ("tan ninh", "chau thanh")
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org(unit, "police") for unit in successors],
        effective_on="2025-07-01",
    )
    for number, unit_name in enumerate(successors):
        _model(log, unit_name, f"model {number}", "2025-07-02")
    with projected(log.records) as view:
        by_unit = figure.compute(view, unit, YEAR, cut)
        monkeypatch.setattr(figure_module, "_LISTED", 0)
        assert figure.compute(view, unit, YEAR, cut) == by_unit
    assert any(by_unit.values.values())


def test_three_points_are_assigned_by_hand(log: Log) -> None:
    with projected(log.records) as view:
        result = F5.compute(view, PROVINCE, YEAR)
    assert rows(result, "points") == {"thai binh": 3, "tan ninh": 0, "chau thanh": 0}
    assert waiting(result).endswith("not assigned yet: 4.")  # the model, three points

    assign(log, "tan ninh", "point 1", "point 2")
    assign(log, "chau thanh", "point 3")
    with projected(log.records) as view:
        result = F5.compute(view, PROVINCE, YEAR)
    assert rows(result, "points") == {"thai binh": 0, "tan ninh": 2, "chau thanh": 1}
    assert rows(result, "groups") == {"thai binh": 0, "tan ninh": 3, "chau thanh": 3}
    assert result.values["points"] == 3
    assert waiting(result).endswith("not assigned yet: 1.")

    assign(log, "tan ninh", "model")
    with projected(log.records) as view:
        result = F5.compute(view, PROVINCE, YEAR)
    assert rows(result, "models") == {"tan ninh": 1, "chau thanh": 0}
    assert not waiting(result)


def test_an_assignment_is_seen_behind_the_number(log: Log) -> None:
    assigned = assign(log, "tan ninh", "point 1", "point 2")
    with projected(log.records) as view:
        cell = CellFilter("points", ident("tan ninh"))
        page = F5.behind(view, PROVINCE, YEAR, cell)
        rest = F5.behind(view, PROVINCE, YEAR, CellFilter("points", ident("thai binh")))
        whole = F5.behind(view, ident("tan ninh"), YEAR, CellFilter("points"))
    assert {item.event_id for item in page.items} == {ident("point 1"), ident("point 2")}
    assert {item.assigned_by for item in page.items} == {assigned.event_id}
    assert [(item.event_id, item.assigned_by) for item in rest.items] == [(ident("point 3"), None)]
    assert whole.items == page.items


def test_a_retirement_stands_where_its_point_stands(log: Log) -> None:
    log.given(
        "ModelReviewed",
        "tay ninh",
        about="model",
        point_id=ident("the point 1"),
        rating="weak",
        proposal="retire",
        proposer_org_id=ident("tay ninh police"),
    )
    log.given(
        "ModelRetired",
        "tay ninh",
        about="model",
        point_id=ident("the point 1"),
        reason="not_effective",
        proposer_org_id=ident("tay ninh police"),
    )
    with projected(log.records) as view:
        assert "yet: 3." in waiting(F5.compute(view, PROVINCE, between(*[date(2025, 12, 1)] * 2)))
    assign(log, "tan ninh", "point 1", "point 2")
    with projected(log.records) as view:
        result = F5.compute(view, PROVINCE, YEAR)
    assert rows(result, "points") == {"thai binh": 1, "tan ninh": 1, "chau thanh": 0}
    assert rows(result, "points_retired") == {"thai binh": 0, "tan ninh": 1, "chau thanh": 0}


def test_a_retracted_assignment_gives_the_records_back(log: Log) -> None:
    assigned = assign(log, "tan ninh", "point 1", "point 2")
    log.given(
        "EventRetracted",
        "tay ninh",
        about="model",
        target_event_id=assigned.event_id,
        reason="never_happened",
    )
    with projected(log.records) as view:
        result = F5.compute(view, PROVINCE, YEAR)
    assert rows(result, "points") == {"thai binh": 3, "tan ninh": 0, "chau thanh": 0}


def test_the_hierarchy_before_the_split_knows_nothing_of_it(log: Log) -> None:
    assign(log, "tan ninh", "point 1", "point 2", "point 3")
    with projected(log.records) as view:
        before = F5.compute(view, PROVINCE, YEAR, BEFORE)
        as_was = ACTIVITY.compute(view, PROVINCE, H1)
    assert rows(before, "points") == {"thai binh": 3}
    assert not waiting(before)
    assert rows(as_was, "ModelReplicated.events") == {"thai binh": 3}


def test_activity_meetings_and_reports_follow(log: Log) -> None:
    with projected(log.records) as view:
        activity = ACTIVITY.compute(view, PROVINCE, YEAR, AS_IS)
        meetings = F1.compute(view, PROVINCE, between(date(2025, 1, 1), date(2025, 6, 30)), AS_IS)
        reports = F2.compute(view, PROVINCE, H1, AS_IS)
    assert "yet: 6." in waiting(activity)
    assert "yet: 1." in waiting(meetings)
    assert "yet: 1." in waiting(reports)
    assert rows(meetings, "due") == {"thai binh": 2, "tan ninh": 0, "chau thanh": 0}

    assign(log, "chau thanh", "meeting")
    assign(log, "tan ninh", "report")
    with projected(log.records) as view:
        activity = ACTIVITY.compute(view, PROVINCE, YEAR, AS_IS)
        meetings = F1.compute(view, PROVINCE, between(date(2025, 1, 1), date(2025, 6, 30)), AS_IS)
        reports = F2.compute(view, PROVINCE, H1, AS_IS)
        commune = F1.compute(
            view, ident("chau thanh"), between(date(2025, 1, 1), date(2025, 6, 30)), AS_IS
        )
    assert "yet: 4." in waiting(activity)
    assert rows(activity, "MeetingHeld.attendees")["chau thanh"] == 18
    # The quarter it met goes with the meeting; the one it did not meet stays its own.
    assert rows(meetings, "due") == {"thai binh": 1, "tan ninh": 0, "chau thanh": 1}
    assert rows(meetings, "met") == {"thai binh": 0, "tan ninh": 0, "chau thanh": 1}
    assert commune.values["met"] == 1
    assert not waiting(meetings)
    assert rows(reports, "on_time") == {"tan ninh": 1, "chau thanh": 0}
    assert not waiting(reports)
    assert reports.values["expected"] == 1


def test_every_number_is_the_sum_of_the_events_behind_it(log: Log) -> None:
    assign(log, "tan ninh", "point 1", "point 2")
    assign(log, "chau thanh", "meeting")
    assign(log, "chau thanh", "report")
    spans = {F1: between(date(2025, 1, 1), date(2025, 6, 30)), F2: H1}
    with projected(log.records) as view:
        for figure in (F1, F2, F5, ACTIVITY):
            span = spans.get(figure, YEAR)
            result = figure.compute(view, PROVINCE, span, AS_IS)
            for row in result.children:
                for measure, number in row.numbers.values.items():
                    if measure in ("due", "expected", "missing", "units_without_rule"):
                        continue
                    cell = CellFilter(measure, row.unit.unit_id)
                    found = opened(figure, view, PROVINCE, span, cell, cut=AS_IS)
                    if measure != "acceptance_lag_days":
                        assert sum(value for _, value in found) == number, (figure.name, cell)


def test_a_record_may_go_to_another_province(log: Log) -> None:
    """Parts of one commune may become units of two provinces; each counts what it was given."""
    log.at("2026-01-02").split(
        "chau thanh",
        "2026-01-01",
        new_unit("chau east", "commune", "25586", "tay ninh"),
        new_unit("chau west", "commune", "25587", "long an"),
    )
    log.given(
        "RecordsAssigned",
        "centre",
        about="model",
        target_event_ids=[ident("point 3")],
        from_unit_id=ident("thai binh"),
        to_unit_id=ident("chau west"),
    )
    year = between(date(2026, 1, 1), date(2026, 1, 31))
    with projected(log.records) as view:
        given = F5.compute(view, ident("long an"), year)
        left = F5.compute(view, PROVINCE, year)
        country = F5.compute(view, ident("centre"), year)
        earlier = F5.compute(view, ident("centre"), YEAR)
    assert given.values["points"] == 1
    assert left.values["points"] == 2
    assert country.values["points"] == 3
    # On a day before that unit began the record waits where it was.
    assert earlier.values["points"] == 3


def test_money_and_petitions_go_where_they_were_assigned(log: Log) -> None:
    log.at("2025-03-14")
    money = movement.money(log, "thai binh", "spent", "crime", 7_000_000)
    forum = movement.forum(log, "thai binh", 8, 2)
    log.at("2025-07-03")
    for figure, measure, event, value in (
        (FIGURES["funding"], "spent", money, 7_000_000),
        (FIGURES["tips-petitions"], "petitions_received", forum, 8),
    ):
        with projected(log.records) as view:
            result = figure.compute(view, PROVINCE, YEAR, AS_IS)
        assert rows(result, measure) == {"thai binh": value, "tan ninh": 0, "chau thanh": 0}
        assert waiting(result).endswith("not assigned yet: 1.")
        about = next(r.aggregate_id for r in log.records if r.event_id == event)
        log.given(
            "RecordsAssigned",
            "tay ninh",
            about=about,
            target_event_ids=[event],
            from_unit_id=ident("thai binh"),
            to_unit_id=ident("chau thanh"),
        )
        with projected(log.records) as view:
            result = figure.compute(view, PROVINCE, YEAR, AS_IS)
            page = figure.behind(
                view, PROVINCE, YEAR, CellFilter(measure, ident("chau thanh")), cut=AS_IS
            )
        assert rows(result, measure)["chau thanh"] == value
        assert result.values[measure] == value
        assert not waiting(result)
        assert [(item.event_id, item.value) for item in page.items] == [(event, value)]
