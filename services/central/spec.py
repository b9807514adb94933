"""What the centre reads first: the provinces' reports with both receipts (V05 and the Front), then
the stock of models, meetings and activity.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES
from services.node.levelspec import LevelSpec
from services.node.readmodels import Activity, ModelRatings, ModelStock, ReportStatus

SPEC: Final = LevelSpec(
    level=Level.CENTRAL,
    title=Text("Ban chỉ đạo Trung ương", "Central steering committee"),
    models=(Activity(), ModelStock(), ModelRatings(), ReportStatus()),
    figures=(
        FIGURES["report-status"],
        FIGURES["model-stock"],
        FIGURES["meeting-compliance"],
        FIGURES["activity"],
    ),
)
