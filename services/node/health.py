"""Whether a node can do its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.refusals import Text

NO_CATALOGUE: Final = Text(
    "đang chờ danh mục đơn vị từ cấp trên", "waiting for the unit catalogue from above"
)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the node can do its work, and if not, why."""

    ready: bool
    reasons: Sequence[Text]
    notices: Sequence[Text] = ()
    """What a person should see to although the node can work."""


def damaged(origin: UUID) -> Text:
    """The reason why a node is not ready whose log holds a stream with a hole."""
    return Text(
        f"nhật ký thiếu sự kiện ở giữa dòng {origin}; cần khôi phục từ bản sao lưu",
        f"the log holds the stream {origin} with a hole; restore it from a backup",
    )
