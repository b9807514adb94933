"""What a province's committee reads first: which units below have reported, then meetings, the
standard and the classification, models, exemplary units, festivals, committees, how uneven it all
is, and activity.
"""

from __future__ import annotations

from typing import Final

from domain.levels import Level
from domain.refusals import Text
from services.node.figures import FIGURES
from services.node.levelspec import LevelSpec
from services.node.readmodels import (
    Activity,
    Committees,
    ExemplaryUnits,
    Festivals,
    ModelRatings,
    ModelStock,
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
    ),
    figures=(
        FIGURES["report-status"],
        FIGURES["meeting-compliance"],
        FIGURES["standard-rate"],
        FIGURES["movement-classification"],
        FIGURES["model-stock"],
        FIGURES["exemplary-quota"],
        FIGURES["festival-coverage"],
        FIGURES["committee-coverage"],
        FIGURES["unevenness"],
        FIGURES["activity"],
        FIGURES["reconciliation"],
    ),
)
