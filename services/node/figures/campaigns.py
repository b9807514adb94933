"""F16, campaigns: milestones reached in time ÷ milestones; exemplars named ÷ exemplars due, one
collective and one individual for each locality (R58, R74, R89–R95, R100).

Counted are the campaigns that ran on some day of the span, whole: a plan is judged as one thing.
What a campaign's close does not tell was not reached; while it is open nothing is judged. A
milestone left to a locality's discretion counts only where it was reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.campaigns import MilestoneCode
from domain.refusals import Text
from services.node.figures.details import parts_of
from services.node.figures.facts import FactFigure, Facts, Source
from services.node.figures.figure import of_units
from services.node.figures.placement import Placement
from services.node.figures.result import Cut, Note, Ratio, ratio
from services.node.figures.span import Span
from services.node.views import View

_NONE_RAN: Final = Note(
    "no-campaign",
    Text("Không có đợt sơ kết, tổng kết nào trong kỳ.", "No review campaign ran in the period."),
)
_STILL_OPEN: Final = Note(
    "campaign-open",
    Text(
        "Có đợt chưa kết thúc; mốc và điển hình của đợt đó được tính khi kết thúc.",
        "A campaign is not closed; its milestones and exemplars are judged when it is.",
    ),
)
_EXEMPLARS: Final = ("collectives", "individuals")


class CampaignFigure(FactFigure):
    """See the module. Details: how each kind of milestone went."""

    name: ClassVar[str] = "campaigns"
    formula: ClassVar[str] = "F16"
    title: ClassVar[Text] = Text("Đợt sơ kết, tổng kết chương trình", "Review campaigns")
    explanation: ClassVar[Text] = Text(
        "Mốc đạt đúng hạn ÷ số mốc; điển hình đã chọn ÷ điển hình phải chọn, của các đợt "
        "diễn ra trong kỳ.",
        "Milestones reached in time ÷ milestones; exemplars named ÷ exemplars due, of the "
        "campaigns that ran in the period.",
    )
    measures: ClassVar[Mapping[str, Text]] = {
        "campaigns": Text("Số đợt", "Campaigns"),
        "open": Text("Đợt chưa kết thúc", "Not closed yet"),
        "milestones": Text("Số mốc", "Milestones"),
        "met": Text("Mốc đạt đúng hạn", "Reached in time"),
        "met_late": Text("Mốc đạt muộn", "Reached late"),
        "missed": Text("Mốc không đạt", "Not reached"),
        "upcoming": Text("Mốc của đợt chưa kết thúc", "Milestones not judged yet"),
        "localities": Text("Địa phương", "Localities"),
        "exemplars_due": Text("Điển hình phải chọn", "Exemplars due"),
        "collectives": Text("Tập thể điển hình", "Exemplary collectives"),
        "individuals": Text("Cá nhân điển hình", "Exemplary individuals"),
        "exemplars_counted": Text("Điển hình tính vào chỉ tiêu", "Exemplars counted"),
    }
    details: ClassVar[Mapping[str, Text]] = parts_of(
        measures, {"met": MilestoneCode, "met_late": MilestoneCode, "missed": MilestoneCode}
    )
    shares: ClassVar[Mapping[str, Text]] = {
        "milestones_met": Text("Tỷ lệ mốc đạt đúng hạn", "Milestones reached in time"),
        "exemplars": Text("Tỷ lệ điển hình đã chọn", "Exemplars named"),
    }
    headline: ClassVar[str] = "milestones_met"

    def facts(self, view: View, span: Span, placement: Placement, cut: Cut) -> Facts:
        del cut
        found = Facts()
        campaigns = _running(view, span, placement)
        milestones = _milestones(view, [row.campaign_id for row in campaigns])
        for row in campaigns:
            opened = Source(row.event_id, row.campaign_id, (row.unit_id, row.opened_on))
            found.add(row.unit_id, "campaigns", 1, opened)
            if row.closed_on is None:
                found.add(row.unit_id, "open", 1, opened)
            for mark in milestones.get(row.campaign_id, ()):
                _judge(row, mark, found)
            if row.closed_on is not None:
                _count_exemplars(row, found)
        return found

    def ratios(self, values: Mapping[str, int]) -> dict[str, Ratio | None]:
        return {
            "milestones_met": ratio(values["met"], values["milestones"]),
            "exemplars": ratio(values["exemplars_counted"], values["exemplars_due"]),
        }

    def remarks(self, values: Mapping[str, int]) -> Iterable[Note]:
        if not values["campaigns"]:
            yield _NONE_RAN
        if values["open"]:
            yield _STILL_OPEN


def _running(view: View, span: Span, placement: Placement) -> Sequence[sa.Row[Any]]:
    """The campaigns open on some day of the span."""
    table = view.tables["campaigns"]
    columns = table.c
    return view.connection.execute(
        sa.select(table)
        .where(
            columns.opened_on <= span.last.isoformat(),
            sa.or_(columns.closed_on.is_(None), columns.closed_on >= span.first.isoformat()),
            *of_units(columns.unit_id, placement.homes),
        )
        .order_by(columns.campaign_id)
    ).all()


def _milestones(view: View, campaigns: Sequence[str]) -> dict[str, list[sa.Row[Any]]]:
    table = view.tables["campaign_milestones"]
    found: dict[str, list[sa.Row[Any]]] = {}
    for row in view.connection.execute(
        sa.select(table)
        .where(*of_units(table.c.campaign_id, dict.fromkeys(campaigns)))
        .order_by(table.c.campaign_id, table.c.code)
    ):
        found.setdefault(row.campaign_id, []).append(row)
    return found


def _judge(campaign: sa.Row[Any], mark: sa.Row[Any], found: Facts) -> None:
    """How one milestone went: by the campaign's close, or not judged yet."""
    key = (mark.code, mark.due_on)
    planned = Source(campaign.event_id, campaign.campaign_id, key)
    if campaign.closed_on is None:
        found.add(campaign.unit_id, "upcoming", 1, planned)
        return
    if mark.met_on is None and mark.at_discretion:
        return
    how = "missed"
    if mark.met_on is not None:
        how = "met" if mark.met_on <= mark.due_on else "met_late"
    closed = Source(campaign.closed_by, campaign.campaign_id, key)
    found.add(campaign.unit_id, "milestones", 1, planned)
    found.add(campaign.unit_id, how, 1, closed)
    found.add_detail(campaign.unit_id, f"{how}.{mark.code}", 1, closed)


def _count_exemplars(campaign: sa.Row[Any], found: Facts) -> None:
    closed = Source(
        campaign.closed_by, campaign.campaign_id, (campaign.unit_id, campaign.closed_on)
    )
    due = counted = 0
    for kind in _EXEMPLARS:
        named = getattr(campaign, kind)
        wanted = getattr(campaign, f"quota_{kind}") * campaign.localities
        found.add(campaign.unit_id, kind, named, closed)
        due += wanted
        counted += min(named, wanted)  # two collectives do not stand for a missing individual
    found.add(campaign.unit_id, "localities", campaign.localities, closed)
    found.add(campaign.unit_id, "exemplars_due", due, closed)
    found.add(campaign.unit_id, "exemplars_counted", counted, closed)
