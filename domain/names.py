"""Names of the levels as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.levels import Level
from domain.refusals import Text

LEVEL_NAMES: Final[Mapping[Level, Text]] = {
    Level.COMMUNE: Text("xã, phường", "commune"),
    Level.DISTRICT: Text("quận, huyện", "district"),
    Level.PROVINCE: Text("tỉnh, thành phố", "province"),
    Level.CENTRAL: Text("trung ương", "central"),
}
