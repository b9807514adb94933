"""What one aggregate contributes to the cells."""

from __future__ import annotations

import pytest

from services.node.readmodel import CellModel, Entity, RowModel, applies
from services.node.readmodels import (
    READ_MODELS,
    Activity,
    Committees,
    ExemplaryUnits,
    ModelRatings,
    ModelStock,
    SubjectOutcomes,
    Timeline,
)
from tests.domain.scenario import Log, evaluation, ident, setting
from tests.node.figures.projected import entities

P7 = ident("p7")


def contributed(model: CellModel, entity: Entity) -> list[tuple[tuple[object, ...], int, str]]:
    return [(part.key, part.value, part.event_id) for part in model.contributions(entity)]


def entity_of(log: Log, about: str) -> Entity:
    return next(e for e in entities(log.records) if e.aggregate_id == ident(about))


@pytest.fixture
def log() -> Log:
    return setting().at("2025-03-14")


def meet(log: Log, attendees: int = 18) -> str:
    return log.given(
        "MeetingHeld",
        "p7",
        about="meeting",
        kind="committee_periodic",
        attendees=attendees,
        mode="online",
        member_evaluation=evaluation(),
    ).event_id


def test_a_meeting_counts_itself_and_its_attendees(log: Log) -> None:
    event = meet(log)
    cell = (P7, "2025-03-14", "MeetingHeld", "committee_periodic")
    assert contributed(Activity(), entity_of(log, "meeting")) == [
        ((*cell, "events"), 1, event),
        ((*cell, "attendees"), 18, event),
    ]


def test_nobody_there_is_no_cell_of_attendees(log: Log) -> None:
    event = meet(log, attendees=0)
    found = contributed(Activity(), entity_of(log, "meeting"))
    assert [(key[-1], value, by) for key, value, by in found] == [("events", 1, event)]


def test_a_correction_moves_the_number_and_keeps_the_event(log: Log) -> None:
    event = meet(log)
    log.given(
        "EventCorrected",
        "p7",
        about="meeting",
        target_event_id=event,
        replacement={**log.records[-1].data, "attendees": 20, "occurred_on": "2025-03-13"},
        reason="typing_error",
    )
    cell = (P7, "2025-03-13", "MeetingHeld", "committee_periodic")
    assert contributed(Activity(), entity_of(log, "meeting")) == [
        ((*cell, "events"), 1, event),
        ((*cell, "attendees"), 20, event),
    ]


def test_a_retracted_event_contributes_nothing(log: Log) -> None:
    event = meet(log)
    log.given(
        "EventRetracted",
        "p7",
        about="meeting",
        target_event_id=event,
        reason="never_happened",
    )
    assert contributed(Activity(), entity_of(log, "meeting")) == []


def test_a_correction_whose_target_has_not_arrived_contributes_nothing(log: Log) -> None:
    event = meet(log)
    log.given(
        "EventCorrected",
        "p7",
        about="meeting",
        target_event_id=event,
        replacement={**log.records[-1].data, "attendees": 20},
        reason="typing_error",
    )
    (alone,) = entities(log.records[-1:])
    for model in READ_MODELS:
        if not applies(model, alone.kind):
            continue
        if isinstance(model, CellModel):
            assert contributed(model, alone) == []
        else:
            assert isinstance(model, RowModel)
            shown = ["EventCorrected"] if isinstance(model, Timeline) else []
            assert [row["type"] for row in model.rows(alone)] == shown


def test_the_catalogue_is_no_activity(log: Log) -> None:
    for entity in entities(log.records):
        assert contributed(Activity(), entity) == []


@pytest.fixture
def models(log: Log) -> Log:
    """A model of Quận 5 with a point in Phường 7 (2 groups) and one in Phường 8 (none)."""
    log.given(
        "ModelEstablished",
        "quan 5",
        about="model",
        event="founded",
        code="A",
        name="Mô hình A",
        domain="self_protection",
        host_org_id=ident("quan 5 police"),
        opened_on="2025-01-01",
    )
    for ward, groups, day in (("p7", 2, "2025-02-01"), ("p8", 0, "2025-02-02")):
        log.given(
            "ModelReplicated",
            "quan 5",
            about="model",
            event=f"opened {ward}",
            point_id=ident(f"{ward} point"),
            point_unit_id=ident(ward),
            group_count=groups,
            member_count=9,
            opened_on=day,
        )
    return log


def review(log: Log, point: str | None, rating: str, event: str) -> None:
    log.given(
        "ModelReviewed",
        "quan 5",
        about="model",
        event=event,
        rating=rating,
        proposal="keep",
        proposer_org_id=ident("quan 5 front"),
        **({} if point is None else {"point_id": ident(point)}),
    )


def test_stock_opens_where_the_point_is_and_all_of_it_retires_with_the_model(models: Log) -> None:
    review(models, None, "weak", "reviewed")
    models.at("2025-03-15").given(
        "ModelRetired",
        "quan 5",
        about="model",
        event="retired",
        reason="formalistic",
        proposer_org_id=ident("quan 5 front"),
    )
    district, seventh, eighth = ident("quan 5"), P7, ident("p8")
    what = "self_protection"
    assert sorted(contributed(ModelStock(), entity_of(models, "model"))) == sorted(
        [
            ((district, "2025-01-01", what, "", "models", "opened"), 1, ident("founded")),
            ((seventh, "2025-02-01", what, "", "points", "opened"), 1, ident("opened p7")),
            ((seventh, "2025-02-01", what, "", "groups", "opened"), 2, ident("opened p7")),
            ((eighth, "2025-02-02", what, "", "points", "opened"), 1, ident("opened p8")),
            ((district, "2025-03-15", what, "", "models", "retired"), -1, ident("retired")),
            ((seventh, "2025-03-15", what, "", "points", "retired"), -1, ident("retired")),
            ((seventh, "2025-03-15", what, "", "groups", "retired"), -2, ident("retired")),
            ((eighth, "2025-03-15", what, "", "points", "retired"), -1, ident("retired")),
        ]
    )


