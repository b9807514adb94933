"""What happens in the communes of a province, one event after the other, by chance from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from bench.country import COMMUNES, DISTRICTS, organisation_of, unit_of
from bench.happenings import Data, Happening, common_fields
from domain.identifiers import time_ordered
from domain.reports import report_id

_EPOCH: Final = date(1970, 1, 1)
_DAY_MILLISECONDS: Final = 86_400_000
_MODELS_A_UNIT: Final = 12
_POINTS_A_MODEL: Final = 20


@dataclass(slots=True)
class _Model:
    model_id: UUID
    points: list[UUID] = field(default_factory=list)
    opened: int = 0


@dataclass(slots=True)
class _Commune:
    models: list[_Model] = field(default_factory=list)
    established: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A report that its district has not answered yet."""

    commune: int
    report_id: UUID
    digest: str


class Story:
    """What happens in the communes, one event after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 # load to measure with, no secrets
        self._communes = [_Commune() for _ in range(COMMUNES)]
        self._number = 0
        self.unanswered: list[Unanswered] = []
        """Reports in the order they were sent; whoever records them adds them."""

    def next(self, day: date) -> Happening:
        """The next event of any commune."""
        self._number += 1
        unit = self._random.randrange(COMMUNES)
        commune = self._communes[unit]
        chance = self._random.random()
        if chance < 0.5:
            return self._happened(unit, "MeetingHeld", None, day, self._meeting(unit))
        if chance < 0.85:
            return self._of_model(unit, commune, day)
        return self._report(unit, commune, day)

    def meeting(self, unit: int, day: date) -> Happening:
        """A meeting of a commune of any province."""
        self._number += 1
        return self._happened(unit, "MeetingHeld", None, day, self._meeting(unit))

    def answer(self, day: date) -> Happening:
        """A district's answer to the report that has waited longest."""
        self._number += 1
        waiting = self.unanswered.pop(0)
        district = waiting.commune % DISTRICTS
        accepted = self._random.random() < 0.9
        data: Data = {"report_digest": waiting.digest}
        if accepted:
            data["receiver_role"] = "district_committee"
        else:
            data["reasons"] = ["figures_differ"]
            data["resubmit_by"] = (day + timedelta(days=5)).isoformat()
        return self._happened(
            district,
            "ReportAccepted" if accepted else "ReportReturned",
            waiting.report_id,
            day,
            data,
            level="district",
        )

    def _happened(
        self,
        unit: int,
        kind: str,
        aggregate_id: UUID | None,
        day: date,
        data: Data,
        *,
        level: str = "commune",
    ) -> Happening:
        unit_id = unit_of(level, unit)
        common = common_fields(unit_id, f"{kind}/{day.year}/{self._number:09d}", day)
        return Happening(unit, unit_id, kind, self._id(day), aggregate_id, {**common, **data})

    def _id(self, day: date) -> UUID:
        """As docs/how-to/push-events.md advises: it begins with the time."""
        midnight = (day - _EPOCH).days * _DAY_MILLISECONDS
        return time_ordered(midnight + self._number, self._random.getrandbits(128))

    def _meeting(self, unit: int) -> Data:
        unit_id = unit_of("commune", unit)
        data: Data = {
            "kind": self._random.choice(("briefing", "dissemination", "committee_periodic")),
            "host_org_id": str(organisation_of(unit_id, "police")),
            "attendees": self._random.randrange(8, 400),
            "invited_orgs": [str(organisation_of(unit_id, "front"))],
            "mode": self._random.choice(("in_person", "mixed")),
        }
        if data["kind"] == "committee_periodic":
            data["member_evaluation"] = {"evaluated": 12, "fulfilled": 11, "not_fulfilled": 1}
        return data

    def _of_model(self, unit: int, commune: _Commune, day: date) -> Happening:
        front = str(organisation_of(unit_of("commune", unit), "front"))
        chance = self._random.random()
        if not commune.models or (chance < 0.25 and len(commune.models) < _MODELS_A_UNIT):
            return self._established(unit, commune, day, front)
        model = self._random.choice(commune.models)
        if not model.points or (chance < 0.6 and model.opened < _POINTS_A_MODEL):
            point = self._id(day)
            model.points.append(point)
            model.opened += 1
            data: Data = {
                "point_id": str(point),
                "group_count": self._random.randrange(1, 6),
                "member_count": self._random.randrange(5, 60),
            }
            return self._happened(unit, "ModelReplicated", model.model_id, day, data)
        if chance > 0.97 and model.opened == _POINTS_A_MODEL:
            commune.models.remove(model)
            data = {"reason": "purpose_fulfilled", "proposer_org_id": front}
            return self._happened(unit, "ModelRetired", model.model_id, day, data)
        point = self._random.choice(model.points)
        rating = self._random.choice(("good", "fair", "average", "weak"))
        data = {
            "point_id": str(point),
            "rating": rating,
            "proposal": "retire" if rating == "weak" else "keep",
            "proposer_org_id": front,
        }
        return self._happened(unit, "ModelReviewed", model.model_id, day, data)

    def _established(self, unit: int, commune: _Commune, day: date, front: str) -> Happening:
        commune.established += 1
        model = _Model(self._id(day))
        commune.models.append(model)
        data = {
            "code": f"MH-{commune.established:04d}",
            "name": f"Tổ tự quản về an ninh, trật tự số {commune.established}",
            "domain": self._random.choice(
                ("self_management", "self_prevention", "self_protection", "self_mediation")
            ),
            "host_org_id": front,
            "opened_on": day.isoformat(),
        }
        return self._happened(unit, "ModelEstablished", model.model_id, day, data)

    def _report(self, unit: int, commune: _Commune, day: date) -> Happening:
        number = commune.reports
        commune.reports += 1
        year, half = 2000 + number // 4, number // 2 % 2 + 1
        periodic = number % 2 == 0
        period = f"{year}-H{half}" if periodic else str(year)
        data: Data = {
            "kind": "half_year" if periodic else "thematic",
            "period": period,
            "report_version": 1,
            "figures": {"meetings": self._random.randrange(1, 30), "f5.points": 7},
            "sections": ["results", "next_year_plan"],
            "child_reports": [],
            "recipients": [],
        }
        aggregate_id = report_id(unit_of("commune", unit), "half_year", period)
        return self._happened(
            unit, "ReportSubmitted", aggregate_id if periodic else None, day, data
        )
