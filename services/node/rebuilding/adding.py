"""Adding up cells that aggregates of several partitions contribute to.

Each partition adds up its own, and leaves them in a file with as many sections as there are
partitions: a cell is in the same section of every file. So the sums of a section are complete once
all files are read, however large the log is, and no database has to sort what comes together.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from services.node.contributing import Key
from services.node.rebuilding.builds import Build
from services.node.rebuilding.sections import read_section, write_sections

Cells = dict[str, dict[Any, int]]
"""By table: values by a form of their keys (`filling.cell_keys`)."""


class _Numbers(dict[Any, int]):
    """A number for each value, the same in every process."""

    def __missing__(self, value: Any) -> int:
        number = self[value] = crc32(str(value).encode())
        return number


def cells_file(folder: Path, partition: int) -> Path:
    """The file of a partition's cells."""
    return folder / f"cells-{partition}"


def sections_of(keys: Iterable[Key], build: Build) -> list[int]:
    """The section of each cell, by the first two values of its key: by one alone, all that a node
    of a single unit holds would be in one section."""
    numbers, count = _Numbers(), build.partitions
    return [(numbers[key[0]] + numbers[key[1]]) % count for key in keys]


def leave(
    build: Build,
    folder: Path,
    partition: int,
    tables: Iterable[tuple[str, Iterable[int], Iterable[tuple[Any, int]]]],
) -> None:
    """Leave the cells of a partition: of each table its name, the sections, and form of key and
    value of each cell. Raises OSError."""
    parts: list[dict[str, list[tuple[Any, int]]]] = [
        defaultdict(list) for _ in range(build.partitions)
    ]
    for name, sections, cells in tables:
        for section, cell in zip(sections, cells, strict=True):
            parts[section][name].append(cell)
    write_sections(cells_file(folder, partition), [marshal.dumps(dict(part)) for part in parts])


def added_up(build: Build, folder: Path, section: int) -> Mapping[str, Mapping[Any, int]]:
    """The sums of a section. Raises OSError."""
    sums: Cells = {}
    for partition in range(build.partitions):
        block = read_section(cells_file(folder, partition), section, build.partitions)
        found: dict[str, list[tuple[Any, int]]] = marshal.loads(block)  # noqa: S302 # our own file
        for name, cells in found.items():
            table = sums.setdefault(name, {})
            for key, value in cells:
                table[key] = table.get(key, 0) + value
    return sums
