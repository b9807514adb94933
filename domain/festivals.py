"""Festivals: the day for national security, of great unity, of youth (R32, R65, R114, R125)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import model_validator

from domain.decisions import decides
from domain.events import Body, Count, event_type, invalid
from domain.once import record_once
from domain.refusals import Text


class FestivalKind(StrEnum):
    """Which festival it was (R65: 19/8 and 18/11; R114)."""

    SECURITY_DAY = "security_day"
    GREAT_UNITY_DAY = "great_unity_day"
    YOUTH_TRAFFIC = "youth_traffic"


def festival_day(kind: str, year: int) -> date | None:
    """The day of the festival (R65: 19/8 and 18/11); None for one that has no fixed day."""
    match kind:
        case FestivalKind.SECURITY_DAY:
            return date(year, 8, 19)
        case FestivalKind.GREAT_UNITY_DAY:
            return date(year, 11, 18)
        case _:
            return None


@event_type(aggregate="activity", title_vi="Ngày hội", title_en="Festival held")
class FestivalHeld(Body):
    """A festival took place in some of the unit's residential areas (R32, R65, R125).

    Areas are counted, not registered: hamlets and quarters are no units of the catalogue. So the
    event itself says how many there were that day, and F8 is `areas_covered` of all the unit's
    events of the kind by `active_areas` of the last of them.
    """

    countable: ClassVar[Mapping[str, Text]] = {
        "areas_covered": Text("Khu dân cư tổ chức", "Areas covered"),
        "participants": Text("Lượt người dự", "Participants"),
    }
    # `active_areas` is a stock: adding it up over events would mean nothing.

    kind: FestivalKind
    areas_covered: Count
    """Residential areas that held it, each counted in one event only."""
    active_areas: Count
    """Residential areas that the unit had on that day."""
    participants: Count

    @model_validator(mode="after")
    def _covered_of_active(self) -> Self:
        if self.areas_covered > self.active_areas:
            raise invalid(
                "areas_covered",
                vi="areas_covered không được lớn hơn active_areas, số khu dân cư của đơn vị ngày "
                "đó (R125).",
                en="areas_covered cannot be more than active_areas, the residential areas of the "
                "unit on that day (R125).",
            )
        return self


decides(FestivalHeld)(record_once)
