"""What was measured as the log grew: a table for people, a picture, and JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from typing import Final

from bench.growth import Curve, Point
from bench.machine import Facts

MARKS: Final = ("<!-- growth: begin -->", "<!-- growth: end -->")
LIMIT: Final = 1.15
"""Work that costs less than this many times as on the small log has not grown."""
_WIDTH, _HEIGHT = 920, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 330, 56, 56
_COLOURS: Final = (
    "#1b6ca8",
    "#c0392b",
    "#2e7d32",
    "#8e44ad",
    "#b9770e",
    "#117a65",
    "#6d4c41",
    "#34495e",
)
_DRAWN: Final = 8


def growth(points: Sequence[Point], work: str) -> float:
    """How many times what it costs on the small log it costs on the largest."""
    return points[-1].ratio(work)


def rows(points: Sequence[Point]) -> Iterator[tuple[str, ...]]:
    """One line for each kind of work: how many times its cost on the small log it costs at each
    size; then the last two costs, and the last by the clock."""
    last = points[-1]
    for work in last.taken:
        yield (
            work,
            *(f"{point.ratio(work):.2f}" for point in points),
            _number(last.small(work)),
            _number(last.cost(work)),
            _number(last.wall(work)),
        )


def header(points: Sequence[Point]) -> tuple[str, ...]:
    """The head of `rows`."""
    sizes = [_size(point.events) for point in points]
    ms = (f"ms, {sizes[0]}", f"ms, {sizes[-1]}", "ms, by the clock")
    return ("times its cost on the small log", *sizes, *ms)


def as_text(points: Sequence[Point]) -> str:
    """The table with columns of equal width."""
    lines = [header(points), *rows(points)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def as_markdown(points: Sequence[Point], facts: Facts) -> str:
    """The picture and the table in Markdown, with the sizes on disk and what it was measured on."""
    lines = ["![Cost of the same work as the log grows](diagrams/growth.svg)", ""]
    lines += ["| " + " | ".join(header(points)) + " |"]
    lines.append("|---|" + "--:|" * (len(points) + 3))
    lines += ["| " + " | ".join(row) + " |" for row in rows(points)]
    sizes = ", ".join(f"{_size(p.events)} {p.bytes / 2**30:.1f} GiB" for p in points)
    machine = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return "\n".join([*lines, "", f"On disk: {sizes}. Measured on: {machine}."])


def as_json(points: Sequence[Point], facts: Facts) -> str:
    """Everything, each time included."""
    return json.dumps(
        {
            "machine": dict(facts),
            "points": [
                {
                    "events": point.events,
                    "bytes": point.bytes,
                    "milliseconds": _plain(point.taken),
                    "beside": _plain(point.beside),
                }
                for point in points
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _plain(curve: Curve) -> dict[str, list[dict[str, float | None]]]:
    return {work: [asdict(one) for one in taken] for work, taken in curve.items()}


def as_svg(points: Sequence[Point]) -> str:
    """A picture: each kind of work by its cost on the small log, over the size of the log.

    Work that grew most is drawn in colour and named; the rest lies beneath it in grey, within the
    band of what counts as level.
    """
    named = sorted(points[0].taken, key=lambda work: -growth(points, work))
    drawn = {work: [point.ratio(work) for point in points] for work in named}
    top = max(1.5, *(max(line) for line in drawn.values())) * 1.05
    plot = _Plot([point.events for point in points], top)
    told = ", ".join(f"{work} {drawn[work][-1]:.2f}" for work in named[:_DRAWN])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' aria-labelledby="title desc" font-family="sans-serif" font-size="13">',
        '<title id="title">Cost of the same work as the log grows</title>',
        f'<desc id="desc">What grew most, times its cost on the small log: {escape(told)}.</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="28" font-size="16">Cost of the same work as the log grows, '
        "by its cost on a small one</text>",
        *plot.axes(),
    ]
    for place, work in reversed(list(enumerate(named))):
        colour = _COLOURS[place] if place < _DRAWN else "#c8c8c8"
        parts.append(plot.line(drawn[work], colour, 2.5 if place < _DRAWN else 1.0))
    for place, work in enumerate(named[:_DRAWN]):
        y = _TOP + 16 + place * 22
        x = _WIDTH - _RIGHT + 16
        parts.append(
            f'<rect x="{x}" y="{y - 9}" width="12" height="4" fill="{_COLOURS[place]}"/>'
            f'<text x="{x + 20}" y="{y}">{escape(work)} × {growth(points, work):.2f}</text>'
        )
    rest = len(named) - _DRAWN
    if rest > 0:
        most = growth(points, named[_DRAWN])
        y = _TOP + 16 + _DRAWN * 22
        parts.append(
            f'<text x="{_WIDTH - _RIGHT + 36}" y="{y}" fill="#707070">'
            f"{rest} others, at most × {most:.2f}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


class _Plot:
    """Sizes along the bottom, in a logarithmic scale; ratios upwards."""

    def __init__(self, sizes: Sequence[int], top: float) -> None:
        self._sizes = sizes
        self._top = top

    def axes(self) -> Iterator[str]:
        """The band of what is level, the frame, and its marks."""
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        yield (
            f'<rect x="{_LEFT}" y="{self._y(LIMIT):.1f}" width="{right - _LEFT}"'
            f' height="{self._y(2 - LIMIT) - self._y(LIMIT):.1f}" fill="#e8f3ea"/>'
        )
        yield (
            f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#404040"'
            ' stroke-width="1"/>'
        )
        for step in range(math.floor(self._top) + 1):
            y = self._y(step) + 4
            yield f'<text x="{_LEFT - 10}" y="{y:.1f}" text-anchor="end">{step}</text>'
        for place, size in enumerate(self._sizes):
            yield (
                f'<text x="{self._x(place):.1f}" y="{bottom + 22}" text-anchor="middle">'
                f"{_size(size)}</text>"
            )
        yield (
            f'<text x="{(_LEFT + right) / 2:.0f}" y="{bottom + 44}" text-anchor="middle">'
            "events in the log</text>"
        )

    def line(self, ratios: Sequence[float], colour: str, width: float) -> str:
        """One kind of work."""
        places = " ".join(f"{self._x(i):.1f},{self._y(v):.1f}" for i, v in enumerate(ratios))
        return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'

    def _x(self, place: int) -> float:
        low, high = math.log(self._sizes[0]), math.log(self._sizes[-1])
        part = (math.log(self._sizes[place]) - low) / (high - low) if high > low else 0.5
        return _LEFT + part * (_WIDTH - _RIGHT - _LEFT)

    def _y(self, value: float) -> float:
        bottom = _HEIGHT - _BOTTOM
        return bottom - value / self._top * (bottom - _TOP)


def _size(events: int) -> str:
    return f"{events / 1e6:.2g} million" if events >= 100_000 else f"{events:,}"


def _number(milliseconds: float) -> str:
    return f"{milliseconds:,.2f}" if milliseconds < 100 else f"{milliseconds:,.0f}"
