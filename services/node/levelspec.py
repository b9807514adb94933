"""A level is data: what differs between commune, district, province and centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.levels import Level
from domain.refusals import Text
from services.node.figures.figure import Figure
from services.node.readmodel import ReadModel


@dataclass(frozen=True, slots=True)
class LevelSpec:
    """What one level keeps and shows. Which types it records stands with each event type."""

    level: Level
    title: Text
    """What the level's steering committee is called on its pages."""
    models: Sequence[ReadModel]
    """The read models its node keeps, beside those that every node keeps."""
    figures: Sequence[Figure]
    """The figures its committee reads, in the order of its page."""
