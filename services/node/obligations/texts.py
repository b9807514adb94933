"""Obligations in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from domain.labels import label
from domain.obligations import ObligationKind
from domain.organisations import Category
from domain.owed import Obligation
from domain.periods import Period, add_months
from domain.refusals import Text
from services.node.language import Language

_TITLES: Final = {
    ObligationKind.MEETING: Text(
        "Họp định kỳ của ban chỉ đạo", "Periodic meeting of the committee"
    ),
    ObligationKind.HALF_YEAR: Text("Báo cáo", "Report"),
    ObligationKind.ANNUAL: Text("Báo cáo", "Report"),
    ObligationKind.PLAN: Text("Kế hoạch", "Plan"),
    ObligationKind.REVIEW: Text(
        "Sơ kết, tổng kết phong trào", "Preliminary or final review of the movement"
    ),
    ObligationKind.INSPECTION: Text("Kiểm tra cấp dưới", "Inspection of the units below"),
    ObligationKind.MODEL_REVIEW: Text("Rà soát mô hình", "Review of the models"),
}
_OF: Final = {
    ObligationKind.MEETING: Text("Họp của", "Meeting of"),
    ObligationKind.REVIEW: Text("Sơ kết, tổng kết của", "Review by"),
}
"""What a category of organisations owes."""


def title(obligation: Obligation) -> Text:
    """What is owed for which period: "Báo cáo 6 tháng đầu năm 2025"."""
    what = _TITLES[obligation.kind]
    if obligation.organisation is not None:
        of, category = _OF[obligation.kind], label(Category(obligation.organisation))
        what = Text(f"{of.vi} {category.vi}", f"{of.en} {category.en}")
    period = _period(obligation)
    return Text(f"{what.vi} {period.vi}", f"{what.en} {period.en}")


def _period(obligation: Obligation) -> Text:
    if obligation.kind.recurs:
        return _days(obligation.first, obligation.last)
    period = Period.parse(obligation.period)
    year = period.year
    if period.half is None:
        return Text(f"năm {year}", f"for {year}")
    if period.half == 1:
        return Text(f"6 tháng đầu năm {year}", f"for the first half of {year}")
    return Text(f"6 tháng cuối năm {year}", f"for the second half of {year}")


def _days(first: date, last: date) -> Text:
    """ "tháng 3/2025", "quý I/2025" or the days themselves."""
    year = first.year
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole and add_months(first, 1) > last:
        return Text(f"tháng {first.month}/{year}", f"of {year}-{first.month:02}")
    if whole and first.month % 3 == 1 and add_months(first, 2) <= last < add_months(first, 3):
        quarter = (first.month + 2) // 3
        return Text(f"quý {quarter}/{year}", f"of quarter {quarter} of {year}")
    if whole and (first.month, last.month, last.year) == (1, 12, year):
        return Text(f"năm {year}", f"of {year}")
    vi, en = Language.VI, Language.EN
    return Text(f"từ {vi.day(first)} đến {vi.day(last)}", f"from {en.day(first)} to {en.day(last)}")