def test_ratings_move_and_end_with_their_subject(models: Log) -> None:
    review(models, "p7 point", "good", "first")
    models.at("2025-03-16")
    review(models, "p7 point", "weak", "second")
    models.at("2025-03-20").given(
        "ModelRetired",
        "quan 5",
        about="model",
        event="retired",
        point_id=ident("p7 point"),
        reason="not_effective",
        proposer_org_id=ident("quan 5 front"),
    )
    assert contributed(ModelRatings(), entity_of(models, "model")) == [
        ((P7, "2025-03-14", "", "good"), 1, ident("first")),
        ((P7, "2025-03-16", "", "good"), -1, ident("second")),
        ((P7, "2025-03-16", "", "weak"), 1, ident("second")),
        ((P7, "2025-03-20", "", "weak"), -1, ident("retired")),
    ]


def test_points_without_their_model_wait_for_it(models: Log) -> None:
    (entity,) = entities([r for r in models.records if r.type == "ModelReplicated"])
    assert contributed(ModelStock(), entity) == []
    assert contributed(ModelRatings(), entity) == []


def test_a_subjects_recognition_counts_where_it_lies_until_it_is_revoked(log: Log) -> None:
    about = {
        "category": "residential_area",
        "subject_code": "kp1",
        "subject_unit_id": P7,
        "year": 2025,
    }
    households = {"households": 90, "households_committed": 0}
    first = log.given("EmulationRegistered", "p7", kind="register", **households, **about)
    events = {"registered": first.event_id}
    window = {"first": "2024-11-01", "last": "2025-10-31"}
    for stage in ("self_assessed", "council", "recognised", "revoked"):
        log.at("2025-12-20" if stage == "revoked" else "2025-11-20")
        events[stage] = log.given(
            "StandardDecided",
            "quan 5",
            stage=stage,
            standard_version="circular_124_2021",
            window=window,
            **about,
        ).event_id
    entity = next(e for e in entities(log.records) if e.aggregate_id == first.aggregate_id)

    def cell(day: str, outcome: str, value: int, stage: str) -> tuple[object, ...]:
        return (P7, day, 2025, "residential_area", outcome), value, events[stage]

    assert contributed(SubjectOutcomes(), entity) == [
        cell("2025-03-14", "registered", 1, "registered"),
        cell("2025-03-14", "households", 90, "registered"),
        cell("2025-11-20", "self_assessed", 1, "self_assessed"),
        cell("2025-11-20", "council", 1, "council"),
        cell("2025-11-20", "recognised", 1, "recognised"),
        cell("2025-12-20", "revoked", 1, "revoked"),
        cell("2025-12-20", "recognised", -1, "revoked"),
    ]


@pytest.mark.parametrize(
    ("code", "unit", "period", "value", "expected"),
    [
        ("subjects.school", "organisations", "2025", 3, [("reported", 1), ("subjects", 3)]),
        ("subjects.school", "organisations", "2025", 0, [("reported", 1)]),
        ("subjects.school", "organisations", "2025-H1", 3, []),
        ("tips.received", "tips", "2025", 3, []),
    ],
)
def test_the_number_of_subjects_is_what_was_reported_for_the_year(
    log: Log, code: str, unit: str, period: str, value: int, expected: list[tuple[str, int]]
) -> None:
    event = log.given(
        "IndicatorReported", "p7", indicator_code=code, unit=unit, period=period, value=value
    )
    entity = next(e for e in entities(log.records) if e.aggregate_id == event.aggregate_id)
    assert contributed(SubjectOutcomes(), entity) == [
        ((P7, "2025-03-14", 2025, "school", outcome), number, event.event_id)
        for outcome, number in expected
    ]


def test_an_exemplary_unit_counts_for_the_locality_that_named_it(log: Log) -> None:
    events = [
        log.given(
            "ExemplaryUnitDesignated",
            "city",
            kind="urban_order",
            stage=stage,
            category="commune",
            subject_unit_id=P7,
            locality_id=ident("quan 5"),
            year=2025,
        )
        for stage in ("selected", "recognised", "withdrawn")
    ]
    (entity,) = (e for e in entities(log.records) if e.kind == "exemplary_year")
    cell = (ident("quan 5"), "2025-03-14", 2025, "urban_order")
    assert contributed(ExemplaryUnits(), entity) == [
        ((*cell, "selected"), 1, events[0].event_id),
        ((*cell, "selected"), -1, events[2].event_id),
        ((*cell, "recognised"), 1, events[1].event_id),
        ((*cell, "recognised"), -1, events[2].event_id),
    ]


def test_a_committee_counts_from_its_decision_to_its_end(log: Log) -> None:
    founded = log.given(
        "CommitteeChanged",
        "p7",
        kind="established",
        name="Ban Chỉ đạo",
        head_role="party_secretary",
        standing_org=ident("p7 police"),
        member_orgs=[ident("p7 police"), ident("p7 front")],
        decision={"number_raw": "12/QĐ-UBND", "issued_on": "2025-03-14"},
    )
    ended = log.at("2025-06-30").given("CommitteeChanged", "p7", kind="dissolved")
    (entity,) = (e for e in entities(log.records) if e.kind == "committee")
    assert contributed(Committees(), entity) == [
        ((P7, "2025-03-14"), 1, founded.event_id),
        ((P7, "2025-06-30"), -1, ended.event_id),
    ]
