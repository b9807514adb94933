"""The report year, step by step, through the HTTP API of four levels; each number has its sentence.

The steps follow one another: each test plays on what those before it left.
"""

from __future__ import annotations

import pytest

from services.demo.making.places import HCM, Q5
from tests.e2e.storyline import december, hung_yen, nghe_an, quan5, standard, tay_ninh, three_wards
from tests.e2e.storyline.conftest import Stage
from tests.e2e.storyline.making import met
from tests.e2e.storyline.places import CHO_LON, CHO_QUAN

pytestmark = pytest.mark.e2e


def test_the_catalogue_goes_down(stage: Stage) -> None:
    stage.play(quan5.CATALOGUE)
    stage.play(quan5.TAN_BIEN)


def test_1_phuong_8_meets(stage: Stage) -> None:
    stage.play(quan5.TOLD["1"])


def test_2_fourteen_wards_become_ten(stage: Stage) -> None:
    stage.play(quan5.STEP_2)


def test_3_registrations_and_plans(stage: Stage) -> None:
    stage.play(standard.STEP_3)


@pytest.mark.parametrize("number", ["4", "5", "6", "7", "8"])
def test_4_to_8_as_in_the_demonstration(stage: Stage, number: str) -> None:
    stage.play(quan5.TOLD[number])


def test_9_what_arrives_after_the_report(stage: Stage) -> None:
    stage.play(nghe_an.BEFORE)
    stage.country.line.cut()
    try:
        # Its node takes the meeting all the same; nobody above hears of it.
        (verdict,) = stage.clients["nghean-offline"].push([nghe_an.LATE_MEETING])
        stage.play(nghe_an.CUT)
        drafted = stage.draft("nghean", nghe_an.REPORT, nghe_an.REPORTED_ON)
        stage.made["09-report"] = [drafted["event"]]
        stage.made["09-receipt"] = [nghe_an.accepted(drafted["event"])]
        stage.play(nghe_an.SENT)
    finally:
        stage.country.line.mend()
    stage.teller.says(
        "Xã mất đường truyền vẫn ghi được cuộc họp ngày 12/6",
        "The commune without a line records the meeting of 12/6",
        verdict["outcome"],
        "recorded",
    )
    stage.teller.says(
        "Báo cáo nêu rõ đã tính từ những luồng nào",
        "The report names the streams it was computed from",
        drafted["names_streams"],
        True,
    )
    stage.play(nghe_an.ARRIVED)


def test_10_ten_wards_become_three(stage: Stage) -> None:
    stage.play(three_wards.STEP_10)
    # The district's service is frozen: it records nothing that happened after its end.
    (verdict,) = stage.clients["q5"].push([met(Q5, "2025-07-02", 9, "briefing")])
    stage.teller.says(
        "Nút Quận 5 không ghi việc sau 30/6",
        "Quận 5's node records nothing after 30/6",
        verdict["problem"]["code"],
        "unit-not-active",
    )
    assert stage.clients["hcm"].answer(f"/v1/units/{Q5.unit_id}", {"day": "2025-06-30"})


def test_11_code_traps(stage: Stage) -> None:
    stage.play(three_wards.STEP_11)
    (verdict,) = stage.clients["q5-wards"].push([three_wards.EXPIRED])
    problem = verdict["problem"]
    stage.teller.says(
        "Mã 27307 đã hết hiệu lực ngày 5/7: bị từ chối",
        "27307, expired, is refused on 5/7",
        problem["code"],
        "unit-not-active",
    )
    stage.teller.says(
        "Lời từ chối nêu mã kế thừa",
        "The refusal names the successor's code",
        CHO_QUAN.code in problem["detail"],
        True,
    )
    stage.play(three_wards.RESENT)


def test_12_tay_ninh_and_the_split_commune(stage: Stage) -> None:
    stage.play(tay_ninh.STEP_12)


def test_13_an_inspection_and_what_was_remedied(stage: Stage) -> None:
    stage.play(three_wards.STEP_13)


def test_14_residential_areas_that_meet_the_standard(stage: Stage) -> None:
    stage.play(standard.STEP_14)


def test_15_hung_yen_has_no_weak_commune_any_more(stage: Stage) -> None:
    stage.play(hung_yen.STEP_15)


def test_16_two_versions_of_the_citys_annual_report(stage: Stage) -> None:
    stage.play(december.REPORTING)
    for number, day, included, missing, step in (
        (1, december.FIRST_ON, 167, [CHO_LON.name], december.FIRST_VERSION),
        (2, december.SECOND_ON, 168, [], december.SECOND_VERSION),
    ):
        drafted = stage.draft("hcm", december.REPORT, day)
        stage.made[f"16-version-{number}"] = [drafted["event"]]
        stage.teller.says(
            f"Bản {number} tổng hợp báo cáo của số xã",
            f"Version {number} takes up the reports of so many communes",
            len(drafted["children"]["included"]),
            included,
        )
        stage.teller.says(
            f"Bản {number} còn thiếu báo cáo của",
            f"Version {number} lacks the reports of",
            december.lacking(drafted),
            missing,
        )
        stage.play(step)


def test_every_level_says_that_it_holds_everything(stage: Stage) -> None:
    for node in ("hcm", "central"):
        answer = stage.clients[node].answer(
            "/v1/figures/activity", {"unit": HCM.unit_id, "period": "2025-H1"}
        )
        stage.teller.says(
            f"Sự kiện còn thiếu ở {node}",
            f"Events missing at {node}",
            answer["completeness"]["missing_events"],
            0,
        )
