"""Events to measure with: the same for everybody, close to what communes really record.

Half are meetings, a third is the life of models and their points, the rest are reports with the
answers of the districts. A local system sends about 630 bytes
an event, of which a node records about 820. Nothing of it is anybody's data: units
are numbered, organisations are offices, and all that is counted is counts.

The first n of many events are the same as n events: what is measured with few is a part of what is
measured with many.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson

from contracts.envelope import TYPE_PREFIX, digest_of, encode, format_time
from domain.events import derive_id
from domain.reports import report_id
from services.node.eventlog import NewEvent
from services.node.hosting import origin_of

COMMUNES: Final = 300
DISTRICTS: Final = 10
SEED: Final = 20250701

_FIRST_DAY: Final = date(2015, 1, 1)
_EVENTS_A_DAY: Final = 400
_SEAT: Final = "main"
_SOURCE: Final = "bench.local-system"
_UNITS_AN_EVENT: Final = 100
_FOUNDED: Final = "1990-01-01"
_MODELS_A_UNIT: Final = 12
_POINTS_A_MODEL: Final = 20

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as a local system sends it."""

    unit: int
    """Number of the commune, or of the district for an answer to a report."""
    unit_id: UUID
    type: str
    event_id: UUID
    aggregate_id: UUID | None
    """None where the event starts an aggregate of its own."""
    data: Data

    def pushed(self) -> bytes:
        """The CloudEvent that is pushed."""
        event: Data = {
            "specversion": "1.0",
            "id": str(self.event_id),
            "source": _SOURCE,
            "type": TYPE_PREFIX + self.type,
            "datacontenttype": "application/json",
            "data": self.data,
        }
        if self.aggregate_id is not None:
            event["subject"] = str(self.aggregate_id)
        return orjson.dumps(event)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as a node holds it."""

    origin: UUID
    sequence: int
    type: str
    event_id: str
    aggregate_id: str
    raw: bytes


@cache
def unit_of(kind: str, number: int = 0) -> UUID:
    """The identifier of the centre, the province, a district or a commune."""
    return derive_id("bench", kind, number)


@cache
def organisation_of(unit_id: UUID, category: str) -> UUID:
    """The identifier of an organisation of a unit."""
    return derive_id("bench", unit_id, category)


@cache
def _origin_of(unit_id: UUID) -> UUID:
    return origin_of(unit_id, _SEAT)


PROVINCE: Final = unit_of("province")
CENTRE: Final = unit_of("central")


class Recorder:
    """Gives events their places and bytes, as the nodes that record them would."""

    def __init__(self, heads: Mapping[UUID, int] | None = None) -> None:
        """`heads`: where streams end that go on."""
        self.heads: dict[UUID, int] = dict(heads or {})
        self._versions: dict[tuple[str, UUID], int] = {}

    def record(self, happening: Happening, at: datetime) -> Recorded:
        """The event as recorded at a moment; moments never go back."""
        origin = _origin_of(happening.unit_id)
        sequence = self.heads.get(origin, 0) + 1
        self.heads[origin] = sequence
        aggregate_id = str(happening.aggregate_id or happening.event_id)
        place = (aggregate_id, happening.unit_id)
        version = self._versions.get(place, 0) + 1
        self._versions[place] = version
        raw = encode(
            event_id=str(happening.event_id),
            origin=origin,
            sequence=sequence,
            type=happening.type,
            version=1,
            aggregate_id=aggregate_id,
            recorded_at=format_time(at),
            data={**happening.data, "aggregate_version": version},
        )
        return Recorded(
            origin, sequence, happening.type, str(happening.event_id), aggregate_id, raw
        )


def catalogue(provinces: int = 1) -> list[Recorded]:
    """Units and organisations, as the centre records them: what every node needs first.

    Every province has the districts and communes of the first, numbered on.
    """
    recorder = Recorder()
    at = datetime(2014, 12, 1, tzinfo=UTC)
    return [
        recorder.record(happening, at + timedelta(seconds=number))
        for number, happening in enumerate(_catalogue(provinces))
    ]


def _catalogue(provinces: int) -> Iterator[Happening]:
    top = [_created(CENTRE, "00", "central", None)]
    top += [
        _created(unit_of("province", n), f"{79 + n}", "province", CENTRE) for n in range(provinces)
    ]
    top += [
        _created(
            unit_of("district", n),
            f"{700 + n}",
            "district",
            unit_of("province", n // DISTRICTS),
        )
        for n in range(DISTRICTS * provinces)
    ]
    communes = [
        _created(
            unit_of("commune", n),
            f"{20000 + n}",
            "ward",
            unit_of("district", n % DISTRICTS + n // COMMUNES * DISTRICTS),
        )
        for n in range(COMMUNES * provinces)
    ]
    for number, part in enumerate((*_parts(top), *_parts(communes))):
        yield _founding("UnitReorganised", f"units-{number}", {"kind": "created", "to": part})
    units = [UUID(unit["unit_id"]) for unit in (*top, *communes)]
    organisations = [
        {
            "org_id": str(organisation_of(unit, category)),
            "unit_id": str(unit),
            "name": name,
            "category": category,
            "roles": [],
        }
        for unit in units
        for category, name in (("police", "Công an"), ("front", "Ủy ban MTTQ Việt Nam"))
    ]
    for number, part in enumerate(_parts(organisations)):
        yield _founding(
            "OrganisationChanged",
            f"organisations-{number}",
            {"kind": "established", "organisations": part},
        )


def _parts(values: list[Data]) -> list[list[Data]]:
    return [values[i : i + _UNITS_AN_EVENT] for i in range(0, len(values), _UNITS_AN_EVENT)]


def _created(unit_id: UUID, code: str, kind: str, parent: UUID | None) -> Data:
    unit = {"unit_id": str(unit_id), "code": code, "name": f"{kind} {code}", "kind": kind}
    return unit if parent is None else {**unit, "parent_id": str(parent)}


def _founding(kind: str, name: str, data: Data) -> Happening:
    day = date.fromisoformat(_FOUNDED)
    return Happening(
        0,
        CENTRE,
        kind,
        derive_id("bench", name),
        None,
        {**_common(CENTRE, name, day), "effective_on": _FOUNDED, **data},
    )


def _common(unit_id: UUID, record_id: str, day: date) -> Data:
    return {
        "unit_id": str(unit_id),
        "org_id": str(organisation_of(unit_id, "police")),
        "actor_account": "bench.account",
        "occurred_on": day.isoformat(),
        "source_system": _SOURCE,
        "source_record_id": record_id,
        "campaign_tags": [],
        "area_tags": [],
    }


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
class _Unanswered:
    commune: int
    report_id: UUID
    digest: str


class _Story:
    """What happens in the communes, one event after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 # load to measure with, no secrets
        self._communes = [_Commune() for _ in range(COMMUNES)]
        self._number = 0
        self.unanswered: list[_Unanswered] = []

    def next(self, day: date) -> Happening:
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
        common = _common(unit_id, f"{kind}/{day.year}/{self._number:09d}", day)
        return Happening(unit, unit_id, kind, self._id(), aggregate_id, {**common, **data})

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

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
            point = self._id()
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
        model = _Model(self._id())
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


