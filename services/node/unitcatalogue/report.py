"""The report of what does not fit, for a spreadsheet."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from domain.refusals import Text
from services.node.language import Language
from services.node.unitcatalogue.tables import Remark, RemarkKind

TITLES: Final[Mapping[RemarkKind, Text]] = {
    RemarkKind.SKIPPED: Text("không nhập", "skipped"),
    RemarkKind.CORRECTED: Text("lỗi của nguồn, đã sửa", "slips of the source, corrected"),
    RemarkKind.ONE_SOURCE: Text("chỉ một nguồn có", "in one source only"),
    RemarkKind.NAME: Text("tên khác nhau", "names that differ"),
    RemarkKind.PARENT: Text("cấp trên khác nhau", "parents that differ"),
    RemarkKind.LINEAGE: Text("kế thừa khác nhau", "lineage that differs"),
}


def counts(remarks: Sequence[Remark]) -> Mapping[RemarkKind, int]:
    """How many of each kind, in the order of the kinds; only those there are."""
    found = Counter(remark.kind for remark in remarks)
    return {kind: found[kind] for kind in RemarkKind if found[kind]}


def write_report(path: Path, remarks: Sequence[Remark], language: Language) -> None:
    """One line a remark: kind, code, text. Raises OSError."""
    heading = Text("loại,mã,nội dung", "kind,code,text")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(language.of(heading).split(","))
        writer.writerows((r.kind.value, r.code, language.of(r.text)) for r in remarks)
