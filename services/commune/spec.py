"""What a commune's committee reads first: its own calendar and what it did, then its stock of
models, its residential areas and the standard, how its reports stand, findings to remedy, documents
to acknowledge, and its own indicators.
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
    Findings,
    IndicatorValues,
    Inspections,
    ModelRatings,
    ModelStock,
    ReportStatus,
    SubjectOutcomes,
)

SPEC: Final = LevelSpec(
    level=Level.COMMUNE,
    title=Text("Ban chỉ đạo cấp xã", "Commune steering committee"),
    models=(
        Activity(),
        ModelStock(),
        ModelRatings(),
        ReportStatus(),
        SubjectOutcomes(),
        Inspections(),
        Findings(),
        Documents(),
        DocumentRecipients(),
        IndicatorValues(),
    ),
    figures=(
        FIGURES["meeting-compliance"],
        FIGURES["activity"],
        FIGURES["model-stock"],
        FIGURES["standard-rate"],
        FIGURES["report-status"],
        FIGURES["inspections"],
        FIGURES["plans"],
        IndicatorFigure(Level.COMMUNE),
        FIGURES["reconciliation"],
    ),
)
