"""An event that a command records in the own stream of a unit of the node."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.node.cli.client import NodeClient


def event_of_today(
    type: str,
    *,
    command: str,
    unit: UUID,
    org: UUID,
    account: str,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """An event of this type as of today in Việt Nam. `command` is named as the source."""
    from contracts.envelope import TYPE_PREFIX  # noqa: PLC0415 - quick start
    from domain.decisions import VIETNAM  # noqa: PLC0415
    from domain.identifiers import time_ordered  # noqa: PLC0415

    return {
        "specversion": "1.0",
        "id": str(time_ordered(time.time_ns() // 1_000_000, secrets.randbits(128))),
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
    """Push such an event to the node; its id. What is refused ends the command, saying why."""
    event = event_of_today(type, command=command, unit=unit, org=org, account=account, data=data)
    return str(node.push(event)["event_id"])
