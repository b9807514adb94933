"""The first event of the README is taken by a node that holds the demonstration's catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.central.spec import SPEC as CENTRAL
from services.commune.spec import SPEC as COMMUNE
from services.demo.build import DATA
from services.demo.making.places import CENTRE, HCM, Q5, WARDS
from services.node.node import Node
from services.node.settings import Settings
from services.province.spec import SPEC as PROVINCE
from tests.docs.texts import read
from tests.node.api.serving import Served, serve, until


def _first_event(name: str) -> dict[str, Any]:
    block = re.search(r"<!-- first-event -->\n```sh\n(.*?)```", read(name), re.DOTALL)
    assert block is not None
    body = re.search(r"-d '(.*?)'\n", block[1], re.DOTALL)
    assert body is not None
    event: dict[str, Any] = json.loads(body[1])
    return event


def _push_file(node: Served, name: str) -> None:
    answer = node.http.post(
        "/v1/events",
        content=(DATA / f"{name}.jsonl").read_bytes(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """The centre and the wards' node, with the city between them."""
    folder = tmp_path_factory.mktemp("demo")

    def node(name: str, spec: Any, **more: Any) -> Node:
        return Node(
            Settings(
                node=name,
                data_dir=folder / name,
                local_carrier=folder / "carrier.db",
                announce_seconds=0.2,
                **more,
            ),
            spec,
        )

    with ExitStack() as stack:
        central = stack.enter_context(
            serve(node("central", CENTRAL, units=(UUID(CENTRE.unit_id),)))
        )
        city = stack.enter_context(
            serve(node("hcm", PROVINCE, parent="central", units=(UUID(HCM.unit_id),)))
        )
        wards = stack.enter_context(
            serve(node("q5-wards", COMMUNE, parent="hcm", units_under=UUID(Q5.unit_id)))
        )
        _push_file(central, "00-central-catalogue")
        until(lambda: city.node.directory.organisation(HCM.office("police")) is not None)
        until(lambda: city.node.directory.unit(WARDS[9].unit_id) is not None)
        until(lambda: not city.node.recovery.reasons())
        _push_file(city, "00-hcm-catalogue")
        until(lambda: wards.node.directory.organisation(WARDS[9].office("police")) is not None)
        until(lambda: not wards.node.recovery.reasons())
        yield central, wards


def test_the_first_event_is_recorded_and_reaches_the_centre(demo: tuple[Served, Served]) -> None:
    central, wards = demo
    event = _first_event("README.md")
    assert event == _first_event("README.vi.md")
    first, again = wards.push(event), wards.push(event)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert again.json()["outcome"] == "duplicate"
    assert again.json()["digest"] == first.json()["digest"]

    changed = {**event, "data": {**event["data"], "attendees": 26}}
    conflict = wards.push(changed)
    assert conflict.status_code == 409
    assert conflict.json()["code"] == "key-conflict"

    until(lambda: central.http.get(f"/v1/events/{event['id']}").status_code == 200)
    for path, parameters in re.findall(
        r"curl '?http://127.0.0.1:8080(/v1/[^'?\s]+)\??([^'\s]*)'?", read("README.md")
    ):
        answer = central.http.get(f"{path}?{parameters}")
        assert answer.status_code == 200, answer.text
    figure = central.json("/v1/figures/activity", unit=Q5.unit_id, period="2025-05")
    assert figure["total"]["values"]["MeetingHeld.attendees"] == 25


def test_the_binary_example_of_the_how_to_is_recorded(demo: tuple[Served, Served]) -> None:
    _, wards = demo
    text = read("docs/how-to/push-events.md")
    block = next(b for b in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "ce-id" in b)
    headers = dict(h.split(": ", 1) for h in re.findall(r"-H '([^']+)'", block))
    body = re.search(r"-d '(.*?)'\n", block, re.DOTALL)
    assert body is not None
    answer = wards.http.post("/v1/events", content=body[1].encode(), headers=headers)
    assert answer.status_code == 201, answer.text


def test_the_set_up_shown_names_a_unit_of_the_demonstration() -> None:
    from services.demo.making.places import TAY_NINH  # noqa: PLC0415 - one use

    assert f"ANTQ_UNITS={TAY_NINH.unit_id}" in read("README.md")
    assert Path(DATA).is_dir()
