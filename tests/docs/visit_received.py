"""What the how-to promises of its event type, asked of two running nodes.

Run by `test_howto` in a copy of the tree with the how-to's files: only there the type is known.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from domain.samples import WARD, WARD_POLICE
from tests.node.api.serving import Served, World, common, event, until, world

_DAY: Final = "2025-03-14"


def check(nodes: World) -> None:
    """Push the event at the ward; find it, its numbers and its schema at both levels."""
    visit = event(
        "VisitReceived",
        common(WARD, WARD_POLICE, _DAY)
        | {"kind": "other_province", "host_org_id": WARD_POLICE, "visitors": 30},
    )
    answer = nodes.ward.push(visit)
    assert answer.status_code == 201, answer.text
    until(lambda: nodes.centre.http.get(f"/v1/events/{visit['id']}").status_code == 200)
    for node in (nodes.ward, nodes.centre):
        node.projected()
        _shown(node, visit)
    wrong = event("VisitReceived", {**visit["data"], "kind": "moon"})
    assert nodes.ward.push(wrong).status_code == 422


def _shown(node: Served, visit: dict[str, Any]) -> None:
    (row,) = node.json("/v1/events", type="VisitReceived", lang="vi")["items"]
    assert (row["event_id"], row["title"]) == (visit["id"], "Đón đoàn tham quan")

    figure = node.json("/v1/figures/activity", unit=WARD, period="2025-03", lang="vi")
    assert figure["total"]["values"]["VisitReceived.visitors"] == 30
    assert figure["total"]["details"]["VisitReceived.other_province.events"] == 1
    page = node.http.get("/timeline", params={"unit": WARD, "period": "2025-03", "lang": "vi"})
    assert page.status_code == 200
    assert "Đón đoàn tham quan" in page.text
    assert "ngoài tỉnh" in page.text

    schema = node.json("/v1/schemas/VisitReceived/1")
    assert schema["$defs"]["data"]["properties"]["visitors"]["type"] == "integer"
    assert "VisitReceived" in {listed["name"] for listed in node.json("/v1/schemas")["items"]}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir()
    with world(folder) as nodes:
        check(nodes)
