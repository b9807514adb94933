"""Tags of events: the campaigns a piece of work is part of, and what kind of area it was done in.

Areas are a closed list (R49, R62). Campaigns are the national ones of the documents (R14, R46) and
those that a rule registers for a unit and everything under it, so that a misspelt tag is refused
and not counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from domain.choices import Choice
from domain.events import Body
from domain.refusals import INVALID_FIELD, Refusal, refuse

if TYPE_CHECKING:
    from domain.directory import Directory

TAG_RULE: Final = "tag"
"""The kind of rule that registers a campaign's tag (`domain.rule_params.RuleKind`)."""

MAX_TAGS: Final = 10
"""Tags of each sort on one event."""


class AreaTag(Choice):
    """What kind of area (R49, R62); a fact about a place, never about the people in it."""

    INDUSTRIAL_ZONE = "industrial_zone", "khu công nghiệp", "industrial zone"
    ECONOMIC_ZONE = "economic_zone", "khu kinh tế", "economic zone"
    EXPORT_PROCESSING_ZONE = "export_processing_zone", "khu chế xuất", "export processing zone"
    STRATEGIC_AREA = "strategic_area", "địa bàn chiến lược", "strategic area"
    BORDER = "border", "tuyến biên giới", "border"
    SEA_AND_ISLANDS = "sea_and_islands", "biển đảo", "sea and islands"
    ETHNIC_MINORITY_AREA = (
        "ethnic_minority_area",
        "vùng đồng bào dân tộc thiểu số",
        "area of ethnic minorities",
    )


class CampaignTag(Choice):
    """National campaigns, patriotic emulation movements and schemes (R14, R46)."""

    NEW_RURAL_AND_URBAN = (
        "new_rural_and_urban",
        "Toàn dân đoàn kết xây dựng nông thôn mới, đô thị văn minh",
        "all united in building the new countryside and civilised towns",
    )
    NEW_RURAL = (
        "new_rural",
        "Cả nước chung sức xây dựng nông thôn mới",
        "the whole country builds the new countryside",
    )
    NOBODY_LEFT_BEHIND = (
        "nobody_left_behind",
        "Cả nước chung tay vì người nghèo - không để ai bị bỏ lại phía sau",
        "the whole country for the poor, nobody left behind",
    )
    ELDERLY_EXAMPLE = (
        "elderly_example",
        "Tuổi cao - Gương sáng",
        "old in years, bright as an example",
    )
    YOUTH_DEFENDS = (
        "youth_defends",
        "Tuổi trẻ xung kích bảo vệ Tổ quốc",
        "the youth leads in defending the country",
    )
    WOMEN_SCHEME_2017_2027 = (
        "women_scheme_2017_2027",
        "Đề án hỗ trợ phụ nữ tham gia giải quyết các vấn đề xã hội, giai đoạn 2017 - 2027",
        "scheme for women in solving social problems, 2017–2027",
    )


_YEARS: Final[Mapping[str, tuple[int, int]]] = {CampaignTag.WOMEN_SCHEME_2017_2027: (2017, 2027)}
"""The years of a scheme that has an end (R46)."""


def tag_refusal(body: Body, directory: Directory) -> Refusal | None:
    """Why one of the event's tags cannot stand there, or None."""
    if not body.campaign_tags and not body.area_tags:
        return None
    for name, tags in (("campaign_tags", body.campaign_tags), ("area_tags", body.area_tags)):
        if len(tags) > MAX_TAGS:
            return refuse(
                INVALID_FIELD,
                f"/data/{name}",
                "R14",
                vi="Nhiều nhất {most} nhãn; nhận được {number}.",
                en="At most {most} tags; there are {number}.",
                most=MAX_TAGS,
                number=len(tags),
            )
    for index, tag in enumerate(body.area_tags):
        if tag not in set(AreaTag):
            return refuse(
                INVALID_FIELD,
                f"/data/area_tags/{index}",
                "R49",
                vi="Không có nhãn địa bàn {tag}; có: {known}.",
                en="There is no area tag {tag}; there are {known}.",
                tag=tag,
                known=", ".join(AreaTag),
            )
    for index, tag in enumerate(body.campaign_tags):
        if not _is_known(tag, body, directory):
            return refuse(
                INVALID_FIELD,
                f"/data/campaign_tags/{index}",
                "R14",
                vi="Nhãn {tag} không thuộc cuộc vận động, phong trào nào có hiệu lực ngày {day}: "
                "{known}, hoặc nhãn do quy định loại tag đăng ký.",
                en="The tag {tag} is of no campaign on {day}: {known}, or one that a rule of the "
                "kind tag registers.",
                tag=tag,
                day=body.occurred_on,
                known=", ".join(CampaignTag),
            )
    return None


def _is_known(tag: str, body: Body, directory: Directory) -> bool:
    if tag in set(CampaignTag):
        first, last = _YEARS.get(tag, (body.occurred_on.year,) * 2)
        return first <= body.occurred_on.year <= last
    return directory.rule(TAG_RULE, body.unit_id, body.occurred_on, about=tag) is not None


def campaign_tags(directory: Directory) -> tuple[str, ...]:
    """Every tag that a campaign has or had, the registered ones last."""
    registered = {rule.about for rule in directory.rules(TAG_RULE)}
    return (*CampaignTag, *sorted(registered - set(CampaignTag)))
