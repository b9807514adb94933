"""What a commune's committee reads first: its own calendar and what it did, then its stock of
models, its residential areas and the standard, and how its reports stand.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
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
    ),
    figures=(
        FIGURES["meeting-compliance"],
        FIGURES["activity"],
        FIGURES["model-stock"],
        FIGURES["standard-rate"],
        FIGURES["report-status"],
        FIGURES["reconciliation"],
    ),
)
