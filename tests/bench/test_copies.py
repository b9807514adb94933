"""Copies of a story are events of their own, as valid as the story."""

from __future__ import annotations

from itertools import chain

from bench.copies import Copies
from bench.load import recorded
from domain.catalogue import EVENTS
from domain.events import Record
from domain.parse import parse_body
from domain.report_state import fold, status
from services.node.reading import record_of
from services.node.rebuilding.routing import aggregate_of

STORY = recorded(800)
MADE = [list(Copies(STORY, 2).copy(number)) for number in (1, 2, 3)]


def records() -> list[Record]:
    found = [record_of(event.raw) for event in chain(*MADE)]
    assert all(isinstance(one, Record) for one in found)
    return [one for one in found if isinstance(one, Record)]


def test_they_are_what_their_bytes_say() -> None:
    for event, record in zip(chain(*MADE), records(), strict=True):
        assert (str(event.origin), event.sequence) == (record.origin, record.sequence)
        assert (event.event_id, event.type) == (record.event_id, record.type)
        assert aggregate_of(event.raw).decode() == event.aggregate_id == record.aggregate_id
        data = {name: value for name, value in record.data.items() if name != "aggregate_version"}
        version = EVENTS[record.type].version
        assert not isinstance(parse_body(record.type, version, data), list)


def test_no_two_are_the_same_event_or_stand_in_the_same_place() -> None:
    everything = [*STORY, *chain(*MADE)]
    assert len({event.event_id for event in everything}) == len(everything)
    assert len({(event.origin, event.sequence) for event in everything}) == len(everything)
    # The third follows the first in the streams of the same province, on later days.
    last = {event.origin: event.sequence for event in MADE[0]}
    first = {event.origin: event.sequence for event in reversed(MADE[2])}
    assert {origin: head + 1 for origin, head in last.items()} == first
    days = [
        {
            one.data["occurred_on"]
            for one in map(record_of, (e.raw for e in made))
            if isinstance(one, Record)
        }
        for made in (MADE[0], MADE[2])
    ]
    assert max(days[0]) < min(days[1])


def test_answers_find_the_copied_reports() -> None:
    def accepted(raws: list[bytes]) -> int:
        found: dict[str, list[Record]] = {}
        for one in map(record_of, raws):
            if isinstance(one, Record) and one.type.startswith("Report"):
                found.setdefault(one.aggregate_id, []).append(one)
        states = [fold(part) for part in found.values()]
        return sum(bool(status(state).accepted) for state in states if state is not None)

    assert accepted([event.raw for event in STORY]) > 10
    for made in MADE:
        assert accepted([event.raw for event in made]) == accepted([e.raw for e in STORY])
