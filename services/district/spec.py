"""What a district's committee reads first: which communes have reported, then whether their
committees meet, their models, its exemplary units and their activity. After 1/7/2025 such a node is
history to read.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
    ExemplaryUnits,
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
    ),
    figures=(
        FIGURES["report-status"],
        FIGURES["meeting-compliance"],
        FIGURES["model-stock"],
        FIGURES["exemplary-quota"],
        FIGURES["activity"],
        FIGURES["reconciliation"],
    ),
)
