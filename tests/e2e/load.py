"""A made-up load: what the desks of the communes push, from a seed, in an order that makes sense.

Every desk is a generator of its own, so the load of one does not depend on how quick another is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from domain.reports import report_id
from tests.e2e.places import COMMUNES, DESKS, LAST_GOOD_DAY, Event, event, ident
from tests.e2e.pushing import DIGEST_OF, Form, Request, batch, single

_FIRST_DAY: Final = date(2023, 1, 1)
_DAYS: Final = 730
_KINDS: Final = ("committee_periodic", "committee_periodic", "briefing", "dissemination", "signing")
_DOMAINS: Final = ("self_management", "self_prevention", "self_protection", "self_mediation")
_RATINGS: Final = ("good", "fair", "average", "weak")
_REPORTS: Final = tuple(
    ("annual" if len(period) == 4 else "half_year", period) for period in LAST_GOOD_DAY
)
_SINGLE: Final = 0.88
"""Of the requests; a batch holds many, so still most events come in batches."""
_AGAIN: Final = 0.05
_SAME_RECORD: Final = 0.02
_CONFLICT: Final = 0.01
_ECHO: Final = 0.03


@dataclass(frozen=True, slots=True)
class Desk:
    """One pusher's work."""

    unit: str
    """It pushes to the service that records for this unit."""
    requests: Sequence[Request]


@dataclass(slots=True)
class _Model:
    record: str
    day: date
    points: list[str] = field(default_factory=list)
    reviewed: bool = False

    @property
    def id(self) -> str:
        return ident(f"model {self.record}")


