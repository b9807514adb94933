"""Files of numbered sections, in which one step of a build leaves for the next ones what each of
them is to read.

A file begins with a table of offsets. It gets its name when it is complete and on disk, so one that
is there needs not be made again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from struct import Struct


def write_sections(path: Path, sections: Sequence[bytes]) -> None:
    """Write a file, durably. A crash before the rename leaves a file that nobody reads.

    Raises OSError.
    """
    offsets = [0]
    for section in sections:
        offsets.append(offsets[-1] + len(section))
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as file:
        file.write(_table(len(sections)).pack(*offsets))
        file.writelines(sections)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def read_section(path: Path, number: int, count: int) -> bytes:
    """One section of a file that has `count` of them. Raises OSError."""
    table = _table(count)
    with path.open("rb") as file:
        offsets = table.unpack(file.read(table.size))
        file.seek(table.size + offsets[number])
        return file.read(offsets[number + 1] - offsets[number])


def _table(count: int) -> Struct:
    return Struct(f">{count + 1}Q")
