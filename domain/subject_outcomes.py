"""What a subject's year adds to the figures, day by day (F3, F4; R08, R66, R70, R122)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from domain.events import Record
from domain.subject_years import Step, fold
from domain.subjects import subject_unit_of

STAGES: Final = ("self_assessed", "council", "recognised", "refused", "revoked")
"""The stages of the standard, in their order; each is an outcome of its name."""


class OutcomeChange(NamedTuple):
    """How many subjects of a unit and category stand at an outcome of a year: a change by day.

    Outcomes are "registered", the stages of the standard and the classes of the movement; also
    "households" and "households_committed", which count households.
    """

    day: date
    unit_id: str
    """The unit that the subject lies in, or lay in when it was registered."""
    category: str
    year: int
    outcome: str
    delta: int
    event_id: str


def outcome_changes(records: Sequence[Record]) -> tuple[OutcomeChange, ...]:
    """Every change that effective records make, in any order.

    A revocation takes the recognition away on its day (F3), and counts as "revoked" itself.
    """
    state = fold(records)
    about = {record.event_id: record for record in records}

    def change(step: Step, outcome: str, delta: int = 1, day: date | None = None) -> OutcomeChange:
        data = about[step.event_id].data
        return OutcomeChange(
            day or step.day,
            subject_unit_of(data),
            data["category"],
            data["year"],
            outcome,
            delta,
            step.event_id,
        )

    def found() -> Iterator[OutcomeChange]:
        if state.registered is not None:
            yield change(state.registered, "registered")
            if state.households:
                yield change(state.registered, "households", state.households)
            if state.households_committed:
                yield change(state.registered, "households_committed", state.households_committed)
        for stage in STAGES:
            if stage in state.steps:
                yield change(state.steps[stage], stage)
        if "revoked" in state.steps:
            left = max(state.steps["revoked"].day, state.steps["recognised"].day)
            yield change(state.steps["revoked"], "recognised", -1, left)
        if state.classified is not None and state.classification is not None:
            yield change(state.classified, state.classification)

    return tuple(found())