class _Writer:
    """Writes the events of one desk of one unit."""

    def __init__(self, rng: random.Random, unit: str, desk: str) -> None:
        self._rng = rng
        self._unit = unit
        self._desk = desk
        self._count = 0
        self._meetings: dict[str, Event] = {}
        """Meetings that stand, by event id."""
        self._corrections: list[tuple[str, Event]] = []
        self._models: list[_Model] = []
        self._reports = list(_REPORTS) if desk == DESKS[0] else []
        self._versions: dict[tuple[str, str], list[str]] = {}

    def events(self, count: int) -> Iterator[Event]:
        """So many events, every one of which a node takes if it took those before it."""
        for number in range(count):
            if self._reports and self._rng.random() < 3 * len(self._reports) / max(
                count - number, 1
            ):
                yield self._report()
                continue
            draw = self._rng.random()
            if draw < 0.12 and self._meetings:
                yield self._amendment()
            elif draw < 0.4:
                yield self._model_event()
            else:
                yield self._meeting()

    def final_versions(self) -> dict[tuple[str, str], str]:
        """Of each report (kind and period), the event that sent its last version."""
        return {report: versions[-1] for report, versions in self._versions.items()}

    def _event(self, type: str, day: date, **more: Any) -> Event:
        self._count += 1
        record = f"{type[:12]} {self._count}"
        return event(type, self._unit, record, day.isoformat(), desk=self._desk, **more)

    def _day(self) -> date:
        return _FIRST_DAY + timedelta(days=self._rng.randrange(_DAYS))

    def _meeting(self) -> Event:
        made = self._event("MeetingHeld", self._day(), **self._meeting_data())
        self._meetings[made["id"]] = made
        return made

    def _meeting_data(self) -> dict[str, Any]:
        kind = self._rng.choice(_KINDS)
        data: dict[str, Any] = {
            "kind": kind,
            "attendees": self._rng.randrange(400),
            "mode": self._rng.choice(("in_person", "online", "mixed")),
        }
        if kind == "committee_periodic":
            evaluated, missed = self._rng.randint(5, 20), self._rng.randint(0, 3)
            data["member_evaluation"] = {
                "evaluated": evaluated,
                "fulfilled": evaluated - missed,
                "not_fulfilled": missed,
            }
        return data

    def _amendment(self) -> Event:
        today = date(2025, 2, 1)
        draw = self._rng.random()
        if draw < 0.15 and self._corrections:
            # The correction before it, if there is one, holds again.
            target_id, _ = self._corrections.pop(self._rng.randrange(len(self._corrections)))
            return self._retraction(today, target_id)
        target_id = self._rng.choice(list(self._meetings))
        target = self._meetings[target_id]
        if draw < 0.4:
            del self._meetings[target_id]
            self._corrections = [c for c in self._corrections if c[1] is not target]
            return self._retraction(today, target_id)
        replacement = {
            **{k: v for k, v in target["data"].items() if k != "member_evaluation"},
            **self._meeting_data(),
            "occurred_on": self._day().isoformat(),
        }
        made = self._event(
            "EventCorrected",
            today,
            target_event_id=target_id,
            replacement=replacement,
            reason="wrong_figure",
        )
        self._corrections.append((made["id"], target))
        return made

    def _retraction(self, day: date, target_id: str) -> Event:
        return self._event(
            "EventRetracted", day, target_event_id=target_id, reason="never_happened"
        )

    def _model_event(self) -> Event:
        rng = self._rng
        if not self._models or rng.random() < 0.15:
            return self._new_model()
        model = rng.choice(self._models)
        model.day = min(model.day + timedelta(days=rng.randint(0, 20)), date(2025, 1, 31))
        draw = rng.random()
        if draw < 0.6 or not model.points:
            return self._new_point(model)
        if draw < 0.9 or not model.reviewed:
            return self._review(model)
        point: dict[str, Any] = {}
        if draw < 0.97:
            point["point_id"] = model.points.pop(rng.randrange(len(model.points)))
        else:
            self._models.remove(model)
        return self._event(
            "ModelRetired",
            model.day,
            subject=model.id,
            reason="not_effective",
            proposer_org_id=ident(f"{self._unit} {self._desk}"),
            **point,
        )

    def _new_model(self) -> Event:
        record = f"{self._unit} {self._desk} {len(self._models)} {self._count}"
        model = _Model(record, self._day())
        self._models.append(model)
        return self._event(
            "ModelEstablished",
            model.day,
            subject=model.id,
            code=f"MH-{self._count}",
            name=f"Mô hình tự quản số {self._count}",
            domain=self._rng.choice(_DOMAINS),
            host_org_id=ident(f"{self._unit} {self._desk}"),
            opened_on=model.day.isoformat(),
        )

    def _new_point(self, model: _Model) -> Event:
        point_id = ident(f"point {model.record} {self._count}")
        model.points.append(point_id)
        return self._event(
            "ModelReplicated",
            model.day,
            subject=model.id,
            point_id=point_id,
            group_count=self._rng.randrange(6),
            member_count=self._rng.randrange(60),
        )

    def _review(self, model: _Model) -> Event:
        point: dict[str, Any] = {}
        if self._rng.random() < 0.7:
            point["point_id"] = self._rng.choice(model.points)
        else:
            model.reviewed = True
        return self._event(
            "ModelReviewed",
            model.day,
            subject=model.id,
            rating=self._rng.choice(_RATINGS),
            proposal="keep",
            proposer_org_id=ident(f"{self._unit} {self._desk}"),
            **point,
        )

    def _report(self) -> Event:
        """The next version of a report; it names the digest of the one before."""
        kind, period = report = self._rng.choice(self._reports)
        versions = self._versions.setdefault(report, [])
        due = date.fromisoformat(LAST_GOOD_DAY[period])
        before = {"supersedes": f"{DIGEST_OF}{versions[-1]}"} if versions else {}
        made = self._event(
            "ReportSubmitted",
            due + timedelta(days=self._rng.randint(-9, 6)),
            kind=kind,
            period=period,
            report_version=len(versions) + 1,
            figures={"meetings": self._rng.randrange(100)},
            **before,
        )
        versions.append(made["id"])
        if len(versions) == 4 or self._rng.random() < 0.3:
            self._reports.remove(report)
        return made


