"""A report through time: its versions, and what each receiver did with them (F2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.events import Record, recorded_order


class Receipt(NamedTuple):
    """A return or an acceptance of one version."""

    event_id: str
    unit_id: str
    org_id: str
    day: date
    role: str | None
    """Of an acceptance: the receiver's role."""
    reasons: tuple[str, ...] = ()
    resubmit_by: date | None = None


class Version(NamedTuple):
    """One version of a report and what became of it."""

    number: int
    digest: str
    event_id: str
    origin: str
    sequence: int
    """Its place: the stream it was recorded in, and its number there."""
    submitted_on: date
    recorded_at: str
    unit_id: str
    """The unit that sent it: the report's own, or the successor that answers for it."""
    figures: Mapping[str, int]
    sections: tuple[str, ...]
    log_position: int | None
    computed_through: Mapping[str, int] | None
    """By origin, as the event says it; None for a version that does not."""
    child_reports: tuple[tuple[str, str], ...]
    """(report id, digest) of each child report consolidated."""
    returned: tuple[Receipt, ...] = ()
    accepted: tuple[Receipt, ...] = ()

    @property
    def returned_on(self) -> date | None:
        """The day it was first returned."""
        return min((receipt.day for receipt in self.returned), default=None)

    @property
    def accepted_by(self) -> Mapping[str, date]:
        """The day of acceptance by receiver role."""
        return {receipt.role: receipt.day for receipt in self.accepted if receipt.role is not None}


class ReportState(NamedTuple):
    """A report after all its events, whatever clocks the levels that wrote them had."""

    report_id: str
    unit_id: str
    """The unit whose obligation it answers."""
    kind: str
    period: str
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def version(self, digest: str) -> Version | None:
        """The version with this digest."""
        return next((v for v in self.versions if v.digest == digest), None)


def fold(records: Sequence[Record]) -> ReportState | None:
    """The report that effective records make, in any order; None without a submission.

    Returns and acceptances find their version by digest, so that a superior's clock that runs
    behind changes nothing; one whose version is not here is passed over until it is. Of two
    acceptances in one role of one unit the first in `Record.order` counts.
    """
    ordered = sorted(records, key=recorded_order)
    submissions: dict[int, Record] = {}
    returned: dict[str, list[Receipt]] = {}
    accepted: dict[str, dict[tuple[str, str], Receipt]] = {}
    for record in ordered:
        data = record.data
        match record.type:
            case "ReportSubmitted":
                submissions.setdefault(data["report_version"], record)
            case "ReportReturned":
                returned.setdefault(data["report_digest"], []).append(_receipt(record))
            case "ReportAccepted":
                roles = accepted.setdefault(data["report_digest"], {})
                roles.setdefault((data["unit_id"], data["receiver_role"]), _receipt(record))
            case _:
                pass
    if not submissions:
        return None
    versions = tuple(
        _version(
            record,
            tuple(returned.get(record.digest, ())),
            tuple(accepted.get(record.digest, {}).values()),
        )
        for _, record in sorted(submissions.items())
    )
    first = submissions[min(submissions)]
    return ReportState(
        first.aggregate_id,
        first.data.get("answers_for", first.data["unit_id"]),
        first.data["kind"],
        first.data["period"],
        versions,
    )


def _version(
    record: Record, returned: tuple[Receipt, ...], accepted: tuple[Receipt, ...]
) -> Version:
    data = record.data
    return Version(
        number=data["report_version"],
        digest=record.digest,
        event_id=record.event_id,
        origin=record.origin,
        sequence=record.sequence,
        submitted_on=date.fromisoformat(data["occurred_on"]),
        recorded_at=record.recorded_at,
        unit_id=data["unit_id"],
        figures=data.get("figures", {}),
        sections=tuple(data.get("sections", ())),
        log_position=data.get("log_position"),
        computed_through=data.get("computed_through"),
        child_reports=tuple(
            [(child["report_id"], child["digest"]) for child in data.get("child_reports", ())]
        ),
        returned=returned,
        accepted=accepted,
    )


def _receipt(record: Record) -> Receipt:
    data = record.data
    until = data.get("resubmit_by")
    return Receipt(
        event_id=record.event_id,
        unit_id=data["unit_id"],
        org_id=data["org_id"],
        day=date.fromisoformat(data["occurred_on"]),
        role=data.get("receiver_role"),
        reasons=tuple(data.get("reasons", ())),
        resubmit_by=None if until is None else date.fromisoformat(until),
    )


class ReportStatus(NamedTuple):
    """What F2 asks of a report."""

    first_submitted_on: date
    """Timeliness is measured by the first version: what is returned was still sent in time."""
    latest_submitted_on: date
    latest_version: int
    returned_on: date | None
    """The day the latest version was returned; None if it was not, or a newer one was sent."""
    returns: int
    """How often any version was returned."""
    accepted: Mapping[str, date]
    """By receiver role: the day its first acceptance of any version took place."""
    first_pass: bool
    """Accepted by someone in its first version and never returned."""

    @property
    def accepted_on(self) -> date | None:
        """The day of the first acceptance."""
        return min(self.accepted.values(), default=None)


def status(state: ReportState) -> ReportStatus:
    """The measures of one report."""
    latest = state.latest
    accepted: dict[str, date] = {}
    returns = 0
    for version in state.versions:
        returns += len(version.returned)
        if version.accepted:
            for role, day in version.accepted_by.items():
                accepted[role] = min(day, accepted.get(role, day))
    return ReportStatus(
        first_submitted_on=state.versions[0].submitted_on,
        latest_submitted_on=latest.submitted_on,
        latest_version=latest.number,
        returned_on=latest.returned_on,
        returns=returns,
        accepted=accepted,
        first_pass=bool(state.versions[0].accepted) and returns == 0,
    )
