"""The statistics office's tables: old to new on 1/7/2025, and the list of units before.

The conversion table alone makes the catalogue. The list serves to find its misprints: three rows
bear another commune's code, and their name in their district says whose they mean.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.refusals import Text
from domain.units import Share
from services.node.unitcatalogue.csvfiles import rows_of
from services.node.unitcatalogue.names import clean, commune_kind, same_key, without_prefix
from services.node.unitcatalogue.tables import (
    Move,
    Remark,
    RemarkKind,
    Tables,
    Unit,
    consistent_shares,
    unreadable,
)

_CODED: Final = re.compile(r"(?P<name>.+?) *\((?P<code>[0-9]{2,3})\)")
_COMMUNE_CODE: Final = re.compile(r"[0-9]{5}")
_WHOLE: Final = re.compile(r"(nhập toàn bộ|sắp xếp toàn bộ (xã|phường|thị trấn) .*)", re.IGNORECASE)
_STAYS: Final = re.compile(r"(giữ nguyên|đổi tên|đổi loại hình|phần còn lại .*)", re.IGNORECASE)
_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True)
class _Row:
    """One pair of the conversion table, cleaned."""

    line: int
    province: Unit
    new: Unit
    old_name: str
    old_code: str
    note: str
    district: Unit
    """Its parent is the old province's name, without its prefix."""
    old_province: Unit


def read_listing(path: Path) -> Mapping[str, Unit]:
    """The list of communes before 1/7/2025, by code. Raises UnreadableTableError."""
    found: dict[str, Unit] = {}
    for _, row in rows_of(path):
        if len(row) >= 6 and _COMMUNE_CODE.fullmatch(row[5].strip()):
            code = row[5].strip()
            found[code] = Unit(code, clean(row[4]), row[3].strip())
    if not found:
        raise unreadable(path, "không có xã nào.", "there is no commune in it.")
    return found


def read_conversion(path: Path, listing: Mapping[str, Unit] | None = None) -> Tables:
    """The catalogue of the conversion table; misprints are found with `listing`.

    Raises UnreadableTableError.
    """
    rows = list(_rows(path))
    if not rows:
        raise unreadable(path, "không có dòng chuyển đổi nào.", "there is no row of conversion.")
    return _Reading(rows, listing or {}).tables()


def _rows(path: Path) -> Iterator[_Row]:
    for line, row in rows_of(path):
        cells = [clean(cell) for cell in row]
        if len(cells) < _COLUMNS or not _COMMUNE_CODE.fullmatch(cells[2]):
            continue  # titles, and the heading of each province
        coded = [_CODED.fullmatch(cells[column]) for column in (0, 6, 7)]
        if not all(coded) or commune_kind(cells[1]) is None:
            raise unreadable(
                path,
                f"dòng {line}: không đọc được tên và mã.",
                f"line {line}: a name with its code cannot be read.",
            )
        province, district, old = (
            Unit(found["code"], found["name"]) for found in coded if found is not None
        )
        name = re.sub(r"^xa ", "Xã ", cells[1], flags=re.IGNORECASE)
        new = Unit(cells[2], name, province.code)
        yield _Row(line, province, new, cells[3], cells[4], cells[5], district, old)


