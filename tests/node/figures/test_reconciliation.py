"""F15: what reports say against what they were computed from; what came later stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from services.node.eventlog import NewEvent
from services.node.figures import FIGURES, CellFilter, FigureResult, Span
from services.node.figures.codes import Codebook, Numbers, code_of
from services.node.figures.reported import basis_of, compared, report_of
from services.node.reporting.checking import checked
from services.node.views import View
from tests.domain.scenario import Log, ident
from tests.node.asof.histories import Holder, encoded, heads_of, holder
from tests.node.figures import quan5
from tests.node.figures.projected import opened

H1 = Span(date(2024, 12, 15), date(2025, 6, 14), "2025-H1")
F15 = FIGURES["reconciliation"]
CODES = Codebook(FIGURES.values())


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("f5.points", "Điểm mô hình"),
        ("f2.acceptance_lag_days", "Số ngày chờ tiếp nhận (trung vị)"),
        ("activity.meetingheld.attendees", "Họp, giao ban, sơ kết, tổng kết: Lượt người dự"),
        ("activity.meetingheld.events", "Họp, giao ban, sơ kết, tổng kết"),
        ("activity.meetingheld.nothing", "activity.meetingheld.nothing"),
        ("activity.nothing.events", "activity.nothing.events"),
        ("f5.nothing", "f5.nothing"),
        ("reports.received", "reports.received"),
    ],
)
def test_a_code_is_read_as_the_figure_calls_it(code: str, title: str) -> None:
    assert CODES.title(code).vi == title


@dataclass
class Story:
    """Step 9: a ward without a line meets on 12/6; what it recorded arrives after the city's
    report of 18/6."""

    log: Log
    events: list[NewEvent] = field(default_factory=list)
    late: list[NewEvent] = field(default_factory=list)

    def in_time(self) -> list[NewEvent]:
        return [event for event in self.events if event not in self.late]


def played(reported: int | None = None, *, named: bool = True) -> Story:
    """The story with a report of the city that says so many slots met; as many as there are if it
    is not said. `named`: whether the report names the streams it was computed from."""
    log = quan5.founded()
    quan5.meeting(log.at("2025-03-01"), "p1", "2025-03-01")
    quan5.meeting(log.at("2025-03-02"), "p2", "2025-03-02")
    quan5.meeting(log.at("2025-06-12"), "p4", "2025-06-12")
    offline = ident("p4")
    held = [event for event in encoded(log) if str(event.origin) != offline]
    heads = heads_of(held)
    log.at("2025-06-18")
    position = {"computed_through": heads} if named else {"log_position": 0}
    log.given(
        "ReportSubmitted",
        "city",
        kind="half_year",
        period="2025-H1",
        report_version=1,
        figures={"f1.met": 2 if reported is None else reported, "visitors": 3},
        **position,
    )
    events = encoded(log)
    return Story(log, events, [event for event in events if str(event.origin) == offline])


def f15(view: View, unit: str = "city") -> FigureResult:
    return F15.compute(view, ident(unit), H1)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Holder]:
    """The city's node when it had sent its report."""
    with holder(played().in_time(), tmp_path) as found:
        yield found


def test_a_report_that_says_what_the_records_say_does_not_differ(node: Holder) -> None:
    with node.projector.view() as view:
        values = f15(view).values
    assert (values["reports"], values["figures"], values["unknown"]) == (1, 1, 1)
    assert (values["differing"], values["moved"], values["unchecked"]) == (0, 0, 0)


def test_a_late_meeting_changes_the_current_view_and_not_the_frozen_figure(node: Holder) -> None:
    node.hold(played().late)
    with node.projector.view() as view:
        result = f15(view)
        assert (result.values["differing"], result.values["moved"]) == (0, 1)
        assert result.total.details == {"f1.met.since": 1}
        state = report_of(view, str(report_id(node)))
        assert state is not None
        _, (met, visitors) = compared(view, CODES, state, state.latest)
        assert (met.reported, met.then, met.now) == (2, 2, 3)
        assert (met.difference, met.since) == (0, 1)
        assert visitors.then is None, "no figure has this code"


def report_id(node: Holder) -> str:
    with node.projector.view() as view:
        table = view.tables["report_status"]
        return str(view.connection.execute(table.select()).one().report_id)


def test_the_node_above_finds_the_same_although_it_got_everything_in_another_order(
    tmp_path: Path,
) -> None:
    story = played()
    with holder(sorted_by_stream(story.events), tmp_path) as centre:
        with centre.projector.view() as view:
            result = f15(view, "centre")
        assert (result.values["differing"], result.values["moved"]) == (0, 1)
        (row,) = result.children
        assert row.numbers.values["reports"] == 1


def sorted_by_stream(events: list[NewEvent]) -> list[NewEvent]:
    """The late stream first, the centre's catalogue before all."""
    centre = ident("centre")
    return sorted(events, key=lambda e: (str(e.origin) != centre, str(e.origin), e.sequence))


def test_an_invented_meeting_is_found_at_every_level(tmp_path: Path) -> None:
    with holder(played(reported=3).in_time(), tmp_path) as node, node.projector.view() as view:
        result = f15(view)
        assert result.values["differing"] == 1
        assert result.total.details == {"f1.met.difference": 1}
        (found,) = opened(F15, view, ident("city"), H1, CellFilter("f1.met.difference"))
        assert found[1] == 1
        assert result.titles["f1.met.difference"].vi.startswith("Số kỳ đã họp")


