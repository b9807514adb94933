"""Tiles and bundles are C2SP tlog-tiles'."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.node.ledger.tiles import (
    MAX_ENTRY,
    Tile,
    TileError,
    TileSubtrees,
    decode_entries,
    encode_entries,
    tiles_of,
)
from tests.node.ledger.trees import InMemoryTiles, leaves


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(1, 999, 17), "tile/1/999.p/17"),
        (Tile(63, 1000, 255), "tile/63/x001/000.p/255"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/0/x000/001",
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/017",
        "tile/0/../000",
        "tile/-1/000",
        "tile/entries/000/",
        "checkpoint",
    ],
)
def test_another_path_is_none(path: str) -> None:
    with pytest.raises(TileError):
        Tile.parse(path)


def test_a_tree_consists_of_the_tiles_that_the_specification_counts() -> None:
    tiles = list(tiles_of(70_000))
    of = {
        level: [tile.width for tile in tiles if tile.level == level] for level in (None, 0, 1, 2, 3)
    }
    assert of[None] == of[0] == [256] * 273 + [112]
    assert (of[1], of[2], of[3]) == ([256, 17], [1], [])


def test_a_tree_of_one_full_tile_has_one_hash_above_it() -> None:
    assert list(tiles_of(256)) == [Tile(None, 0), Tile(0, 0), Tile(1, 0, 1)]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert decode_entries(encode_entries(entries)) == entries


def test_the_longest_entry_fits_and_a_longer_one_is_refused() -> None:
    assert decode_entries(encode_entries([b"x" * MAX_ENTRY])) == [b"x" * MAX_ENTRY]
    with pytest.raises(TileError, match="too long"):
        encode_entries([b"x" * (MAX_ENTRY + 1)])


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5), st.data())
def test_a_bundle_that_is_cut_off_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    bundle = encode_entries(entries)
    ends = {len(encode_entries(entries[:count])) for count in range(len(entries) + 1)}
    cut = data.draw(st.integers(1, len(bundle) - 1).filter(lambda n: n not in ends))
    with pytest.raises(TileError, match="cut off"):
        decode_entries(bundle[:cut])


def test_a_tile_that_is_too_short_is_told() -> None:
    class Short(InMemoryTiles):
        def tile(self, level: int, index: int, width: int) -> bytes:
            return super().tile(level, index, width)[:-1]

    with pytest.raises(TileError, match="does not hold"):
        TileSubtrees(Short(leaves(600))).complete(9, 0)


def test_what_no_tile_holds_is_told() -> None:
    with pytest.raises(LookupError):
        TileSubtrees(InMemoryTiles(leaves(300))).complete(8, 1)
