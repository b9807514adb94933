"""A small log of the movement's events for tests: given(events), when(draft), then(answer).

Everything given goes through `decide`, so that a test cannot rest on a history that could not
have been recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.decide import decide
from domain.decisions import Accepted, Context, Decision
from domain.directory import Directory
from domain.effective import effective
from domain.events import Draft, Record, derive_id
from domain.levels import Level
from domain.parse import parse_body
from domain.refusals import Refusal


def ident(name: str) -> str:
    """The identifier of a thing that a test calls by a name; an identifier stays what it is."""
    try:
        return str(UUID(name))
    except ValueError:
        return str(derive_id("test", name))


@dataclass
class Log:
    """Every record of every origin, in the order of recording, and the directory they make."""

    now: datetime = datetime(2024, 1, 1, 8, tzinfo=UTC)
    records: list[Record] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    orgs: dict[str, str] = field(default_factory=dict)
    """By unit name: the organisation that records for it unless a test says otherwise."""

    def at(self, day: str) -> Log:
        """Set the clock to the morning of a day."""
        self.now = datetime.fromisoformat(day).replace(hour=2, tzinfo=UTC)
        return self

    def draft(
        self,
        type: str,
        unit: str,
        /,
        *,
        about: str | None = None,
        event: str | None = None,
        **data: Any,
    ) -> Draft:
        """A draft recorded by a unit; `about` names its aggregate. Dates default to today."""
        number = f"{type}-{len(self.records)}"
        common = {
            "unit_id": ident(unit),
            "org_id": ident(self.orgs.get(unit, f"{unit} police")),
            "actor_account": "test",
            "occurred_on": self.now.date().isoformat(),
            "source_system": "test",
            "source_record_id": number,
        }
        body = parse_body(type, 1, common | data)
        assert not isinstance(body, list), body
        event_id = UUID(ident(event or number))
        aggregate_id = UUID(ident(about)) if about else body.default_aggregate_id(event_id)
        assert aggregate_id is not None, f"{type} needs about="
        return Draft(event_id, aggregate_id, body)

    def ask(self, draft: Draft) -> Decision:
        """What the domain answers, without recording it."""
        level = self.directory.level(draft.body.unit_id) or Level.CENTRAL
        return decide(self.history(draft), draft, Context(self.now, level, self.directory))

    def history(self, draft: Draft) -> list[Record]:
        """Every record of the draft's aggregate."""
        wanted = str(draft.aggregate_id)
        return [r for r in self.records if r.aggregate_id == wanted]

    def when(self, type: str, unit: str, /, **data: Any) -> Decision:
        """What the domain answers to an event with these fields."""
        return self.ask(self.draft(type, unit, **data))

    def refused(self, type: str, unit: str, /, **data: Any) -> Refusal:
        """The refusal of an event with these fields; fails if it is accepted."""
        decision = self.when(type, unit, **data)
        assert isinstance(decision, Refusal), decision
        return decision

    def given(self, type: str, unit: str, /, **data: Any) -> Record:
        """Record an event; fails if it is refused."""
        return self.record(self.draft(type, unit, **data))

    def record(self, draft: Draft) -> Record:
        decision = self.ask(draft)
        assert isinstance(decision, Accepted), decision
        (event,) = decision.events
        origin = str(event.body.unit_id)
        self.now += timedelta(seconds=1)
        record = Record(
            event_id=str(event.event_id),
            type=event.type,
            origin=origin,
            sequence=1 + sum(r.origin == origin for r in self.records),
            recorded_at=self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            aggregate_id=str(event.aggregate_id),
            digest="sha256:" + hashlib.sha256(str(event.event_id).encode()).hexdigest(),
            data=event.body.to_data(),
        )
        self.records.append(record)
        self.directory = self.directory.apply(record)
        return record

    def effective(self, about: str) -> list[Record]:
        """The effective events of an aggregate."""
        wanted = ident(about)
        return effective(r for r in self.records if r.aggregate_id == wanted)

    # The administrative setting

    def create(self, unit: str, kind: str, code: str, parent: str | None, since: str) -> Record:
        return self.given(
            "UnitReorganised",
            "centre",
            kind="created",
            to=[new_unit(unit, kind, code, parent)],
            effective_on=since,
        )

    def split(self, unit: str, since: str, *parts: Mapping[str, Any]) -> Record:
        """Divide a unit into parts, see `new_unit`, from a day on."""
        return self.given(
            "UnitReorganised",
            "centre",
            kind="split",
            **{"from": [{"unit_id": ident(unit)}]},
            to=list(parts),
            effective_on=since,
        )

    def establish(self, recorder: str, since: str, **orgs: str) -> Record:
        """Establish organisations given as unit="category": one called "<unit> <category>"."""
        return self.given(
            "OrganisationChanged",
            recorder,
            kind="established",
            organisations=[org(unit.replace("_", " "), what) for unit, what in orgs.items()],
            effective_on=since,
        )


def new_unit(unit: str, kind: str, code: str, parent: str | None) -> dict[str, Any]:
    """A unit as it stands in the `to` of the event that creates it."""
    fields = {"unit_id": ident(unit), "kind": kind, "code": code, "name": f"Đơn vị {unit}"}
    return fields if parent is None else {**fields, "parent_id": ident(parent)}


def org(unit: str, category: str, **more: Any) -> dict[str, Any]:
    """An organisation of a unit as it stands in the event that establishes it."""
    return {
        "org_id": ident(f"{unit} {category}"),
        "unit_id": ident(unit),
        "name": f"{category} {unit}",
        "category": category,
        **more,
    }


def evaluation(members: int = 12) -> Mapping[str, int]:
    return {"evaluated": members, "fulfilled": members - 1, "not_fulfilled": 1}


def setting() -> Log:
    """Centre, two provinces, one district with four wards, two communes; police and Front in each.

    Founded on 1/1/1990, entered on 1/1/2024.
    """
    log = Log()
    since = "1990-01-01"
    log.create("centre", "central", "00", None, since)
    log.establish("centre", since, centre="police")
    log.create("city", "province", "79", "centre", since)
    log.create("tay ninh", "province", "72", "centre", since)
    log.create("quan 5", "district", "774", "city", since)
    for name, code in (("p7", "27309"), ("p8", "27316"), ("p12", "27304"), ("p14", "27319")):
        log.create(name, "ward", code, "quan 5", since)
    log.create("chau thanh", "commune", "25597", "tay ninh", since)
    log.create("tan ninh", "commune", "25459", "tay ninh", since)
    for unit in ("city", "tay ninh", "quan 5", "p7", "p8", "p12", "p14", "chau thanh", "tan ninh"):
        log.given(
            "OrganisationChanged",
            "centre",
            kind="established",
            organisations=[org(unit, "police"), org(unit, "front")],
            effective_on=since,
        )
    return log


def day(text: str) -> date:
    return date.fromisoformat(text)
