"""Cells that several partitions contribute to: each is added up once, in one section."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.node.rebuilding.adding import added_up, cells_file, leave, sections_of
from services.node.rebuilding.builds import PARTITION, Build
from services.node.rebuilding.sections import read_section, write_sections

BUILD = Build.of(2, 5 * PARTITION)
Key = tuple[Any, ...]


def test_sections_come_back_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sections = [b"", b"one", b"", bytes(1_000)]
    write_sections(path, sections)
    assert [read_section(path, number, 4) for number in range(4)] == sections
    assert list(tmp_path.iterdir()) == [path]


def test_every_cell_is_added_up_over_all_partitions(tmp_path: Path) -> None:
    random = Random(1)
    keys: list[Key] = [(f"u{n % 7}", f"2025-01-{n % 9}", f"t{n % 3}", "") for n in range(150)]
    expected: dict[str, Counter[Key]] = {"activity": Counter(), "stock": Counter()}
    for partition in range(BUILD.partitions):
        tables = []
        for name, sums in expected.items():
            cells = {key: random.randint(-3, 3) for key in random.sample(keys, 60)}
            for key, value in cells.items():
                sums[key] += value
            tables.append((name, sections_of(cells, BUILD), cells.items()))
        leave(BUILD, tmp_path, partition, tables)
        assert cells_file(tmp_path, partition).exists()
    found: dict[str, dict[Key, int]] = {"activity": {}, "stock": {}}
    for section in range(BUILD.partitions):
        for name, totals in added_up(BUILD, tmp_path, section).items():
            assert not found[name].keys() & totals.keys()  # whole in one section
            found[name].update(totals)
    assert found == {name: dict(sums) for name, sums in expected.items()}


def test_one_unit_or_one_day_alone_are_not_all_in_one_section() -> None:
    days = [("unit", f"2025-01-{day:02}") for day in range(1, 29)]
    units = [(f"unit {number}", "2025-01-01") for number in range(28)]
    for keys in (days, units):
        assert set(sections_of(keys, BUILD)) == set(range(BUILD.partitions))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        added_up(BUILD, tmp_path, 0)
