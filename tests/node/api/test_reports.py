"""Reports over HTTP: how they stand, their versions, what the next one says otherwise, F15."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.reports import report_id
from domain.samples import CENTRE, MINISTRY, WARD, WARD_FRONT
from tests.node.api.serving import Event, Served, World, common, event, meeting, until, world

REPORT = str(report_id(WARD, "half_year", "2025-H1"))
EVALUATION = {"evaluated": 18, "fulfilled": 17, "not_fulfilled": 1}


def submitted(version: int, **data: Any) -> Event:
    fields = {"kind": "half_year", "period": "2025-H1", "report_version": version}
    return event("ReportSubmitted", common(WARD, WARD_FRONT, "2025-06-13") | fields | data)


def committee(day: str) -> Event:
    return meeting(kind="committee_periodic", occurred_on=day, member_evaluation=EVALUATION)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A ward that reported one meeting, was returned its report, reported two, and met again."""
    with world(tmp_path_factory.mktemp("world")) as found:
        yield played(found)


def played(found: World) -> Served:
    ward, centre = found.ward, found.centre
    ward.push_all([committee("2025-01-10")])
    first = submitted(1, figures={"f1.met": 2}, sections=["results"])
    assert ward.push_all([first]).status_code == 200
    ward.projected()
    (version,) = versions(ward)
    until(lambda: centre.http.get(f"/v1/events/{first['id']}").status_code == 200)
    centre.projected()
    back = {
        "report_digest": version["digest"],
        "reasons": ["figures_differ"],
        "resubmit_by": "2025-06-17",
    }
    returned = event(
        "ReportReturned", common(CENTRE, MINISTRY, "2025-06-14") | back, subject=REPORT
    )
    assert centre.push(returned).status_code == 201
    until(lambda: ward.http.get(f"/v1/events/{returned['id']}").status_code == 200)
    second = submitted(2, figures={"f1.met": 1}, sections=["results", "next_year_plan"])
    assert ward.push_all([second, committee("2025-02-10")]).status_code == 200
    ward.projected()
    return ward


def versions(ward: Served) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ward.json(f"/v1/reports/{REPORT}/versions")["items"]
    return found


def test_versions_with_what_became_of_them(ward: Served) -> None:
    first, second = versions(ward)
    (back,) = first["returned"]
    assert back["reasons"] == ["figures_differ"]
    assert back["resubmit_by"] == "2025-06-17"
    assert (second["number"], second["returned"], second["frozen"]) == (2, [], False)
    assert ward.http.get(second["href"]).headers["ETag"].strip('"') == second["digest"]


def test_the_next_version_shows_its_difference(ward: Served) -> None:
    found = ward.json(f"/v1/reports/{REPORT}/difference", **{"from": 1, "to": 2})
    (figure,) = found["figures"]
    assert (figure["code"], figure["before"], figure["after"]) == ("f1.met", 2, 1)
    assert figure["title"] == "Số kỳ đã họp"
    assert found["sections_added"] == ["next_year_plan"]
    wrong = ward.http.get(f"/v1/reports/{REPORT}/difference", params={"from": 1, "to": 3})
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "to"


def test_a_version_is_reconciled_with_the_records(ward: Served) -> None:
    path = f"/v1/reports/{REPORT}/reconciliation"
    (first,) = ward.json(path, version=1)["items"]
    assert (first["reported"], first["then"], first["difference"]) == (2, 1, 1)
    found = ward.json(path)
    assert (found["version"], found["exact"], found["missing_events"]) == (2, False, 0)
    (latest,) = found["items"]
    assert (latest["difference"], latest["since"]) == (0, 1)
    (change,) = latest["changes"]
    assert (change["then"], change["now"], change["why"]) == (0, 1, "recorded_later")
    assert ward.http.get(change["href"]).status_code == 200


def test_reports_are_listed_as_they_stand_and_as_they_stood(ward: Served) -> None:
    (row,) = ward.json("/v1/reports", unit=WARD, period="2025-H1")["items"]
    assert (row["report_id"], row["status"], row["latest_version"]) == (REPORT, "submitted", 2)
    assert ward.json(row["href"])["report_id"] == REPORT
    (first, _) = versions(ward)
    then = ward.json("/v1/reports", as_of=first["recorded_at"])
    assert then["items"][0]["latest_version"] == 1
    assert ward.json("/v1/reports", status="returned")["items"] == []


def test_f15_stands_among_the_figures(ward: Served) -> None:
    found = ward.json("/v1/figures/reconciliation", unit=WARD, period="2025-H1")
    assert found["formula"] == "F15"
    values = found["total"]["values"]
    assert (values["reports"], values["figures"], values["differing"]) == (1, 1, 0)
    assert (values["moved"], found["total"]["details"]) == (1, {"f1.met.since": 1})


