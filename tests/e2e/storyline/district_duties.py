"""What Quận 5 owed when it ended, and who bears it (step 10; R102)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.demo.making.drafts import Event
from services.demo.making.places import HCM, Q5
from services.demo.reading import Read, at
from services.demo.story import Check
from tests.e2e.storyline.asking import asking
from tests.e2e.storyline.making import rule
from tests.e2e.storyline.places import NEW_WARDS


def district_duties() -> Iterator[Event]:
    """The city's rules: committees of districts meet every six months and inspect every year."""
    for name, months, more in (
        ("meetings", 6, {}),
        ("inspections", 12, {"activity": "inspection"}),
    ):
        yield rule(
            HCM,
            f"districts-{name}",
            "cadence",
            "2025-01-01",
            {"every_months": months, "anchor": "2024-12-15", **more},
            level="district",
        )


_FROM_THE_END: Final = {"due_after": "2025-06-30", "due_before": "2025-12-31"}


def _moved(vi: str, en: str, asked: Mapping[str, str], read: Read, expected: str) -> Check:
    return asking(vi, en, "/v1/obligations", {**asked, **_FROM_THE_END}, read, expected, ("hcm",))


def _borne_by_city(answer: Any) -> str:
    """How many of the district's obligations the city bears now."""
    return str(
        sum(
            entry["state"] == "moved"
            and entry["unit"]["unit_id"] == Q5.unit_id
            and [bearer["unit_id"] for bearer in entry["borne_by"]] == [HCM.unit_id]
            for entry in answer["items"]
        )
    )


def _borne_by_new_wards(answer: Any) -> str:
    """How many of the ten wards' obligations one of the three bears now."""
    new = {ward.unit_id for ward in NEW_WARDS}
    return str(
        sum(
            entry["state"] == "moved"
            and not new.isdisjoint(b["unit_id"] for b in entry["borne_by"])
            for entry in answer["items"]
        )
    )


OBLIGATIONS: Final = (
    _moved(
        "Nghĩa vụ của Quận 5 chuyển lên thành phố (họp, kiểm tra)",
        "Quận 5's obligations move to the city (meeting, inspection)",
        {"unit": HCM.unit_id},
        _borne_by_city,
        "2",
    ),
    _moved(
        "Quận 5 không còn nợ việc nào",
        "Quận 5 itself owes nothing any more",
        {"unit": Q5.unit_id},
        lambda answer: str(answer["counts"]["open"] + answer["counts"]["late"]),
        "0",
    ),
    _moved(
        "Kỳ họp của 10 phường chuyển sang 3 phường mới",
        "The ten wards' meetings move to the three",
        {"unit": Q5.unit_id, "subtree": "true", "kind": "meeting"},
        _borne_by_new_wards,
        "10",
    ),
    asking(
        "Báo cáo 6 tháng Quận 5 đã gửi vẫn của Quận 5",
        "The half-year report that Quận 5 sent stays its own",
        "/v1/obligations",
        {"unit": Q5.unit_id, "period": "2025-H1", "due_after": "2025-01-01"}
        | {"due_before": "2025-12-31"},
        at("items", "kind=half_year", "state"),
        "met",
        ("q5", "hcm"),
    ),
)
