"""Names of units: what kind a name says, and when two spellings mean the same."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from domain.units import UnitKind

_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
_COMMUNES: Final = (
    ("xã", UnitKind.COMMUNE),
    ("xa", UnitKind.COMMUNE),
    ("phường", UnitKind.WARD),
    ("thị trấn", UnitKind.TOWNSHIP),
    ("đặc khu", UnitKind.SPECIAL_ZONE),
)
_PREFIX: Final = re.compile(r"(?:tỉnh|thành phố|tp\.?) +", re.IGNORECASE)


def clean(text: str) -> str:
    """Composed letters and single blanks; cells of the tables hold line breaks."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def same_key(name: str) -> str:
    """Equal for two spellings of one name: "Hoà" and "Hòa" differ in the place of the tone only."""
    syllables = []
    for syllable in unicodedata.normalize("NFD", clean(name).casefold()).split():
        tones = "".join(c for c in syllable if c in _TONES)
        syllables.append("".join(c for c in syllable if c not in _TONES) + tones)
    return " ".join(syllables)


def without_prefix(name: str) -> str:
    """A province's name without "Tỉnh" or "Thành phố", as `same_key` writes it."""
    return same_key(_PREFIX.sub("", clean(name), count=1))


def commune_kind(name: str) -> UnitKind | None:
    """The kind a commune's name begins with, or None."""
    low = clean(name).casefold()
    return next((kind for word, kind in _COMMUNES if low.startswith(f"{word} ")), None)
