"""What became of the subjects of each unit in each year, as changes by day (F3, F4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import sqlalchemy as sa

from domain.events import Record
from domain.indicator_values import fold
from domain.periods import Period
from domain.subject_outcomes import outcome_changes
from services.node.readmodel import CellModel, Contribution, Entity

SUBJECTS: Final = "subjects"
"""The outcome that counts all subjects of a category, registered or not."""
REPORTED: Final = "reported"
"""The outcome that tells that their number was reported, also where it is 0."""

_PREFIX: Final = "subjects."
"""How the codes of the indicators begin that report such a number."""


class SubjectOutcomes(CellModel):
    """Changes of the outcomes: their sum up to a day is how many stand at one on that day (F3, F4).

    The outcomes of `domain.subject_outcomes`, and how many subjects there are as the unit reported
    with an indicator `subjects.…` for the whole year. The unit is the one the subject lies in.
    """

    name: ClassVar[str] = "subject_outcomes"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"subject_year", "indicator_value"})
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
        ("year", sa.Integer()),
        ("category", sa.String(20)),
        ("outcome", sa.String(20)),
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        if entity.kind == "indicator_value":
            reported = entity.state(_reported)
            if reported is not None:
                key = (reported.unit_id, reported.day, reported.year, reported.category)
                yield Contribution((*key, REPORTED), 1, reported.event_id)
                if reported.number:
                    yield Contribution((*key, SUBJECTS), reported.number, reported.event_id)
            return
        for change in entity.state(outcome_changes):
            key = (change.unit_id, change.day.isoformat(), change.year, change.category)
            yield Contribution((*key, change.outcome), change.delta, change.event_id)

    def table(self, metadata: sa.MetaData, suffix: str) -> sa.Table:
        table = super().table(metadata, suffix)
        # A figure of the whole country asks for a year and a category, not units.
        sa.Index(f"ix_{table.name}_year", table.c.year, table.c.category, table.c.day)
        return table


class _Reported(NamedTuple):
    """How many subjects of a category a unit said it has in a year."""

    event_id: str
    unit_id: str
    day: str
    year: int
    category: str
    number: int


def _reported(records: Sequence[Record]) -> _Reported | None:
    value = fold(records)
    if value is None:
        return None
    data = next(record.data for record in records if record.event_id == value.event_id)
    code, period = data["indicator_code"], Period.parse(data["period"])
    if not code.startswith(_PREFIX) or period.half is not None:
        return None  # another indicator, or a number that holds for a half of the year only
    category = code.removeprefix(_PREFIX)
    return _Reported(
        value.event_id, data["unit_id"], data["occurred_on"], period.year, category, value.value
    )
