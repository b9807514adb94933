"""A commune service that was cut off for thirty days comes back with thousands of events.

It catches up by itself, and what its sister sends meanwhile does not wait for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from contracts.envelope import decode
from domain.levels import Level
from services.node import takingin
from services.node.errors import CarrierUnavailableError
from services.node.eventlog import NewEvent
from services.node.node import Node
from tests.node.bundles.carrying import stream
from tests.node.notary.country import latest, meeting, origin_of, populate, vouching
from tests.node.sync.hierarchy import Hierarchy, raw_event

_QUEUED: Final = 6_000
_AWAY: Final = timedelta(days=30)
_PART: Final = 600
_SLICE: Final = 3_000


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Hierarchy]:
    """Central, a province, a district and two commune services, with keys."""
    hierarchy = Hierarchy(tmp_path).add_levels()
    hierarchy.add("sister", Level.COMMUNE, "district")
    populate(hierarchy)
    yield hierarchy
    hierarchy.close()


def _queue(hierarchy: Hierarchy, node: Node) -> None:
    """Thirty days of recording, sealed day by day, while nothing gets out."""
    origin = origin_of(node)
    head = node.log.head(origin)
    for start in range(head + 1, head + _QUEUED + 1, _PART):
        hierarchy.clock.moment += _AWAY * _PART / _QUEUED
        node.log.append(
            [
                NewEvent(
                    origin,
                    number,
                    "FromTheFuture",
                    raw_event(origin, number, unit_id=node.settings.units[0]),
                )
                for number in range(start, start + _PART)
            ]
        )
        node.state.catch_up()
        node.notary.run_once()
        with pytest.raises(CarrierUnavailableError):
            node.forwarders[0].run_once()


def test_thirty_days_are_caught_up_and_nobody_waits_for_it(
    country: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune, sister = country.nodes["commune"], country.nodes["sister"]
    district = country.nodes["district"]
    origin, other = origin_of(commune), origin_of(sister)
    meeting(commune)
    country.settle()

    def away(*_: object) -> None:
        raise CarrierUnavailableError("cut off")

    with monkeypatch.context() as cut:
        cut.setattr(commune.carrier, "ensure_topics", away)
        commune.forwarders[0].reconnect()
        _queue(country, commune)
    held = district.log.head(origin)
    assert commune.log.head(origin) >= held + _QUEUED

    # All of it stands on the district's topic, in front of what the sister sends.
    while commune.forwarders[0].run_once() > 1:
        pass
    sent = meeting(sister)
    sister.forwarders[0].run_once()
    # Parts as on a slow machine: a quick one takes all of it at once.
    monkeypatch.setattr(takingin, "SLICE_EVENTS", _SLICE)
    district.receivers[-1]._reader.slice_events = _SLICE
    while district.log.head(origin) < commune.log.head(origin):
        assert district.receivers[-1].run_once(timeout=0)
    positions = {
        (logged.origin, logged.sequence): logged.position
        for logged in district.log.read(0, 2 * _QUEUED)
    }
    mine = [positions[origin, number] for number in range(held + 1, held + _QUEUED + 1)]
    assert mine == sorted(mine)
    # What is recorded together stands by streams: in the first of three or so transactions.
    assert positions[other, sent.sequence] < mine[3 * _QUEUED // 4]

    country.settle()
    for name in ("district", "province", "central"):
        node = country.nodes[name]
        assert stream(node, origin) == stream(commune, origin)
        assert not node.sync.waiting_counts()
        assert not node.sync.forks()
        assert node.sync.quarantine_count() == 0
        announced = {one.origin: one.announced for one in node.origins_sync()}
        assert announced[origin] == commune.log.head(origin)
    for node, of in ((commune, origin), (sister, other)):
        receipt = latest(node, of)
        assert receipt.checkpoint.size == node.log.head(of)
        assert vouching(node, receipt) == {"district", "province", "central"}
    last = decode(stream(commune, origin)[-1])
    assert last.sequence == commune.log.head(origin)
