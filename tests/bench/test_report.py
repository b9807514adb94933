"""The table says what was measured, and finds its place in the document."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import picture, report
from bench.measuring import Measured, Result, Role, Sample

_SVG = "{http://www.w3.org/2000/svg}"
RESULT = Result(
    "ingest",
    "one event a request",
    "postgresql",
    [
        Measured(Role.NODE, "node", [Sample(3_000, 1.0, {"p99 ms": 14.0}), Sample(5_000, 1.0)]),
        Measured(Role.LIBRARY, "library", [Sample(500, 1.0)]),
        Measured(Role.FLOOR, "COPY", [Sample(8_000, 1.0)]),
    ],
)


def test_rows_give_medians_spread_and_ratios() -> None:
    node, library, floor = report.rows([RESULT])
    assert node == (
        "ingest, postgresql: one event a request",
        "node",
        "4,000",
        "3,000–5,000",
        "8.0",
        "50%",
        "p99 ms 14.0",
    )
    assert library[1:] == ("library", "500", "500–500", "", "6%", "")
    assert floor[1:] == ("COPY", "8,000", "8,000–8,000", "", "", "")


def test_text_and_markdown_hold_every_row() -> None:
    text = report.as_text([RESULT])
    assert len(text.splitlines()) == 4
    assert "3,000–5,000" in text
    table = report.as_markdown([RESULT], {"memory": "8 GiB"})
    assert table.splitlines()[1] == "|---|---|--:|--:|--:|--:|---|"
    assert table.endswith("Measured on: memory: 8 GiB.")


def test_json_holds_every_run() -> None:
    parsed = json.loads(report.as_json([RESULT], {"memory": "8 GiB"}, {"runs": 2}))
    assert parsed["machine"] == {"memory": "8 GiB"}
    assert parsed["results"][0]["measured"][0]["runs"] == [
        {"events": 3_000, "seconds": 1.0, "p99 ms": 14.0},
        {"events": 5_000, "seconds": 1.0},
    ]


def test_json_gives_the_results_back() -> None:
    assert report.from_json(report.as_json([RESULT], {}, {})) == [RESULT]


def test_the_picture_has_a_bar_for_each_contender_and_the_longest_is_the_fastest() -> None:
    image = ET.fromstring(picture.as_svg([RESULT]))  # noqa: S314 # our own text
    bars = image.findall(f"{_SVG}rect")[-len(RESULT.measured) :]
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert max(widths) == widths[2]
    assert widths[0] == pytest.approx(widths[2] / 2, abs=0.1)
    described = image.findtext(f"{_SVG}desc")
    assert described is not None
    assert "node 4,000" in described


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.refresh(document, "new")
    assert document.read_text() == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"


def test_a_document_without_markers_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("before\n")
    with pytest.raises(report.MarkerError):
        report.refresh(document, "new")
    assert document.read_text() == "before\n"
