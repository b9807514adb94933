"""The files of an audit folder: nothing about them is trusted, sizes and names least of all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final
from uuid import UUID

from services.node.audit import layout
from services.node.ledger.tiles import WIDTH, Tile, TileError, decode_entries

_MAX_FILE: Final = WIDTH * (2 + 65_535)
"""Bytes of the largest file that a log can have."""


class Files:
    """Of one folder. Any process may have its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self._prefix = os.path.join(path, "")  # noqa: PTH118 # with its separator at the end

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None if it is not there, no plain file, or larger than any can be."""
        file = f"{self._prefix}{name}"  # a Path costs more than reading a small file
        try:
            found = os.lstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_FILE:
                return None
            with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 # see above
                return opened.read()
        except OSError:
            return None

    def entries(self, origin: UUID, number: int, size: int) -> list[bytes] | None:
        """The entries of a bundle in a log of that size (or more); None if it cannot be read."""
        width = min(WIDTH, size - number * WIDTH)
        for tile in (Tile(None, number, width), Tile(None, number)):
            raw = self.read(f"{layout.LOGS}/{origin}/{tile.path()}")
            if raw is not None:
                try:
                    return decode_entries(raw)
                except TileError:
                    return None
        return None

    def all(self, below: str = "") -> set[str]:
        """Everything but folders, by name; links are not followed."""
        found: set[str] = set()
        with os.scandir(f"{self._prefix}{below}") as inside:
            for one in inside:
                if one.is_dir(follow_symlinks=False):
                    found |= self.all(f"{below}{one.name}/")
                else:
                    found.add(below + one.name)
        return found
