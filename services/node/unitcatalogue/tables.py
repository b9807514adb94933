"""What a source says about the units before and after 1/7/2025, in one form for all sources."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from domain.refusals import Text
from domain.units import Share


class UnreadableTableError(Exception):
    """A table is missing or in none of the layouts known; `text` says which and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def unreadable(path: Path, vi: str, en: str) -> UnreadableTableError:
    """The error of one file."""
    return UnreadableTableError(Text(f"{path}: {vi}", f"{path}: {en}"))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a table; `parent` is the code of the unit above it."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A commune of before went, whole or in part, into a commune of after."""

    old: str
    new: str
    share: Share


class RemarkKind(StrEnum):
    """What does not fit."""

    SKIPPED = "skipped"
    """Not imported: the reason is in the text."""
    CORRECTED = "corrected"
    """A slip of the source, imported as the text says."""
    ONE_SOURCE = "one-source"
    """In one source only."""
    NAME = "name-differs"
    PARENT = "parent-differs"
    LINEAGE = "lineage-differs"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that does not fit, with the code it is found by."""

    kind: RemarkKind
    code: str
    text: Text


@dataclass(frozen=True)
class Tables:
    """One source. Units of before and after are found by the codes of their own time."""

    provinces_before: Mapping[str, Unit]
    districts: Mapping[str, Unit]
    before: Mapping[str, Unit]
    """Communes until 30/6/2025; the parent is a district."""
    provinces_after: Mapping[str, Unit]
    after: Mapping[str, Unit]
    """Communes from 1/7/2025; the parent is a province."""
    moves: Sequence[Move]
    staying: frozenset[str] = frozenset()
    """Codes of communes that went on as themselves, under the same code."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """Districts without communes that became a special zone, and its code."""
    remarks: Sequence[Remark] = ()

    @cached_property
    def provinces(self) -> Mapping[str, str]:
        """Of each province of before, the code of the province of after that holds its communes.

        By most communes: a table may name a wrong province in single rows.
        """
        votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for move in self.moves:
            district = self.districts[self.before[move.old].parent]
            votes[district.parent][self.after[move.new].parent] += 1
        for district_code, zone in self.zones.items():
            votes[self.districts[district_code].parent][self.after[zone].parent] += 1
        return {old: count.most_common(1)[0][0] for old, count in votes.items()}


def consistent_shares(moves: Sequence[Move]) -> tuple[tuple[Move, ...], tuple[Remark, ...]]:
    """The moves with every share of a divided unit as part, and a remark where a source said whole.

    A unit goes whole to one side only; what went to several was divided, and nobody may guess how.
    """
    takers: defaultdict[str, set[str]] = defaultdict(set)
    for move in moves:
        takers[move.old].add(move.new)
    right: dict[tuple[str, str], Move] = {}
    remarks: list[Remark] = []
    for move in moves:
        share = move.share
        if share is Share.FULL and len(takers[move.old]) > 1:
            share = Share.PART
            remarks.append(
                Remark(
                    RemarkKind.CORRECTED,
                    move.old,
                    Text(
                        f"{move.old} ghi là nhập toàn bộ vào {move.new} nhưng cũng vào đơn vị "
                        "khác: ghi là một phần.",
                        f"{move.old} is said to go whole to {move.new} and goes elsewhere too: "
                        "recorded as a part.",
                    ),
                )
            )
        right[move.old, move.new] = Move(move.old, move.new, share)
    return tuple(right.values()), tuple(remarks)
