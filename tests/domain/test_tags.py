"""Tags say which campaign and what kind of area; one that nobody knows is refused."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import Directory
from domain.tags import MAX_TAGS, AreaTag, campaign_tags
from tests.domain.scenario import Log, ident

BRIEFING = {"kind": "briefing", "attendees": 18, "mode": "in_person"}


def test_closed_lists_are_taken(log: Log) -> None:
    tags = {"area_tags": ["industrial_zone", "border"], "campaign_tags": ["new_rural_and_urban"]}
    log.given("MeetingHeld", "p7", **BRIEFING, **tags)


def test_a_province_registers_the_tag_of_its_own_campaign(log: Log) -> None:
    tagged: dict[str, Any] = {**BRIEFING, "campaign_tags": ["tay-ninh.5-co-3-sach"]}
    refusal = log.refused("MeetingHeld", "tan ninh", **tagged)
    assert (refusal.field, refusal.rule) == ("/data/campaign_tags/0", "R14")
    assert "nobody_left_behind" in refusal.detail.en

    log.given(
        "RuleDefined",
        "tay ninh",
        kind="tag",
        scope={"unit_id": ident("tay ninh")},
        params={"tag": "tay-ninh.5-co-3-sach", "name": "Gia đình 5 có, 3 sạch"},
        valid_from="2024-01-01",
        valid_to="2025-12-31",
    )
    log.given("MeetingHeld", "tan ninh", **tagged)
    assert log.refused("MeetingHeld", "p7", **tagged).code == "invalid-field"
    log.at("2026-02-01")
    assert log.refused("MeetingHeld", "tan ninh", **tagged).code == "invalid-field"
    assert campaign_tags(log.directory)[-1] == "tay-ninh.5-co-3-sach"
    assert "tay-ninh.5-co-3-sach" not in campaign_tags(Directory())


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        ({"area_tags": ["border", "moon"]}, "/data/area_tags/1"),
        ({"area_tags": [f"x{n}" for n in range(MAX_TAGS + 1)]}, "/data/area_tags"),
        ({"campaign_tags": ["new_rural", "new-rural"]}, "/data/campaign_tags/1"),
    ],
)
def test_other_tags_are_refused(log: Log, tags: dict[str, Any], field: str) -> None:
    refusal = log.refused("MeetingHeld", "p7", **BRIEFING, **tags)
    assert (refusal.code, refusal.field) == ("invalid-field", field)


def test_a_scheme_with_an_end_has_no_events_after_it(log: Log) -> None:
    tagged: dict[str, Any] = {**BRIEFING, "campaign_tags": ["women_scheme_2017_2027"]}
    log.given("MeetingHeld", "p7", **tagged)
    log.at("2028-01-05")
    assert log.refused("MeetingHeld", "p7", **tagged).field == "/data/campaign_tags/0"


def test_areas_are_places() -> None:
    assert AreaTag.BORDER.text.vi == "tuyến biên giới"
