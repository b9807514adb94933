"""Models, their points and their groups: what was opened and what was retired, by unit and day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from domain.model_state import fold, stock_changes
from services.node.readmodel import CellModel, Contribution, Entity

OPENED: Final = "opened"
RETIRED: Final = "retired"


class ModelStock(CellModel):
    """Changes of the stock (F5): their sum up to a day is the stock on that day.

    Openings and retirements have cells of their own, so that both are counted on a day that saw
    both. The unit is that of the model, or of the point.
    """

    name: ClassVar[str] = "model_stock"
    version: ClassVar[int] = 3
    kinds: ClassVar[frozenset[str]] = frozenset({"model"})
    balanced: ClassVar[bool] = True
    keys: ClassVar[tuple[tuple[str, sa.types.TypeEngine[Any]], ...]] = (
        ("unit_id", sa.String(36)),
        ("day", sa.String(10)),
        ("domain", sa.String(20)),
        ("named", sa.String(40)),
        ("measure", sa.String(10)),
        ("change", sa.String(10)),
    )

    def contributions(self, entity: Entity) -> Iterable[Contribution]:
        state = entity.state(fold)
        if state is None:
            return
        for change in stock_changes(state):
            yield Contribution(
                (
                    change.unit_id,
                    change.day.isoformat(),
                    change.domain,
                    state.named,
                    change.measure,
                    OPENED if change.delta > 0 else RETIRED,
                ),
                change.delta,
                change.event_id,
                change.opened_by,
            )
