"""Random histories that could have been recorded, and nodes that hold any part of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import orjson

from contracts.envelope import digest_of, encode
from domain.decisions import Accepted
from domain.directory import Directory
from domain.events import Record
from services.node.database import Database
from services.node.eventlog import NewEvent, open_log
from services.node.projector import Projector
from services.node.reading import Unknown, record_of
from services.node.readmodels import READ_MODELS
from services.node.views import Stream
from tests.domain.scenario import Log, ident
from tests.node.figures import quan5

if TYPE_CHECKING:
    from infra.backing import PostgresBacking

_WARDS: Final = ("p1", "p4", "p5", "p7")
_STEPS: Final = 30


def random_history(random: Random) -> Log:
    """Meetings, points, reviews and reports of some wards in 2025, corrected and retracted at
    random by wards and district; a merger, and the end of the district, in the middle of it."""
    log = quan5.founded()
    log.given(
        "ModelEstablished",
        "quan 5",
        about="volunteers",
        code="DCS",
        name="Đội cán sự xã hội tình nguyện",
        domain="self_management",
        host_org_id=ident("quan 5 police"),
        opened_on="2023-03-01",
    )
    log.at("2025-01-02")
    merger, reform = random.randrange(_STEPS // 2), random.randrange(_STEPS // 2, _STEPS)
    for step in range(_STEPS):
        log.now += timedelta(days=random.randrange(9), minutes=random.randrange(600))
        if step == merger:
            quan5.merge_wards(log)
        if step == reform:
            quan5.two_tiers(log if log.now.month > 6 else log.at("2025-07-02"))
        _something(log, random, step)
    return log


def _something(log: Log, random: Random, step: int) -> None:
    ward = random.choice(_WARDS)
    day = (log.now - timedelta(days=random.randrange(40))).date().isoformat()
    match random.randrange(8):
        case 0 | 1:
            _try(
                log,
                "MeetingHeld",
                ward,
                kind=random.choice(("committee_periodic", "briefing")),
                occurred_on=day,
                attendees=random.randrange(1, 90),
                mode="in_person",
                member_evaluation={"evaluated": 3, "fulfilled": 3, "not_fulfilled": 0},
            )
        case 2:
            _try(
                log,
                "ModelReplicated",
                "quan 5",
                about="volunteers",
                point_id=ident(f"point {step}"),
                point_unit_id=ident(ward),
                group_count=2,
                member_count=20,
                opened_on=day,
            )
        case 3:
            points = [r.data["point_id"] for r in log.records if r.type == "ModelReplicated"]
            if points:
                _try(
                    log,
                    "ModelReviewed",
                    "quan 5",
                    about="volunteers",
                    rating=random.choice(("good", "weak")),
                    proposal="keep",
                    proposer_org_id=ident("quan 5 front"),
                    point_id=random.choice(points),
                )
        case 4:
            _report(log, random, ward)
        case 5 | 6:
            _correct(log, random)
        case _:
            target = _amended(log, random)
            _try(
                log,
                "EventRetracted",
                _unit_name(target),
                about=target.aggregate_id,
                target_event_id=target.event_id,
                reason="never_happened",
            )


def _report(log: Log, random: Random, ward: str) -> None:
    mine = [
        r for r in log.records if r.type == "ReportSubmitted" and r.data["unit_id"] == ident(ward)
    ]
    if mine and random.random() < 0.5:
        _try(
            log,
            "ReportReturned",
            "quan 5",
            about=mine[-1].aggregate_id,
            report_digest=mine[-1].digest,
            reasons=["incomplete"],
            resubmit_by=(log.now + timedelta(days=9)).date().isoformat(),
        )
    elif mine and random.random() < 0.5:
        _try(
            log,
            "ReportAccepted",
            "quan 5",
            about=mine[-1].aggregate_id,
            report_digest=mine[-1].digest,
            receiver_role="district_committee",
        )
    else:
        _try(
            log,
            "ReportSubmitted",
            ward,
            kind="half_year",
            period="2025-H1",
            report_version=len(mine) + 1,
        )


def _correct(log: Log, random: Random) -> None:
    target = _amended(log, random)
    if target.type != "MeetingHeld":
        return
    replacement = {k: v for k, v in target.data.items() if k != "aggregate_version"}
    replacement["attendees"] = random.randrange(1, 90)
    _try(
        log,
        "EventCorrected",
        random.choice((_unit_name(target), "quan 5")),
        about=target.aggregate_id,
        target_event_id=target.event_id,
        replacement=replacement,
        reason="typing_error",
    )


def _amended(log: Log, random: Random) -> Record:
    """A record of the movement, or the last rule: the catalogue is amended as well."""
    found = [r for r in log.records if r.data["unit_id"] in map(ident, _WARDS)]
    rule = [r for r in log.records if r.type == "RuleDefined"][-1]
    return random.choice([*found, rule])


def _unit_name(record: Record) -> str:
    names = (*_WARDS, "quan 5", "centre", "city")
    return next(name for name in names if ident(name) == record.data["unit_id"])


def _try(log: Log, type: str, unit: str, **data: object) -> None:
    """Record it if it may be recorded: units end, and a thing is retracted once."""
    draft = log.draft(type, unit, **data)  # type: ignore[arg-type]
    if isinstance(log.ask(draft), Accepted):
        log.record(draft)


def encoded(log: Log) -> list[NewEvent]:
    """The records as bytes, in the order of recording; digests in them are those of the bytes."""
    digests: dict[str, str] = {}
    events: list[NewEvent] = []
    for record in log.records:
        text = orjson.dumps(dict(record.data)).decode()
        for given, real in digests.items():
            text = text.replace(given, real)
        raw = encode(
            event_id=record.event_id,
            origin=UUID(record.origin),
            sequence=record.sequence,
            type=record.type,
            version=1,
            aggregate_id=record.aggregate_id,
            recorded_at=record.recorded_at,
            data=orjson.loads(text),
        )
        digests[record.digest] = digest_of(raw)
        events.append(NewEvent(UUID(record.origin), record.sequence, record.type, raw))
    return events


def arrivals(log: Log, random: Random) -> list[NewEvent]:
    """The records as bytes, in an order in which they may have reached a node: each stream in its
    own order, but some of them late."""
    streams: dict[str, list[NewEvent]] = defaultdict(list)
    for event in encoded(log):
        streams[str(event.origin)].append(event)
    waiting = [stream for stream in streams.values() if stream]
    found: list[NewEvent] = []
    while waiting:
        # Mostly the oldest, so that most come in time.
        waiting.sort(key=lambda stream: record_at(stream[0]))
        stream = waiting[0] if random.random() < 0.7 else random.choice(waiting)
        found.append(stream.pop(0))
        waiting = [stream for stream in waiting if stream]
    return found


def record_at(event: NewEvent) -> str:
    """When an event was recorded."""
    record = record_of(event.raw)
    assert not isinstance(record, Unknown)
    return record.recorded_at


class Holder:
    """A log, a database and a projector that hold some events."""

    def __init__(self, log_url: str, state_url: str) -> None:
        self.log = open_log(log_url)
        self.database = Database(state_url)
        self.projector = Projector(
            self.log,
            self.database,
            READ_MODELS,
            directory=lambda: self.directory,
            streams=lambda: {origin: Stream(origin, head) for origin, head in self.heads.items()},
        )
        self.heads: dict[str, int] = {}
        self.directory = Directory()
        self.projector.start()

    def hold(self, events: Sequence[NewEvent]) -> None:
        """Record and fold them."""
        self.log.append(events)
        self.heads |= heads_of(events)
        records = [record_of(event.raw) for event in events]
        self.directory = self.directory.with_records(
            [record for record in records if not isinstance(record, Unknown)]
        )
        while self.projector.run_once():
            pass

    def close(self) -> None:
        self.database.close()
        self.log.close()


@contextmanager
def holder(events: Sequence[NewEvent], folder: Path) -> Iterator[Holder]:
    """A node on SQLite that holds these events."""
    name = uuid4().hex
    found = Holder(f"sqlite:///{folder / name}.log", f"sqlite:///{folder / name}.state")
    try:
        found.hold(events)
        yield found
    finally:
        found.close()


@contextmanager
def server_holder(events: Sequence[NewEvent], server: PostgresBacking) -> Iterator[Holder]:
    """A node on PostgreSQL that holds these events."""
    name = f"asof_{uuid4().hex[:12]}"
    server.create_database(name)
    found = Holder(server.dsn(name), server.dsn(name))
    try:
        found.hold(events)
        yield found
    finally:
        found.close()
        server.drop_database(name)


def heads_of(events: Iterable[NewEvent]) -> dict[str, int]:
    """How far each stream goes."""
    heads: dict[str, int] = {}
    for event in events:
        heads[str(event.origin)] = max(event.sequence, heads.get(str(event.origin), 0))
    return heads
