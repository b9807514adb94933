"""The four levels of the administration."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """A level of the administration, lowest first.

    Since 1/7/2025 there is no district level: a commune's parent is then a province. The hierarchy
    is therefore never read from this order; it comes from the dated unit events.
    """

    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    CENTRAL = "central"

    @property
    def rank(self) -> int:
        """0 for a commune to 3 for the centre."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}

ALL_LEVELS = frozenset(Level)
COMMUNE_TO_PROVINCE = frozenset({Level.COMMUNE, Level.DISTRICT, Level.PROVINCE})
SUPERIORS = frozenset({Level.DISTRICT, Level.PROVINCE, Level.CENTRAL})
