"""The closed list of indicators: what the documents ask to be counted, as data.

Only counts of people and things; never who, never what a tip said (facts, "must not hold"). What an
event type counts already (participants, models, households, funds) is no indicator.

`subjects.…` count all subjects of a category that a unit has, registered or not: what F3 divides
by. Communes are not among them, since the catalogue of units knows how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.levels import Level
from domain.refusals import Text

SUPPRESSED_UNDER: Final = 5
"""Above commune level a sensitive count under this is not shown (facts, data law)."""


class UnitOfMeasure(StrEnum):
    """What is counted."""

    PEOPLE = "people"
    HOUSEHOLDS = "households"
    CASES = "cases"
    TIPS = "tips"
    AREAS = "areas"
    TEAMS = "teams"
    TURNS = "turns"
    ITEMS = "items"
    KILOGRAMS = "kilograms"
    ORGANISATIONS = "organisations"
    COMMUNES = "communes"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that is counted."""

    code: str
    title: Text
    unit: UnitOfMeasure
    row: str
    """The requirement that asks for it."""
    adds_up: bool = True
    """Whether a unit's figure is its own and its children's together. Where not, each level
    reports its own and nothing is summed."""
    sensitive: bool = False
    """Whether a small count could point at a person."""

    def shown(self, value: int, level: Level) -> int | None:
        """The value as it may be shown for a unit of that level; None if it is suppressed.

        Zero is suppressed as well: "no one" in a known group says something about each of them.
        """
        if self.sensitive and level is not Level.COMMUNE and value < SUPPRESSED_UNDER:
            return None
        return value


def _listed(*indicators: Indicator) -> Mapping[str, Indicator]:
    """Raises ValueError if a code stands twice."""
    found = {indicator.code: indicator for indicator in indicators}
    if len(found) != len(indicators):
        raise ValueError("an indicator code stands twice")
    return found


