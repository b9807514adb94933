"""The manual's tables say what the program says."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

from domain.catalogue import EVENTS
from domain.refusals import KINDS, Text
from services.central.spec import SPEC
from services.node.node import Node
from services.node.problems import PROBLEM_KINDS, problem, published_codes
from services.node.settings import Settings
from tests.docs.texts import read, table
from tests.node.api.serving import serve

MANUAL = "docs/operators-manual.md"


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.is_required():
        return "required"
    if name == "local_carrier":
        return "`carrier.db` in the data folder"
    return "none" if field.default in (None, ()) else f"`{field.default}`"


def test_the_settings_are_those_of_the_program() -> None:
    documented = {row[0].strip("`"): row[1] for row in table(MANUAL, "settings")}
    assert documented == {f"ANTQ_{name.upper()}": _default(name) for name in Settings.model_fields}


def test_the_local_carriers_default_is_where_the_manual_says(tmp_path: Path) -> None:
    settings = Settings(node="a", units=(uuid4(),), data_dir=tmp_path)
    assert settings.carrier_path == tmp_path / "carrier.db"


def test_the_problems_are_the_published_ones_with_their_status() -> None:
    empty = Text("", "")
    kinds = KINDS | PROBLEM_KINDS
    expected = {code: str(problem(kinds[code], empty).status) for code in published_codes()}
    documented = {row[0].strip("`"): row[1] for row in table(MANUAL, "problems")}
    assert documented == expected
    assert all(row[2] and row[3] for row in table(MANUAL, "problems"))


def test_the_metrics_are_those_served(tmp_path: Path) -> None:
    settings = Settings(node="centre", units=(uuid4(),), data_dir=tmp_path)
    with serve(Node(settings, SPEC)) as node:
        text = node.http.get("/metrics").text
    served = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    served = {name: kind for name, kind in served.items() if not name.endswith("_created")}
    documented = {row[0].strip("`"): row[1] for row in table(MANUAL, "metrics")}
    assert documented == served


def test_the_event_types_a_readme_names_exist() -> None:
    for name in ("README.md", "README.vi.md"):
        text = read(name)
        assert set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", text)) <= set(EVENTS)
        assert "(contracts/event-types.md)" in text


def test_both_readmes_show_the_same_commands() -> None:
    english, vietnamese = (
        [
            block.replace("&lang=en", "").replace("?lang=en", "")
            for block in re.findall(r"```sh\n(.*?)```", read(name), re.DOTALL)
        ]
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese


def test_the_bounds_of_the_manual_are_those_of_the_program() -> None:
    from contracts.envelope import MAX_EVENT_BYTES  # noqa: PLC0415 - one use
    from services.node.api.bodies import MAX_BODY_BYTES  # noqa: PLC0415 - one use
    from services.node.api.intake import MAX_ITEMS  # noqa: PLC0415 - one use
    from services.node.syncstate import MAX_WAITING  # noqa: PLC0415 - one use

    text = read(MANUAL)
    assert f"| one event | {MAX_EVENT_BYTES:,} bytes |" in text
    assert f"{MAX_BODY_BYTES // 2**20} MiB (unpacked), {MAX_ITEMS:,} events" in text
    assert f"| events waiting behind a gap | {MAX_WAITING:,} of a stream |" in text
