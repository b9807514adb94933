"""A model through time: its points, reviews and retirements, and how they change the stock (F5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from domain.events import Record, recorded_order


class Review(NamedTuple):
    """One review of the model (`point_id` None) or of a point."""

    event_id: str
    point_id: str | None
    day: date
    unit_id: str
    rating: str
    proposal: str


class Point(NamedTuple):
    """A point of a model. `retired_on` also tells of the whole model's retirement."""

    point_id: str
    event_id: str
    unit_id: str
    groups: int
    members: int
    opened_on: date
    retired_on: date | None = None
    retired_by: str | None = None
    """The event that retired it."""


class ModelState(NamedTuple):
    """A model after all its events, whatever clocks the levels that wrote them had."""

    model_id: str
    event_id: str
    unit_id: str
    code: str
    name: str
    domain: str
    host_org_id: str
    opened_on: date
    named: str
    """Which of the named models it is; "" if none."""
    retired_on: date | None
    retired_by: str | None
    points: Mapping[str, Point]
    reviews: tuple[Review, ...]
    """By day, then by recording."""

    def reviewed(self, point_id: str | None, by: date) -> bool:
        """Whether a review of the point, or of the whole model, came by that day."""
        return any(
            review.point_id in (None, point_id) and review.day <= by for review in self.reviews
        )


def fold(records: Sequence[Record]) -> ModelState | None:
    """The model that effective records make, in any order; None without its establishment.

    A superior's clock may run behind the owner's, so what a record is about is found by its
    identifiers and days, never by its place. Of two openings or retirements of one thing the first
    in `Record.order` counts.
    """
    ordered = sorted(records, key=recorded_order)
    founded = next((r for r in ordered if r.type == "ModelEstablished"), None)
    if founded is None:
        return None
    points: dict[str, Point] = {}
    reviews: list[Review] = []
    retired: dict[str | None, tuple[date, str]] = {}
    for record in ordered:
        data = record.data
        if record.type == "ModelReplicated":
            points.setdefault(data["point_id"], _point(record))
        elif record.type == "ModelReviewed":
            reviews.append(
                Review(
                    record.event_id,
                    data.get("point_id"),
                    date.fromisoformat(data["occurred_on"]),
                    data["unit_id"],
                    data["rating"],
                    data["proposal"],
                )
            )
        elif record.type == "ModelRetired":
            day = date.fromisoformat(data["occurred_on"])
            retired.setdefault(data.get("point_id"), (day, record.event_id))
    reviews.sort(key=lambda review: review.day)
    data = founded.data
    whole = retired.get(None)
    return ModelState(
        model_id=founded.aggregate_id,
        event_id=founded.event_id,
        unit_id=data["unit_id"],
        code=data["code"],
        name=data["name"],
        domain=data["domain"],
        host_org_id=data["host_org_id"],
        opened_on=date.fromisoformat(data["opened_on"]),
        named=data.get("named") or "",
        retired_on=whole[0] if whole else None,
        retired_by=whole[1] if whole else None,
        points={
            point_id: _ended(point, retired.get(point_id), whole)
            for point_id, point in points.items()
        },
        reviews=tuple(reviews),
    )


def _point(record: Record) -> Point:
    data = record.data
    return Point(
        point_id=data["point_id"],
        event_id=record.event_id,
        unit_id=data.get("point_unit_id", data["unit_id"]),
        groups=data["group_count"],
        members=data["member_count"],
        opened_on=date.fromisoformat(data.get("opened_on", data["occurred_on"])),
    )


def _ended(point: Point, own: tuple[date, str] | None, whole: tuple[date, str] | None) -> Point:
    ends = [end for end in (own, whole) if end is not None]
    if not ends:
        return point
    day, event_id = min(ends, key=lambda end: end[0])
    return point._replace(retired_on=day, retired_by=event_id)


Measure = Literal["models", "points", "groups"]


class StockChange(NamedTuple):
    """How the stock of models (F5) of a unit changes on a day."""

    day: date
    unit_id: str
    domain: str
    measure: Measure
    delta: int
    event_id: str
    opened_by: str
    """The event that opened what changes."""


class RatingChange(NamedTuple):
    """How many subjects of a unit stand at a rating: −1 at the old one, +1 at the new one."""

    day: date
    unit_id: str
    rating: str
    delta: int
    event_id: str
    subject: Literal["model", "point"]
    opened_by: str
    """The event that opened the subject."""


def stock_changes(state: ModelState) -> Iterator[StockChange]:
    """Every change of the stock (F5); their sum up to a day is the stock on that day.

    What was opened after it was retired (two writers' clocks) counts for no day: it leaves on the
    day it opens.
    """
    own, by = (state.unit_id, state.domain), state.event_id
    yield StockChange(state.opened_on, *own, "models", 1, by, by)
    if state.retired_on is not None and state.retired_by is not None:
        day = max(state.retired_on, state.opened_on)
        yield StockChange(day, *own, "models", -1, state.retired_by, by)
    for point in state.points.values():
        place, by = (point.unit_id, state.domain), point.event_id
        yield StockChange(point.opened_on, *place, "points", 1, by, by)
        if point.groups:
            yield StockChange(point.opened_on, *place, "groups", point.groups, by, by)
        if point.retired_on is not None and point.retired_by is not None:
            day = max(point.retired_on, point.opened_on)
            yield StockChange(day, *place, "points", -1, point.retired_by, by)
            if point.groups:
                yield StockChange(day, *place, "groups", -point.groups, point.retired_by, by)


def rating_changes(state: ModelState) -> Iterator[RatingChange]:
    """Every change of the ratings: the first review, each other rating, the end at retirement.

    A review after the retirement of its subject changes nothing. A review of a point that is not
    known (its opening was not received yet) is passed over until it is.
    """
    subjects: dict[str | None, list[Review]] = {}
    for review in state.reviews:
        subjects.setdefault(review.point_id, []).append(review)
    for point_id, reviews in subjects.items():
        if point_id is None:
            end, ended_by = state.retired_on, state.retired_by
            unit_id, opened_by = state.unit_id, state.event_id
        elif point_id in state.points:
            point = state.points[point_id]
            end, ended_by = point.retired_on, point.retired_by
            unit_id, opened_by = point.unit_id, point.event_id
        else:
            continue
        subject: Literal["model", "point"] = "model" if point_id is None else "point"
        current: str | None = None
        for review in reviews:
            if end is not None and review.day > end:
                break
            if review.rating == current:
                continue
            place = (review.day, unit_id)
            if current is not None:
                yield RatingChange(*place, current, -1, review.event_id, subject, opened_by)
            current = review.rating
            yield RatingChange(*place, current, 1, review.event_id, subject, opened_by)
        if current is not None and end is not None and ended_by is not None:
            yield RatingChange(end, unit_id, current, -1, ended_by, subject, opened_by)
