"""The files of the package, in the form in which version 1.0.4 has them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from domain.levels import Level
from domain.units import Share
from services.node.unitcatalogue.package import installed, read_package
from services.node.unitcatalogue.planning import FIRST_DAY, REFORM, plan_events, unit_id
from services.node.unitcatalogue.tables import Move, UnreadableTableError
from services.node.unitcatalogue.trying import TRIAL, population, tried
from tests.domain.directories import bearer

_OLD = (
    ("Tỉnh Long An", "80", "Huyện Bến Lức", "803", "Xã An Thạnh", "27697"),
    ("Tỉnh Long An", "80", "Huyện Bến Lức", "803", "Thị trấn Bến Lức", "27694"),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Xã Hảo Đước", "25600"),
    ("Tỉnh Tây Ninh", "72", "Huyện Đảo", "709", None, None),
)
_NEW = (
    ("Tỉnh Tây Ninh", "80", "Xã An Thạnh", "27697"),
    ("Tỉnh Tây Ninh", "80", "Xã Bến Lức", "27694"),
    ("Tỉnh Tây Ninh", "80", "Xã Hảo Đước", "25600"),
    ("Tỉnh Tây Ninh", "80", "Đặc khu Đảo", "25999"),
)
_CONVERTER = {
    "DICT_PROVINCE_WARD_NO_DIVIDED": {
        "80": {"27694": ["80_803_27694"], "25600": ["72_708_25600"], "25999": ["72_709_None"]}
    },
    "DICT_PROVINCE_WARD_DIVIDED": {
        "80": {"80_803_27697": [{"newWardKey": "27694"}, {"newWardKey": "27697"}]}
    },
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A `data` folder; the package's keys are words, here they are the codes."""
    with closing(sqlite3.connect(tmp_path / "dataset.db")) as connection:
        connection.execute(
            "CREATE TABLE admin_units_legacy (province, provinceCode, district, districtCode, "
            "ward, wardCode, provinceKey, districtKey, wardKey, districtShort)"
        )
        connection.executemany(
            "INSERT INTO admin_units_legacy VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row, row[1], row[3], row[5], row[2].split(" ", 1)[1]) for row in _OLD],
        )
        connection.execute(
            "CREATE TABLE admin_units (province, provinceCode, ward, wardCode, provinceKey, "
            "wardKey, wardShort)"
        )
        connection.executemany(
            "INSERT INTO admin_units VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*row, row[1], row[3], row[2].split()[-1]) for row in _NEW],
        )
        connection.commit()
    (tmp_path / "converter_2025.json").write_text(json.dumps(_CONVERTER), "utf-8")
    return tmp_path


def test_its_tables_make_a_catalogue(data: Path) -> None:
    tables = read_package(data)
    assert set(tables.moves) == {
        Move("27694", "27694", Share.FULL),
        Move("25600", "25600", Share.FULL),
        Move("27697", "27694", Share.PART),
        Move("27697", "27697", Share.PART),
    }
    assert tables.staying == {"25600"}
    assert tables.zones == {"709": "25999"}
    directory, problems = tried(plan_events(tables, TRIAL, FIRST_DAY))
    assert problems == {}
    assert population(directory, REFORM)[Level.COMMUNE] == 4
    assert directory.heir(unit_id("709"), REFORM) == unit_id("25999", REFORM)
    assert bearer(directory, "25600", date(2026, 1, 1)) == unit_id("25600")


def test_files_of_another_form_are_refused_with_what_to_do(data: Path) -> None:
    (data / "converter_2025.json").write_text("{}", "utf-8")
    with pytest.raises(UnreadableTableError, match="--source csv"):
        read_package(data)


@pytest.mark.skipif(installed() is None, reason="the package is optional and not installed here")
def test_the_installed_package_is_the_whole_country() -> None:
    directory, problems = tried(plan_events(read_package(), TRIAL, FIRST_DAY))
    assert problems == {}
    after = population(directory, REFORM)
    assert (after[Level.PROVINCE], after[Level.COMMUNE]) == (34, 3_321)
