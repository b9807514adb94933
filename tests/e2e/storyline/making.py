"""Parts of the storyline's events that several steps need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.demo.making.drafts import Event, event
from services.demo.making.places import CENTRE, Place


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
