"""Models and their points: 74 in Quận 5, and the one that is retired in step 7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from domain.events import derive_id
from services.demo.making.drafts import Event, event
from services.demo.making.places import MERGERS, OLD_WARDS, Q5, WARDS

_MODELS: Final = (
    ("Q5-01", "Tổ nhân dân tự quản về an ninh, trật tự", "self_management"),
    ("Q5-02", "Camera phòng, chống tội phạm", "self_prevention"),
    ("Q5-03", "Đội dân phòng tình nguyện", "self_protection"),
    ("Q5-04", "Tổ hòa giải ở khu phố", "self_mediation"),
)
_VOLUNTEERS: Final = 2
"""Place of the volunteer teams among the models."""

POINTS: Final = dict(zip(range(1, 15), (8, 5, 4, 7, 5, 3, 4, 4, 6, 3, 4, 7, 7, 7), strict=True))
"""Points by ward of 2023, 74 together. Those of merged wards stand under the new ones; after step
7 Phường 1, 2 and 4 have 24 of 73, Phường 5, 7 and 9 have 21, Phường 11 to 14 have 28."""

_RETIRED_WARD: Final = 5


class _Point(NamedTuple):
    ward: int
    place: int
    """Its number within the ward, from 0."""

    @property
    def point_id(self) -> str:
        return str(derive_id("demo", "point", self.ward, self.place))

    @property
    def model(self) -> int:
        return (self.ward + self.place) % len(_MODELS)


def _model_id(place: int) -> str:
    return str(derive_id("demo", "model", _MODELS[place][0]))


def _points() -> Iterator[_Point]:
    for ward, count in POINTS.items():
        for place in range(count):
            yield _Point(ward, place)


_RETIRED: Final = next(
    point for point in _points() if point.ward == _RETIRED_WARD and point.model == _VOLUNTEERS
)


def established() -> Iterable[Event]:
    """The district's four models, one of each kind of self-reliance (R64)."""
    for place, (code, name, domain) in enumerate(_MODELS):
        yield event(
            "ModelEstablished",
            Q5,
            "police",
            "2023-03-15",
            f"model-{code}",
            subject=_model_id(place),
            code=code,
            name=name,
            domain=domain,
            host_org_id=Q5.office("police"),
            opened_on="2023-03-15",
        )


def points() -> Iterable[Event]:
    """The points, opened by the 14 wards in 2023."""
    for point in _points():
        yield event(
            "ModelReplicated",
            OLD_WARDS[point.ward],
            "police",
            "2023-05-19",
            f"point-{point.place + 1}",
            subject=_model_id(point.model),
            point_id=point.point_id,
            group_count=1 + (point.ward + point.place) % 3,
            member_count=8 + (5 * point.ward + 3 * point.place) % 17,
        )


def reviews() -> Iterable[Event]:
    """Two points a ward are reviewed in spring: 12 good, 6 fair, 2 average."""
    ratings = ("good", "good", "fair", "good", "good", "fair", "good", "average", "good", "fair")
    for index, (number, ward) in enumerate(WARDS.items()):
        reviewed = [p for p in _points() if p.ward == number and p != _RETIRED][:2]
        for place, point in enumerate(reviewed):
            rating = ratings[(2 * index + place) % len(ratings)]
            yield event(
                "ModelReviewed",
                ward,
                "front",
                "2025-03-26",
                f"review-point-{point.place + 1}",
                subject=_model_id(point.model),
                point_id=point.point_id,
                rating=rating,
                proposal="keep",
                proposer_org_id=ward.office("front"),
            )


def weak_point() -> Iterable[Event]:
    """Step 7, before: the Front finds one volunteer team weak, twice, and proposes to retire it."""
    ward = WARDS[_RETIRED_WARD]
    for day in ("2025-03-27", "2025-05-26"):
        yield event(
            "ModelReviewed",
            ward,
            "front",
            day,
            f"review-weak-{day}",
            subject=_model_id(_RETIRED.model),
            point_id=_RETIRED.point_id,
            rating="weak",
            proposal="retire",
            proposer_org_id=ward.office("front"),
        )


def retirement() -> Iterable[Event]:
    """Step 7, on 2/6: the ward retires it (R21, R31)."""
    ward = WARDS[_RETIRED_WARD]
    yield event(
        "ModelRetired",
        ward,
        "police",
        "2025-06-02",
        "retire-weak",
        subject=_model_id(_RETIRED.model),
        point_id=_RETIRED.point_id,
        reason="not_effective",
        proposer_org_id=ward.office("front"),
    )


def points_of_today(number: int) -> int:
    """Points of a ward of 2025 after the retirement."""
    numbers = MERGERS[number][0] if number in MERGERS else (number,)
    return sum(POINTS[n] for n in numbers) - (number == _RETIRED_WARD)
