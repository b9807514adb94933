"""The units of the storyline beyond the demonstration's, with their real codes.

Real: the codes and names here, which three wards followed Quận 5's ten, what became of Thái Bình.
Invented: which other commune of Tây Ninh each of those that ended went into.
"""

from __future__ import annotations

from typing import Final

from services.demo.making.places import COMMUNES, WARDS, Place

CHO_QUAN: Final = Place("cho-quan", "27301", "Phường Chợ Quán", "ward", "hcm")
AN_DONG: Final = Place("an-dong", "27316", "Phường An Đông", "ward", "hcm")
CHO_LON: Final = Place("cho-lon", "27343", "Phường Chợ Lớn", "ward", "hcm")
NEW_WARDS: Final = (CHO_QUAN, AN_DONG, CHO_LON)

FROM_WARDS: Final = {
    CHO_QUAN.key: [WARDS[n] for n in (1, 2, 4)],
    AN_DONG.key: [WARDS[n] for n in (5, 7, 9)],
    CHO_LON.key: [WARDS[n] for n in (11, 12, 13, 14)],
}
"""By key of the new ward: those that went into it on 1/7/2025."""

LONG_AN: Final = Place("longan", "80", "Tỉnh Long An", "province", "centre")

_NAMES: Final = {
    "25456": "Phường 1",
    "25459": "Phường 3",
    "25462": "Phường 4",
    "25465": "Phường Hiệp Ninh",
    "25468": "Phường 2",
    "25585": "Thị trấn Châu Thành",
    "25594": "Xã Đồng Khởi",
    "25597": "Xã Thái Bình",
    "25615": "Xã An Bình",
}
_TAN_BIEN: Final = {place.code: place for place in COMMUNES}
_OLD_CODES: Final = [str(code) for code in range(25456, 25739, 3) if code != 25726]

OLD_COMMUNES: Final = {
    code: _TAN_BIEN.get(code)
    or Place(f"tayninh-{code}", code, _NAMES.get(code, f"Xã {code}"), "commune", "tayninh")
    for code in _OLD_CODES
}
"""Tây Ninh's 94 communes until 30/6/2025, by code."""

THAI_BINH: Final = OLD_COMMUNES["25597"]
TAN_NINH: Final = Place("tan-ninh", "25459", "Phường Tân Ninh", "ward", "tayninh")
CHAU_THANH: Final = Place("chau-thanh", "25585", "Xã Châu Thành", "commune", "tayninh")
FROM_COMMUNES: Final = {
    TAN_NINH.key: [OLD_COMMUNES[c] for c in ("25456", "25459", "25462", "25465", "25468")],
    CHAU_THANH.key: [OLD_COMMUNES[c] for c in ("25585", "25594", "25615")],
}
"""By key of the new commune: those that went into it whole."""

_STAYING: Final = """
25480 25486 25489 25498 25510 25516 25522 25525 25531 25534 25549 25552 25567 25573 25579 25588
25591 25606 25621 25630 25633 25645 25654 25657 25663 25666 25672 25681 25684 25702 25708 25711
25729 25732
""".split()  # noqa: SIM905 - a page of one code a line tells less
STAYING: Final = [OLD_COMMUNES[code] for code in _STAYING]
_GONE: Final = {THAI_BINH, *STAYING, *(p for parts in FROM_COMMUNES.values() for p in parts)}
JOINING: Final = [place for place in OLD_COMMUNES.values() if place not in _GONE]
"""Those that go whole into one of the 34 that stay, in turn (invented)."""

_LONG_AN_CODES: Final = """
27694 27712 27715 27721 27727 27736 27748 27757 27763 27775 27787 27793 27811 27817 27823 27826
27838 27841 27856 27865 27868 27877 27889 27898 27907 27925 27931 27937 27943 27952 27964 27976
27979 27991 27994 28003 28015 28018 28036 28051 28066 28072 28075 28087 28093 28108 28114 28126
28132 28138 28144 28159 28165 28177 28201 28207 28210 28222 28225 28243
""".split()  # noqa: SIM905 - a page of one code a line tells less
FROM_LONG_AN: Final = [
    Place(f"longan-{code}", code, f"Xã {code}", "commune", "longan") for code in _LONG_AN_CODES
]
"""The communes of Long An that Tây Ninh has from 1/7/2025, under the codes they bear then."""

NEW_COMMUNES: Final = [TAN_NINH, CHAU_THANH, *STAYING, *FROM_LONG_AN]
"""Tây Ninh's 96 communes from 1/7/2025."""
