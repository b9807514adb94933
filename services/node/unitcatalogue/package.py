"""The tables of the `vietnamadminunits` package (MIT), read from its files.

The package itself is not imported: it brings geometry libraries that nothing here needs. Its
keys of units are read as they stand; it does not say which communes went on as themselves, so one
that is made of a single commune of the same name and code is taken to have gone on.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson

from domain.refusals import Text
from domain.units import Share
from services.node.unitcatalogue.names import clean, same_key
from services.node.unitcatalogue.tables import (
    Move,
    Tables,
    Unit,
    UnreadableTableError,
    consistent_shares,
    unreadable,
)

NAME: Final = "vietnamadminunits"


def installed() -> str | None:
    """The version that is installed, or None."""
    try:
        return version(NAME)
    except PackageNotFoundError:
        return None


def read_package(folder: Path | None = None) -> Tables:
    """The catalogue of the package; `folder` is its `data` folder where it is not installed.

    Raises UnreadableTableError.
    """
    data = folder or _data_folder()
    database, conversion = data / "dataset.db", data / "converter_2025.json"
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            old = [dict(row) for row in connection.execute("SELECT * FROM admin_units_legacy")]
            new = [dict(row) for row in connection.execute("SELECT * FROM admin_units")]
        pairs = list(_pairs(orjson.loads(conversion.read_bytes())))
        return _tables(old, new, pairs)
    except (sqlite3.Error, OSError, KeyError, TypeError, ValueError) as error:
        raise unreadable(
            data,
            f"không đọc được dữ liệu của {NAME} ({error!r}); dùng --source csv.",
            f"the data of {NAME} cannot be read ({error!r}); use --source csv.",
        ) from error


def _data_folder() -> Path:
    spec = find_spec(NAME)  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise UnreadableTableError(
            Text(
                f"Chưa cài {NAME}: pip install --no-deps {NAME}, hoặc dùng --source csv --file "
                "TỆP.",
                f"{NAME} is not installed: pip install --no-deps {NAME}, or use --source csv "
                "--file FILE.",
            )
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair of the converter, by the package's own keys."""

    old: str
    new: str
    share: Share


def _pairs(converter: Mapping[str, Any]) -> Iterator[_Pair]:
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                yield _Pair(old, f"{province}_{ward}", Share.FULL)
    for province, olds in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, wards in olds.items():
            for ward in wards:
                yield _Pair(old, f"{province}_{ward['newWardKey']}", Share.PART)


def _tables(old: list[dict[str, Any]], new: list[dict[str, Any]], pairs: list[_Pair]) -> Tables:
    communes = [row for row in old if row["wardCode"]]
    before = {
        row["wardCode"]: Unit(row["wardCode"], clean(row["ward"]), row["districtCode"])
        for row in communes
    }
    after = {
        row["wardCode"]: Unit(row["wardCode"], clean(row["ward"]), row["provinceCode"])
        for row in new
    }
    old_codes = {
        f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}": row["wardCode"]
        for row in communes
    }
    new_codes = {f"{row['provinceKey']}_{row['wardKey']}": row["wardCode"] for row in new}
    moves = [
        Move(old_codes[pair.old], new_codes[pair.new], pair.share)
        for pair in pairs
        if pair.old in old_codes
    ]
    givers, takers = Counter(m.new for m in moves), Counter(m.old for m in moves)
    staying = frozenset(
        m.old
        for m in moves
        if m.old == m.new
        and givers[m.new] == takers[m.old] == 1
        and same_key(before[m.old].name) == same_key(after[m.new].name)
    )
    right, remarks = consistent_shares(moves)
    return Tables(
        provinces_before={
            row["provinceCode"]: Unit(row["provinceCode"], clean(row["province"])) for row in old
        },
        districts={
            row["districtCode"]: Unit(
                row["districtCode"], clean(row["district"]), row["provinceCode"]
            )
            for row in old
        },
        before=before,
        provinces_after={
            row["provinceCode"]: Unit(row["provinceCode"], clean(row["province"])) for row in new
        },
        after=after,
        moves=right,
        staying=staying,
        zones=_zones(old, new, {m.new for m in moves}),
        remarks=remarks,
    )


def _zones(old: list[dict[str, Any]], new: list[dict[str, Any]], made: set[str]) -> dict[str, str]:
    """Districts without communes became the special zones that bear their name."""
    unmade = {same_key(row["wardShort"]): row["wardCode"] for row in new} if old else {}
    return {
        row["districtCode"]: unmade[same_key(row["districtShort"])]
        for row in old
        if not row["wardCode"]
        and same_key(row["districtShort"]) in unmade
        and unmade[same_key(row["districtShort"])] not in made
    }
