"""An event that a command records in the own stream of a unit of the node."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.node.cli.client import NodeClient


def record_today(
    node: NodeClient,
    type: str,
    *,
    command: str,
    unit: UUID,
    org: UUID,
    account: str,
    data: Mapping[str, Any],
) -> str:
    """Push an event of this type to the node, as of today in Việt Nam; its id.

    `command` is named as the source. What the node refuses ends the command, saying why.
    """
    from contracts.envelope import TYPE_PREFIX  # noqa: PLC0415 - quick start
    from domain.decisions import VIETNAM  # noqa: PLC0415

    answer = node.push(
        {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": command,
            "type": TYPE_PREFIX + type,
            "data": {
                "unit_id": str(unit),
                "org_id": str(org),
                "actor_account": account,
                "occurred_on": datetime.now(VIETNAM).date().isoformat(),
                **data,
            },
        }
    )
    return str(answer["event_id"])
