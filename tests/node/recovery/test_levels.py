"""A level in the middle loses its disk: all streams come back, own, from below and from above."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from contracts.control import Alarm
from domain.levels import Level
from services.node.bundles.exporting import Way
from services.node.node import Node
from services.node.recovery import Reason, Standing
from services.node.syncstate import Direction
from tests.node.bundles.carrying import bring, bundle, stream
from tests.node.notary.country import meeting, origin_of
from tests.node.notary.test_sealing import rewrite
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


def test_a_bundle_back_holds_what_was_confirmed_before_it_was_lost(hierarchy: Hierarchy) -> None:
    """The node above believed that the child holds what is from above, for its bundles said so."""
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    meeting(commune)
    meeting(district)
    hierarchy.settle()
    bring(district, bundle(commune, Way.UP))
    before = content(commune)
    from_above = {origin: head for origin, head in before.items() if origin != origin_of(commune)}
    assert len(from_above) == 2
    confirmed = bundle(district, Way.DOWN, "commune")
    late = bundle(commune, Way.UP)
    commune = lose(hierarchy, "commune")
    assert bring(commune, confirmed).contents.events == 0, "nothing is sent that was confirmed"
    bring(district, bundle(commune, Way.UP))
    bring(district, late)  # and an older bundle that comes late changes nothing
    bring(district, bundle(commune, Way.UP))
    bring(commune, bundle(district, Way.DOWN, "commune"))
    commune.recovery.run_once()
    assert commune.recovery.report().standing is Standing.OPEN
    assert content(commune) == before
    commune.state.catch_up()  # the organisations came back too
    assert meeting(commune).sequence == 2
    # What has come back is not carried again.
    bring(district, bundle(commune, Way.UP))
    assert bring(commune, bundle(district, Way.DOWN, "commune")).contents.events == 0
    for node in hierarchy.nodes.values():
        assert not node.sync.forks()


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


def test_what_differs_from_the_node_above_alone_is_told_to_all_levels(
    hierarchy: Hierarchy, tmp_path: Path
) -> None:
    """An event and the tree were rewritten, and nobody has keys. Neither a fork nor the node's own
    verification tells of it: nothing new is sent, and its log agrees with its tree. Only the answer
    of the node above does."""
    commune, origin = hierarchy.nodes["commune"], origin_of(hierarchy.nodes["commune"])
    for _ in range(3):
        meeting(commune)
    hierarchy.settle()
    before = stream(commune, origin)
    commune.close()
    shutil.copytree(hierarchy.folder / "commune", tmp_path / "kept")
    hierarchy.add("commune", *hierarchy.levels["commune"])

    raw = before[1].replace(b'"attendees":12', b'"attendees":13')
    rewrite(hierarchy, "commune", origin.hex, 2, raw)
    commune = hierarchy.nodes["commune"]
    assert stream(commune, origin) != before
    assert not commune.notary.patrol.complete()
    for _ in range(2):  # an alarm goes up a level at a time
        hierarchy.settle()
    report = commune.recovery.report()
    assert report.standing is Standing.DIFFERS
    assert report.fence is not None
    assert report.fence.reason is Reason.DIFFERS
    assert not commune.health().ready
    (alarm,) = commune.notary.also_wrong()
    assert alarm == Alarm("commune", origin, 0, 0, "differs")
    for name in ("district", "province", "central"):
        node = hierarchy.nodes[name]
        assert node.notary.alarm_book.heard() == [alarm], name
        told = [notice for notice in node.health().notices if str(origin) in notice.en]
        assert [one.vi for one in told] == [
            f"nút commune báo: dòng {origin}: nút cấp trên giữ khác"
        ]
        assert "the node above holds something else" in told[0].en
        assert node.health().ready, "its own work goes on"
        assert not node.sync.forks()
        assert not node.notary.patrol.findings
        assert stream(node, origin) == before

    # What was there is put back: nothing differs, and the alarm is taken back everywhere.
    commune.close()
    shutil.rmtree(hierarchy.folder / "commune")
    shutil.copytree(tmp_path / "kept", hierarchy.folder / "commune")
    commune = hierarchy.add("commune", *hierarchy.levels["commune"])
    commune.notary.patrol.complete()
    for _ in range(2):
        hierarchy.settle()
    assert commune.recovery.report().standing is Standing.OPEN
    for name in ("district", "province", "central"):
        assert not hierarchy.nodes[name].notary.alarm_book.heard(), name
    assert meeting(commune).sequence == 4
