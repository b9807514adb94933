"""Events that a node records by itself, in the streams of the units it records for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from domain.decisions import VIETNAM
from domain.directory import Directory
from domain.events import derive_id
from domain.refusals import KEY_CONFLICT, Text
from services.node.errors import FencedError
from services.node.problems import Problem
from services.node.pushed import Pushed, read_pushed

if TYPE_CHECKING:
    from services.node.ingest import ItemVerdict  # whose guard is told of by what records here

SYSTEM: Final = "antq-sync"


class OwnEvents:
    """Records them as any other event: decided, and once under their record's name."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        record: Callable[[Sequence[Pushed | Problem]], list[ItemVerdict]],
        now: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._record = record
        self._now = now

    @property
    def today(self) -> str:
        """The day in Vietnam."""
        return self._now().astimezone(VIETNAM).date().isoformat()

    def record(
        self,
        kind: str,
        unit_id: str,
        record_id: str,
        data: Mapping[str, Any],
        account: str = SYSTEM,
    ) -> Text | None:
        """Record an event of a unit; None, or why that cannot be done now.

        Recording it again changes nothing, so a lost answer does no harm; nor does saying it again
        with other figures: what was recorded first stands.
        """
        day = self._now().astimezone(VIETNAM).date()
        organisations = self._directory().organisations_of(unit_id, day)
        if not organisations:
            return Text(
                f"đơn vị {unit_id} chưa có cơ quan nào", f"unit {unit_id} has no organisation"
            )
        item = read_pushed(
            {
                "specversion": "1.0",
                "id": str(derive_id("own event", kind, unit_id, record_id)),
                "source": SYSTEM,
                "type": f"vn.antq.{kind}",
                "data": {
                    "unit_id": unit_id,
                    "org_id": organisations[0],
                    "actor_account": account,
                    "occurred_on": day.isoformat(),
                    "source_system": SYSTEM,
                    "source_record_id": record_id,
                    **data,
                },
            }
        )
        try:
            (verdict,) = self._record([item])
        except FencedError as error:
            return error.problem.detail
        problem = verdict.problem
        if problem is None or problem.code == KEY_CONFLICT.code:
            return None
        return problem.detail