def test_the_page_of_a_report_shows_versions_differences_and_what_came_later(ward: Served) -> None:
    page = ward.http.get(f"/reports/{REPORT}").text
    assert "<h1>Báo cáo 6 tháng: Phường" in page
    assert "6 tháng đầu năm 2025 (15/12/2024 – 14/6/2025)" in page
    assert "Khác bản 1" in page
    assert "2 → 1" in page
    assert "Thêm mục <code>next_year_plan</code>" in page
    assert "ghi sau khi báo cáo" in page
    first = ward.http.get(f"/reports/{REPORT}", params={"version": "1", "lang": "en"})
    assert 'class="differs"' in first.text
    assert ward.http.get(f"/reports/{REPORT}", params={"version": "9"}).status_code == 404
    assert ward.http.get(f"/reports/{WARD}").status_code == 404
    listed = ward.http.get("/figures/report-status", params={"period": "2025-H1"}).text
    assert f"/reports/{REPORT}?" in listed
    for link in (part.split('"')[0].replace("&amp;", "&") for part in page.split('href="/')[1:]):
        assert ward.http.get(f"/{link}").status_code == 200, link


def test_what_is_no_report_is_not_found(ward: Served) -> None:
    for path in ("versions", "difference?from=1&to=2", "reconciliation"):
        response = ward.http.get(f"/v1/reports/{WARD}/{path}")
        assert response.status_code == 404, path


def test_a_draft_is_computed_pushed_as_it_is_and_does_not_differ(fresh: World) -> None:
    ward = fresh.ward
    ward.push_all([committee("2025-01-10"), committee("2025-02-10")])
    ward.projected()
    question = {"unit": WARD, "kind": "half_year", "period": "2025-H1", "org": WARD_FRONT}
    drafted = ward.http.post("/v1/reports/drafts", json=question)
    assert drafted.status_code == 200, drafted.text
    answer = drafted.json()
    figures = {figure["code"]: figure for figure in answer["figures"]}
    assert figures["f1.met"]["value"] == 2
    assert figures["f1.met"]["title"] == "Số kỳ đã họp"
    behind = ward.http.get(figures["f1.met"]["events"]).json()
    assert sum(item["value"] for item in behind["items"]) == 2
    pushed = ward.push(answer["event"])
    assert pushed.status_code == 201, pushed.text
    ward.projected()
    found = ward.json(f"/v1/reports/{REPORT}/reconciliation")
    assert found["exact"] is True
    assert {item["difference"] for item in found["items"]} == {0}
    until(lambda: fresh.centre.http.get(f"/v1/reports/{REPORT}/versions").status_code == 200)
    fresh.centre.projected()
    above = fresh.centre.json(f"/v1/reports/{REPORT}/reconciliation")
    # What the centre does not keep, inspections (F9) and plans (F12), it cannot compute again.
    unknown = {item["code"].split(".")[0] for item in above["items"] if item["then"] is None}
    assert unknown == {"f9", "f12"}
    assert {item["difference"] for item in above["items"]} == {0, None}
    assert all((item["difference"] is None) == (item["then"] is None) for item in above["items"])
    assert above["missing_events"] == 0


def test_a_draft_with_a_data_cut_off_lists_what_came_after_it(fresh: World) -> None:
    ward = fresh.ward
    ward.push_all([committee("2025-01-10")])
    ward.projected()
    position = ward.node.projector.position
    late = committee("2025-02-10")
    ward.push_all([late])
    ward.projected()
    question = {"unit": WARD, "kind": "half_year", "period": "2025-H1", "org": WARD_FRONT}
    response = ward.http.post(
        "/v1/reports/drafts", json=question, params={"as_of_position": position}
    )
    answer = response.json()
    assert answer["event"]["data"]["figures"]["f1.met"] == 1
    assert answer["as_of"]["position"] == position
    (item,) = answer["left_out"]["items"]
    assert (item["event_id"], item["reason"]) == (late["id"], "after_cutoff")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"kind": "weekly"}, 400, "kind"),
        ({"org": None}, 400, "org_id"),
        ({"unit": REPORT}, 400, "unit"),
        ({"guess": 1}, 400, "guess"),
        ({"texts": {"results": ["Số CCCD 079123456789"]}}, 422, "/data/texts/results/0"),
    ],
)
def test_a_draft_that_cannot_be_made_says_why(
    ward: Served, change: dict[str, Any], status: int, field: str
) -> None:
    question = {"unit": WARD, "kind": "half_year", "period": "2025-H1", "org": WARD_FRONT}
    response = ward.http.post("/v1/reports/drafts", json=question | change)
    assert response.status_code == status, response.text
    assert response.json()["field"] == field
    assert response.json()["texts"]["vi"]["detail"]
