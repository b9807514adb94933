"""The code of the how-tos runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from domain.levels import Level
from services.app import spec_of
from services.node.node import Node
from services.node.settings import load_settings
from tests.docs.texts import ROOT, blocks
from tests.node.api.serving import Served, serve, until

TAY_NINH = "0bd14180-41d7-4df2-9eed-54e6da5d735d"
TAN_BIEN_POLICE = "d702c49a-b0ae-4eca-83f3-c408e412f521"

_SHOWN_BY_THE_API = """

def test_the_api_takes_it_and_its_schema_is_made() -> None:
    import uuid

    from contracts.event_schema import event_schema
    from domain.events import EVENTS
    from services.node.pushed import Pushed, read_pushed

    data = {"unit_id": ident("p7"), "org_id": ident("p7 police"), "actor_account": "a",
            "occurred_on": "2025-03-14", "host_org_id": ident("p7 police"), "visitors": 30}
    event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "s",
             "type": "vn.antq.VisitReceived", "data": data}
    assert isinstance(read_pushed(event), Pushed)
    assert event_schema(EVENTS["VisitReceived"])
"""


@pytest.mark.parametrize(
    ("how_to", "module", "more"),
    [
        ("add-an-event-type", "visits", _SHOWN_BY_THE_API),
        ("add-a-read-model", "online_meetings", ""),
    ],
)
def test_the_code_of_a_how_to_passes_its_own_test(
    tmp_path: Path, how_to: str, module: str, more: str
) -> None:
    """In a process of its own: an event type registers for good."""
    found = blocks(f"docs/how-to/{how_to}.md", "run")
    (tmp_path / f"{module}.py").write_text(found[module], "utf-8")
    test = f"from {module} import *\n{found[f'test_{module}']}{more}"
    (tmp_path / "test_it.py").write_text(test, "utf-8")
    options = ("-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path / "test_it.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


def test_a_province_runs_as_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = blocks("docs/how-to/run-a-province.md", "file")
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")

    def push(node: Served, name: str) -> None:
        kind = "cloudevents+json" if name.endswith(".json") else "x-ndjson"
        answer = node.http.post(
            "/v1/events",
            content=files[name].encode(),
            headers={"Content-Type": f"application/{kind}"},
        )
        assert answer.status_code in (200, 201), answer.text

    with ExitStack() as stack:
        nodes: dict[str, Served] = {}
        for name, level in (
            ("central", Level.CENTRAL),
            ("tayninh", Level.PROVINCE),
            ("communes", Level.COMMUNE),
        ):
            settings = load_settings(_env_file=tmp_path / f"{name}.env")
            nodes[name] = stack.enter_context(serve(Node(settings, spec_of(level))))
        assert nodes["central"].http.get("/readyz").status_code == 200
        assert nodes["tayninh"].http.get("/readyz").status_code == 503
        push(nodes["central"], "catalogue.jsonl")
        until(lambda: nodes["tayninh"].node.directory.unit(TAY_NINH) is not None)
        until(lambda: len(nodes["tayninh"].node.directory.organisations_of(TAY_NINH)) == 1)
        push(nodes["tayninh"], "province.jsonl")
        until(lambda: nodes["communes"].node.directory.organisation(TAN_BIEN_POLICE) is not None)
        push(nodes["communes"], "meeting.json")
        meeting = json.loads(files["meeting.json"])["id"]
        central = nodes["central"]
        until(lambda: central.http.get(f"/v1/events/{meeting}").status_code == 200)
        central.projected()
        for node in nodes.values():
            node.projected()
            figure = node.json("/v1/figures/meeting-compliance", unit=TAY_NINH, period="2025-07")
            ratio = figure["levels"]["commune"]["ratios"]["compliance"]
            assert (ratio["numerator"], ratio["denominator"]) == (1, 2)
