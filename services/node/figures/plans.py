"""F12: plans of the year issued by their due day ÷ units that owe one (R118, R128); the share of
recipients that acknowledged, and after how many hours (R78).

A plan counts where its last good day lies in the span, at the unit that owed it; one that was
waived by a superior, and was not issued, is not due. A document counts where it was issued in the
span, at the unit of each organisation it was sent to. The hours run from
the moment the issue was recorded, which is when it can be received here; for a paper that was
received before, from the beginning of its day of issue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from statistics import median_low
from typing import Any, ClassVar, Final, NamedTuple

import sqlalchemy as sa

from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.levels import COMMUNE_TO_PROVINCE
from domain.obligations import ObligationKind
from domain.refusals import Text
from services.node.figures.duties import plans_of
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import Tally, days, of_units
from services.node.figures.placement import Placement
from services.node.figures.result import NO_RULE, NOTHING_DUE, Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.figures.waived import waivers
from services.node.views import View

HOURS: Final = "median_hours"
_HOURS_TITLE: Final = Text("Số giờ đến khi tiếp nhận (trung vị)", "Hours to receipt (median)")
_HOUR: Final = 3600


class PlansAndReceipts(FactFigure):
    """See the module."""

    name: ClassVar[str] = "plans"
    formula: ClassVar[str] = "F12"
    title: ClassVar[Text] = Text("Kế hoạch và tiếp nhận văn bản", "Plans and receipts of documents")
    explanation: ClassVar[Text] = Text(
        "Kế hoạch ban hành đúng hạn ÷ kế hoạch đến hạn trong kỳ; nơi nhận đã tiếp nhận ÷ nơi "
        "nhận của văn bản ban hành trong kỳ.",
        "Plans issued by their due day ÷ plans due in the period; recipients that "
        "acknowledged ÷ recipients of the period's documents.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "plans_due": Text("Kế hoạch phải ban hành", "Plans due"),
        "on_time": Text("Ban hành đúng hạn", "Issued in time"),
        "late": Text("Ban hành muộn", "Issued late"),
        "missing": Text("Chưa ban hành", "Missing"),
        "upcoming": Text("Chưa đến hạn", "Not due yet"),
        "waived": Text("Được miễn", "Waived"),
        "recipients": Text("Lượt nơi nhận văn bản", "Recipients of documents"),
        "acknowledged": Text("Đã tiếp nhận", "Acknowledged"),
        "awaiting": Text("Chờ tiếp nhận", "Not acknowledged yet"),
        "units_without_rule": Text("Đơn vị chưa có quy định", "Units without a rule"),
    }
    shares: ClassVar[Mapping[str, Text]] = {
        "timeliness": Text("Tỷ lệ kế hoạch đúng hạn", "Plans in time"),
        "acknowledgement": Text("Tỷ lệ đã tiếp nhận", "Acknowledged"),
    }
    headline: ClassVar[str] = "timeliness"

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        found = Facts()
        _plans(view, span, placement, cut, found)
        _receipts(view, span, placement, found)
        return found

    def values(self, tally: Tally) -> dict[str, int]:
        values = super().values(tally)
        if tally.lags:
            values[HOURS] = median_low(tally.lags)
        return values

    def titles(self, measures: Iterable[str]) -> dict[str, Text]:
        return {**super().titles(measures), HOURS: _HOURS_TITLE}

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            "timeliness": ratio(values["on_time"], values["plans_due"]),
            "acknowledgement": ratio(values["acknowledged"], values["recipients"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["plans_due"]:
            yield NO_RULE if values["units_without_rule"] else NOTHING_DUE


class _Plan(NamedTuple):
    issued_on: date
    source: Source


def _plans(view: View, span: Span, placement: Placement, cut: Cut, found: Facts) -> None:
    owing = [u for u, home in placement.homes.items() if home.level in COMMUNE_TO_PROVINCE]
    # The last good day of a year's plan may lie in the year before it or after it.
    years = range(span.first.year - 1, span.last.year + 2)
    issued = _issued(view, years, placement)
    waived = waivers(view, ObligationKind.PLAN, dict.fromkeys(owing))
    ruled: set[str] = set()
    for year in years:
        for unit_id, due in plans_of(view.directory, owing, year):
            if due is None:
                continue
            ruled.add(unit_id)
            if not due.expected or due.due_on not in span:
                continue
            found.rules.add(due.rule_id)
            plan = issued.get((unit_id, year))
            waiver = waived.get((unit_id, str(year)))
            if plan is None and waiver is not None:
                obligation, event = waiver
                found.add(unit_id, "waived", 1, Source(event, obligation, (unit_id, str(year))))
                continue
            if plan is None and cut.today is not None and due.due_on >= cut.today:
                found.add(unit_id, "upcoming")
                continue
            found.add(unit_id, "plans_due")
            if plan is None:
                found.add(unit_id, "missing")
            else:
                how = "on_time" if due.on_time(plan.issued_on) else "late"
                found.add(unit_id, how, 1, plan.source)
    for unit_id in owing:
        if unit_id not in ruled and view.directory.active(unit_id, span.last):
            found.add(unit_id, "units_without_rule")


def _issued(view: View, years: Iterable[int], placement: Placement) -> dict[tuple[str, int], _Plan]:
    """By unit and year: the first plan that was issued for it."""
    table = view.tables["documents"]
    rows = view.connection.execute(
        sa.select(table)
        .where(table.c.plan_year.in_(list(years)), *of_units(table.c.unit_id, placement.homes))
        .order_by(table.c.issued_on, table.c.event_id)
    )
    plans: dict[tuple[str, int], _Plan] = {}
    for row in rows:
        source = Source(row.event_id, row.document_id, (row.unit_id, str(row.plan_year)))
        plan = _Plan(date.fromisoformat(row.issued_on), source)
        plans.setdefault((row.unit_id, row.plan_year), plan)
    return plans


def _receipts(view: View, span: Span, placement: Placement, found: Facts) -> None:
    documents, recipients = view.tables["documents"].c, view.tables["document_recipients"].c
    statement: sa.Select[Any] = (
        sa.select(
            documents.document_id,
            documents.event_id,
            documents.issued_on,
            documents.recorded_at,
            recipients.org_id,
            recipients.addressed,
            recipients.received_at,
            recipients.event_id.label("received_by"),
        )
        .join_from(
            view.tables["documents"],
            view.tables["document_recipients"],
            documents.document_id == recipients.document_id,
        )
        .where(days(documents.issued_on, span.first, span.last))
        .order_by(documents.document_id, recipients.org_id)
    )
    by_document: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in view.connection.execute(statement):
        by_document[row.document_id].append(row)
    for sent in by_document.values():
        receipts = {row.org_id: row for row in sent if row.received_at is not None}
        for row in sent:
            organisation = view.directory.organisation(row.org_id)
            if not row.addressed or organisation is None:
                continue
            unit_id = organisation.unit_id
            key = (row.org_id, row.issued_on)
            issue = Source(row.event_id, row.document_id, key)
            found.add(unit_id, "recipients", 1, issue)
            receipt = _receipt(view.directory, row.org_id, receipts)
            if receipt is None:
                found.add(unit_id, "awaiting", 1, issue)
                continue
            source = Source(receipt.received_by, row.document_id, key)
            found.add(unit_id, "acknowledged", 1, source)
            found.lags[unit_id].append(_hours(receipt))


def _receipt(
    directory: Directory, org_id: str, receipts: Mapping[str, sa.Row[Any]]
) -> sa.Row[Any] | None:
    """The receipt of an organisation: its own, or that of the one that stood in its place then."""
    own = receipts.get(org_id)
    if own is not None:
        return own
    for row in receipts.values():
        day = datetime.fromisoformat(row.received_at).astimezone(VIETNAM).date()
        if directory.org_heir(org_id, day) == row.org_id:
            return row
    return None


def _hours(row: sa.Row[Any]) -> int:
    """Whole hours until the receipt; see the module."""
    received = datetime.fromisoformat(row.received_at)
    start = datetime.fromisoformat(row.recorded_at)
    if received < start:
        start = datetime.combine(date.fromisoformat(row.issued_on), time(), VIETNAM)
    return max(0, int((received - start).total_seconds()) // _HOUR)
