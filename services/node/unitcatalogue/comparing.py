"""Where two sources differ. Nothing here decides who is right: the first is what is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from domain.refusals import Text
from services.node.unitcatalogue.names import same_key
from services.node.unitcatalogue.tables import Remark, RemarkKind, Tables, Unit

_KINDS = (
    (Text("tỉnh trước", "province before"), "provinces_before"),
    (Text("huyện", "district"), "districts"),
    (Text("xã trước", "commune before"), "before"),
    (Text("tỉnh sau", "province after"), "provinces_after"),
    (Text("xã sau", "commune after"), "after"),
)


def compare(first: Tables, second: Tables) -> tuple[Remark, ...]:
    """What does not match, by code: `first` is the source that is imported."""
    remarks: list[Remark] = []
    for what, name in _KINDS:
        remarks += _units(what, getattr(first, name), getattr(second, name))
    remarks += _lineage(first, second)
    return tuple(remarks)


def compare_listing(first: Tables, listing: Mapping[str, Unit]) -> tuple[Remark, ...]:
    """Where names and districts of a list of communes before differ; codes are remarked already."""
    return tuple(
        remark
        for remark in _units(_KINDS[2][0], first.before, listing)
        if remark.kind is not RemarkKind.ONE_SOURCE
    )


def _units(what: Text, first: Mapping[str, Unit], second: Mapping[str, Unit]) -> Iterator[Remark]:
    for code in sorted(first.keys() | second.keys()):
        here, there = first.get(code), second.get(code)
        if here is None or there is None:
            yield _one_source(what, code, here, there)
            continue
        if same_key(here.name) != same_key(there.name):
            yield Remark(
                RemarkKind.NAME,
                code,
                Text(
                    f"{what.vi} {code}: nhập «{here.name}», nguồn kia «{there.name}».",
                    f"{what.en} {code}: imported «{here.name}», the other source «{there.name}».",
                ),
            )
        if here.parent != there.parent:
            yield Remark(
                RemarkKind.PARENT,
                code,
                Text(
                    f"{what.vi} {code} {here.name}: nhập dưới {here.parent}, nguồn kia "
                    f"{there.parent}.",
                    f"{what.en} {code} {here.name}: imported under {here.parent}, the other "
                    f"source {there.parent}.",
                ),
            )


def _one_source(what: Text, code: str, here: Unit | None, there: Unit | None) -> Remark:
    found = here or there
    name = found.name if found is not None else ""
    text = (
        Text(
            f"{what.vi} {code} {name}: nguồn kia không có.",
            f"{what.en} {code} {name}: not in the other source.",
        )
        if here is not None
        else Text(
            f"{what.vi} {code} {name}: chỉ nguồn kia có, không nhập.",
            f"{what.en} {code} {name}: only in the other source, not imported.",
        )
    )
    return Remark(RemarkKind.ONE_SOURCE, code, text)


def _lineage(first: Tables, second: Tables) -> Iterable[Remark]:
    here = {(move.old, move.new): move.share for move in first.moves}
    there = {(move.old, move.new): move.share for move in second.moves}
    for old, new in sorted(here.keys() | there.keys()):
        mine, theirs = here.get((old, new)), there.get((old, new))
        if mine == theirs:
            continue
        vi = {None: "không có", "full": "toàn bộ", "part": "một phần"}
        en = {None: "none", "full": "whole", "part": "part"}
        yield Remark(
            RemarkKind.LINEAGE,
            old,
            Text(
                f"{old} → {new}: nhập {vi[mine]}, nguồn kia {vi[theirs]}.",
                f"{old} → {new}: imported {en[mine]}, the other source {en[theirs]}.",
            ),
        )
