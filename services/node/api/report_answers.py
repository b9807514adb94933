"""How reports, their versions and their comparisons are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from domain.report_state import ReportState, Version
from services.node.api.asof import AsOfAnswer
from services.node.figures.reported import Basis, Compared, frozen
from services.node.language import Language
from services.node.reporting.since import CODEBOOK, Changes
from services.node.reporting.versions import VersionDifference


class ReportRow(BaseModel):
    """How one report stands."""

    report_id: str
    unit_id: str
    kind: str
    period: str
    status: str
    first_submitted_on: date
    latest_version: int
    latest_digest: str
    latest_submitted_on: date
    returned: int
    accepted_on: date | None
    href: str


class ReportList(BaseModel):
    """Reports of some units, by their identity."""

    items: list[ReportRow]
    next: str | None
    as_of: AsOfAnswer | None


class ReceiptAnswer(BaseModel):
    """A return or an acceptance: it names the digest of the version it is about."""

    event_id: str
    unit_id: str
    org_id: str
    day: date
    role: str | None
    """Of an acceptance: in which role."""
    reasons: list[str]
    """Of a return: why, by codes."""
    resubmit_by: date | None


class ChildAnswer(BaseModel):
    """A report from below that a version consolidates, in exactly one version."""

    report_id: str
    digest: str


class VersionAnswer(BaseModel):
    """One version of a report and what became of it."""

    number: int
    digest: str
    event_id: str
    href: str
    """Its exact bytes."""
    frozen: bool
    """Whether this is the version that stands."""
    submitted_on: date
    recorded_at: str
    unit_id: str
    figures: dict[str, int]
    sections: list[str]
    log_position: int | None
    computed_through: dict[str, int] | None
    child_reports: list[ChildAnswer]
    returned: list[ReceiptAnswer]
    accepted: list[ReceiptAnswer]


class VersionList(BaseModel):
    """Every version of a report."""

    report_id: str
    unit_id: str
    kind: str
    period: str
    items: list[VersionAnswer]


class FigureDifferenceAnswer(BaseModel):
    """A figure that two versions do not share; null where a version does not have it."""

    code: str
    title: str
    before: int | None
    after: int | None


class ChildDifferenceAnswer(BaseModel):
    """A report from below that is not in both in the same version; null where it is missing."""

    report_id: str
    before: str | None
    after: str | None


class DifferenceAnswer(BaseModel):
    """What a version says otherwise than one before it."""

    report_id: str
    before: int
    after: int
    figures: list[FigureDifferenceAnswer]
    sections_added: list[str]
    sections_removed: list[str]
    children: list[ChildDifferenceAnswer]
    events_between: int | None
    """Events that the later one was computed from and the earlier was not; null where one of them
    does not name its streams."""


class ChangeAnswer(BaseModel):
    """One event that counts otherwise than when the report was computed."""

    event_id: str
    href: str
    then: int
    now: int
    why: str
    """late, recorded_later, corrected, retracted, rules."""
    changed_by: str | None
    recorded_at: str


class ComparedAnswer(BaseModel):
    """One figure of a report, then and now; null where it is not computed here."""

    code: str
    title: str
    reported: int
    then: int | None
    now: int | None
    difference: int | None
    """F15: reported less then."""
    since: int | None
    """Now less then."""
    changes: list[ChangeAnswer]
    """The events behind `since`."""
    changes_whole: bool
    """false: so many events count here that they were not compared one by one."""


class ReconciliationAnswer(BaseModel):
    """A version's figures beside those of its own state and of today (F15)."""

    report_id: str
    version: int
    digest: str
    exact: bool
    """Whether the version names the streams it was computed from; otherwise it is compared with
    what had been recorded by then."""
    missing_events: int
    """Events it was computed from that this node does not hold: above 0, differences may be due to
    that."""
    items: list[ComparedAnswer]


def version_list(state: ReportState) -> VersionList:
    """Every version of a report."""
    standing = frozen(state)
    return VersionList(
        report_id=state.report_id,
        unit_id=state.unit_id,
        kind=state.kind,
        period=state.period,
        items=[_version(version, standing) for version in state.versions],
    )


def _version(version: Version, standing: Version) -> VersionAnswer:
    through = version.computed_through
    return VersionAnswer(
        number=version.number,
        digest=version.digest,
        event_id=version.event_id,
        href=f"/v1/events/{version.event_id}",
        frozen=version is standing and bool(version.accepted),
        submitted_on=version.submitted_on,
        recorded_at=version.recorded_at,
        unit_id=version.unit_id,
        figures=dict(version.figures),
        sections=list(version.sections),
        log_position=version.log_position,
        computed_through=None if through is None else dict(through),
        child_reports=[
            ChildAnswer(report_id=report_id, digest=digest)
            for report_id, digest in version.child_reports
        ],
        returned=[ReceiptAnswer(**_receipt(receipt)) for receipt in version.returned],
        accepted=[ReceiptAnswer(**_receipt(receipt)) for receipt in version.accepted],
    )


def _receipt(receipt: object) -> dict[str, object]:
    names = ReceiptAnswer.model_fields
    found = {name: getattr(receipt, name) for name in names}
    return {**found, "reasons": list(found["reasons"])}


def code_title(code: str, language: Language) -> str:
    """What a figure's code means in words; the code itself where nobody says."""
    return language.of(CODEBOOK.title(code))


def difference_answer(
    report_id: str, found: VersionDifference, language: Language
) -> DifferenceAnswer:
    """How the difference of two versions is written."""
    return DifferenceAnswer(
        report_id=report_id,
        before=found.before.number,
        after=found.after.number,
        figures=[
            FigureDifferenceAnswer(
                code=item.code,
                title=code_title(item.code, language),
                before=item.before,
                after=item.after,
            )
            for item in found.figures
        ],
        sections_added=list(found.sections_added),
        sections_removed=list(found.sections_removed),
        children=[
            ChildDifferenceAnswer(report_id=item.report_id, before=item.before, after=item.after)
            for item in found.children
        ],
        events_between=found.events_between,
    )


def reconciliation_answer(
    state: ReportState,
    version: Version,
    basis: Basis,
    items: tuple[Compared, ...],
    changes: Mapping[str, Changes],
    language: Language,
) -> ReconciliationAnswer:
    """How a reconciliation is written."""
    return ReconciliationAnswer(
        report_id=state.report_id,
        version=version.number,
        digest=version.digest,
        exact=basis.exact,
        missing_events=basis.missing,
        items=[_compared(item, changes.get(item.code), language) for item in items],
    )


def _compared(item: Compared, changes: Changes | None, language: Language) -> ComparedAnswer:
    return ComparedAnswer(
        code=item.code,
        title=code_title(item.code, language),
        reported=item.reported,
        then=item.then,
        now=item.now,
        difference=item.difference,
        since=item.since,
        changes=[
            ChangeAnswer(
                event_id=change.event_id,
                href=f"/v1/events/{change.event_id}",
                then=change.then,
                now=change.now,
                why=change.why.value,
                changed_by=change.changed_by,
                recorded_at=change.recorded_at,
            )
            for change in (changes.items if changes else ())
        ],
        changes_whole=changes is None or changes.whole,
    )
