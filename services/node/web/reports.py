"""A report's page: its versions, what each says otherwise than the last, and F15."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.labels import label
from domain.refusals import Text
from domain.report_kinds import ReportKind
from domain.report_replies import ReturnReason
from domain.report_state import Receipt, ReportState, Version
from services.node.asof.cutoff import TooFarBackError
from services.node.figures import parse_span
from services.node.figures.reported import frozen, report_of
from services.node.reporting.checking import Checked, checked
from services.node.reporting.since import CODEBOOK, Change
from services.node.reporting.versions import difference, numbered
from services.node.web.periods import label as span_label
from services.node.web.site import Asked, PageProblemError
from services.node.web.texts import RECEIVERS

_WHY: Final[Mapping[str, Text]] = {
    "late": Text("ghi đúng lúc, đến sau", "recorded by then, arrived later"),
    "recorded_later": Text("ghi sau khi báo cáo", "recorded after the report"),
    "corrected": Text("đã đính chính", "corrected"),
    "retracted": Text("đã rút", "retracted"),
    "rules": Text("quy định hoặc hệ thống đơn vị thay đổi", "rules or hierarchy changed"),
}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure of the version shown."""

    code: str
    title: str
    reported: int
    then: int | None
    now: int | None
    difference: int | None
    since: int | None
    changes: tuple[tuple[Change, str], ...]
    """Each with why in words."""
    whole: bool


def report_page(asked: Asked, report_id: str) -> Mapping[str, Any]:
    """One report; the version asked for, or the one that stands. Raises PageProblemError."""
    state = report_of(asked.view, report_id)
    if state is None:
        raise PageProblemError(
            404, Text("Nút này không có báo cáo đó.", "This node holds no such report.")
        )
    version = _asked_version(asked, state)
    before = numbered(state, version.number - 1)
    found = _check(asked, state, version)
    return {
        "report": state,
        "report_kind": asked.language.of(label(ReportKind(state.kind))),
        "report_unit": asked.unit_name(state.unit_id),
        "report_period": _period(asked, state),
        "versions": [_row(asked, state, one) for one in state.versions],
        "version": version,
        "lines": [] if found is None else _lines(asked, found),
        "checked": found,
        "difference": None if before is None else difference(before, version),
        "code_title": lambda code: code_title(asked, code),
    }


def code_title(asked: Asked, code: str) -> str:
    """What a figure's code means in words; the code itself where nobody says."""
    return asked.language.of(CODEBOOK.title(code))


def _period(asked: Asked, state: ReportState) -> str:
    span = parse_span(state.period, asked.directory, state.unit_id)
    return state.period if span is None else span_label(span, asked.language)


def _asked_version(asked: Asked, state: ReportState) -> Version:
    text = asked.parameter("version")
    if text is None:
        return frozen(state)
    found = numbered(state, int(text)) if text.isdecimal() and len(text) < 5 else None
    if found is None:
        raise PageProblemError(
            404, Text("Báo cáo không có phiên bản đó.", "The report has no such version.")
        )
    return found


def _check(asked: Asked, state: ReportState, version: Version) -> Checked | None:
    try:
        return checked(asked.view, state, version) if version.figures else None
    except TooFarBackError:
        return None  # the page says so; the rest of it stands


def _lines(asked: Asked, found: Checked) -> list[FigureLine]:
    lines = []
    for item in found.items:
        changes = found.changes.get(item.code)
        lines.append(
            FigureLine(
                item.code,
                code_title(asked, item.code),
                item.reported,
                item.then,
                item.now,
                item.difference,
                item.since,
                tuple(
                    (change, asked.language.of(_WHY[change.why.value]))
                    for change in (changes.items if changes else ())
                ),
                changes is None or changes.whole,
            )
        )
    return lines


def _row(asked: Asked, state: ReportState, version: Version) -> Mapping[str, Any]:
    return {
        "number": version.number,
        "digest": version.digest,
        "event_id": version.event_id,
        "submitted_on": version.submitted_on,
        "stands": version is frozen(state) and bool(version.accepted),
        "children": len(version.child_reports),
        "accepted": [(_role(asked, receipt), receipt.day) for receipt in version.accepted],
        "returned": [
            (
                receipt.day,
                ", ".join(asked.language.of(label(ReturnReason(code))) for code in receipt.reasons),
                receipt.resubmit_by,
            )
            for receipt in version.returned
        ],
    }


def _role(asked: Asked, receipt: Receipt) -> str:
    role = receipt.role or ""
    return asked.language.of(RECEIVERS.get(role, Text(role, role)))
