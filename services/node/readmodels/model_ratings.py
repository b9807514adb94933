"""How many models and points of a unit stand at each rating, as changes by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import sqlalchemy as sa

from domain.model_state import fold, rating_changes
from services.node.readmodel import CellModel, Contribution, Entity


class ModelRatings(CellModel):
    """Changes of the ratings: their sum up to a day is how many stand at a rating on that day.

    Another rating takes one away from the old and adds one to the new; a retirement takes its
    subject out.
    """

    name: ClassVar[str] = "model_ratings"
    version: ClassVar[int] = 3
    kinds: ClassVar[frozenset[str]] = frozenset({"model"})
    balanced: ClassVar[bool] = True
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
        ("named", sa.String(40)),
        ("rating", sa.String(10)),
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        state = entity.state(fold)
        if state is None:
            return
        for change in rating_changes(state):
            yield Contribution(
                (change.unit_id, change.day.isoformat(), state.named, change.rating),
                change.delta,
                change.event_id,
                change.opened_by,
            )
