"""What a forwarder sends: long runs of one origin, and answers that only the asker reads."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from contracts.control import Range, Ranges, is_for_another
from contracts.envelope import BATCH_MEDIA_TYPE, split_batch
from contracts.holdings import ASKED_TYPE
from contracts.topics import down_topic, up_topic
from services.node.carriers import Delivery
from services.node.errors import CarrierUnavailableError
from services.node.eventlog import NewEvent
from services.node.node import Node
from services.node.syncstate import Direction, OriginState
from tests.node.sync.hierarchy import Hierarchy, held, raw_event, record


def scattered(node: Node, origins: Sequence[UUID], each: int) -> dict[UUID, list[bytes]]:
    """Record events of many origins, the first of each, then the second of each, …"""
    raws = {origin: [raw_event(origin, n) for n in range(1, each + 1)] for origin in origins}
    node.origins.register(
        OriginState(origin, Direction.OWN, str(origin), 0, "", False) for origin in origins
    )
    node.log.append(
        [
            NewEvent(origin, place + 1, "FromTheFuture", raws[origin][place])
            for place in range(each)
            for origin in origins
        ]
    )
    return raws


def on_topic(node: Node, topic: str) -> list[Delivery]:
    inbox = node.carrier.inbox(f"observer-{uuid4()}", [topic])
    found: list[Delivery] = []
    while part := inbox.poll(10_000, 0):
        found += part
    inbox.close()
    return found


def events(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [d for d in deliveries if d.content_type.startswith(BATCH_MEDIA_TYPE)]


def test_scattered_events_go_out_in_long_runs_in_their_order(hierarchy: Hierarchy) -> None:
    commune = hierarchy.nodes["commune"]
    raws = scattered(commune, [uuid4() for _ in range(300)], 20)
    forwarder = commune.forwarders[0]
    while forwarder.run_once():
        pass
    found = events(on_topic(commune, up_topic("district")))
    # 6,000 events in the order of the log; a page of 2,000 has seven of each origin.
    assert len(found) <= 2 * 300
    sent: dict[UUID, list[bytes]] = {}
    for delivery in found:
        sent.setdefault(UUID(delivery.key), []).extend(
            raw for _, raw in split_batch(delivery.value)
        )
    assert sent == raws
    forwarder.keep()
    assert commune.sync.cursor(forwarder.name) == commune.log.position()


def _without_questions(commune: Node) -> list[Delivery]:
    """What it sent; a question about its own stream is repeated by the clock until it is answered,
    which says nothing of what events cost."""
    found = on_topic(commune, up_topic("district"))
    return [one for one in found if ASKED_TYPE.encode() not in one.value]


def test_what_single_events_cost_besides_is_paid_once_for_many(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune = hierarchy.nodes["commune"]
    forwarder, origin = commune.forwarders[0], uuid4()
    forwarder._quiet_seconds = forwarder._announcements._seconds = 3_600.0
    saved: list[int] = []
    monkeypatch.setattr(commune.sync, "save_cursor", lambda _, position: saved.append(position))
    record(commune, origin, range(1, 2))
    assert not forwarder.is_level()
    while forwarder.run_once():
        pass
    saved.clear()
    for number in range(2, 12):
        record(commune, origin, range(number, number + 1))
        assert forwarder.run_once() == 1
        assert forwarder.is_level()
        assert forwarder.run_once() == 0
    found = _without_questions(commune)
    assert len(events(found)) == 11
    assert len(found) - len(events(found)) <= 2  # what a start tells
    assert saved == []
    forwarder._sent_at -= 3_600.0
    forwarder._next_save = 0.0
    assert forwarder.run_once() == 0
    assert saved == [commune.log.position()]
    assert len(_without_questions(commune)) == len(found) + 1  # the head


def test_the_window_shrinks_while_the_carrier_fails_and_grows_again(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune = hierarchy.nodes["commune"]
    raws = scattered(commune, [uuid4()], 3_000)
    forwarder = commune.forwarders[0]
    carrier = commune.carrier
    sizes: list[int] = []

    def away(cursor: int) -> list[object]:
        sizes.append(forwarder._window)
        raise CarrierUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(carrier, "sender", lambda: away(0))
        for _ in range(6):
            with pytest.raises(CarrierUnavailableError):
                forwarder.run_once()
            forwarder.reconnect()
    assert sizes == [2_000, 1_000, 500, 250, 250, 250]
    while forwarder.run_once():
        pass
    assert forwarder._window > 250
    hierarchy.settle("commune", "district")
    (origin,) = raws
    assert held(hierarchy.nodes["district"], origin) == raws[origin]


def test_an_answer_is_read_by_the_asker_alone(hierarchy: Hierarchy) -> None:
    sister = hierarchy.add("sister", hierarchy.levels["commune"][0], "district")
    district = hierarchy.nodes["district"]
    origin = uuid4()
    raws = record(district, origin, range(1, 4))
    hierarchy.settle()
    before = len(events(on_topic(district, down_topic("district"))))
    district.forwarders[1].send_again([Ranges("commune", [Range(origin, 2, 3)])])
    district.forwarders[1].run_once()
    (answer,) = events(on_topic(district, down_topic("district")))[before:]
    assert [raw for _, raw in split_batch(answer.value)] == raws[1:]
    assert answer.key == str(origin)
    assert is_for_another(answer.content_type, "sister")
    assert not is_for_another(answer.content_type, "commune")
    reader = sister.receivers[0]._reader
    (skipped,) = reader.read([answer])
    assert skipped.runs == []
    (taken,) = hierarchy.nodes["commune"].receivers[0]._reader.read([answer])
    assert len(taken.runs) == 1


def test_what_two_ask_for_is_sent_once_to_everybody(hierarchy: Hierarchy) -> None:
    district = hierarchy.nodes["district"]
    origin = uuid4()
    record(district, origin, range(1, 10))
    hierarchy.settle()
    before = len(events(on_topic(district, down_topic("district"))))
    district.forwarders[1].send_again(
        [Ranges("commune", [Range(origin, 2, 3)]), Ranges("sister", [Range(origin, 5, 6)])]
    )
    while district.forwarders[1]._again:
        district.forwarders[1].run_once()
    (answer,) = events(on_topic(district, down_topic("district")))[before:]
    assert len(split_batch(answer.value)) == 5
    assert answer.content_type == BATCH_MEDIA_TYPE