def desks(seed: str, count: int) -> tuple[list[Desk], list[Desk]]:
    """The work of every commune desk, `count` events together, and of those that come after.

    The second list: the superiors that return or accept each report's last version, and one desk
    for each unit that pushes, at the same time, some meetings that another desk pushes as well.
    """
    made: list[Desk] = []
    after: list[Desk] = []
    seats = [(unit, desk) for unit in COMMUNES for desk in DESKS]
    for number, (unit, desk) in enumerate(seats):
        rng = random.Random(f"{seed} {unit} {desk}")
        writer = _Writer(rng, unit, desk)
        share = count // len(seats) + (number < count % len(seats))
        events = list(writer.events(share))
        made.append(Desk(unit, list(_requests(rng, events))))
        after.append(Desk(unit, list(_echoes(rng, events))))
        answers = list(_answers(rng, unit, writer.final_versions()))
        if answers:
            after.append(Desk(_superior(unit), answers))
    return made, after


def _superior(unit: str) -> str:
    return "district" if unit.startswith("ward") else "city"


def _requests(rng: random.Random, events: Sequence[Event]) -> Iterator[Request]:
    rest = list(events)
    sent: list[Request] = []
    while rest:
        if rng.random() < _SINGLE:
            size, form = 1, rng.choice((Form.STRUCTURED, Form.STRUCTURED, Form.BINARY))
        else:
            size, form = rng.randint(2, 120), rng.choice((Form.BATCH, Form.LINES))
        part = tuple(_before_reference(rest[:size]))
        rest = rest[len(part) :]
        sent.append(Request(form, part))
        yield sent[-1]
        if rng.random() < _AGAIN:
            yield rng.choice(sent)
        if rng.random() < _SAME_RECORD:
            first = rng.choice(part)
            again = {**first, "id": ident(f"again {first['id']}")}
            yield single(again, aliases={again["id"]: first["id"]})
        if rng.random() < _CONFLICT:
            first = rng.choice(part)
            other = {**first, "data": {**first["data"], "area_tags": ["industrial_zone"]}}
            yield single(other, refused_with="key-conflict")


def _before_reference(events: Sequence[Event]) -> Iterator[Event]:
    """The events up to the one that names the digest of another among them: nobody knows it yet."""
    ids: set[str] = set()
    for one in events:
        if str(one["data"].get("supersedes")).removeprefix(DIGEST_OF) in ids:
            return
        ids.add(one["id"])
        yield one


def _echoes(rng: random.Random, events: Sequence[Event]) -> Iterator[Request]:
    """Some meetings once more: they need nothing that stands before them."""
    meetings = [e for e in events if e["type"] == "vn.antq.MeetingHeld" and rng.random() < _ECHO]
    half = len(meetings) // 2
    yield from map(single, meetings[:half])
    if meetings[half:]:
        yield batch(meetings[half:], Form.LINES)


def _answers(
    rng: random.Random, unit: str, reports: dict[tuple[str, str], str]
) -> Iterator[Request]:
    """What the superior does with the last version of each report."""
    superior = _superior(unit)
    for (kind, period), event_id in sorted(reports.items()):
        record = f"{unit} {kind} {period}"
        common: dict[str, Any] = {
            "report_digest": f"{DIGEST_OF}{event_id}",
            "subject": str(report_id(ident(unit), kind, period)),
        }
        day = "2025-01-20"
        if rng.random() < 0.3:
            made = event(
                "ReportReturned",
                superior,
                record,
                day,
                **common,
                reasons=["figures_differ"],
                resubmit_by="2025-02-01",
            )
        else:
            made = event(
                "ReportAccepted", superior, record, day, **common, receiver_role="committee"
            )
        yield single(made, await_arrival=True)
