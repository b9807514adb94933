"""Random histories of a small country, made through the domain's decisions.

Two cities with three wards each. Meetings, models with points, reports; corrections, retractions,
mergers, splits (also into the other city) and assignments; much of it is recorded late.
What the domain refuses is left out, so every history could have been recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from domain.decisions import Accepted
from domain.events import Record
from tests.domain.scenario import Log, evaluation, ident, new_unit, org

CITIES: Final = ("city a", "city b")
WARDS: Final = {city: [f"{city} ward {n}" for n in (1, 2, 3)] for city in CITIES}
FIRST: Final = date(2025, 1, 1)
LAST: Final = date(2025, 12, 31)
_SINCE: Final = "2020-01-01"

Step = tuple[str, int, int, int]
"""What happens, and three numbers that choose what it happens to."""

_KINDS: Final = (
    *("meeting",) * 5,
    *("point",) * 3,
    *("correct",) * 2,
    *("assign",) * 4,
    "retract",
    "retire",
    "report",
    "merge",
    "split",
    "split",
)
STEPS: Final = st.lists(
    st.tuples(st.sampled_from(_KINDS), *[st.integers(0, 10_000)] * 3), min_size=8, max_size=40
)


@cache
def _founded() -> Log:
    log = Log()
    log.create("centre", "central", "00", None, _SINCE)
    log.establish("centre", _SINCE, centre="police")
    for number, city in enumerate(CITIES):
        log.create(city, "province", f"{70 + number}", "centre", _SINCE)
        for place, ward in enumerate(WARDS[city]):
            log.create(ward, "ward", f"{1000 * (number + 1) + place}", city, _SINCE)
        _offices(log, [city, *WARDS[city]], _SINCE)
    start, end = {"month_day": "12-15", "year_offset": -1}, {"month_day": "06-14"}
    half = {"report_kind": "half_year", "half": 1}
    for name, kind, params in (
        ("cadence", "cadence", {"every_months": 1, "anchor": "2025-01-01"}),
        ("period", "period", {**half, "start": start, "end": end}),
        ("due", "due", {**half, "day": {"month_day": "06-20"}}),
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
    return log


def _offices(log: Log, units: Sequence[str], since: str) -> None:
    log.given(
        "OrganisationChanged",
        "centre",
        kind="established",
        organisations=[org(unit, "police") for unit in units],
        effective_on=since,
    )


@dataclass
class History:
    """A history being made."""

    log: Log
    wards: dict[str, str]
    """Every ward there ever was, with its city."""
    day: date = FIRST
    made: int = 0
    records: dict[str, list[Record]] = field(default_factory=dict)
    """What may be corrected, retracted or assigned, by type."""

    @classmethod
    def of(cls, steps: Sequence[Step]) -> History:
        """The history that the steps make."""
        log = copy(_founded())
        log.records = list(log.records)
        history = cls(log, {ward: city for city, wards in WARDS.items() for ward in wards})
        for kind, first, second, third in steps:
            history.day = min(history.day + timedelta(days=third % 23), LAST)
            log.at(history.day.isoformat())
            log.now += timedelta(seconds=history.made)
            getattr(history, f"_{kind}")(first, second, third)
        return history

    def _record(self, type: str, unit: str, /, **data: Any) -> Record | None:
        self.made += 1
        draft = self.log.draft(type, unit, event=f"event {self.made}", **data)
        if not isinstance(self.log.ask(draft), Accepted):
            return None
        record = self.log.record(draft)
        self.records.setdefault(type, []).append(record)
        return record

    def _ward(self, number: int) -> str:
        wards = sorted(self.wards)
        return wards[number % len(wards)]

    def _earlier(self, number: int) -> str:
        """A day up to today: what happened is often recorded late."""
        return (self.day - timedelta(days=number % 60)).isoformat()

    def _any(self, type: str, number: int) -> Record | None:
        held = self.records.get(type)
        return held[number % len(held)] if held else None

    def _meeting(self, first: int, second: int, third: int) -> None:
        periodic = third % 2
        more = {"member_evaluation": evaluation()} if periodic else {}
        self._record(
            "MeetingHeld",
            self._ward(first),
            about=f"meeting {self.made}",
            kind="committee_periodic" if periodic else "briefing",
            attendees=1 + second % 50,
            mode="in_person",
            occurred_on=self._earlier(second),
            **more,
        )

    def _point(self, first: int, second: int, third: int) -> None:
        ward = self._ward(first)
        day = self._earlier(second)
        self._record(
            "ModelEstablished",
            ward,
            about=f"model {ward}",
            code="MH-01",
            name="Tổ tự quản",
            domain="self_management",
            host_org_id=ident(f"{ward} police"),
            opened_on=day,
            occurred_on=day,
        )
        self._record(
            "ModelReplicated",
            ward,
            about=f"model {ward}",
            point_id=ident(f"point {self.made}"),
            group_count=third % 4,
            member_count=5,
            occurred_on=self._earlier(second // 2),
        )

    def _retire(self, first: int, second: int, third: int) -> None:
        point = self._any("ModelReplicated", first)
        if point is None:
            return
        city = self.wards[self._name(point.data["unit_id"])]
        day = self._earlier(third // 3)
        review: dict[str, Any] = {
            "about": point.aggregate_id,
            "proposer_org_id": ident(f"{city} police"),
            "occurred_on": day,
        }
        subject = {"point_id": point.data["point_id"]} if second % 5 else {}
        ratings = ("good", "weak")
        self._record(
            "ModelReviewed",
            city,
            rating=ratings[second % 2],
            proposal="retire",
            **review,
            **subject,
        )
        if second % 3:
            self._record("ModelRetired", city, reason="not_effective", **review, **subject)

    def _name(self, unit_id: str) -> str:
        return next(ward for ward in self.wards if ident(ward) == unit_id)

    def _report(self, first: int, second: int, third: int) -> None:
        del second, third
        ward = self._ward(first)
        self._record("ReportSubmitted", ward, kind="half_year", period="2025-H1", report_version=1)

    def _correct(self, first: int, second: int, third: int) -> None:
        meeting = self._any("MeetingHeld", first)
        if meeting is None:
            return
        replacement = {k: v for k, v in meeting.data.items() if k != "aggregate_version"}
        replacement |= {"attendees": 100 + second % 50}
        if third % 2:
            replacement |= {"occurred_on": self._earlier(third)}
        ward = self._name(meeting.data["unit_id"])
        self._record(
            "EventCorrected",
            self.wards[ward] if second % 2 else ward,
            about=meeting.aggregate_id,
            target_event_id=meeting.event_id,
            replacement=replacement,
            reason="wrong_figure",
        )

    def _retract(self, first: int, second: int, third: int) -> None:
        del third
        types = ("MeetingHeld", "EventCorrected", "RecordsAssigned", "ModelReplicated")
        target = self._any(types[second % len(types)], first)
        if target is None:
            return
        city = next(
            (c for w, c in self.wards.items() if ident(w) == target.data["unit_id"]), "centre"
        )
        self._record(
            "EventRetracted",
            city,
            about=target.aggregate_id,
            target_event_id=target.event_id,
            reason="never_happened",
        )

    def _merge(self, first: int, second: int, third: int) -> None:
        del third
        giver = self._ward(first)
        taker = WARDS[self.wards[giver]][second % 3]
        if taker == giver:
            return
        self._record(
            "UnitReorganised",
            "centre",
            kind="merge",
            **{"from": [{"unit_id": ident(giver)}]},
            to=[{"unit_id": ident(taker)}],
            effective_on=self.day.isoformat(),
        )

    def _split(self, first: int, second: int, third: int) -> None:
        del third
        giver = self._ward(first)
        if giver.count("/") > 1:
            return
        cities = (self.wards[giver], CITIES[second % 2])
        parts = {f"{giver}/{n}": city for n, city in enumerate(cities)}
        split = self._record(
            "UnitReorganised",
            "centre",
            kind="split",
            **{"from": [{"unit_id": ident(giver)}]},
            to=[
                new_unit(part, "ward", f"{20_000 + 2 * self.made + n}", city)
                for n, (part, city) in enumerate(parts.items())
            ],
            effective_on=self.day.isoformat(),
        )
        if split is not None:
            self.wards |= parts
            _offices(self.log, list(parts), self.day.isoformat())

    def _successors(self, record: Record) -> frozenset[str]:
        return self.log.directory.split_successors(record.data["unit_id"], self.day)

    def _assign(self, first: int, second: int, third: int) -> None:
        types = ("MeetingHeld", "ModelReplicated", "ModelEstablished", "ReportSubmitted")
        split = [
            (record, sorted(found))
            for name in types
            for record in self.records.get(name, ())
            if (found := self._successors(record))
        ]
        if not split:
            return
        target, successors = split[first % len(split)]
        unit = target.data["unit_id"]
        whole = third % 5 == 0
        self._record(
            "RecordsAssigned",
            "centre",
            about=target.aggregate_id,
            target_event_ids=[] if whole else [target.event_id],
            from_unit_id=unit,
            to_unit_id=successors[second % len(successors)],
        )
