"""Streams travel in files as they do on topics: once, in order, as the bytes they were."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.node.bundles.exporting import Order, Way
from services.node.bundles.format import BundleError
from services.node.errors import StoreUnavailableError
from services.node.eventlog import NewEvent
from services.node.node import Node
from services.node.syncstate import Direction, OriginState
from tests.node.bundles.carrying import bring, bundle, carry_down, carry_up, stream
from tests.node.notary.country import (
    ABOVE_A_COMMUNE,
    latest,
    meeting,
    origin_of,
    populate,
    vouching,
)
from tests.node.sync.hierarchy import Hierarchy, raw_event, record

UP = ("commune", "district", "province", "central")


def test_what_a_commune_records_reaches_the_centre_as_the_same_bytes(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["commune"], origin, range(1, 1_201))
    carried = carry_up(hierarchy, "commune", "district", "province")
    for name in UP:
        assert stream(hierarchy.nodes[name], origin) == raws
    assert [one.taken.recorded for one in carried] == [1_200] * 3


def test_what_the_centre_records_reaches_every_level_below(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["central"], origin, range(1, 21))
    carry_down(hierarchy, "province", "district", "commune")
    for name in UP:
        assert stream(hierarchy.nodes[name], origin) == raws


def test_a_bundle_for_all_children_is_taken_by_each(hierarchy: Hierarchy) -> None:
    sister = hierarchy.add("sister", hierarchy.levels["district"][0], "province")
    origin = uuid4()
    raws = record(hierarchy.nodes["province"], origin, range(1, 6))
    carried = bundle(hierarchy.nodes["province"], Way.DOWN)
    for node in (sister, hierarchy.nodes["district"]):
        bring(node, carried)
        assert stream(node, origin) == raws


def test_a_units_data_is_not_told_to_its_sister(hierarchy: Hierarchy) -> None:
    sister = hierarchy.add("sister", hierarchy.levels["district"][0], "province")
    origin = uuid4()
    record(sister, origin, [1])
    carry_up(hierarchy, "sister")
    carried = bundle(hierarchy.nodes["province"], Way.DOWN, "district", everything=True)
    assert bring(hierarchy.nodes["district"], carried).contents.events == 0
    assert hierarchy.nodes["district"].origins.met(origin) is None


def test_the_same_bundle_again_changes_nothing(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    record(hierarchy.nodes["commune"], origin, range(1, 51))
    carried = bundle(hierarchy.nodes["commune"], Way.UP)
    district = hierarchy.nodes["district"]
    assert bring(district, carried).taken.recorded == 50
    again = bring(district, carried).taken
    assert (again.arrived, again.recorded, again.forked) == (50, 0, frozenset())


def test_bundles_may_come_in_any_order(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 31))
    parts = [
        bundle(commune, Way.UP, origins=(origin,), first=first, last=first + 9)
        for first in (21, 11, 1)
    ]
    assert bring(district, parts[0]).taken.waiting == 10
    assert stream(district, origin) == []
    bring(district, parts[2])
    assert stream(district, origin) == raws[:10]
    assert bring(district, parts[1]).taken.recorded == 20
    assert stream(district, origin) == raws


def test_the_next_bundle_holds_what_the_other_side_has_not_confirmed(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    record(commune, origin, range(1, 11))
    first = bundle(commune, Way.UP)
    record(commune, origin, [11])
    # Nothing came back yet: all of it goes out again, so a lost bundle needs no care.
    assert bring(district, bundle(commune, Way.UP)).contents.events == 11
    carry_down(hierarchy, "commune")
    assert bring(district, bundle(commune, Way.UP)).contents.events == 0
    record(commune, origin, [12])
    assert bring(district, bundle(commune, Way.UP)).contents.events == 1
    assert bring(district, first).taken.recorded == 0
    assert bring(district, bundle(commune, Way.UP, everything=True)).contents.events == 12


def test_a_lost_bundle_in_the_middle_is_asked_for_and_made_good(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 31))
    bring(district, bundle(commune, Way.UP, origins=(origin,), first=1, last=10))
    bring(district, bundle(commune, Way.UP, origins=(origin,), first=21))
    assert stream(district, origin) == raws[:10]
    carry_down(hierarchy, "commune")
    assert bring(district, bundle(commune, Way.UP)).contents.events == 20
    assert stream(district, origin) == raws


def test_a_confirmation_that_comes_late_does_not_undo_a_later_one(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    record(commune, origin, range(1, 11))
    carry_up(hierarchy, "commune")
    early = bundle(district, Way.DOWN, "commune")
    record(commune, origin, range(11, 21))
    carry_up(hierarchy, "commune")
    late = bundle(district, Way.DOWN, "commune")
    bring(commune, late)
    bring(commune, early)
    assert bring(district, bundle(commune, Way.UP)).contents.events == 0


def test_a_fork_in_a_bundle_stops_its_stream_and_nothing_else(hierarchy: Hierarchy) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    origin, other = uuid4(), uuid4()
    raws = record(commune, origin, range(1, 6))
    carry_up(hierarchy, "commune")
    twin = hierarchy.add("twin", hierarchy.levels["commune"][0], "district")
    record(twin, origin, range(1, 8), note="forged")
    record(twin, other, [1])
    taken = bring(district, bundle(twin, Way.UP)).taken
    assert taken.forked == {origin}
    assert stream(district, origin) == raws
    assert len(stream(district, other)) == 1
    assert district.sync.forks(origin)


def test_a_stream_that_the_other_side_must_not_write_is_set_aside(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(district, origin, [1])
    commune.origins.register([OriginState(origin, Direction.BELOW, "", 0, "", False)])
    commune.log.append(
        [
            NewEvent(origin, number, "FromTheFuture", raw)
            for number, raw in enumerate([*raws, raw_event(origin, 2)], start=1)
        ]
    )
    assert carry_up(hierarchy, "commune")[0].taken.reasons == ("the stream is this node's own",)
    assert stream(district, origin) == raws
    assert district.sync.quarantine_count() == 1


def test_bundles_and_the_live_carrier_mix(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 101))
    early = bundle(commune, Way.UP)
    hierarchy.settle()
    raws += record(commune, origin, range(101, 201))
    carry_up(hierarchy, "commune")
    hierarchy.settle()
    raws += record(commune, origin, range(201, 301))
    hierarchy.settle()
    bring(district, early)
    carry_up(hierarchy, "commune", "district", "province")
    hierarchy.settle()
    for name in UP:
        node = hierarchy.nodes[name]
        assert stream(node, origin) == raws
        assert not node.sync.forks()
        assert not node.sync.waiting_counts()
        assert node.sync.quarantine_count() == 0


def test_what_waits_is_recorded_with_what_was_missing(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 6))
    bring(district, bundle(commune, Way.UP, origins=(origin,), first=4))
    assert bring(district, bundle(commune, Way.UP, origins=(origin,), last=3)).taken.recorded == 5
    assert stream(district, origin) == raws


def test_a_failed_store_in_the_middle_is_made_good_by_importing_again(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 9_001))
    carried = bundle(commune, Way.UP)
    append, calls = district.log.append, 0

    def failing(events: list[NewEvent]) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            append(events)  # it happened, and the answer was lost
            raise StoreUnavailableError("gone")
        if calls == 4:
            raise StoreUnavailableError("gone")
        return append(events)

    monkeypatch.setattr(district.log, "append", failing)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            bring(district, carried)
    bring(district, carried)
    assert stream(district, origin) == raws
    assert not district.sync.forks()


def test_a_hole_in_the_senders_log_stops_no_other_stream(hierarchy: Hierarchy) -> None:
    damaged, other = uuid4(), uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    record(commune, damaged, [1, 2, 4, 5])
    record(commune, other, [1])
    carried = bring(district, bundle(commune, Way.UP))
    assert (carried.contents.events, carried.contents.missing) == (3, 3)
    assert len(stream(district, damaged)) == 2
    assert len(stream(district, other)) == 1


def test_the_same_log_gives_the_same_content(hierarchy: Hierarchy) -> None:
    for _ in range(3):
        record(hierarchy.nodes["commune"], uuid4(), range(1, 700))
    moment = hierarchy.clock()
    commune = hierarchy.nodes["commune"]
    commune.exporter._now = lambda: moment
    assert bundle(commune, Way.UP) == bundle(commune, Way.UP)


@pytest.mark.parametrize("name", ["province", "sister", "central"])
def test_a_bundle_for_another_node_is_refused(hierarchy: Hierarchy, name: str) -> None:
    hierarchy.add("sister", hierarchy.levels["commune"][0], "district")
    record(hierarchy.nodes["commune"], uuid4(), [1])
    with pytest.raises(BundleError, match="is from commune for district"):
        bring(hierarchy.nodes[name], bundle(hierarchy.nodes["commune"], Way.UP))
    assert hierarchy.nodes[name].log.position() == 0


def test_a_bundle_from_a_node_that_is_not_the_parent_is_refused(hierarchy: Hierarchy) -> None:
    record(hierarchy.nodes["central"], uuid4(), [1])
    with pytest.raises(BundleError, match="not for the node district"):
        bring(hierarchy.nodes["district"], bundle(hierarchy.nodes["central"], Way.DOWN))


def test_orders_that_make_no_sense_are_refused(hierarchy: Hierarchy) -> None:
    commune = hierarchy.nodes["commune"]
    with pytest.raises(BundleError, match="no parent"):
        hierarchy.nodes["central"].exporter.export(Order(Way.UP))
    with pytest.raises(BundleError, match="does not send"):
        commune.exporter.export(Order(Way.UP, origins=(uuid4(),)))
    with pytest.raises(BundleError, match="one --origin"):
        commune.exporter.export(Order(Way.UP, first=3))


def test_receipts_travel_in_bundles(hierarchy: Hierarchy) -> None:
    """Sealed at the commune, vouched for at every level above, and all of it known below."""
    populate(hierarchy)
    commune = hierarchy.nodes["commune"]
    origin = origin_of(commune)
    for _ in range(3):
        meeting(commune)
    _seal(commune)
    size = latest(commune, origin).checkpoint.size
    assert size == commune.log.head(origin)
    assert vouching(commune, latest(commune, origin)) == set()
    for name in ("commune", "district", "province"):
        carry_up(hierarchy, name)
        _seal(hierarchy.nodes[str(hierarchy.levels[name][1])])
    for name in ("province", "district", "commune"):
        carry_down(hierarchy, name)
        _seal(hierarchy.nodes[name])
    receipt = latest(commune, origin)
    assert receipt.checkpoint.size == size
    assert vouching(commune, receipt) == set(ABOVE_A_COMMUNE)


def _seal(node: Node) -> None:
    """Let the ledger's worker work until it has nothing left to do."""
    for _ in range(1_000):
        node.state.catch_up()
        node.notary.run_once()
        standing = node.notary.standing()
        if not (standing.unsealed or standing.waiting):
            return
    raise AssertionError(standing)
