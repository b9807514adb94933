"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.machine import Facts
from bench.measuring import Measured, Result, Role, Sample

BEGIN: Final = "<!-- bench: begin -->"
END: Final = "<!-- bench: end -->"
_HEADER: Final = ("work", "way", "events/s", "min–max", "× library", "% of floor", "besides")
_LEFT: Final = (0, 1, 6)


class MarkerError(ValueError):
    """The document has no place for the table."""


def rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """The lines of the table, beneath `header`."""
    for result in results:
        library, floor = result.reference(Role.LIBRARY), result.reference(Role.FLOOR)
        for place, measured in enumerate(result.measured):
            work = f"{result.stage}, {result.store}: {result.title}" if place == 0 else ""
            yield (
                work,
                measured.name,
                f"{measured.rate:,.0f}",
                f"{min(measured.rates):,.0f}–{max(measured.rates):,.0f}",
                _times(measured, library),
                _part(measured, floor),
                ", ".join(f"{name} {value:.1f}" for name, value in measured.extra.items()),
            )


def _times(measured: Measured, library: Measured | None) -> str:
    if library is None or measured.role is not Role.NODE:
        return ""
    return f"{measured.rate / library.rate:.1f}"


def _part(measured: Measured, floor: Measured | None) -> str:
    if floor is None or measured.role not in (Role.NODE, Role.LIBRARY):
        return ""
    return f"{100 * measured.rate / floor.rate:.0f}%"


def as_text(results: Sequence[Result]) -> str:
    """The table with columns of equal width."""
    lines = [_HEADER, *rows(results)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADER))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in _LEFT else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_markdown(results: Sequence[Result], facts: Facts) -> str:
    """The table in Markdown, with what it was measured on."""
    head = ["| " + " | ".join(_HEADER) + " |"]
    head.append("|" + "|".join("---" if i in _LEFT else "--:" for i in range(len(_HEADER))) + "|")
    body = ["| " + " | ".join(line) + " |" for line in rows(results)]
    machine = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return "\n".join([*head, *body, "", f"Measured on: {machine}."])


def as_json(results: Sequence[Result], facts: Facts, options: dict[str, Any]) -> str:
    """Everything, each run included."""
    return json.dumps(
        {
            "machine": dict(facts),
            "options": options,
            "results": [
                {
                    "stage": result.stage,
                    "store": result.store,
                    "title": result.title,
                    "measured": [_measured(measured) for measured in result.measured],
                }
                for result in results
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def from_json(text: str) -> list[Result]:
    """The results that `as_json` wrote, so that one table can show several sessions' stages."""
    return [
        Result(
            result["stage"],
            result["title"],
            result["store"],
            [
                Measured(
                    Role(measured["role"]),
                    measured["name"],
                    [
                        Sample(run.pop("events"), run.pop("seconds"), run)
                        for run in measured["runs"]
                    ],
                )
                for measured in result["measured"]
            ],
        )
        for result in json.loads(text)["results"]
    ]


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "role": measured.role.value,
        "name": measured.name,
        "events_per_second": measured.rate,
        "runs": [{"events": s.events, "seconds": s.seconds, **s.extra} for s in measured.samples],
    }


def refresh(document: Path, table: str, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Put the table between its markers in a document. Raises MarkerError if it has none."""
    begin, end = marks
    before, begun, rest = document.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise MarkerError(f"{document.name} has no place for the table: {begin} … {end}")
    document.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