def _day(index: int) -> date:
    return _FIRST_DAY + timedelta(days=index // _EVENTS_A_DAY)


def pushes(count: int, seed: int = SEED) -> list[Happening]:
    """Events that communes push; those of one commune must arrive in this order."""
    story = _Story(seed)
    return [story.next(_day(index)) for index in range(count)]


def recorded(
    count: int, seed: int = SEED, *, day_of: Callable[[int], date] = _day
) -> list[Recorded]:
    """Events as a province holds them: those of its communes with the answers of its districts.

    `day_of` tells the day of the event of a number, from 0 on, and never goes back.
    """
    story, recorder = _Story(seed), Recorder()
    events: list[Recorded] = []
    for index in range(count):
        day = day_of(index)
        answering = index % 10 == 9 and story.unanswered
        happening = story.answer(day) if answering else story.next(day)
        event = recorder.record(happening, _at(day, index))
        if happening.type == "ReportSubmitted":
            story.unanswered.append(
                _Unanswered(happening.unit, UUID(event.aggregate_id), digest_of(event.raw))
            )
        events.append(event)
    return events


def _at(day: date, index: int) -> datetime:
    start = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return start + timedelta(seconds=index % _EVENTS_A_DAY * 60)


def meetings(
    communes: Sequence[int], recorder: Recorder, day: date, seed: int = SEED
) -> list[Recorded]:
    """A meeting of each of these communes, one after the other: streams in their widest mixture."""
    story = _Story(seed)
    return [
        recorder.record(story.meeting(unit, day), _at(day, index))
        for index, unit in enumerate(communes)
    ]


def as_new(event: Recorded) -> NewEvent:
    """The event as a log takes it."""
    return NewEvent(event.origin, event.sequence, event.type, event.raw)
