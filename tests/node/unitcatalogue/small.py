"""Small tables in the publishers' layouts: two provinces that merge, one that stays."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HEAD: Final = (
    ("Đơn vị hành chính từ ngày 01/7/2025", "", "", "Đơn vị trước", "", "", "", "", ""),
    (
        "Tỉnh, thành phố",
        "Tên Xã mới",
        "Mã Xã mới",
        "Tên Xã cũ",
        "Mã Xã cũ",
        "Ghi chú",
        "Quận/huyện",
        "Tỉnh cũ",
        "",
    ),
    ("TỈNH TÂY NINH  ", "", "", "", "", "", "", "", ""),
)
_TN = "Tỉnh Tây Ninh (80)"
_HCM = "Thành phố Hồ Chí Minh (79)"
_LA = ("Huyện Bến Lức (803)", "Tỉnh Long An (80)")
_CT = ("Huyện Châu Thành (708)", "Tỉnh Tây Ninh (72)")
_Q5 = ("Quận 5 (774)", _HCM)
PAIRS: Final[tuple[tuple[str, ...], ...]] = (
    # whole, and two parts of a divided commune whose code goes on
    (_TN, "Xã Bến Lức", "27694", "Thị trấn Bến Lức", "27694", "Nhập toàn bộ", *_LA),
    (_TN, "Xã Bến Lức", "27694", "Xã An Thạnh", "27697", "Nhập một phần", *_LA),
    (_TN, "Xã An\nThạnh", "27697", "Xã An Thạnh", "27697", "Nhập một phần", *_LA),
    # went on under its own name, under another, and after giving a part away
    (_TN, "Xã Hảo Đước", "25600", "Xã Hảo Đước", "25600", "Giữ nguyên", *_CT),
    (_TN, "Xã Đạ Huoai", "25601", "Thị trấn Bà Gia", "25601", "Đổi tên", *_CT),
    (_TN, "Xã Phước", "25603", "Xã Phước", "25603", "Phần còn lại sau khi tách", *_CT),
    (_TN, "Xã Hảo", "25605", "Xã Hảo", "25605", "Nhập toàn bộ", *_CT),
    (_TN, "Xã Hảo", "25605", "Xã Phước", "25603", "Nhập một phần", *_CT),
    # Quận 5, a misprinted code, an island without communes, land that was no unit
    (_HCM, "Phường An Đông", "27316", "Phường 7", "27316", "Nhập toàn bộ", *_Q5),
    (_HCM, "Phường An Đông", "27316", "Phường 9", "27304", "Nhập toàn bộ", *_Q5),
    (_HCM, "Phường Chợ Quán", "27301", "Phường 4", "27301", "Nhập toàn bộ", *_Q5),
    (_HCM, "Phường Chợ Quán", "27301", "Phường 1", "27304", "Nhập toàn bộ", *_Q5),
    (_HCM, "Đặc khu Côn Đảo", "26732", "", "", "Sắp xếp", "Huyện Côn Đảo (755)", _HCM),
    (_HCM, "Phường Chợ Quán", "27301", "Bãi bồi", "", "Nhập toàn bộ", *_Q5),
)
LISTED: Final = (
    ("Tỉnh Long An", "80", "Huyện Bến Lức", "803", "Thị trấn Bến Lức", "27694", "Thị trấn", ""),
    ("Tỉnh Long An", "80", "Huyện Bến Lức", "803", "Xã An Thạnh", "27697", "Xã", ""),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Xã Hảo Ðước", "25600", "Xã", ""),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Thị trấn Bà Gia", "25601", "Xã", ""),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Xã Phước", "25603", "Xã", ""),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Xã Hảo", "25605", "Xã", ""),
    ("Tỉnh Tây Ninh", "72", "Huyện Châu Thành", "708", "Xã Đã Mất", "25999", "Xã", ""),
    ("Hồ Chí Minh", "79", "Quận 5", "774", "Phường 7", "27316", "Phường", ""),
    ("Hồ Chí Minh", "79", "Quận 5", "774", "Phường 9", "27304", "Phường", ""),
    ("Hồ Chí Minh", "79", "Quận 5", "774", "Phường 4", "27301", "Phường", ""),
    ("Hồ Chí Minh", "79", "Quận 5", "774", "Phường 1", "27325", "Phường", ""),
    ("Hồ Chí Minh", "79", "Huyện Côn Đảo", "755", "", "", "Huyện", ""),
)
EARLIER: Final = (
    ("ward_to_2024-12-31", "code", "ward_2025-01-01_to_2025-06-30", "code", "from", "code"),
    ("P7", "27322", "P7", "27316", "An Đông", "27316"),
    ("P8", "27316", "P7", "27316", "An Đông", "27316"),
    ("P9", "27304", "P9", "27304", "An Đông", "27316"),
)


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A CSV file as the statistics office publishes it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def conversion(folder: Path, pairs: Sequence[Sequence[str]] = PAIRS) -> Path:
    return write(folder / "conversion.csv", [*HEAD, *((*pair, "") for pair in pairs)])


def listing(folder: Path) -> Path:
    head = ("Tỉnh Thành Phố", "Mã TP", "Quận Huyện", "Mã QH", "Phường Xã", "Mã PX", "Cấp", "Anh")
    return write(folder / "listing.csv", [head, *LISTED])


def earlier(folder: Path) -> Path:
    return write(folder / "earlier.csv", EARLIER)
