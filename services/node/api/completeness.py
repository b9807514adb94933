"""How complete what is shown is, so that *not done* and *not arrived* never look alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from pydantic import BaseModel

from contracts.envelope import format_time
from services.node.node import Node
from services.node.originsync import OriginSync

State = Literal["complete", "behind", "waiting", "forked"]


class OriginAnswer(BaseModel):
    """How complete one origin is here."""

    origin: str
    unit_id: str
    direction: Literal["own", "below", "above"]
    state: State
    """complete: everything announced is held. behind: more is announced. waiting: an earlier event
    is missing. forked: two contents for one number; stopped until a person has looked."""
    received_through: int
    announced: int
    last_seen: str
    """When anything of it last arrived or was announced; "" for own records."""
    waiting: int
    forked: bool


class Completeness(BaseModel):
    """What the records of the units concerned rest on."""

    as_of: str
    position: int
    """Log position through which the figures are folded."""
    units: int
    units_heard: int
    """Units of which at least one event has arrived here."""
    origins: int
    complete: int
    behind: int
    waiting: int
    forked: int
    missing_events: int
    """Announced and not held yet."""
    oldest_last_seen: str
    """The longest silence among the origins below; "" if there are none."""
    items: list[OriginAnswer]


def state_of(origin: OriginSync) -> State:
    """The one word for how an origin stands."""
    if origin.forked:
        return "forked"
    if origin.waiting:
        return "waiting"
    return "behind" if origin.announced > origin.received_through else "complete"


def origin_answer(origin: OriginSync) -> OriginAnswer:
    """How an origin is written."""
    return OriginAnswer(
        origin=str(origin.origin),
        unit_id=origin.unit_id,
        direction=origin.direction.value,
        state=state_of(origin),
        received_through=origin.received_through,
        announced=max(origin.announced, origin.received_through),
        last_seen=origin.last_seen,
        waiting=origin.waiting,
        forked=origin.forked,
    )


def completeness(
    node: Node, units: Collection[str], position: int, *, everything: bool
) -> Completeness:
    """How complete the records of these units are. Raises StoreUnavailableError.

    Without `everything`, only origins that are not complete are listed; all are counted.
    """
    covered = frozenset(units)
    found = [origin for origin in node.origins_sync() if origin.unit_id in covered]
    states = [state_of(origin) for origin in found]
    return Completeness(
        as_of=format_time(node.now()),
        position=position,
        units=len(covered),
        units_heard=len({origin.unit_id for origin in found if origin.received_through}),
        origins=len(found),
        complete=states.count("complete"),
        behind=states.count("behind"),
        waiting=states.count("waiting"),
        forked=states.count("forked"),
        missing_events=sum(max(0, o.announced - o.received_through) for o in found),
        oldest_last_seen=_oldest(found),
        items=[
            origin_answer(origin)
            for origin, state in zip(found, states, strict=True)
            if everything or state != "complete"
        ],
    )


def _oldest(origins: Iterable[OriginSync]) -> str:
    return min((o.last_seen for o in origins if o.last_seen), default="")
