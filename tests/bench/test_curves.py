"""What is said about a curve follows from what was measured."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from bench import curves
from bench.growth import Point
from bench.processor import Taken


def took(*processor: float) -> list[Taken]:
    return [Taken(5 * value, value) for value in processor]


POINTS = [
    Point(
        1_000_000,
        2**30,
        {"append": took(2.0, 1.0, 3.0), "a <page>": took(100.0)},
        {"append": took(2.1), "a <page>": took(98.0)},
    ),
    Point(
        20_000_000,
        20 * 2**30,
        {"append": took(2.2, 2.2, 9.0), "a <page>": took(400.0)},
        {"append": took(2.0, 1.0, 3.0), "a <page>": took(100.0)},
    ),
]


def test_growth_is_the_median_by_that_of_the_small_log_at_the_same_time() -> None:
    assert curves.growth(POINTS, "append") == pytest.approx(1.1)
    assert curves.growth(POINTS, "a <page>") == 4.0


def test_without_the_servers_processes_the_clock_counts() -> None:
    point = Point(1, 1, {"append": [Taken(6.0, None)]}, {"append": [Taken(3.0, None)]})
    assert (point.cost("append"), point.ratio("append")) == (6.0, 2.0)


def test_the_table_has_every_size_and_all_work() -> None:
    text = curves.as_text(POINTS)
    assert len({len(line) for line in text.splitlines()}) == 1
    assert "1 million" in text
    assert "20 million" in text
    assert "1.10" in text
    markdown = curves.as_markdown(POINTS, {"processor": "one"})
    assert "| append | 0.95 | 1.10 | 2.00 | 2.20 | 11.00 |" in markdown
    assert "20 million 20.0 GiB" in markdown
    assert "processor: one" in markdown


def test_json_keeps_every_time() -> None:
    found = json.loads(curves.as_json(POINTS, {}))
    assert found["points"][0]["milliseconds"]["append"][0] == {"wall": 10.0, "processor": 2.0}


def test_the_picture_is_well_formed_and_names_what_grew_most_first() -> None:
    picture = ET.fromstring(curves.as_svg(POINTS))  # noqa: S314 # our own text
    texts = ["".join(t.itertext()) for t in picture.iter("{http://www.w3.org/2000/svg}text")]
    named = [text for text in texts if "×" in text]
    assert named == ["a <page> × 4.00", "append × 1.10"]
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polyline"))) == 2
