"""What the centre reads first: the provinces' reports with both receipts (V05 and the Front), then
the standard and the classification, models, exemplary units, committees, how uneven the provinces
are, meetings, indicators and activity.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES, IndicatorFigure
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
    Committees,
    ExemplaryUnits,
    IndicatorValues,
    ModelRatings,
    ModelStock,
    ReportStatus,
    SubjectOutcomes,
)

SPEC: Final = LevelSpec(
    level=Level.CENTRAL,
    title=Text("Ban chỉ đạo Trung ương", "Central steering committee"),
    models=(
        Activity(),
        ModelStock(),
        ModelRatings(),
        ReportStatus(),
        SubjectOutcomes(),
        ExemplaryUnits(),
        Committees(),
        IndicatorValues(),
    ),
    figures=(
        FIGURES["report-status"],
        FIGURES["standard-rate"],
        FIGURES["movement-classification"],
        FIGURES["model-stock"],
        FIGURES["exemplary-quota"],
        FIGURES["committee-coverage"],
        FIGURES["unevenness"],
        FIGURES["meeting-compliance"],
        IndicatorFigure(Level.CENTRAL),
        FIGURES["activity"],
        FIGURES["reconciliation"],
    ),
)
