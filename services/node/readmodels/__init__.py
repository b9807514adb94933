"""The read models that every node keeps, whatever its level."""

from __future__ import annotations

from services.node.readmodel import ReadModel
from services.node.readmodels.activity import Activity
from services.node.readmodels.model_ratings import ModelRatings
from services.node.readmodels.model_stock import ModelStock
from services.node.readmodels.report_status import ReportStatus
from services.node.readmodels.timeline import Timeline

READ_MODELS: tuple[ReadModel, ...] = (
    Timeline(),
    Activity(),
    ModelStock(),
    ModelRatings(),
    ReportStatus(),
)
"""Every read model of the engine; a level may add its own."""

__all__ = [
    "READ_MODELS",
    "Activity",
    "ModelRatings",
    "ModelStock",
    "ReportStatus",
    "Timeline",
]
