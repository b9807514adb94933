"""The versions of a report side by side: what the next one says otherwise (R59; views, audit)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.report_state import ReportState, Version


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """One figure that two versions do not share. None where a version does not have it."""

    code: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class ChildDifference:
    """A report from below that two versions do not include in the same version."""

    report_id: str
    before: str | None
    """Digest of the version included; None where none is."""
    after: str | None


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """What a version says otherwise than one before it."""

    before: Version
    after: Version
    figures: tuple[FigureDifference, ...]
    sections_added: tuple[str, ...]
    sections_removed: tuple[str, ...]
    children: tuple[ChildDifference, ...]
    events_between: int | None
    """Events of all streams that the later one was computed from and the earlier was not; None
    where one of them does not name its streams."""


def numbered(state: ReportState, number: int) -> Version | None:
    """The version of a number."""
    return next((version for version in state.versions if version.number == number), None)


def difference(before: Version, after: Version) -> VersionDifference:
    """What `after` says otherwise than `before`."""
    codes = sorted({*before.figures, *after.figures})
    one, other = dict(before.child_reports), dict(after.child_reports)
    return VersionDifference(
        before,
        after,
        tuple(
            FigureDifference(code, before.figures.get(code), after.figures.get(code))
            for code in codes
            if before.figures.get(code) != after.figures.get(code)
        ),
        tuple(code for code in after.sections if code not in before.sections),
        tuple(code for code in before.sections if code not in after.sections),
        tuple(
            ChildDifference(report_id, one.get(report_id), other.get(report_id))
            for report_id in sorted({*one, *other})
            if one.get(report_id) != other.get(report_id)
        ),
        _events_between(before.computed_through, after.computed_through),
    )


def _events_between(
    before: Mapping[str, int] | None, after: Mapping[str, int] | None
) -> int | None:
    if before is None or after is None:
        return None
    return sum(max(0, number - before.get(origin, 0)) for origin, number in after.items())
