"""Every obligation of many units that falls due within some days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from domain.closing import eras, had_organisation
from domain.directory import Directory
from domain.due_dates import last_good_day
from domain.obligations import ObligationKind, Slot, bearers, broken_slot
from domain.owed import Obligation
from domain.periods import Period
from domain.plans import plan_due
from domain.reports import ReportSubmitted
from domain.rule_params import RuleKind
from domain.rules import Rule
from domain.working_days import FURTHEST
from services.node.figures.duties import obligations_of, plans_of, slots_of

ALL_KINDS: Final = frozenset(ObligationKind)
_NO_TIME: Final = timedelta(0)
_LONGEST: Final = timedelta(days=5 * 366)
"""No slot is longer (`CadenceParams.every_months`)."""
_HALVES: Final = (1, 2, None)
"""The periods of a year that a report may be asked for; None is the year itself."""


def obligations_due(
    directory: Directory,
    units: Sequence[str],
    first: date,
    last: date,
    kinds: Collection[ObligationKind] = ALL_KINDS,
) -> Iterator[Obligation]:
    """What these units owe with its last good day within those days, in no order.

    Also what a unit would have owed had it not ended: that is not `expected`, and its `bearers` say
    who goes on.
    """
    yield from _reports(directory, units, first, last, kinds)
    if ObligationKind.PLAN in kinds:
        yield from _plans(directory, units, first, last)
    yield from _recurring(directory, units, first, last, kinds)


def _rules(directory: Directory, kind: RuleKind, first: date, last: date) -> list[Rule]:
    """Every rule of a kind by which what falls due within those days may be judged."""
    return [rule for era in eras(directory, first, last) for rule in era.directory.rules(kind)]


def _years(directory: Directory, about: str, first: date, last: date) -> list[int]:
    """The years for which a due rule about this names a day within those days."""
    rules = [
        (rule, FURTHEST if "working_days" in rule.params else _NO_TIME)
        for rule in _rules(directory, RuleKind.DUE, first, last)
        if rule.about == about
    ]
    return [
        year
        for year in range(first.year - 1, last.year + 2)
        if any(
            first - shift
            <= last_good_day(rule.params, year, inclusive=rule.inclusive)
            <= last + shift
            for rule, shift in rules
        )
    ]


def _reports(
    directory: Directory,
    units: Sequence[str],
    first: date,
    last: date,
    kinds: Collection[ObligationKind],
) -> Iterator[Obligation]:
    reporting = [unit for unit in units if directory.level(unit) in ReportSubmitted.spec.levels]
    for half in _HALVES:
        kind = ObligationKind.ANNUAL if half is None else ObligationKind.HALF_YEAR
        if kind not in kinds:
            continue
        for year in _years(directory, Period(first.year, half).about, first, last):
            period = Period(year, half)
            for unit_id, owed in obligations_of(directory, reporting, period):
                if not owed.expected or owed.due_on is None or owed.span is None:
                    continue
                if first <= owed.due_on <= last:
                    yield Obligation(
                        unit_id,
                        kind,
                        period.code,
                        None,
                        owed.span.first,
                        owed.span.last,
                        owed.due_on,
                        owed.rule_id or "",
                        True,
                        owed.bearers,
                    )


def _plans(
    directory: Directory, units: Sequence[str], first: date, last: date
) -> Iterator[Obligation]:
    for year in _years(directory, ObligationKind.PLAN.value, first, last):
        for unit_id, plan in plans_of(directory, units, year):
            found = plan
            if plan is not None and not plan.expected:
                found = plan_due(directory, unit_id, year)  # its end counts, also recorded late
            if plan is None or found is None or not first <= found.due_on <= last:
                continue
            borne_by: tuple[str, ...] = (unit_id,)
            if not plan.expected:
                ended = _ended(directory, unit_id)
                if ended is None or not date(year, 1, 1) <= ended < found.due_on:
                    continue
                borne_by = bearers(directory, unit_id, found.due_on)
            yield Obligation(
                unit_id,
                ObligationKind.PLAN,
                str(year),
                None,
                date(year, 1, 1),
                date(year, 12, 31),
                found.due_on,
                found.rule_id,
                plan.expected,
                borne_by,
            )


def _recurring(
    directory: Directory,
    units: Sequence[str],
    first: date,
    last: date,
    kinds: Collection[ObligationKind],
) -> Iterator[Obligation]:
    about = {kind.about: kind for kind in kinds if kind.recurs}
    asked = {
        (about[rule.about], rule.organisation)
        for rule in _rules(directory, RuleKind.CADENCE, first, last)
        if rule.about in about
    }
    ended = [
        unit_id
        for unit_id in units
        if (end := _ended(directory, unit_id)) is not None and first - _LONGEST <= end < last
    ]
    for kind, organisation in asked:
        known: set[tuple[str, str]] = set()
        for unit_id, slots in slots_of(
            directory, units, first, last, kind=kind, organisation=organisation
        ):
            for slot in slots:
                if _owes(directory, unit_id, organisation, slot.last):
                    known.add((unit_id, slot.code))
                    yield _of_slot(unit_id, kind, organisation, slot, True, (unit_id,))
        for unit_id in ended:
            broken = broken_slot(directory, unit_id, kind=kind, organisation=organisation)
            end = _ended(directory, unit_id)
            if broken is None or end is None or not first <= broken.last <= last:
                continue
            if (unit_id, broken.code) in known:
                continue  # when the slot closed, nobody had recorded the unit's end
            if _owes(directory, unit_id, organisation, end):
                heirs = bearers(directory, unit_id, broken.last)
                yield _of_slot(unit_id, kind, organisation, broken, False, heirs)


def _owes(directory: Directory, unit_id: str, organisation: str | None, day: date) -> bool:
    """Whether the unit has the organisation that owes it."""
    return organisation is None or had_organisation(directory, unit_id, organisation, day)


def _of_slot(
    unit_id: str,
    kind: ObligationKind,
    organisation: str | None,
    slot: Slot,
    expected: bool,
    borne_by: tuple[str, ...],
) -> Obligation:
    return Obligation(
        unit_id,
        kind,
        slot.code,
        organisation,
        slot.first,
        slot.last,
        slot.last,
        slot.rule_id,
        expected,
        borne_by,
    )


def _ended(directory: Directory, unit_id: str) -> date | None:
    """The unit's last day, if it has ended."""
    unit = directory.unit(unit_id)
    return None if unit is None else unit.valid_to
