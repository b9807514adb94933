"""Under which version of which rules an event was recorded, and which came later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.directory import RULE_TYPE, Directory
from domain.events import Record
from domain.governing import governing
from domain.rules import Rule


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of a rule that governs an event."""

    rule: Rule
    number: int
    """Which version of the rule it is, from 1, in the order of recording."""
    recorded_later: bool
    """Whether it was recorded only after the event was: a version laid down with hindsight."""


class RulesThen:
    """The rules as they had been recorded by any moment."""

    def __init__(self, directory: Directory) -> None:
        self._now = directory
        events = directory.rule_events()
        self._moments = [record.recorded_at for record in events]
        self._then: dict[int, Directory] = {len(events): directory}
        self._numbers: dict[str, int] = {}
        self._recorded_at: dict[str, str] = {}
        versions: dict[str, int] = {}
        for record in events:
            if record.type == RULE_TYPE:
                versions[record.aggregate_id] = versions.get(record.aggregate_id, 0) + 1
                self._numbers[record.event_id] = versions[record.aggregate_id]
                self._recorded_at[record.event_id] = record.recorded_at

    def of(self, record: Record, holds: Mapping[str, Any] | None) -> tuple[RuleVersion, ...]:
        """The rules that an event was recorded under; then those that govern what it says today
        (`holds`, None if nothing) and were recorded later."""
        then = governing(self._at(record.recorded_at), record.type, record.data)
        found = [RuleVersion(rule, self._numbers[rule.event_id], False) for rule in then]
        known = {rule.event_id for rule in then}
        for rule in () if holds is None else governing(self._now, record.type, holds):
            if rule.event_id not in known:
                later = self._recorded_at[rule.event_id] > record.recorded_at
                found.append(RuleVersion(rule, self._numbers[rule.event_id], later))
        return tuple(found)

    def _at(self, moment: str) -> Directory:
        number = bisect_right(self._moments, moment)
        if number not in self._then:
            self._then[number] = self._now.with_rules_until(moment)
        return self._then[number]
