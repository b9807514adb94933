"""Reports that compute themselves: figures, reports from below, and what is not counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.events import Record
from domain.report_kinds import ReportKind
from services.node.asof.cutoff import Cutoff, RecordedUntil
from services.node.figures import FIGURES, FigureQuestionError
from services.node.problems import Problem
from services.node.reporting.drafting import Asked, Drafted, draft
from tests.domain.scenario import Log, ident
from tests.node.asof.histories import encoded, holder
from tests.node.figures import quan5

TODAY = date(2025, 6, 17)
CITY = Asked(ident("city"), ReportKind.HALF_YEAR, "2025-H1", ident("city front"))


@contextmanager
def drafted(
    log: Log, folder: Path, asked: Asked = CITY, cutoff: Cutoff | None = None
) -> Iterator[Drafted]:
    with holder(encoded(log), folder) as node, node.projector.view() as now:
        if cutoff is None:
            found = draft(now, now, FIGURES.values(), asked, TODAY)
        else:
            with node.projector.view(cutoff) as view:
                found = draft(view, now, FIGURES.values(), asked, TODAY)
    assert isinstance(found, Drafted), found
    yield found


def figures(found: Drafted) -> dict[str, int]:
    return {figure.code: figure.value for figure in found.figures}


def recorded(log: Log, found: Drafted) -> Record:
    """Push the draft: it must be taken as it is."""
    data = dict(found.event["data"])
    kind, unit = data.pop("kind"), data.pop("unit_id")
    return log.given("ReportSubmitted", unit, kind=kind, **data)


def test_every_figure_is_computed_in_a_named_state_and_the_draft_can_be_sent(
    tmp_path: Path,
) -> None:
    log = quan5.founded()
    quan5.meeting(log.at("2025-03-01"), "p1", "2025-03-01")
    quan5.meeting(log.at("2025-03-02"), "p2", "2025-03-02")
    with drafted(log, tmp_path) as found:
        values = figures(found)
        assert (values["f1.met"], values["f2.expected"]) == (2, 12)
        assert values["activity.meetingheld.attendees"] == 36
        assert {"f5.points", "f5.points@five_plus_one", "f3.registered@commune"} <= values.keys()
        assert "f3.registered" not in values  # its categories do not add up
        data = found.event["data"]
        assert data["figures"] == values
        assert data["computed_through"] == {
            origin: sum(r.origin == origin for r in log.records)
            for origin in {r.origin for r in log.records}
        }
        assert found.named
        first = recorded(log.at("2025-06-17"), found)
        assert first.data["report_version"] == 1


def test_the_same_draft_is_the_same_event(tmp_path: Path) -> None:
    log = quan5.founded()
    with drafted(log, tmp_path) as first, drafted(log, tmp_path) as second:
        assert first.event == second.event


def test_the_next_version_replaces_the_last(tmp_path: Path) -> None:
    log = quan5.founded()
    with drafted(log, tmp_path) as first:
        sent = recorded(log.at("2025-06-17"), first)
    quan5.meeting(log.at("2025-06-17"), "p1", "2025-03-01")
    with drafted(log, tmp_path) as second:
        data = second.event["data"]
        assert data["report_version"] == 2
        assert data["supersedes"].startswith("sha256:")
        assert data["figures"]["f1.met"] == 1
    assert sent.data["figures"]["f1.met"] == 0


def test_a_template_says_which_figures_and_sections(tmp_path: Path) -> None:
    log = quan5.founded()
    log.given(
        "RuleDefined",
        "city",
        kind="template",
        scope={"unit_id": ident("city")},
        params={
            "template_kind": "half_year",
            "sections": ["results", "next_year_plan"],
            "figures": ["f1.met", "f5.points", "f99.none"],
        },
        valid_from="2025-01-01",
    )
    texts = {"results": ["Phong trào được duy trì đều ở các phường."]}
    asked = Asked(ident("city"), ReportKind.HALF_YEAR, "2025-H1", ident("city front"), texts=texts)
    with drafted(log, tmp_path, asked) as found:
        assert figures(found) == {"f1.met": 0, "f5.points": 0}
        assert found.not_computed == ("f99.none",)
        assert found.missing_sections == ("next_year_plan",)
        assert found.event["data"]["texts"] == texts


def test_a_text_about_a_person_is_refused(tmp_path: Path) -> None:
    texts = {"results": ["Liên hệ số điện thoại 0912345678."]}
    asked = Asked(ident("city"), ReportKind.HALF_YEAR, "2025-H1", ident("city front"), texts=texts)
    with holder(encoded(quan5.founded()), tmp_path) as node, node.projector.view() as now:
        found = draft(now, now, FIGURES.values(), asked, TODAY)
    assert isinstance(found, Problem)
    assert found.code == "text-not-allowed"


def test_a_consolidated_report_cites_the_versions_it_takes_up_and_names_the_missing(
    tmp_path: Path,
) -> None:
    """Step 16 in small: the district consolidates while one ward has not sent and one was
    returned; its second version takes up what came since."""
    log = quan5.founded()
    sent = {
        ward: quan5.report(log, ward, "2025-06-12")
        for ward in quan5.WARDS
        if ward not in ("p13", "p14")
    }
    quan5.send_back(log, "p4", sent["p4"], "2025-06-14", "2025-06-17")
    asked = Asked(ident("quan 5"), ReportKind.CONSOLIDATED, "2025-H1", ident("quan 5 front"))
    log.at("2025-06-17")
    with drafted(log, tmp_path, asked) as first:
        lacking = {item.unit_id: item.why for item in first.children.missing}
        assert lacking == {
            ident("p4"): "returned",
            ident("p8"): "missing",
            ident("p13"): "missing",
            ident("p14"): "missing",
        }
        assert {item.unit_id for item in first.children.included} == {
            ident(ward) for ward in sent if ward != "p4"
        }
        cited = first.event["data"]["child_reports"]
        assert len(cited) == 7
        recorded(log, first)
    quan5.report(log, "p13", "2025-06-17")
    quan5.report(log, "p4", "2025-06-17", 2)
    with drafted(log, tmp_path, asked) as second:
        assert len(second.children.included) == 9
        assert {item.version for item in second.children.included} == {1, 2}
        assert second.event["data"]["report_version"] == 2


def test_what_is_not_counted_is_listed_with_the_reason(tmp_path: Path) -> None:
    log = quan5.founded()
    retracted = quan5.meeting(log.at("2025-03-01"), "p1", "2025-03-01")
    about = next(r.aggregate_id for r in log.records if r.event_id == retracted)
    log.given(
        "EventRetracted", "p1", about=about, target_event_id=retracted, reason="never_happened"
    )
    why_retracted = log.records[-1].event_id
    moved = quan5.meeting(log.at("2025-03-02"), "p2", "2025-03-02")
    held = next(r for r in log.records if r.event_id == moved)
    replacement = {k: v for k, v in held.data.items() if k != "aggregate_version"}
    log.given(
        "EventCorrected",
        "p2",
        about=held.aggregate_id,
        target_event_id=moved,
        replacement=replacement | {"occurred_on": "2024-11-02"},
        reason="wrong_date",
    )
    why_moved = log.records[-1].event_id
    counted = quan5.meeting(log.at("2025-03-03"), "p4", "2025-03-03")
    moment = log.records[-1].recorded_at
    late = quan5.meeting(log.at("2025-06-12"), "p5", "2025-06-01")
    with drafted(log, tmp_path, cutoff=RecordedUntil(moment)) as found:
        assert figures(found)["f1.met"] == 1
        listed = {
            e.event_id: (e.reason.value, e.changed_by)
            for e in found.left_out.items
            if e.type == "MeetingHeld"
        }
        assert listed == {
            retracted: ("retracted", why_retracted),
            moved: ("corrected_away", why_moved),
            late: ("after_cutoff", None),
        }
        assert counted not in listed
        assert found.left_out.counts["after_cutoff"] == 1
        assert late not in str(found.event)


def test_what_stands_outside_the_hierarchy_is_listed(tmp_path: Path) -> None:
    """A ward's meeting held in the period belongs to the new ward's predecessor, which stood under
    the district and not under the new ward then."""
    log = quan5.founded()
    before = quan5.meeting(log.at("2025-03-01"), "p1", "2025-03-01")
    quan5.merge_wards(log)
    quan5.two_tiers(log.at("2025-07-02"))
    asked = Asked(ident("cho quan"), ReportKind.THEMATIC, "2025-H1", ident("cho quan front"))
    with drafted(log, tmp_path, asked) as found:
        outside = [e.event_id for e in found.left_out.items]
        assert before in outside
        assert found.left_out.counts["outside_hierarchy"] >= 1


def test_what_cannot_be_answered_says_what_to_change(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"unit_id": ident("nowhere")}, "unit_id"),
        ({"period": "2025-H2"}, "period"),
        ({"org_id": None}, "org_id"),
    ]
    with holder(encoded(quan5.founded()), tmp_path) as node, node.projector.view() as now:
        for change, parameter in cases:
            fields = {
                "unit_id": ident("city"),
                "kind": ReportKind.HALF_YEAR,
                "period": "2025-H1",
                "org_id": ident("city front"),
            }
            with pytest.raises(FigureQuestionError) as error:
                draft(now, now, FIGURES.values(), Asked(**(fields | change)), TODAY)
            assert error.value.parameter == parameter
