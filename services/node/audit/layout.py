"""What stands where in an audit folder.

audit.json                       what was exported: streams with size and root, digests of the rest
keys.txt                         verifier keys that the node knows, one a line
logs/<origin>/checkpoint         the newest signed head     } C2SP tlog-tiles: any such client
logs/<origin>/tile/…             tiles, bundles of entries  } reads logs/<origin> as a log
logs/<origin>/checkpoints/<size> every signed head with its cosignatures

audit.json pins everything else, so its SHA-256, written down where the folder was handed over, pins
the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self
from uuid import UUID

import orjson

from contracts.canonical import canonical
from domain.refusals import Text

FORMAT: Final = "antq-audit"
VERSION: Final = 1
INDEX: Final = "audit.json"
KEYS: Final = "keys.txt"
LOGS: Final = "logs"
CHECKPOINT: Final = "checkpoint"
CHECKPOINTS: Final = "checkpoints"


class LayoutError(ValueError):
    """The folder is none of these, or its index cannot be relied on. `text` says it to a person."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """What the index says of one stream."""

    origin: UUID
    size: int
    """Events in the folder: 1 to `size`."""
    root: str
    """Of the tree of that size, hexadecimal."""
    checkpoints: Mapping[int, str]
    """SHA-256, hexadecimal, of each signed head, by its size."""
    held: int = 0
    """The largest number that the node holds; above `size` if one before it is missing."""


@dataclass(frozen=True, slots=True)
class Index:
    """The index of a folder."""

    node: str
    level: str
    made_at: str
    keys: str
    """SHA-256, hexadecimal, of the list of keys."""
    streams: tuple[StreamEntry, ...]

    def encode(self) -> bytes:
        """The index as bytes; it holds the digest of itself, so that damage shows."""
        members = self._members()
        return canonical({**members, "digest": sha256(canonical(members)).hexdigest()})

    def _members(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "node": self.node,
            "level": self.level,
            "made_at": self.made_at,
            "keys": self.keys,
            "streams": [
                {
                    "origin": str(stream.origin),
                    "size": stream.size,
                    "held": max(stream.size, stream.held),
                    "root": stream.root,
                    "checkpoints": {
                        str(size): digest for size, digest in sorted(stream.checkpoints.items())
                    },
                }
                for stream in sorted(self.streams, key=lambda stream: stream.origin)
            ],
        }

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read an index. Raises LayoutError if it is none, or not as it was written."""
        try:
            found = orjson.loads(raw)
            if found["format"] != FORMAT or found["version"] != VERSION:
                raise LayoutError(
                    Text(
                        "không phải bộ hồ sơ của phiên bản này",
                        "not an audit folder of this version",
                    )
                )
            index = cls(
                found["node"],
                found["level"],
                found["made_at"],
                found["keys"],
                tuple(
                    StreamEntry(
                        UUID(one["origin"]),
                        int(one["size"]),
                        one["root"],
                        {int(size): digest for size, digest in one["checkpoints"].items()},
                        int(one["held"]),
                    )
                    for one in found["streams"]
                ),
            )
        except LayoutError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            shown = f"{error!r:.200}"
            raise LayoutError(
                Text(f"không đọc được mục lục: {shown}", f"the index cannot be read: {shown}")
            ) from error
        if index.encode() != raw:
            raise LayoutError(
                Text("mục lục đã bị sửa sau khi ghi", "the index is not as it was written")
            )
        return index
