"""Parts of the storyline's events that several steps need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.events import derive_id
from services.demo.making.drafts import Event, event
from services.demo.making.places import CENTRE, Place

_PER_EVENT: Final = 90
"""Units whose offices stand in one event."""


def merged(parts: Iterable[Place], into: Place, parent: Place | None, day: str) -> Event:
    """Units go whole into one, which begins with it if `parent` is given."""
    begun: dict[str, Any] = {}
    if parent is not None:
        begun = {"code": into.code, "name": into.name, "kind": into.kind}
        begun["parent_id"] = parent.unit_id
    return reorganised(
        f"merge-{into.key}-{day}",
        "merge",
        day,
        from_=[{"unit_id": part.unit_id, "share": "full"} for part in parts],
        to_=[{"unit_id": into.unit_id, **begun}],
    )


def reorganised(record: str, kind: str, day: str, **sides: Any) -> Event:
    """The centre reorganises units."""
    return event(
        "UnitReorganised", CENTRE, "police", day, record, kind=kind, effective_on=day, **sides
    )


def created(record: str, places: Iterable[Place], parent: Place, day: str = "2021-01-01") -> Event:
    """Units that exist from a day on."""
    return reorganised(
        record,
        "created",
        day,
        to_=[
            {
                "unit_id": place.unit_id,
                "code": place.code,
                "name": place.name,
                "kind": place.kind,
                "parent_id": parent.unit_id,
            }
            for place in places
        ],
    )


def offices(recorder: Place, record: str, day: str, places: Iterable[Place]) -> Event:
    """Police and Front in each of some units; at most a hundred units."""
    return event(
        "OrganisationChanged",
        recorder,
        "police",
        day,
        record,
        kind="established",
        organisations=[
            {
                "org_id": place.office(category),
                "unit_id": place.unit_id,
                "name": f"{name} {place.name}",
                "category": category,
            }
            for place in places
            for category, name in (("police", "Công an"), ("front", "Ủy ban MTTQ Việt Nam"))
        ],
        effective_on=day,
    )


def all_offices(recorder: Place, record: str, day: str, places: Sequence[Place]) -> Iterator[Event]:
    """Police and Front in each of many units."""
    for start in range(0, len(places), _PER_EVENT):
        part = places[start : start + _PER_EVENT]
        yield offices(recorder, f"{record}-{start}", day, part)


def rule(
    recorder: Place,
    name: str,
    kind: str,
    valid_from: str,
    params: Mapping[str, Any],
    *,
    level: str | None = None,
    valid_to: str | None = None,
) -> Event:
    """A rule for the units below its recorder, perhaps of one level only."""
    scope = {"unit_id": recorder.unit_id, **({} if level is None else {"level": level})}
    return event(
        "RuleDefined",
        recorder,
        "front",
        valid_from,
        f"rule-{name}",
        subject=str(derive_id("storyline", "rule", recorder.key, name)),
        kind=kind,
        scope=scope,
        params=dict(params),
        valid_from=valid_from,
        **({} if valid_to is None else {"valid_to": valid_to}),
    )


def met(place: Place, day: str, attendees: int, kind: str = "committee_periodic") -> Event:
    """A meeting of a committee."""
    evaluated: dict[str, Any] = {}
    if kind == "committee_periodic":
        evaluated["member_evaluation"] = {
            "evaluated": attendees,
            "fulfilled": attendees,
            "not_fulfilled": 0,
        }
    return event(
        "MeetingHeld",
        place,
        "police",
        day,
        f"{kind}-{day}",
        kind=kind,
        attendees=attendees,
        mode="in_person",
        **evaluated,
    )
