"""Events and the activity figure by campaign and by kind of area."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from domain.samples import WARD
from services.node.audit.exporting import FolderExporter
from services.node.audit.figures import check_figures
from services.node.audit.folder import Folder
from tests.node.api.serving import Served, World, meeting


@pytest.fixture(scope="module")
def ward(shared: World) -> Served:
    """The shared ward with three meetings in May 2021, two of them tagged."""
    border = meeting(
        occurred_on="2021-05-02", area_tags=["border"], campaign_tags=["nobody_left_behind"]
    )
    zone = meeting(occurred_on="2021-05-03", area_tags=["industrial_zone"])
    answer = shared.ward.push_all([border, zone, meeting(occurred_on="2021-05-04")])
    assert answer.status_code == 200, answer.text
    shared.ward.projected()
    return shared.ward


def test_events_and_figures_are_restricted(ward: Served) -> None:
    may = {"from": "2021-05-01", "to": "2021-05-31"}

    def days(**tags: str) -> set[str]:
        return {e["occurred_on"] for e in ward.json("/v1/events", **may, **tags)["items"]}

    assert days(area="border") == {"2021-05-02"}
    assert days(tag="nobody_left_behind", area="border") == {"2021-05-02"}
    assert days(tag="nobody_left_behind", area="industrial_zone") == set()
    assert days() == {"2021-05-02", "2021-05-03", "2021-05-04"}

    asked = {"unit": WARD, "period": "2021-05", "area": "industrial_zone"}
    figure = ward.json("/v1/figures/activity", **asked)
    behind = ward.json("/v1/figures/activity/events", measure="MeetingHeld.attendees", **asked)
    assert figure["total"]["values"]["MeetingHeld.attendees"] % 18 == 0
    assert {item["key"][3] for item in behind["items"]} == {"industrial_zone"}


@pytest.mark.parametrize("asked", [{"tag": "new-rural"}, {"area": "moon"}])
def test_a_tag_that_nobody_has_is_no_empty_answer(ward: Served, asked: dict[str, str]) -> None:
    answer = ward.http.get("/v1/events", params=asked)
    assert answer.status_code == 400, answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"].endswith(next(iter(asked)))
    figure = ward.http.get(
        "/v1/figures/activity", params={"unit": WARD, "period": "2021-05", **asked}
    )
    assert figure.status_code == 400, figure.text


def test_a_pushed_tag_that_nobody_has_is_refused(ward: Served) -> None:
    answer = ward.push(meeting(campaign_tags=["new-rural"]))
    assert answer.status_code == 422
    assert answer.json()["field"] == "/data/campaign_tags/0"


def test_filtered_figures_are_derived_again_from_an_audit_folder(
    ward: Served, tmp_path: Path
) -> None:
    """The answer says itself how it was filtered."""
    node = ward.node
    folder = tmp_path / "audit"
    FolderExporter(node.log, node.checkpoints).audit(
        folder, node="ward", level=node.spec.level.value, made_at="", keys=()
    )
    questions = {
        "area": ("activity", {"area": "industrial_zone"}),
        "tag": ("activity", {"tag": "nobody_left_behind"}),
        "upcoming": ("meeting-compliance", {"upcoming": "true"}),
    }
    answers = {
        name: ward.http.get(
            f"/v1/figures/{figure}", params={"unit": WARD, "period": "2021-05", **asked}
        ).content
        for name, (figure, asked) in questions.items()
    }
    agreeing, findings = check_figures(Folder(folder, ()), node.spec, answers)
    assert findings == []
    assert len(agreeing) == len(answers)
    everywhere = orjson.dumps({**orjson.loads(answers["area"]), "area": None})
    _, findings = check_figures(Folder(folder, ()), node.spec, {"x": everywhere})
    assert "/values/MeetingHeld.events: 1 ≠ 3" in findings[0].text.en
