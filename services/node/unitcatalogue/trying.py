"""Trying a plan without a node: what the events make of an empty catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from domain.directory import Directory
from domain.events import Record, derive_id
from domain.levels import Level
from domain.refusals import Refusal
from services.node.unitcatalogue.planning import FIRST_DAY, SOURCE, Event, Recorder

TRIAL: Final = Recorder(
    str(derive_id(SOURCE, "trial")), str(UUID(int=0)), SOURCE, FIRST_DAY, FIRST_DAY, founding=True
)
"""Who records in a trial, where no node is asked."""


def tried(events: Sequence[Event]) -> tuple[Directory, dict[str, Refusal]]:
    """What the events make of an empty catalogue, and by record key why some contradict others."""
    records = [
        Record(
            event_id=event["id"],
            type="UnitReorganised",
            origin=SOURCE,
            sequence=number,
            recorded_at="",
            aggregate_id=event["id"],
            digest="",
            data=event["data"],
        )
        for number, event in enumerate(events, start=1)
    ]
    directory = Directory.fold(records)
    keys = {record.event_id: record.data["source_record_id"] for record in records}
    return directory, {keys[event]: why for event, why in directory.problems.items()}


def population(directory: Directory, day: date) -> dict[Level, int]:
    """How many units of each level exist on that day."""
    number = day.toordinal()
    found = dict.fromkeys(Level, 0)
    for unit in directory.units():
        found[unit.level] += unit.active(number)
    return found
