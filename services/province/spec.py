"""What a province's committee reads first: which units below have reported, then meetings, plans,
the standard and the classification, models, exemplary units, festivals, inspections, tips and
petitions, committees, money, review campaigns, how uneven it all is, indicators and activity.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES, IndicatorFigure
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
    CampaignMilestones,
    Campaigns,
    Committees,
    DocumentRecipients,
    Documents,
    ExemplaryUnits,
    Festivals,
    Findings,
    Funding,
    IndicatorValues,
    Inspections,
    ModelRatings,
    ModelStock,
    Petitions,
    ReportStatus,
    SubjectOutcomes,
)

SPEC: Final = LevelSpec(
    level=Level.PROVINCE,
    title=Text("Ban chỉ đạo cấp tỉnh", "Province steering committee"),
    models=(
        Activity(),
        ModelStock(),
        ModelRatings(),
        ReportStatus(),
        SubjectOutcomes(),
        ExemplaryUnits(),
        Festivals(),
        Committees(),
        Inspections(),
        Findings(),
        Petitions(),
        Documents(),
        DocumentRecipients(),
        Funding(),
        Campaigns(),
        CampaignMilestones(),
        IndicatorValues(),
    ),
    figures=(
        FIGURES["report-status"],
        FIGURES["meeting-compliance"],
        FIGURES["plans"],
        FIGURES["standard-rate"],
        FIGURES["movement-classification"],
        FIGURES["model-stock"],
        FIGURES["exemplary-quota"],
        FIGURES["festival-coverage"],
        FIGURES["inspections"],
        FIGURES["tips-petitions"],
        FIGURES["committee-coverage"],
        FIGURES["funding"],
        FIGURES["campaigns"],
        FIGURES["unevenness"],
        IndicatorFigure(Level.PROVINCE),
        FIGURES["activity"],
        FIGURES["reconciliation"],
    ),
)
