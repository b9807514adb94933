"""The units of the demonstration, with their codes of those years, and the offices in them.

Codes: the statistics office's list before 1/7/2025. Quận 5 had 14 wards until 31/12/2024 and ten
from 1/1/2025; which of the 14 went into which of the ten is inferred from their codes and names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.events import derive_id


def _unit(key: str) -> str:
    return str(derive_id("demo", "unit", key))


@dataclass(frozen=True, slots=True)
class Place:
    """A unit."""

    key: str
    """Its short name here: "q5-p08"."""
    code: str
    name: str
    kind: str
    parent: str | None
    """The parent's `key`."""

    @property
    def unit_id(self) -> str:
        return _unit(self.key)

    def office(self, category: str) -> str:
        """The id of its organisation of a category."""
        return str(derive_id("demo", "organisation", self.key, category))


CENTRE: Final = Place("centre", "00", "Trung ương", "central", None)
HCM: Final = Place("hcm", "79", "Thành phố Hồ Chí Minh", "province", "centre")
TAY_NINH: Final = Place("tayninh", "72", "Tỉnh Tây Ninh", "province", "centre")
Q5: Final = Place("q5", "774", "Quận 5", "district", "hcm")
TAN_BIEN: Final = Place("tanbien", "705", "Huyện Tân Biên", "district", "tayninh")


def _ward(number: int, code: str, *, new: bool = False) -> Place:
    key = f"q5-p{number:02}" + ("-2025" if new else "")
    return Place(key, code, f"Phường {number}", "ward", "q5")


OLD_WARDS: Final = {
    number: _ward(number, code)
    for number, code in (
        (1, "27325"),
        (2, "27313"),
        (3, "27307"),
        (4, "27301"),
        (5, "27334"),
        (6, "27337"),
        (7, "27322"),
        (8, "27316"),
        (9, "27304"),
        (10, "27340"),
        (11, "27328"),
        (12, "27310"),
        (13, "27343"),
        (14, "27331"),
    )
}
"""The 14 wards until 31/12/2024, by number."""

MERGERS: Final = {
    2: ((2, 3), _ward(2, "27307", new=True)),
    5: ((5, 6), _ward(5, "27334", new=True)),
    7: ((7, 8), _ward(7, "27316", new=True)),
    11: ((10, 11), _ward(11, "27328", new=True)),
}
"""By number of the new ward: the two that went into it on 1/1/2025, and the new one."""

_GONE: Final = {number for numbers, _ in MERGERS.values() for number in numbers}
WARDS: Final = dict(
    sorted(
        {
            **{number: ward for number, ward in OLD_WARDS.items() if number not in _GONE},
            **{number: ward for number, (_, ward) in MERGERS.items()},
        }.items()
    )
)
"""The ten wards from 1/1/2025, by number."""

COMMUNES: Final = tuple(
    Place(f"tanbien-{code}", code, name, kind, "tanbien")
    for code, name, kind in (
        ("25486", "Thị trấn Tân Biên", "township"),
        ("25489", "Xã Tân Lập", "commune"),
        ("25492", "Xã Thạnh Bắc", "commune"),
        ("25495", "Xã Tân Bình", "commune"),
        ("25498", "Xã Thạnh Bình", "commune"),
    )
)
"""Some communes of Huyện Tân Biên."""

FIRST_PLACES: Final = (
    CENTRE,
    HCM,
    TAY_NINH,
    Q5,
    TAN_BIEN,
    *OLD_WARDS.values(),
    *COMMUNES,
)
"""The units that the catalogue starts with."""
