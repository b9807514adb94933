"""Which rules govern a record: those it was checked by, or meets an obligation by.

Asked of a directory with the rules as they had been recorded by then
(`Directory.with_rules_until`), it says under which version of each rule an event was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from domain.directory import Directory
from domain.documents import DocumentKind
from domain.due_dates import due_rule
from domain.meetings import MeetingKind, is_periodic
from domain.periods import Period, period_rule
from domain.plans import plan_year
from domain.report_kinds import ReportKind
from domain.rule_params import (
    AuthorityMatter,
    PeriodicKind,
    QuotaSubject,
    Recurring,
    RuleKind,
    matter_about,
)
from domain.rules import Rule
from domain.standard_windows import window_rule
from domain.subjects import SubjectCategory, subject_unit_of

Data = Mapping[str, Any]
Found = Iterator[Rule | None]


def governing(directory: Directory, type_name: str, data: Data) -> tuple[Rule, ...]:
    """The rules that govern an event of a type with this recorded data, each once; none for most
    types, whose rules stand in the catalogue and in code."""
    named = _BY_TYPE.get(type_name)
    found: dict[tuple[str, str], Rule] = {}
    for source in (named, _tagged):
        for rule in source(directory, data) if source is not None else ():
            if rule is not None:
                found.setdefault((rule.rule_id, rule.event_id), rule)
    return tuple(found.values())


def _day(data: Data) -> date:
    return date.fromisoformat(data["occurred_on"])


def _meeting(directory: Directory, data: Data) -> Found:
    """The cadence of the committee, of an association or of a review (R38, R72, R76, R112)."""
    if is_periodic(data):
        yield directory.rule(RuleKind.CADENCE, data["unit_id"], _day(data))
        return
    host = directory.organisation(data.get("host_org_id", data["org_id"]))
    category = None if host is None else host.category.value
    if data["kind"] == MeetingKind.ASSOCIATION_EXECUTIVE:
        asked: tuple[tuple[str, str | None], ...] = (("", category),)
    elif data["kind"] in (MeetingKind.PRELIMINARY_REVIEW, MeetingKind.FINAL_REVIEW):
        asked = ((Recurring.REVIEW, category), (Recurring.REVIEW, None))
    else:
        return
    for about, organisation in asked:
        yield directory.rule(
            RuleKind.CADENCE, data["unit_id"], _day(data), about=about, organisation=organisation
        )


def _recurring(about: Recurring) -> Callable[[Directory, Data], Found]:
    def found(directory: Directory, data: Data) -> Found:
        yield directory.rule(RuleKind.CADENCE, data["unit_id"], _day(data), about=about)

    return found


def _document(directory: Directory, data: Data) -> Found:
    """The day by which the plan of a year is due (R118, R128)."""
    year = plan_year(data)
    if year is not None:
        yield due_rule(directory, data["unit_id"], DocumentKind.PLAN.value, year)


def _report(directory: Directory, data: Data) -> Found:
    """Period, due day and template of a report (R07, R53–R55, R120)."""
    unit_id = data.get("answers_for", data["unit_id"])
    if data["kind"] in set(PeriodicKind):
        period = Period.parse(data["period"])
        yield period_rule(directory, unit_id, period)
        yield due_rule(directory, unit_id, period.about, period.year)
    yield directory.rule(
        RuleKind.TEMPLATE, unit_id, _day(data), about=ReportKind(data["kind"]).value
    )


def _subject_window(directory: Directory, data: Data) -> Found:
    """The days by which a subject registers and is judged (R09, R48)."""
    category = SubjectCategory(data["category"])
    yield window_rule(directory, subject_unit_of(data), category, data["year"])


def _authority(matter: AuthorityMatter) -> Callable[[Directory, Data], Found]:
    def found(directory: Directory, data: Data) -> Found:
        for about in (matter_about(matter, data["category"]), matter_about(matter, None)):
            rule = directory.rule(
                RuleKind.AUTHORITY, subject_unit_of(data), _day(data), about=about
            )
            if rule is not None:
                yield rule
                return

    return found


def _standard(directory: Directory, data: Data) -> Found:
    """The window of the standard and who decides on it (R09, R70)."""
    yield from _subject_window(directory, data)
    yield from _authority(AuthorityMatter.STANDARD)(directory, data)


def _exemplary(directory: Directory, data: Data) -> Found:
    """How many exemplary units a locality may have (R67)."""
    locality = data.get("locality_id", data["unit_id"])
    about = f"exemplary_{data['kind']}"
    yield directory.rule(RuleKind.QUOTA, locality, _day(data), about=about)


def _campaign(directory: Directory, data: Data) -> Found:
    """How many exemplars each locality sends to a review campaign (R93)."""
    for subject in (QuotaSubject.CAMPAIGN_COLLECTIVES, QuotaSubject.CAMPAIGN_INDIVIDUALS):
        yield directory.rule(RuleKind.QUOTA, data["unit_id"], _day(data), about=subject.value)


def _tagged(directory: Directory, data: Data) -> Found:
    """The rules that registered the event's campaign tags (R14)."""
    for tag in data.get("campaign_tags", ()):
        yield directory.rule(RuleKind.TAG, data["unit_id"], _day(data), about=tag)


_BY_TYPE: Final[Mapping[str, Callable[[Directory, Data], Found]]] = {
    "MeetingHeld": _meeting,
    "InspectionConducted": _recurring(Recurring.INSPECTION),
    "ModelReviewed": _recurring(Recurring.MODEL_REVIEW),
    "DocumentIssued": _document,
    "ReportSubmitted": _report,
    "EmulationRegistered": _subject_window,
    "StandardDecided": _standard,
    "MovementClassified": _authority(AuthorityMatter.CLASSIFICATION),
    "ExemplaryUnitDesignated": _exemplary,
    "SummaryCampaignOpened": _campaign,
}
