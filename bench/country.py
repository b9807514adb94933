"""The units and organisations to measure with: numbered, and the same at every call."""

from __future__ import annotations

from functools import cache
from typing import Final
from uuid import UUID

from domain.events import derive_id

COMMUNES: Final = 300
DISTRICTS: Final = 10
"""Of each province."""


@cache
def unit_of(kind: str, number: int = 0) -> UUID:
    """The identifier of the centre, the province, a district or a commune."""
    return derive_id("bench", kind, number)


@cache
def organisation_of(unit_id: UUID, category: str) -> UUID:
    """The identifier of an organisation of a unit."""
    return derive_id("bench", unit_id, category)


PROVINCE: Final = unit_of("province")
CENTRE: Final = unit_of("central")
