"""The figures that committees read, each opened into the events behind it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.levels import Level
from services.node.figures.activity import ActivityFigure
from services.node.figures.campaigns import CampaignFigure
from services.node.figures.classification import MovementClassification
from services.node.figures.committee_coverage import CommitteeCoverage
from services.node.figures.exemplary_quota import ExemplaryQuota
from services.node.figures.festival_coverage import FestivalCoverage
from services.node.figures.figure import Figure
from services.node.figures.funding import FundingFigure
from services.node.figures.indicators import IndicatorFigure
from services.node.figures.inspections import InspectionFigure
from services.node.figures.meeting_compliance import MeetingCompliance
from services.node.figures.model_stock import ModelStockFigure
from services.node.figures.organisation_quota import OrganisationQuota
from services.node.figures.plans import PlansAndReceipts
from services.node.figures.reconciliation import Reconciliation
from services.node.figures.report_status import ReportStatusFigure
from services.node.figures.result import (
    Behind,
    BehindPage,
    CellFilter,
    Cut,
    FigureQuestionError,
    FigureResult,
    Note,
    Numbers,
    Ratio,
    ReportLine,
    Row,
    SubjectLine,
    UnitRef,
)
from services.node.figures.span import Span, between, parse_span
from services.node.figures.standard_rate import StandardRate
from services.node.figures.tips_petitions import TipsAndPetitions
from services.node.figures.unevenness import Unevenness

REPORT_STATUS = ReportStatusFigure()

_REPORTED: Final = (
    MeetingCompliance(),
    REPORT_STATUS,
    StandardRate(),
    MovementClassification(),
    ModelStockFigure(),
    OrganisationQuota(),
    ExemplaryQuota(),
    FestivalCoverage(),
    InspectionFigure(),
    TipsAndPetitions(),
    CommitteeCoverage(),
    PlansAndReceipts(),
    FundingFigure(),
    Unevenness(),
    CampaignFigure(),
    ActivityFigure(),
)
"""What reports may name."""

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        figure.name: figure
        for figure in (
            *_REPORTED,
            # Each level's spec names its own reader; this one is the centre's. No report names
            # indicators: a difference would tell what is withheld.
            IndicatorFigure(Level.CENTRAL),
            Reconciliation(_REPORTED),
        )
    }
)
"""Every figure by its name in addresses."""

__all__ = [
    "FIGURES",
    "REPORT_STATUS",
    "Behind",
    "BehindPage",
    "CellFilter",
    "Cut",
    "Figure",
    "FigureQuestionError",
    "FigureResult",
    "IndicatorFigure",
    "Note",
    "Numbers",
    "Ratio",
    "ReportLine",
    "Row",
    "Span",
    "SubjectLine",
    "UnitRef",
    "between",
    "parse_span",
]
