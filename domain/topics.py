"""What sessions, broadcasts and classes are about: codes, so that no text is matched (C9)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.events import distinct


class Topic(StrEnum):
    """A topic of propaganda or training (R10, R44, R51, R69, R107)."""

    MOVEMENT = "movement"
    CRIME_PREVENTION = "crime_prevention"
    DRUG_PREVENTION = "drug_prevention"
    HUMAN_TRAFFICKING = "human_trafficking"
    DOMESTIC_VIOLENCE = "domestic_violence"
    CHILD_PROTECTION = "child_protection"
    TRAFFIC_SAFETY = "traffic_safety"
    FIRE_SAFETY = "fire_safety"
    CYBER_SECURITY = "cyber_security"
    STATE_SECRETS = "state_secrets"
    WEAPONS_EXPLOSIVES = "weapons_explosives"
    BORDER_SECURITY = "border_security"
    LEGAL_EDUCATION = "legal_education"
    MEDIATION = "mediation"
    CORE_FORCE_SKILLS = "core_force_skills"
    OTHER = "other"


Topics = Annotated[
    tuple[Topic, ...], AfterValidator(distinct), Field(min_length=1, max_length=len(Topic))
]
"""At least one topic, each once."""
