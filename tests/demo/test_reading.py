"""Finding figures in answers."""

from __future__ import annotations

from typing import Any

import pytest

from services.demo.reading import at, standing_on

ANSWER: Any = {
    "total": {
        "values": {"points": 74},
        "ratios": {"timeliness": {"numerator": 9, "denominator": 10, "percent": 90.0}, "x": None},
    },
    "children": [
        {"unit": {"unit_id": "a"}, "values": {"points": 1}},
        {"unit": {"unit_id": "b"}, "values": {"points": 2}},
    ],
}


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        (("total", "values", "points"), "74"),
        (("total", "ratios", "timeliness"), "9/10"),
        (("total", "ratios", "x"), None),
        (("children", "unit.unit_id=b", "values", "points"), "2"),
        (("children", "unit.unit_id=c", "values", "points"), None),
        (("nothing", "there"), None),
    ],
)
def test_a_path_leads_to_a_figure(path: tuple[str, ...], figure: str | None) -> None:
    assert at(*path)(ANSWER) == figure


def test_the_standing_organisation_of_a_day() -> None:
    def organisation(name: str, first: str, last: str | None) -> dict[str, Any]:
        spell = {"role": "standing_org", "valid_from": first, "valid_to": last}
        return {"name": name, "roles": [{**spell, "role": "member"}, spell]}

    answer = {
        "organisations": [
            organisation("police", "2021-01-01", "2025-02-28"),
            organisation("front", "2025-03-01", None),
        ]
    }
    days = ("2020-12-31", "2021-01-01", "2025-02-28", "2025-03-01")
    assert [standing_on(day)(answer) for day in days] == [None, "police", "police", "front"]
