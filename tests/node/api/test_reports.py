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


def test_what_is_no_report_is_not_found(ward: Served) -> None:
    for path in ("versions", "difference?from=1&to=2", "reconciliation"):
        response = ward.http.get(f"/v1/reports/{WARD}/{path}")
        assert response.status_code == 404, path
