"""What was measured, as a picture: a bar for each contender, the cases beneath each other.

Within a case the longest bar is the fastest contender, so lengths are compared within a case only;
the numbers beside the bars are events a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from bench.measuring import Measured, Result, Role

_WIDTH: Final = 900
_LABELS: Final = 330
_BAR: Final = 440
_ROW: Final = 24
_TITLE: Final = 34
_FILLS: Final = {
    Role.NODE: "#0b5fa5",
    Role.LIBRARY: "#c0713a",
    Role.FLOOR: "#8a97a5",
    Role.PART: "#b9c6d3",
}
_LEGEND: Final = (
    (Role.NODE, "node"),
    (Role.LIBRARY, "plain library"),
    (Role.FLOOR, "floor"),
    (Role.PART, "a part, or a peer"),
)


def as_svg(results: Sequence[Result]) -> str:
    """The picture as an SVG document with a title and a description for those who cannot see it."""
    height = 40 + sum(_TITLE + _ROW * len(result.measured) for result in results)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        ' aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">',
        '  <title id="title">Events a second, stage by stage</title>',
        f'  <desc id="desc">{escape(_described(results))}</desc>',
        f'  <rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        *_legend(),
    ]
    top = 40
    for result in results:
        lines.extend(_case(result, top))
        top += _TITLE + _ROW * len(result.measured)
    return "\n".join([*lines, "</svg>", ""])


def _legend() -> Iterator[str]:
    for place, (role, name) in enumerate(_LEGEND):
        left = 20 + place * 150
        yield f'  <rect x="{left}" y="12" width="14" height="14" fill="{_FILLS[role]}"/>'
        yield f'  <text x="{left + 20}" y="24" fill="#1b2733">{name}</text>'


def _case(result: Result, top: int) -> Iterator[str]:
    title = escape(f"{result.stage}, {result.store}: {result.title}")
    yield f'  <text x="20" y="{top + 24}" font-weight="600" fill="#1b2733">{title}</text>'
    most = max(measured.rate for measured in result.measured)
    for place, measured in enumerate(result.measured):
        y = top + _TITLE + place * _ROW
        yield from _bar(measured, measured.rate / most, y)


def _bar(measured: Measured, part: float, y: int) -> Iterator[str]:
    width = max(1.0, _BAR * part)
    yield (
        f'  <text x="{_LABELS - 8}" y="{y + 15}" text-anchor="end" fill="#1b2733">'
        f"{escape(measured.name)}</text>"
    )
    yield (
        f'  <rect x="{_LABELS}" y="{y + 3}" width="{width:.1f}" height="16"'
        f' fill="{_FILLS[measured.role]}"/>'
    )
    yield (
        f'  <text x="{_LABELS + width + 8:.1f}" y="{y + 15}" fill="#1b2733">'
        f"{measured.rate:,.0f}</text>"
    )


def _described(results: Sequence[Result]) -> str:
    return " ".join(
        f"{result.stage}, {result.store}, {result.title}: "
        + ", ".join(f"{measured.name} {measured.rate:,.0f}" for measured in result.measured)
        + "."
        for result in results
    )
