"""The activity figure of a campaign, of a kind of area, and of both."""

from __future__ import annotations

from datetime import date

import pytest

from services.node.figures import FIGURES, CellFilter, Cut, FigureQuestionError, between
from services.node.readmodels import EventTags
from tests.domain.scenario import Log, ident, setting
from tests.node.figures.projected import entities, opened, projected

ACTIVITY = FIGURES["activity"]
MARCH = between(date(2025, 3, 1), date(2025, 3, 31))
QUAN_5 = ident("quan 5")
RURAL, URBAN = "new_rural", "new_rural_and_urban"


@pytest.fixture(scope="module")
def log() -> Log:
    log = setting().at("2025-03-14")
    for ward, attendees, campaigns, areas in (
        ("p7", 10, [URBAN], ["border"]),
        ("p7", 20, [URBAN, RURAL], []),
        ("p8", 40, [], ["border", "industrial_zone"]),
        ("p8", 80, [], []),
    ):
        log.given(
            "MeetingHeld",
            ward,
            about=f"meeting {attendees}",
            event=f"meeting {attendees}",
            kind="briefing",
            attendees=attendees,
            mode="in_person",
            campaign_tags=campaigns,
            area_tags=areas,
        )
    return log


@pytest.mark.parametrize(
    ("tag", "area", "attendees"),
    [
        (None, None, 150),
        (URBAN, None, 30),
        (RURAL, None, 20),
        (None, "border", 50),
        (None, "industrial_zone", 40),
        (URBAN, "border", 10),
        (RURAL, "border", 0),
    ],
)
def test_each_restriction_counts_its_own(
    log: Log, tag: str | None, area: str | None, attendees: int
) -> None:
    cut = Cut(tag=tag, area=area)
    with projected(log.records) as view:
        result = ACTIVITY.compute(view, QUAN_5, MARCH, cut)
        cell = CellFilter("MeetingHeld.attendees")
        behind = opened(ACTIVITY, view, QUAN_5, MARCH, cell, cut=cut)
    assert result.values.get("MeetingHeld.attendees", 0) == attendees
    assert sum(value for _, value in behind) == attendees


def test_a_correction_takes_the_tag_away(log: Log) -> None:
    more = Log(log.now, list(log.records), log.directory)
    held = next(record for record in more.records if record.event_id == ident("meeting 10"))
    corrected = {k: v for k, v in held.data.items() if k != "aggregate_version"}
    more.given(
        "EventCorrected",
        "p7",
        about="meeting 10",
        target_event_id=held.event_id,
        replacement={**corrected, "area_tags": []},
        reason="typing_error",
    )
    with projected(more.records) as view:
        result = ACTIVITY.compute(view, QUAN_5, MARCH, Cut(area="border"))
    assert result.values["MeetingHeld.attendees"] == 40
    (entity,) = (e for e in entities(more.records) if e.aggregate_id == ident("meeting 10"))
    assert [row["tag"] for row in EventTags().rows(entity)] == [URBAN]


def test_a_figure_that_is_not_divided_by_tags_says_so(log: Log) -> None:
    with projected(log.records) as view:
        for figure, cut in (
            (FIGURES["model-stock"], Cut(tag=RURAL)),
            (FIGURES["meeting-compliance"], Cut(area="border")),
            (ACTIVITY, Cut(area="moon")),
        ):
            with pytest.raises(FigureQuestionError):
                figure.compute(view, QUAN_5, MARCH, cut)


def test_named_models_are_counted_under_one_name() -> None:
    """R109, R116: whatever a unit calls it."""
    log = setting().at("2025-03-14")
    for ward, named in (
        ("p7", "five_plus_one"),
        ("p8", "five_plus_one"),
        ("p8", "volunteer_social_team"),
        ("p12", None),
    ):
        log.given(
            "ModelEstablished",
            ward,
            about=f"{ward} {named}",
            code="MH-01",
            name="Mô hình của phường",
            domain="self_management",
            host_org_id=ident(f"{ward} police"),
            opened_on="2025-03-01",
            **({} if named is None else {"named": named}),
        )
    with projected(log.records) as view:
        counts = {
            category: FIGURES["model-stock"]
            .compute(view, QUAN_5, MARCH, Cut(category=category))
            .values["models"]
            for category in (None, *FIGURES["model-stock"].categories)
        }
    assert counts == {None: 4, "five_plus_one": 2, "volunteer_social_team": 1}
