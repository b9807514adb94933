"""A subject in a year: registered, judged by the standard, classified; and the checks they share.

The commune that registers and the authority that judges write apart, so what an event is about is
found by its stage and never by its place among the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.checks import unit_refusal
from domain.decisions import Context
from domain.events import Draft, Record, recorded_order
from domain.levels import Level
from domain.refusals import INVALID_FIELD, Refusal, refuse
from domain.standing import identity_refusal, known_unit_refusal, recorder_refusal
from domain.subjects import SubjectBody, SubjectCategory


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that a subject reached."""

    event_id: str
    unit_id: str
    """The unit that decided it."""
    day: date
    certificate_no: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectYear:
    """What became of a subject in a year."""

    registered: Step | None = None
    households: int = 0
    households_committed: int = 0
    steps: Mapping[str, Step] = field(default_factory=dict)
    """By stage of the standard; recognised and refused exclude each other."""
    classification: str | None = None
    score: int | None = None
    classified: Step | None = None

    @property
    def recognised(self) -> bool:
        """Whether it counts as recognised (F3): and was not revoked."""
        return "recognised" in self.steps and "revoked" not in self.steps


_OUTCOMES = ("recognised", "refused")


def fold(records: Sequence[Record]) -> SubjectYear:
    """The year that effective records make, in any order.

    Of two records of one stage, and of a recognition and a refusal, the first in `Record.order`
    counts; a revocation counts once there is a recognition.
    """
    registered: Record | None = None
    classified: Record | None = None
    steps: dict[str, Step] = {}
    for record in sorted(records, key=recorded_order):
        if record.type == "EmulationRegistered" and record.data["kind"] == "register":
            registered = registered or record
        elif record.type == "MovementClassified":
            classified = classified or record
        elif record.type == "StandardDecided":
            stage = record.data["stage"]
            if not (stage in _OUTCOMES and any(other in steps for other in _OUTCOMES)):
                steps.setdefault(stage, _step(record))
    if "recognised" not in steps:
        steps.pop("revoked", None)
    return SubjectYear(
        registered=None if registered is None else _step(registered),
        households=0 if registered is None else registered.data.get("households", 0),
        households_committed=(
            0 if registered is None else registered.data.get("households_committed", 0)
        ),
        steps=steps,
        classification=None if classified is None else classified.data["classification"],
        score=None if classified is None else classified.data.get("score"),
        classified=None if classified is None else _step(classified),
    )


def _step(record: Record) -> Step:
    data = record.data
    return Step(
        record.event_id,
        data["unit_id"],
        date.fromisoformat(data["occurred_on"]),
        data.get("certificate_no"),
    )


def subject_refusal(
    draft: Draft, body: SubjectBody, ctx: Context, rule: str, *, active: bool = False
) -> Refusal | None:
    """Why the subject cannot be named by this recorder, or None.

    Its unit may have ended since it was registered, unless `active` asks for the day itself; then
    its successor goes on with the subject under the same identity (R102).
    """
    unit_id, field_ = body.subject_unit, "/data/subject_unit_id"
    refusal = (
        identity_refusal(draft, rule)
        or known_unit_refusal(ctx, unit_id, field_, rule)
        or (unit_refusal(ctx.directory, unit_id, body.occurred_on, field_) if active else None)
        or recorder_refusal(ctx, draft, unit_id, rule)
    )
    if refusal is not None:
        return refusal
    if (
        body.category is SubjectCategory.COMMUNE
        and ctx.directory.level(unit_id) is not Level.COMMUNE
    ):
        return refuse(
            INVALID_FIELD,
            field_,
            rule,
            vi="Đơn vị {unit} không phải cấp xã; nêu xã, phường ở subject_unit_id.",
            en="Unit {unit} is not a commune; name the commune in subject_unit_id.",
            unit=unit_id,
        )
    return None