_U = UnitOfMeasure
INDICATORS: Final[Mapping[str, Indicator]] = _listed(
    Indicator(
        "subjects.residential_area",
        Text("Tổng số khu dân cư", "Residential areas there are"),
        _U.AREAS,
        "R08",
    ),
    Indicator("subjects.agency", Text("Tổng số cơ quan", "Agencies"), _U.ORGANISATIONS, "R08"),
    Indicator(
        "subjects.enterprise",
        Text("Tổng số doanh nghiệp", "Enterprises"),
        _U.ORGANISATIONS,
        "R08",
    ),
    Indicator(
        "subjects.school",
        Text("Tổng số cơ sở giáo dục", "Schools"),
        _U.ORGANISATIONS,
        "R08",
    ),
    Indicator(
        "subjects.worker_lodging",
        Text("Tổng số khu nhà trọ công nhân", "Workers' lodgings"),
        _U.AREAS,
        "R48",
    ),
    Indicator(
        "hotspots.existing",
        Text("Điểm nóng, tụ điểm phức tạp hiện có", "Hotspots that exist"),
        _U.AREAS,
        "R06",
    ),
    Indicator(
        "hotspots.resolved",
        Text("Điểm nóng, tụ điểm phức tạp đã giải quyết", "Hotspots resolved"),
        _U.AREAS,
        "R06",
    ),
    Indicator(
        "tips.received",
        Text("Tin báo, tố giác tội phạm đã tiếp nhận", "Tips of crime received"),
        _U.TIPS,
        "R12",
    ),
    Indicator(
        "tips.provided",
        Text(
            "Tin do tổ chức thành viên cung cấp cho Công an",
            "Tips that member organisations gave the police",
        ),
        _U.TIPS,
        "R50",
    ),
    Indicator("tips.processed", Text("Tin đã xử lý", "Tips processed"), _U.TIPS, "R71"),
    Indicator(
        "disputes.arisen",
        Text("Vụ mâu thuẫn, tranh chấp phát sinh", "Disputes that arose"),
        _U.CASES,
        "R13",
    ),
    Indicator(
        "disputes.settled",
        Text("Vụ mâu thuẫn, tranh chấp đã giải quyết, hòa giải", "Disputes settled or mediated"),
        _U.CASES,
        "R13",
    ),
    Indicator(
        "complaints.crowded",
        Text("Vụ khiếu kiện đông người, kéo dài", "Collective or long complaints"),
        _U.CASES,
        "R13",
    ),
    Indicator("strikes", Text("Vụ đình công, lãn công", "Strikes and slowdowns"), _U.CASES, "R13"),
    Indicator(
        "support.production",
        Text("Hộ được hỗ trợ phát triển sản xuất", "Households supported in production"),
        _U.HOUSEHOLDS,
        "R15",
    ),
    Indicator(
        "support.training",
        Text("Người được hỗ trợ học nghề", "People supported in vocational training"),
        _U.PEOPLE,
        "R15",
    ),
    Indicator(
        "support.jobs",
        Text("Người được giới thiệu việc làm", "People referred to a job"),
        _U.PEOPLE,
        "R15",
    ),
    Indicator(
        "support.loans",
        Text("Hộ được giới thiệu nguồn vốn vay", "Households referred to a source of loans"),
        _U.HOUSEHOLDS,
        "R117",
    ),
    Indicator(
        "support.reintegration",
        Text(
            "Người vi phạm pháp luật được giúp đỡ tái hòa nhập cộng đồng",
            "Offenders helped back into the community",
        ),
        _U.PEOPLE,
        "R15",
        sensitive=True,
    ),
    Indicator(
        "self_managed.teams",
        Text("Tổ tự quản về an ninh, trật tự", "Self-managed teams"),
        _U.TEAMS,
        "R30",
    ),
    Indicator(
        "self_managed.members",
        Text("Thành viên tổ tự quản", "Members of self-managed teams"),
        _U.PEOPLE,
        "R30",
    ),
    Indicator(
        "self_managed.respected_persons",
        Text(
            "Người có uy tín, cá nhân tiêu biểu tham gia tổ tự quản",
            "Respected persons in self-managed teams",
        ),
        _U.PEOPLE,
        "R30",
    ),
    Indicator(
        "areas.complex",
        Text("Địa bàn phức tạp cần chuyển hóa", "Complex areas to be transformed"),
        _U.AREAS,
        "R35",
    ),
    Indicator(
        "areas.transformed",
        Text("Địa bàn phức tạp đã chuyển hóa", "Complex areas transformed"),
        _U.AREAS,
        "R35",
    ),
    Indicator("patrols.turns", Text("Lượt tuần tra canh gác", "Patrols"), _U.TURNS, "R45"),
    Indicator(
        "patrols.participants",
        Text("Lượt người tham gia tuần tra canh gác", "Participations in patrols"),
        _U.TURNS,
        "R45",
    ),
    Indicator(
        "supervised.sentences",
        Text(
            "Người chấp hành án hình sự tại cộng đồng được giám sát",
            "People serving sentences in the community under supervision",
        ),
        _U.PEOPLE,
        "R63",
        sensitive=True,
    ),
    Indicator(
        "released.managed",
        Text(
            "Người được tha tù được quản lý, giáo dục, cảm hóa",
            "Released people looked after in the community",
        ),
        _U.PEOPLE,
        "R103",
        sensitive=True,
    ),
    Indicator(
        "released.progressed",
        Text("Người được tha tù có tiến bộ", "Released people who made progress"),
        _U.PEOPLE,
        "R103",
        sensitive=True,
    ),
    Indicator(
        "youth.at_risk",
        Text(
            "Thanh thiếu niên vướng vào tệ nạn xã hội được giáo dục, giúp đỡ",
            "Young people in social evils who are helped",
        ),
        _U.PEOPLE,
        "R103",
        sensitive=True,
    ),
    Indicator(
        "core_force.members",
        Text(
            "Lực lượng nòng cốt (bí thư chi bộ, trưởng đoàn thể, trưởng ấp, khu phố…)",
            "Core force (cell secretaries, heads of mass organisations, hamlets, quarters…)",
        ),
        _U.PEOPLE,
        "R68",
    ),
    Indicator(
        "core_force.respected_persons",
        Text("Người có uy tín làm hạt nhân phong trào", "Respected persons in the core force"),
        _U.PEOPLE,
        "R68",
    ),
    Indicator(
        "resources.supported_people",
        Text(
            "Người làm công tác phong trào được hưởng chế độ, chính sách",
            "People of the movement with an allowance",
        ),
        _U.PEOPLE,
        "R88",
    ),
    Indicator(
        "resources.equipment",
        Text("Trang thiết bị làm việc được cấp", "Equipment handed out"),
        _U.ITEMS,
        "R88",
    ),
    Indicator("weapons.guns", Text("Vũ khí được giao nộp", "Weapons handed in"), _U.ITEMS, "R110"),
    Indicator(
        "weapons.blades",
        Text("Hung khí, công cụ hỗ trợ được giao nộp", "Blades and tools handed in"),
        _U.ITEMS,
        "R110",
    ),
    Indicator(
        "weapons.explosives",
        Text("Vật liệu nổ được giao nộp", "Explosives handed in"),
        _U.KILOGRAMS,
        "R110",
    ),
    Indicator(
        "weapons.fireworks", Text("Pháo được giao nộp", "Fireworks handed in"), _U.KILOGRAMS, "R110"
    ),
    Indicator(
        "criterion.organisations",
        Text(
            "Tổ chức cơ sở đảng đưa phong trào vào tiêu chí đánh giá",
            "Party organisations that judge by the movement",
        ),
        _U.ORGANISATIONS,
        "R123",
    ),
    Indicator(
        "criterion.cadres_percent",
        Text(
            "Tỷ lệ cán bộ, đảng viên được đánh giá theo tiêu chí phong trào",
            "Share of cadres and Party members judged by the movement",
        ),
        _U.PERCENT,
        "R123",
        adds_up=False,
    ),
    Indicator(
        "regular_police.officers",
        Text(
            "Công an chính quy đảm nhiệm chức danh công an xã",
            "Regular police officers in commune posts",
        ),
        _U.PEOPLE,
        "R127",
    ),
    Indicator(
        "regular_police.communes",
        Text("Xã đã bố trí công an chính quy", "Communes with regular police"),
        _U.COMMUNES,
        "R127",
        adds_up=False,
    ),
)
"""By code. A code is never used again for another thing; a new one is an addition to the schema."""
