"""What a node keeps beside its stores to know them again: how far its own streams went.

A file in the data folder, written at least a second after something was recorded and when the node
stops. A log that holds less than the file says was lost or rolled back. A file that is missing says
nothing, and one that was copied from elsewhere (a backup of the whole folder) says what was true
once: it names its own inode, which a copy does not have, and the moment it was written, since when
the file system has not touched it. A copy may by chance get the inode of the file that is gone, but
no program can give it an old time of change (ctime).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

_log = logging.getLogger(__name__)
_NAME: Final = "store.json"
_VERSION: Final = 1
_WRITING_SECONDS: Final = 60.0
"""So long after its content was made the file may get its name, which is its last change."""


class Reason(StrEnum):
    """Why a node does not trust its log."""

    UNMARKED = "unmarked"
    """Nothing beside it says that it is the one the node had: new, lost, or of an older version."""
    COPIED = "copied"
    """What stands beside it was copied from elsewhere."""
    BEHIND_MARKER = "behind-marker"
    """It holds less than this node once recorded."""
    BEHIND_RECEIPT = "behind-receipt"
    """It holds less than a signed checkpoint covers."""
    BEHIND_PARENT = "behind-parent"
    """It holds less than the node above."""
    DIFFERS = "differs"
    """It does not hold what the node above holds."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Nothing is recorded until the node above has been heard."""

    question: UUID
    """Of the question that the node asks; only its answer counts."""
    since: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class SeatChange:
    """A person decided that the node goes on under a new seat."""

    before: str
    """The seat in the settings: with another one there, the decision is settled."""
    left: str
    """The seat that the node recorded under until then."""
    now: str
    at: str
    account: str
    """Who decided."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What the file says."""

    heads: Mapping[UUID, int] = field(default_factory=dict)
    """The highest sequence that this node has recorded in each of its streams."""
    fence: Fence | None = None
    seat: SeatChange | None = None
    copied: bool = False
    """Whether the file was written elsewhere."""


def seat_of(marker: Marker | None, configured: str) -> str:
    """The seat under which a node records: the one of the settings, unless a person decided after
    a loss that it goes on under another."""
    change = None if marker is None else marker.seat
    return configured if change is None or change.before != configured else change.now


class MarkerFile:
    """Reads and writes the marker of one data folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _NAME

    def read(self) -> Marker | None:
        """What it says; None if there is none, or none that can be read."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                found = _marker(orjson.loads(file.read()))
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            # The node then asks the one above, as if there were none.
            _log.error("%s cannot be read: %s", self.path, error)
            return None
        marker, inode, written = found
        touched = status.st_ctime - written > _WRITING_SECONDS
        return replace(marker, copied=inode != status.st_ino or touched)

    def write(self, marker: Marker) -> None:
        """Put this in its place, durably. Raises OSError.

        A crash in the middle leaves the old one whole, and a file that nobody reads.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{_NAME}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(_content(marker, os.fstat(file.fileno()).st_ino))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _content(marker: Marker, inode: int) -> bytes:
    fence, seat = marker.fence, marker.seat
    return orjson.dumps(
        {
            "version": _VERSION,
            "inode": inode,
            "written": time.time(),
            "heads": {str(origin): head for origin, head in sorted(marker.heads.items())},
            "fence": fence
            and {
                "question": str(fence.question),
                "since": fence.since,
                "reason": fence.reason.value,
            },
            "seat": seat
            and {
                "before": seat.before,
                "left": seat.left,
                "now": seat.now,
                "at": seat.at,
                "account": seat.account,
            },
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def _marker(data: Mapping[str, Any]) -> tuple[Marker, int, float]:
    """What a file says: itself, its inode, and when it was written (seconds of the epoch)."""
    if data["version"] != _VERSION:
        raise ValueError(f"version {data['version']!r:.20}")
    fence, seat = data["fence"], data["seat"]
    marker = Marker(
        {UUID(origin): int(head) for origin, head in data["heads"].items()},
        fence and Fence(UUID(fence["question"]), fence["since"], Reason(fence["reason"])),
        seat and SeatChange(seat["before"], seat["left"], seat["now"], seat["at"], seat["account"]),
    )
    return marker, int(data["inode"]), float(data["written"])
