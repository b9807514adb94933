"""`antq units import` against a real central node over HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from domain.samples import CENTRE, MINISTRY
from services.central.spec import SPEC as CENTRAL
from services.node.unitcatalogue.planning import REFORM, unit_id
from tests.domain.directories import bearer
from tests.node.api.serving import Served, make_node, serve
from tests.node.cli.running import Antq, Ended
from tests.node.unitcatalogue import small


@pytest.fixture(autouse=True)
def _no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.node.unitcatalogue.sources.installed", lambda: None)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Served]:
    """A central node that knows nothing yet."""
    with serve(make_node(tmp_path, "centre", CENTRAL, CENTRE)) as served:
        yield served


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    made = (small.conversion(tmp_path), small.listing(tmp_path), small.earlier(tmp_path))
    return [word for path in made for word in ("--file", path)]


def run(antq: Antq, centre: Served, files: list[object], *more: object) -> Ended:
    url = str(centre.http.base_url)
    return antq("units", "import", "--url", url, *files, *more)


FOUNDING = ("--centre", CENTRE, "--org", MINISTRY)


def test_imported_once_and_again(antq: Antq, centre: Served, files: list[object]) -> None:
    ended = run(antq, centre, files, *FOUNDING)
    assert ended.code == 0, ended.out + ended.err
    assert "3 tỉnh, 4 huyện, 10 xã trước 1/7/2025; 2 tỉnh, 9 xã từ ngày đó" in ended.out
    assert "22 sự kiện ghi mới, 0 đã có, 0 bị từ chối" in ended.out
    assert "25999: Xã Đã Mất có trong danh sách" in ended.out
    head = centre.node.log.position()
    # The centre is known now; its organisation is not founded yet, so it is still named.
    again = run(antq, centre, files, "--org", MINISTRY)
    assert "0 sự kiện ghi mới, 21 đã có, 0 bị từ chối" in again.out
    assert (again.code, centre.node.log.position()) == (0, head)
    centre.projected()
    directory = centre.node.directory
    assert bearer(directory, "27316", date(2024, 12, 16)) == unit_id("27316")
    assert bearer(directory, "27316", date(2025, 7, 3)) == unit_id("27316", REFORM)


def test_the_centres_police_and_first_day_are_found(
    antq: Antq, centre: Served, files: list[object]
) -> None:
    common = {"unit_id": CENTRE, "org_id": MINISTRY, "actor_account": "a"}
    founded = {
        "vn.antq.UnitReorganised": {
            "kind": "created",
            "to": [{"unit_id": CENTRE, "code": "00", "name": "Trung ương", "kind": "central"}],
        },
        "vn.antq.OrganisationChanged": {
            "kind": "established",
            "organisations": [
                {"org_id": MINISTRY, "unit_id": CENTRE, "name": "V05", "category": "police"}
            ],
        },
    }
    for (kind, data), day in zip(founded.items(), ("2021-01-01", "2022-01-01"), strict=True):
        days = {"occurred_on": day, "effective_on": day}
        event = {"specversion": "1.0", "id": str(uuid4()), "source": "s", "type": kind}
        assert centre.push(event | {"data": common | days | data}).status_code == 201
    assert run(antq, centre, files, "--org", uuid4()).code == 2
    ended = run(antq, centre, files)
    assert ended.code == 0, ended.out + ended.err
    centre.projected()
    unit = centre.node.directory.unit(unit_id("27304"))
    assert unit is not None
    assert unit.valid_from == date(2021, 1, 1)


def test_an_empty_node_must_be_told_who_records(
    antq: Antq, centre: Served, files: list[object]
) -> None:
    ended = run(antq, centre, files)
    assert ended.code == 2
    assert "--centre" in ended.err


def test_a_node_that_does_not_record_for_the_centre_says_so(
    antq: Antq, centre: Served, files: list[object]
) -> None:
    """A node without a catalogue cannot refuse for good; its reason is told all the same."""
    ended = run(antq, centre, files, "--centre", uuid4(), "--org", MINISTRY, "--patience", 0)
    assert ended.code == 2
    assert "HTTP 207: " in ended.err
    assert "Multi-Status" not in ended.err
    assert centre.node.log.position() == 0


def test_another_catalogue_over_it_stops_at_the_first_event(
    antq: Antq, centre: Served, files: list[object]
) -> None:
    assert run(antq, centre, files, *FOUNDING).code == 0
    head = centre.node.log.position()
    ended = run(antq, centre, files, "--org", MINISTRY, "--since", "2010-01-01")
    assert ended.code == 1
    assert "provinces: [" in ended.out
    assert "0 sự kiện ghi mới, 0 đã có, 1 bị từ chối" in ended.out
    assert "Sự kiện đầu tiên bị từ chối" in ended.out
    assert centre.node.log.position() == head


def test_a_trial_asks_no_node_and_writes_the_report(
    antq: Antq, files: list[object], tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    ended = antq("--lang", "en", "units", "import", "--dry-run", *files, "--report", report)
    assert ended.code == 0, ended.out + ended.err
    assert "On 2025-06-30: 3 provinces, 4 districts, 10 communes." in ended.out
    assert "On 2025-07-01: 2 provinces, 0 districts, 9 communes." in ended.out
    assert "22 events, 0 could not be recorded" in ended.out
    assert "one source only" in ended.err
    with report.open(encoding="utf-8-sig") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["kind", "code", "text"]
    assert ["skipped", "25999"] in [line[:2] for line in lines]


def test_what_cannot_be_read_or_dated_ends_the_command(antq: Antq, tmp_path: Path) -> None:
    conversion = small.conversion(tmp_path)
    other = small.write(tmp_path / "other.csv", [("a",)])
    for words, said in (
        (("--file", other), "không phải bảng"),
        (("--file", conversion, "--since", "2025-07-01"), "--since"),
        (("--file", conversion, "--since", "1.7.2025"), "NNNN-TT-NN"),
        (("--source", "csv"), "--file"),
        (("--file", conversion, "--report", tmp_path / "no" / "r.csv"), "r.csv"),
    ):
        ended = antq("units", "import", "--dry-run", *words)
        assert ended.code == 2, said
        assert said in ended.err


def test_units_alone_explains_itself(antq: Antq) -> None:
    ended = antq("units")
    assert ended.code == 0
    assert "import" in ended.out
