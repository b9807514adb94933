"""What a province's committee reads first: which units below have reported, then meetings, models
and activity.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES
from services.node.levelspec import LevelSpec
from services.node.readmodels import Activity, ModelRatings, ModelStock, ReportStatus

SPEC: Final = LevelSpec(
    level=Level.PROVINCE,
    title=Text("Ban chỉ đạo cấp tỉnh", "Province steering committee"),
    models=(Activity(), ModelStock(), ModelRatings(), ReportStatus()),
    figures=(
        FIGURES["report-status"],
        FIGURES["meeting-compliance"],
        FIGURES["model-stock"],
        FIGURES["activity"],
    ),
)