class _Reading:
    """The rows put together."""

    def __init__(self, rows: Sequence[_Row], listing: Mapping[str, Unit]) -> None:
        self._rows = rows
        self._listing = listing
        self._remarks: list[Remark] = []
        self._listed = {(unit.parent, same_key(unit.name)): unit for unit in listing.values()}
        self._claims: defaultdict[str, set[str]] = defaultdict(set)
        """By code: the names that rows give it."""
        for row in rows:
            self._claims[row.old_code].add(same_key(row.old_name))

    def tables(self) -> Tables:
        before: dict[str, Unit] = {}
        moves: list[Move] = []
        notes: dict[tuple[str, str], str] = {}
        zones: dict[str, str] = {}
        for row in self._rows:
            if not row.old_code:
                self._without_code(row, zones)
                continue
            code = self._right_code(row)
            known = before.setdefault(code, Unit(code, row.old_name, row.district.code))
            if not self._listing and same_key(known.name) != same_key(row.old_name):
                self._two_names(row, known)
                continue
            share = Share.FULL if _WHOLE.fullmatch(row.note) else Share.PART
            moves.append(Move(code, row.new.code, share))
            notes[code, row.new.code] = row.note
        self._not_converted(before)
        provinces, districts = self._above()
        staying = _staying(moves, notes)
        right, remarks = consistent_shares([m for m in moves if not _itself(m, staying)])
        kept = (Move(code, code, Share.FULL) for code in sorted(staying))
        return Tables(
            provinces_before=provinces,
            districts=districts,
            before=before,
            provinces_after={row.province.code: row.province for row in self._rows},
            after={row.new.code: row.new for row in self._rows},
            moves=(*right, *kept),
            staying=staying,
            zones=zones,
            remarks=(*self._remarks, *remarks),
        )

    def _without_code(self, row: _Row, zones: dict[str, str]) -> None:
        """A district that became a special zone, or land that was no unit."""
        if not row.old_name:
            zones[row.district.code] = row.new.code
            return
        self._remark(
            RemarkKind.SKIPPED,
            row.new.code,
            f"Dòng {row.line}: «{row.old_name}» không có mã nên không phải đơn vị.",
            f"Line {row.line}: «{row.old_name}» has no code, so it was no unit.",
        )

    def _two_names(self, row: _Row, known: Unit) -> None:
        code, name, first = row.old_code, row.old_name, known.name
        self._remark(
            RemarkKind.SKIPPED,
            code,
            f"Dòng {row.line}: mã {code} của {first} ghi cho {name}; thêm --file danh sách đơn vị "
            "trước 1/7/2025 để biết mã đúng.",
            f"Line {row.line}: the code {code} of {first} stands at {name}; add --file with the "
            "list of units before 2025-07-01 to find the right one.",
        )

    def _right_code(self, row: _Row) -> str:
        """The code of the commune that the row means."""
        code, name = row.old_code, same_key(row.old_name)
        listed = self._listing.get(code)
        if listed is None or name == same_key(listed.name):
            return code
        meant = self._listed.get((row.district.code, name))
        if meant is None or same_key(listed.name) not in self._claims[code]:
            # Another spelling, or another code since the list was made: no other row needs this
            # code for the commune that the list has under it. Comparing shows it.
            return code
        self._remark(
            RemarkKind.CORRECTED,
            code,
            f"Dòng {row.line}: {row.old_name} ghi mã {code} của {listed.name}; đúng là "
            f"{meant.code}.",
            f"Line {row.line}: {row.old_name} bears the code {code} of {listed.name}; it is "
            f"{meant.code}.",
        )
        return meant.code

    def _not_converted(self, before: Mapping[str, Unit]) -> None:
        """Communes of the list that are in no row: they ended or got another code before."""
        named = {(unit.parent, same_key(unit.name)): unit.code for unit in before.values()}
        for code, unit in self._listing.items():
            if code in before:
                continue
            other = named.get((unit.parent, same_key(unit.name)))
            if other is not None:
                self._remark(
                    RemarkKind.CORRECTED,
                    code,
                    f"{unit.name} có mã {code} trong danh sách, {other} trong bảng chuyển đổi; "
                    f"nhập {other}.",
                    f"{unit.name} has the code {code} in the list and {other} in the conversion "
                    f"table; imported as {other}.",
                )
                continue
            self._remark(
                RemarkKind.SKIPPED,
                code,
                f"{unit.name} có trong danh sách trước 1/7/2025, không có trong bảng chuyển đổi: "
                "không biết đơn vị kế thừa.",
                f"{unit.name} is in the list before 2025-07-01 and not in the conversion table: "
                "no successor is known.",
            )

    def _above(self) -> tuple[dict[str, Unit], dict[str, Unit]]:
        """Provinces and districts of before, each by what most rows say."""
        codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        names: dict[str, str] = {}
        holders: defaultdict[str, Counter[str]] = defaultdict(Counter)
        districts: dict[str, str] = {}
        for row in self._rows:
            key = without_prefix(row.old_province.name)
            codes[key][row.old_province.code] += 1
            if key not in names or len(names[key]) < len(row.old_province.name):
                names[key] = row.old_province.name
            holders[row.district.code][key] += 1
            districts.setdefault(row.district.code, row.district.name)
        by_name = {key: found.most_common(1)[0][0] for key, found in codes.items()}
        provinces = {code: Unit(code, names[key]) for key, code in by_name.items()}
        return provinces, {
            code: Unit(code, name, by_name[holders[code].most_common(1)[0][0]])
            for code, name in districts.items()
        }

    def _remark(self, kind: RemarkKind, code: str, vi: str, en: str) -> None:
        self._remarks.append(Remark(kind, code, Text(vi, en)))


def _itself(move: Move, staying: frozenset[str]) -> bool:
    return move.old == move.new and move.old in staying


def _staying(moves: Sequence[Move], notes: Mapping[tuple[str, str], str]) -> frozenset[str]:
    """Communes that went on: the note says so and the new commune is made of nothing else."""
    givers = Counter(move.new for move in moves)
    return frozenset(
        old
        for (old, new), note in notes.items()
        if old == new and givers[new] == 1 and _STAYS.fullmatch(note)
    )
