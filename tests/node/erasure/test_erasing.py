"""What is removed is gone from every table and file of every level; its place stays proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.tombstone import is_tombstone, leaf_of
from domain.levels import Level
from tests.node.erasure.country import (
    MARK,
    files_with,
    model,
    redacted,
    settled,
    tables_with,
)
from tests.node.notary.country import origin_of, populate
from tests.node.sync.hierarchy import Hierarchy

EVERY = ("central", "province", "district", "commune")


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Hierarchy]:
    hierarchy = Hierarchy(tmp_path)
    hierarchy.add("central", Level.CENTRAL)
    hierarchy.add("province", Level.PROVINCE, "central")
    hierarchy.add("district", Level.DISTRICT, "province")
    hierarchy.add("commune", Level.COMMUNE, "district")
    populate(hierarchy)
    yield hierarchy
    hierarchy.close()


def held(country: Hierarchy, name: str, sequence: int) -> bytes:
    origin = origin_of(country.nodes["commune"])
    (logged,) = country.nodes[name].log.read_stream(origin, sequence, sequence)
    return logged.raw


@pytest.mark.parametrize("decider", ["commune", "central"])
def test_it_is_gone_at_every_level(country: Hierarchy, decider: str) -> None:
    commune = country.nodes["commune"]
    written = model(commune)
    settled(country)
    raw = held(country, "central", written.sequence)
    assert MARK.encode() in raw
    roots = {n: country.nodes[n].trees.root(origin_of(commune), written.sequence) for n in EVERY}
    assert files_with(country.folder), "the search finds it while it is held"

    redacted(country.nodes[decider], written.event_id)
    settled(country)

    for name in EVERY:
        tombstone = held(country, name, written.sequence)
        assert is_tombstone(tombstone), name
        assert leaf_of(tombstone) == leaf_of(raw)
        assert tombstone == held(country, "commune", written.sequence), "alike everywhere"
        node = country.nodes[name]
        assert node.trees.root(origin_of(commune), written.sequence) == roots[name]
        assert not node.eraser.unexplained
        assert not list(node.health().notices)
    wrong = {p: list(tables_with(country.folder / p)) for p in files_with(country.folder)}
    assert not wrong
