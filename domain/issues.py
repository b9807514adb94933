"""Difficulties that a unit meets and reports (R99)."""

from __future__ import annotations

from enum import StrEnum

from domain.decisions import decides
from domain.documents import DocumentLink
from domain.events import Body, event_type
from domain.once import record_once


class DifficultyTopic(StrEnum):
    """What the difficulty is with (R88, R97, R99, R124)."""

    FUNDING = "funding"
    STAFFING = "staffing"
    EQUIPMENT = "equipment"
    ALLOWANCES = "allowances"
    GUIDANCE = "guidance"
    LEGAL_BASIS = "legal_basis"
    COORDINATION = "coordination"
    PARTICIPATION = "participation"
    REORGANISATION = "reorganisation"
    OTHER = "other"


@event_type(aggregate="issue", title_vi="Khó khăn, vướng mắc", title_en="Difficulty raised")
class DifficultyRaised(Body):
    """A difficulty was reported (R99): its topic, and the document that describes it.

    The description stays on paper: free text would sooner or later hold a case or a person.
    """

    topic: DifficultyTopic
    document: DocumentLink
    """The paper that describes it."""


decides(DifficultyRaised)(record_once)