def test_without_streams_the_state_is_what_had_been_recorded_by_then(tmp_path: Path) -> None:
    """The late meeting was recorded in time: a report that names no streams cannot be told from one
    that left it out, so the difference shows."""
    story = played(named=False)
    with holder(story.events, tmp_path) as node, node.projector.view() as view:
        state = report_of(view, report_id(node))
        assert state is not None
        assert not basis_of(view, state, state.latest).exact
        assert f15(view).values["differing"] == 1


def test_what_has_not_arrived_is_not_called_a_difference(tmp_path: Path) -> None:
    story = played()
    ward = ident("p2")
    held = [event for event in story.events if str(event.origin) != ward]
    with holder(held, tmp_path) as node, node.projector.view() as view:
        values = f15(view).values
        assert (values["unchecked"], values["differing"]) == (1, 0)


def test_the_accepted_version_is_the_one_that_stands(tmp_path: Path) -> None:
    story = played(reported=3)
    log = story.log
    first = log.records[-1]
    log.at("2025-06-19")
    log.given(
        "ReportAccepted",
        "centre",
        about=first.aggregate_id,
        report_digest=first.digest,
        receiver_role="v05",
    )
    log.given(
        "ReportSubmitted",
        "city",
        kind="half_year",
        period="2025-H1",
        report_version=2,
        supersedes=first.digest,
        figures={"f1.met": 2},
        computed_through=dict(first.data["computed_through"]),
    )
    with holder(encoded(log), tmp_path) as node, node.projector.view() as view:
        assert f15(view).total.details["f1.met.difference"] == 1


def test_every_number_opens_into_the_reports_it_is_made_of(tmp_path: Path) -> None:
    with holder(played(reported=5).events, tmp_path) as node, node.projector.view() as view:
        result = f15(view)
        for measure, value in {**result.values, **result.total.details}.items():
            found = opened(F15, view, ident("city"), H1, CellFilter(measure))
            assert sum(number for _, number in found) == value, measure


def test_codes_name_figures_and_mean_what_they_name() -> None:
    for figure in FIGURES.values():
        for measure in figure.measures:
            code = code_of(figure, measure)
            assert code is not None
            meaning = CODES.meaning(code)
            assert meaning is not None
            assert (meaning.figure, meaning.measure) == (figure, measure)
    for nothing in ("met", "f1", "f99.met", "F1.met", "f1.met@nobody", "f1 .met"):
        assert CODES.meaning(nothing) is None


def test_numbers_are_those_of_the_figures(node: Holder) -> None:
    with node.projector.view() as view:
        numbers = Numbers(view, ident("city"), "2025-H1")
        for code, value in {
            "f1.met": 2,
            "activity.meetingheld.attendees": 36,
            "activity.meetingheld.briefing.events": 0,
            "f5.points": 0,
            "f5.points.self_management": 0,
            "f1.no_such": None,
        }.items():
            coded = CODES.meaning(code)
            assert coded is not None
            assert numbers.value(coded) == value, code
        unknown = Numbers(view, ident("nowhere"), "2025-H1")
        assert all(
            unknown.value(coded) is None
            for code in ("f1.met", "f5.points")
            if (coded := CODES.meaning(code))
        )


def test_versions_keep_their_place(node: Holder) -> None:
    with node.projector.view() as view:
        state = report_of(view, report_id(node))
    assert state is not None
    assert state.latest.origin == ident("city")
    assert state.latest.computed_through is not None


def test_what_changed_since_opens_into_the_events_and_says_why(tmp_path: Path) -> None:
    log = played().log
    first, second, late = (r for r in log.records if r.type == "MeetingHeld")
    replacement = {k: v for k, v in first.data.items() if k != "aggregate_version"}
    replacement.pop("member_evaluation")
    log.at("2025-06-20")
    log.given(
        "EventCorrected",
        "p1",
        about=first.aggregate_id,
        target_event_id=first.event_id,
        replacement=replacement | {"kind": "briefing"},
        reason="typing_error",
    )
    log.given(
        "EventRetracted",
        "p2",
        about=second.aggregate_id,
        target_event_id=second.event_id,
        reason="never_happened",
    )
    correction, retraction = (record.event_id for record in log.records[-2:])
    afterwards = quan5.meeting(log.at("2025-06-24"), "p5", "2025-06-10")
    another = quan5.meeting(log, "p9", "2025-06-11")
    with holder(encoded(log), tmp_path) as node, node.projector.view() as view:
        state = report_of(view, report_id(node))
        assert state is not None
        found = checked(view, state, state.latest)
        assert (found.items[0].difference, found.items[0].since) == (0, 1)
        changes = found.changes["f1.met"]
        assert changes.whole
        assert {c.event_id: (c.then, c.now, c.why.value, c.changed_by) for c in changes.items} == {
            first.event_id: (1, 0, "corrected", correction),
            second.event_id: (1, 0, "retracted", retraction),
            late.event_id: (0, 1, "late", None),
            afterwards: (0, 1, "recorded_later", None),
            another: (0, 1, "recorded_later", None),
        }
