"""Where a push of a file stopped, kept beside the file: `FILE.antq-push`.

Losing it costs nothing but time: what was recorded is answered as a duplicate.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

_HEAD: Final = 65_536


@dataclass(slots=True)
class Tally:
    """What became of the lines so far."""

    recorded: int = 0
    duplicate: int = 0
    refused: int = 0

    @property
    def items(self) -> int:
        return self.recorded + self.duplicate + self.refused


@dataclass(slots=True)
class Progress:
    """How far a file is pushed."""

    number: int = 0
    """Everything up to this line has its verdict."""
    rejected_bytes: int = 0
    """Length of the file of rejected lines that belongs to it."""
    tally: Tally | None = None


class ResumeFile:
    """The progress of one file towards one node."""

    def __init__(self, path: Path, url: str) -> None:
        self._source = path
        self._place = path.with_name(path.name + ".antq-push")
        self._url = url
        self.writable = True

    def load(self) -> Progress:
        """Where to go on; the beginning if nothing is known, or file or node are others now."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = orjson.loads(self._place.read_bytes())
            if kept["url"] == self._url and kept["file"] == self._fingerprint():
                tally = Tally(kept["recorded"], kept["duplicate"], kept["refused"])
                return Progress(kept["number"], kept["rejected_bytes"], tally)
        return Progress()

    def save(self, number: int, rejected_bytes: int, tally: Tally) -> None:
        """Remember it. A crash in the middle leaves the earlier progress; `writable` turns False
        where the folder takes no file, and pushing goes on without."""
        content = orjson.dumps(
            {
                "url": self._url,
                "file": self._fingerprint(),
                "number": number,
                "rejected_bytes": rejected_bytes,
                "recorded": tally.recorded,
                "duplicate": tally.duplicate,
                "refused": tally.refused,
            }
        )
        fresh = self._place.with_name(self._place.name + ".new")
        try:
            fresh.write_bytes(content)
            fresh.replace(self._place)
        except OSError:
            self.writable = False

    def forget(self) -> None:
        """The push is complete: the next one of this file starts at the beginning."""
        with suppress(OSError):
            self._place.unlink(missing_ok=True)

    def _fingerprint(self) -> str:
        """Tells one content of the file from another without reading all of a large file."""
        status = self._source.stat()
        with self._source.open("rb") as file:
            head = hashlib.sha256(file.read(_HEAD)).hexdigest()
        return f"{status.st_size}:{status.st_mtime_ns}:{head}"
