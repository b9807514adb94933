"""The read models that every node keeps, whatever its level."""

from __future__ import annotations

from services.node.readmodel import ReadModel
from services.node.readmodels.activity import Activity
from services.node.readmodels.campaigns import CampaignMilestones, Campaigns
from services.node.readmodels.committees import Committees
from services.node.readmodels.documents import DocumentRecipients, Documents
from services.node.readmodels.exemplary_units import ExemplaryUnits
from services.node.readmodels.festivals import Festivals
from services.node.readmodels.funding import Funding
from services.node.readmodels.indicator_values import IndicatorValues
from services.node.readmodels.inspections import Findings, Inspections
from services.node.readmodels.model_hosts import ModelHosts
from services.node.readmodels.model_ratings import ModelRatings
from services.node.readmodels.model_stock import ModelStock
from services.node.readmodels.obligation_answers import ObligationAnswers
from services.node.readmodels.obligation_notes import ObligationNotes
from services.node.readmodels.petitions import Petitions
from services.node.readmodels.report_status import ReportStatus
from services.node.readmodels.subject_outcomes import SubjectOutcomes
from services.node.readmodels.tags import EventTags, TaggedActivity
from services.node.readmodels.timeline import Timeline

EVERY_NODES: tuple[ReadModel, ...] = (
    Timeline(),
    EventTags(),
    TaggedActivity(),
    ObligationAnswers(),
    ObligationNotes(),
)
"""Those that a node keeps whatever its level's spec names."""

READ_MODELS: tuple[ReadModel, ...] = (
    *EVERY_NODES,
    Activity(),
    ModelStock(),
    ModelRatings(),
    ReportStatus(),
    SubjectOutcomes(),
    ExemplaryUnits(),
    Festivals(),
    Committees(),
    ModelHosts(),
    Inspections(),
    Findings(),
    Petitions(),
    IndicatorValues(),
    Documents(),
    DocumentRecipients(),
    Funding(),
    Campaigns(),
    CampaignMilestones(),
)
"""Every read model of the engine; a level may add its own."""

__all__ = [
    "EVERY_NODES",
    "READ_MODELS",
    "Activity",
    "CampaignMilestones",
    "Campaigns",
    "Committees",
    "DocumentRecipients",
    "Documents",
    "EventTags",
    "ExemplaryUnits",
    "Festivals",
    "Findings",
    "Funding",
    "IndicatorValues",
    "Inspections",
    "ModelHosts",
    "ModelRatings",
    "ModelStock",
    "ObligationAnswers",
    "ObligationNotes",
    "Petitions",
    "ReportStatus",
    "SubjectOutcomes",
    "TaggedActivity",
    "Timeline",
]
