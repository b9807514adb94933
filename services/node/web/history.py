"""The page of a record's history: every event that touched it, and who vouches for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from domain.refusals import Text
from services.node.history.entries import Order
from services.node.history.telling import find_entity, tell
from services.node.web.events import identifier
from services.node.web.reports import code_title
from services.node.web.site import Asked, PageProblemError
from services.node.web.texts import STATUSES

_PAGE: Final = 50
_AFTER: Final = re.compile(r"([0-9T:.Z-]{20,30})/([0-9a-f-]{36})/([0-9]{1,15})")


def history_page(asked: Asked, record_id: str) -> Mapping[str, Any]:
    """The history of an event, or of what it is about. Raises PageProblemError."""
    entity = find_entity(asked.view, identifier(record_id), asked.node.erased)
    if entity is None:
        raise PageProblemError(
            404,
            Text(
                "Nút này không có sự kiện hay đối tượng đó.",
                "This node holds no such event or record.",
            ),
        )
    told = tell(asked.node, asked.view, entity, asked.language, after=_after(asked), limit=_PAGE)
    following = None
    if told.behind is not None:
        place = "/".join(map(str, told.behind))
        following = asked.url(f"/history/{told.aggregate_id}", after=place)
    return {
        "history": told,
        "record_type": entity.history[0].type,
        "statuses": STATUSES,
        "following": following,
        "code_title": lambda code: code_title(asked, code),
    }


def _after(asked: Asked) -> Order | None:
    text = asked.parameter("after")
    if text is None:
        return None
    match = _AFTER.fullmatch(text)
    if match is None:
        raise PageProblemError(
            400,
            Text(
                "after phải lấy từ trang trước.", "after must be the one that a page before gave."
            ),
        )
    return match.group(1), match.group(2), int(match.group(3))
