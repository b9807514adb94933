"""Events to measure with: the same for everybody, close to what communes really record.

Half are meetings, a third is the life of models and their points, the rest are reports with the
answers of the districts. A local system sends about 630 bytes an event, of which a node records
about 820. Nothing of it is anybody's data: units are numbered, organisations are offices, and all
that is counted is counts.

The first n of many events are the same as n events: what is measured with few is a part of what is
measured with many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from bench.happenings import Happening, Recorded, Recorder
from bench.story import Story, Unanswered
from contracts.envelope import digest_of

SEED: Final = 20250701

_FIRST_DAY: Final = date(2015, 1, 1)
_EVENTS_A_DAY: Final = 400


def _day(index: int) -> date:
    return _FIRST_DAY + timedelta(days=index // _EVENTS_A_DAY)


def pushes(count: int, seed: int = SEED) -> list[Happening]:
    """Events that communes push; those of one commune must arrive in this order."""
    story = Story(seed)
    return [story.next(_day(index)) for index in range(count)]


def recorded(
    count: int, seed: int = SEED, *, day_of: Callable[[int], date] = _day
) -> list[Recorded]:
    """Events as a province holds them: those of its communes with the answers of its districts.

    `day_of` tells the day of the event of a number, from 0 on, and never goes back.
    """
    story, recorder = Story(seed), Recorder()
    events: list[Recorded] = []
    for index in range(count):
        day = day_of(index)
        answering = index % 10 == 9 and story.unanswered
        happening = story.answer(day) if answering else story.next(day)
        event = recorder.record(happening, _at(day, index))
        if happening.type == "ReportSubmitted":
            story.unanswered.append(
                Unanswered(happening.unit, UUID(event.aggregate_id), digest_of(event.raw))
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
    story = Story(seed)
    return [
        recorder.record(story.meeting(unit, day), _at(day, index))
        for index, unit in enumerate(communes)
    ]
