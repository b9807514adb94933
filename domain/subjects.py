"""Who is judged year by year: residential areas, communes, agencies and others (R08, R48, R67).

A subject is named by the unit it lies in, its category and its code in that unit's register; with
the year these make one identity, so that the commune that registers a subject and the authority
that recognises it mean the same without asking each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.events import FIRST_YEAR, LAST_YEAR, Body, Token, derive_id, invalid


class SubjectCategory(StrEnum):
    """What is judged (R08; R48 adds the workers' lodgings)."""

    RESIDENTIAL_AREA = "residential_area"
    COMMUNE = "commune"
    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    SCHOOL = "school"
    WORKER_LODGING = "worker_lodging"


Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, strict=True)]
"""A calendar year."""


class SubjectBody(Body):
    """Fields of every event about a subject."""

    category: SubjectCategory
    subject_code: Token | None = None
    """Its code in the register of its unit; none for a commune, which is the unit itself. A code,
    not a name: lodgings and small enterprises are often called after their owner."""
    subject_unit_id: UUID | None = None
    """The unit it lies in, or lay in when it was registered; the recording one unless given."""
    year: Year

    def needs_code(self) -> bool:
        """Whether the event is about one subject, which then has a code unless it is a commune."""
        return self.category is not SubjectCategory.COMMUNE

    @model_validator(mode="after")
    def _code_of_its_category(self) -> Self:
        if self.category is SubjectCategory.COMMUNE and self.subject_code is not None:
            raise invalid(
                "subject_code_of_commune",
                vi="Đối tượng commune là chính đơn vị: không có subject_code.",
                en="A commune is the unit itself: it has no subject_code.",
            )
        if self.needs_code() and self.subject_code is None:
            raise invalid(
                "subject_code_missing",
                vi="Thiếu subject_code: mã của đối tượng trong sổ của đơn vị.",
                en="subject_code is missing: the subject's code in its unit's register.",
            )
        return self

    @property
    def subject_unit(self) -> UUID:
        """The unit it lies in."""
        return self.subject_unit_id or self.unit_id

    def default_aggregate_id(self, event_id: UUID) -> UUID:
        """Derived from unit, category, code and year."""
        del event_id
        return subject_year_id(self.subject_unit, self.category, self.subject_code, self.year)


def subject_year_id(
    unit_id: UUID | str, category: str, subject_code: str | None, year: int
) -> UUID:
    """The identity of a subject in a year."""
    return derive_id(
        "subject-year", unit_id, SubjectCategory(category).value, subject_code or "", year
    )


def subject_unit_of(data: Mapping[str, Any]) -> str:
    """The unit of the subject that a recorded event is about."""
    unit_id: str = data.get("subject_unit_id", data["unit_id"])
    return unit_id
