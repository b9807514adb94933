"""A level in the middle loses its disk: all streams come back, own, from below and from above."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from domain.levels import Level
from services.node.bundles.exporting import Way
from services.node.node import Node
from services.node.recovery import Standing
from services.node.syncstate import Direction
from tests.node.bundles.carrying import bring, bundle
from tests.node.notary.country import meeting, origin_of
from tests.node.sync.hierarchy import Hierarchy, catalogue, push

LEVELS = (
    ("central", Level.CENTRAL, None),
    ("province", Level.PROVINCE, "central"),
    ("district", Level.DISTRICT, "province"),
    ("commune", Level.COMMUNE, "district"),
)


@pytest.fixture
def hierarchy(tmp_path: Path) -> Iterator[Hierarchy]:
    """Four levels with a catalogue; each records."""
    made = Hierarchy(tmp_path)
    for level in LEVELS:
        made.add(*level)
    catalogue(made)
    made.settle()
    central = made.nodes["central"]
    for name in made.nodes:
        push(
            central,
            "OrganisationChanged",
            {
                "unit_id": str(made.units["central"]),
                "org_id": str(made.units["central"]),
                "actor_account": "catalogue",
                "occurred_on": "2024-01-01",
                "kind": "established",
                "organisations": [
                    {
                        "org_id": str(made.units[name]),
                        "unit_id": str(made.units[name]),
                        "name": f"Công an {name}",
                        "category": "police",
                    }
                ],
                "effective_on": "2024-01-01",
            },
        )
    made.settle()
    yield made
    made.close()


def lose(hierarchy: Hierarchy, name: str) -> Node:
    """The disk of a node is gone; it starts on an empty one."""
    hierarchy.nodes[name].close()
    shutil.rmtree(hierarchy.folder / name)
    return hierarchy.add(name, *hierarchy.levels[name])


def content(node: Node) -> dict[UUID, int]:
    return dict(node.log.heads())


def test_a_district_gets_everything_back(hierarchy: Hierarchy) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    for _ in range(3):
        meeting(commune)
        meeting(district)
    hierarchy.settle()
    before = content(district)
    assert len(before) == 3  # the centre's, its own and the commune's
    district = lose(hierarchy, "district")
    assert not district.health().ready
    hierarchy.settle()
    assert content(district) == before
    assert district.health().ready
    assert district.origins.directions([origin_of(commune), origin_of(district)]) == {
        origin_of(commune): Direction.BELOW,
        origin_of(district): Direction.OWN,
    }
    assert meeting(district).sequence == 4
    hierarchy.settle()
    for node in hierarchy.nodes.values():
        assert not node.sync.forks()
        assert node.sync.quarantine_count() == 0


def test_what_a_child_that_is_gone_had_sent_comes_from_above(hierarchy: Hierarchy) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    gone = origin_of(commune)
    meeting(commune)
    meeting(district)
    hierarchy.settle()
    before = content(district)
    hierarchy.nodes.pop("commune").close()
    hierarchy.levels.pop("commune")
    district = lose(hierarchy, "district")
    hierarchy.settle()
    assert content(district) == before
    assert district.log.head(gone) == 1
    # And as a stream from below it is the child's to go on with.
    assert district.origins.directions([gone]) == {gone: Direction.BELOW}


def test_bundles_bring_a_lost_stream_back(hierarchy: Hierarchy) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    for _ in range(3):
        meeting(commune)
    hierarchy.settle()
    old = bundle(district, Way.DOWN, "commune")
    before = content(commune)
    commune = lose(hierarchy, "commune")
    # A bundle from before, which answers nothing, opens nothing.
    bring(commune, old)
    commune.recovery.run_once()
    assert commune.recovery.report().standing is Standing.ASKING
    bring(district, bundle(commune, Way.UP))
    answer = bundle(district, Way.DOWN, "commune")
    commune = hierarchy.crash("commune")  # the question outlasts the process that asked it
    bring(commune, answer)
    commune.recovery.run_once()
    assert commune.recovery.report().standing is Standing.OPEN
    assert content(commune) == before
    assert meeting(commune).sequence == 4
    # Asked no more, the next bundle repeats nothing.
    bring(district, bundle(commune, Way.UP))
    assert district.answers.kept("commune") == ([], [])
    assert not district.sync.forks()


def test_an_answer_to_an_older_question_does_not_open(hierarchy: Hierarchy) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    meeting(commune)
    hierarchy.settle()
    commune = lose(hierarchy, "commune")
    bring(district, bundle(commune, Way.UP))
    answer = bundle(district, Way.DOWN, "commune")
    commune = lose(hierarchy, "commune")  # the disk is lost again, and the question with it
    bring(commune, answer)
    commune.recovery.run_once()
    assert commune.recovery.report().standing is Standing.ASKING
    assert commune.log.head(origin_of(commune)) == 0
    assert commune.sync.quarantine_count() == 0, "it comes again when it is asked for"
