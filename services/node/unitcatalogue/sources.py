"""From where the catalogue is read, and what else it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.refusals import Text
from services.node.unitcatalogue.choices import Source
from services.node.unitcatalogue.comparing import compare, compare_listing
from services.node.unitcatalogue.conversion import read_conversion, read_listing
from services.node.unitcatalogue.csvfiles import Layout, layout_of
from services.node.unitcatalogue.earlier import Merger, read_earlier
from services.node.unitcatalogue.package import installed, read_package
from services.node.unitcatalogue.tables import (
    Remark,
    RemarkKind,
    Tables,
    Unit,
    UnreadableTableError,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read."""

    tables: Tables
    mergers: Sequence[Merger]
    remarks: Sequence[Remark]
    compared: bool
    """Whether both sources were there."""


def load(source: Source, files: Sequence[Path]) -> Loaded:
    """Read the source and whatever it can be compared with. Raises UnreadableTableError."""
    by_layout: dict[Layout, Path] = {}
    for path in files:
        layout = layout_of(path)
        if layout in by_layout:
            raise UnreadableTableError(
                Text(
                    f"{by_layout[layout]} và {path} cùng một loại bảng.",
                    f"{by_layout[layout]} and {path} are the same kind of table.",
                )
            )
        by_layout[layout] = path
    package = read_package() if source is Source.PACKAGE or installed() else None
    listed = by_layout.get(Layout.LISTING)
    listing = None if listed is None else read_listing(listed)
    converted = by_layout.get(Layout.CONVERSION)
    conversion = None
    if converted is not None:
        known = package.before if listing is None and package is not None else listing
        conversion = read_conversion(converted, known)
    imported, other = (package, conversion) if source is Source.PACKAGE else (conversion, package)
    if imported is None:
        raise UnreadableTableError(
            Text(
                "Nguồn csv cần --file bảng chuyển đổi đơn vị cũ → mới của cơ quan thống kê.",
                "The source csv needs --file with the statistics office's table from old to new.",
            )
        )
    earlier = by_layout.get(Layout.EARLIER)
    mergers = () if earlier is None else read_earlier(earlier)
    return Loaded(
        imported,
        mergers,
        (*imported.remarks, *_differences(imported, other, listing), *_unplaced(imported, mergers)),
        other is not None,
    )


def _differences(
    imported: Tables, other: Tables | None, listing: Mapping[str, Unit] | None
) -> Sequence[Remark]:
    if other is not None:
        return compare(imported, other)
    return () if listing is None else compare_listing(imported, listing)


def _unplaced(tables: Tables, mergers: Sequence[Merger]) -> list[Remark]:
    return [
        Remark(
            RemarkKind.SKIPPED,
            merger.code,
            Text(
                f"Sáp nhập {merger.day:%d/%m/%Y} thành {merger.code}: mã không có trước 1/7/2025.",
                f"Merger of {merger.day} into {merger.code}: no such code before 2025-07-01.",
            ),
        )
        for merger in mergers
        if merger.code not in tables.before
    ]
