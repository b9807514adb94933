"""What a district's committee reads first: which communes have reported, then whether their
committees meet, their plans and inspections, models, its exemplary units, indicators and activity.
After 1/7/2025 such a node is history to read.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES, IndicatorFigure
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
    DocumentRecipients,
    Documents,
    ExemplaryUnits,
    Findings,
    IndicatorValues,
    Inspections,
    ModelHosts,
    ModelRatings,
    ModelStock,
    ReportStatus,
)

SPEC: Final = LevelSpec(
    level=Level.DISTRICT,
    title=Text("Ban chỉ đạo cấp huyện", "District steering committee"),
    models=(
        Activity(),
        ModelStock(),
        ModelRatings(),
        ReportStatus(),
        ExemplaryUnits(),
        ModelHosts(),
        Inspections(),
        Findings(),
        Documents(),
        DocumentRecipients(),
        IndicatorValues(),
    ),
    figures=(
        FIGURES["report-status"],
        FIGURES["meeting-compliance"],
        FIGURES["plans"],
        FIGURES["inspections"],
        FIGURES["organisation-quota"],
        FIGURES["model-stock"],
        FIGURES["exemplary-quota"],
        IndicatorFigure(Level.DISTRICT),
        FIGURES["activity"],
        FIGURES["reconciliation"],
    ),
)
