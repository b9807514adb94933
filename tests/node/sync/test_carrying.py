"""Events travel up and down, exactly once in effect, in order, as the bytes they were."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from contracts.control import Heads, encode_heads
from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE, digest_of, join_batch
from contracts.topics import up_topic
from services.node.carriers import Message
from services.node.errors import StoreUnavailableError
from services.node.eventlog import NewEvent
from services.node.syncstate import Direction
from tests.node.sync.hierarchy import START, Hierarchy, catalogue, held, raw_event, record

UP = ("commune", "district", "province", "central")


def test_what_a_commune_records_reaches_the_centre_as_the_same_bytes(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["commune"], origin, range(1, 1_201))
    hierarchy.settle()
    for name in UP:
        assert held(hierarchy.nodes[name], origin) == raws


def test_what_the_centre_records_reaches_every_level_below(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["central"], origin, range(1, 21))
    hierarchy.settle()
    for name in UP:
        assert held(hierarchy.nodes[name], origin) == raws


def test_a_district_hears_its_superiors_and_not_its_sisters(hierarchy: Hierarchy) -> None:
    sister = hierarchy.add("sister", hierarchy.levels["district"][0], "province")
    origin = uuid4()
    record(sister, origin, [1])
    hierarchy.settle()
    assert held(hierarchy.nodes["province"], origin)
    assert not held(hierarchy.nodes["district"], origin)
    assert not held(hierarchy.nodes["commune"], origin)


def test_a_node_that_joins_late_gets_everything(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["province"], origin, range(1, 11))
    hierarchy.settle()
    late = hierarchy.add("late", hierarchy.levels["district"][0], "province")
    hierarchy.settle()
    assert held(late, origin) == raws


def test_a_lost_cursor_only_causes_sending_again(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = record(hierarchy.nodes["commune"], origin, range(1, 51))
    hierarchy.settle()
    hierarchy.nodes["commune"].sync.save_cursor("forward-up", 0)
    hierarchy.crash("commune")
    hierarchy.settle()
    assert held(hierarchy.nodes["central"], origin) == raws
    assert not hierarchy.nodes["district"].sync.forks()


@pytest.mark.parametrize("name", UP)
def test_a_lost_state_database_is_worked_out_again_from_the_log(
    hierarchy: Hierarchy, name: str
) -> None:
    """Nothing but the log is precious."""
    catalogue(hierarchy)
    below, above = uuid4(), uuid4()
    raws = record(hierarchy.nodes["commune"], below, range(1, 6))
    orders = record(hierarchy.nodes["central"], above, range(1, 6))
    hierarchy.settle()
    hierarchy.nodes[name].close()
    for file in (hierarchy.folder / name).glob("state.db*"):
        file.unlink()
    hierarchy.add(name, *hierarchy.levels[name])
    record(hierarchy.nodes["central"], above, [6])
    hierarchy.settle()
    for node in hierarchy.nodes.values():
        assert held(node, below) == raws
        assert len(held(node, above)) == len(orders) + 1


def test_deleting_a_topic_in_the_middle_loses_nothing(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune = hierarchy.nodes["commune"]
    raws = record(commune, origin, range(1, 11))
    hierarchy.settle()
    raws += record(commune, origin, range(11, 21))
    commune.forwarders[0].run_once()
    # Sent and acknowledged, not yet received: gone with the topic, and nothing follows them.
    commune.carrier.delete_topic(up_topic("district"))  # type: ignore[attr-defined]  # local only
    hierarchy.settle()
    assert held(hierarchy.nodes["central"], origin) == raws


def test_a_gap_waits_is_asked_for_and_closes(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 31))
    sender = commune.carrier.sender()
    commune.carrier.ensure_topics([up_topic("district")])
    value = join_batch(raws[20:])
    sender.send([Message(up_topic("district"), str(origin), value, BATCH_MEDIA_TYPE)])
    district.receivers[1].run_once(timeout=1)
    assert held(district, origin) == []
    assert {s.origin: s.waiting for s in district.origins_sync()} == {origin: 10}
    hierarchy.crash("district")  # what waits, waits on disk
    other = uuid4()
    record(commune, other, [1])
    hierarchy.settle("commune", "district")
    district = hierarchy.nodes["district"]
    assert held(district, origin) == raws
    assert held(district, other)
    assert {s.waiting for s in district.origins_sync()} == {0}
    sender.close()


def send(hierarchy: Hierarchy, topic: str, *runs: list[bytes]) -> None:
    """Put runs on a topic, whoever they come from, and let the district take them in."""
    district = hierarchy.nodes["district"]
    district.carrier.ensure_topics([topic])
    sender = district.carrier.sender()
    for run in runs:
        sender.send([Message(topic, "k", join_batch(run), BATCH_MEDIA_TYPE)])
    sender.close()
    for receiver in district.receivers:
        receiver.run_once(timeout=0.05)


def test_a_fork_stops_its_origin_keeps_the_evidence_and_nothing_else(hierarchy: Hierarchy) -> None:
    origin, other = uuid4(), uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 4))
    hierarchy.settle()
    forged = [raw_event(origin, n, note="another history") for n in (2, 3, 4, 5)]
    send(hierarchy, up_topic("district"), forged)
    assert held(district, origin) == raws  # not even what seems to continue it
    assert [(f.sequence, f.raw) for f in district.sync.forks()] == [(2, forged[0]), (3, forged[1])]
    assert district.sync.forks()[0].held_digest == digest_of(raws[1])
    record(commune, origin, [4])
    record(commune, other, [1])
    hierarchy.settle()
    assert held(district, origin) == raws
    assert held(hierarchy.nodes["central"], other)
    hierarchy.crash("district")
    states = hierarchy.nodes["district"].origins_sync()
    assert [s.forked for s in states if s.origin == origin] == [True]


def test_a_fork_is_seen_among_waiting_events_too(hierarchy: Hierarchy) -> None:
    origin, both = uuid4(), uuid4()
    one, two = raw_event(origin, 2, note="one"), raw_event(origin, 2, note="two")
    send(hierarchy, up_topic("district"), [one])
    send(hierarchy, up_topic("district"), [two, raw_event(origin, 1)])
    send(
        hierarchy,
        up_topic("district"),
        [raw_event(both, 1), raw_event(both, 2)],
        [raw_event(both, 2, note="other")],
    )
    district = hierarchy.nodes["district"]
    assert {(f.origin, f.raw) for f in district.sync.forks()} == {
        (origin, two),
        (both, raw_event(both, 2, note="other")),
    }
    assert held(district, origin) == held(district, both) == []


def test_an_origin_that_names_no_unit_stays_stopped(hierarchy: Hierarchy) -> None:
    origin = uuid4()

    def bare(sequence: int, note: str = "") -> bytes:
        raw = raw_event(origin, sequence, note=note)
        return raw.replace(f'"unit_id":"{origin}"'.encode(), b'"unit":""')

    send(hierarchy, up_topic("district"), [bare(1), bare(2)])
    send(hierarchy, up_topic("district"), [bare(2, "x")])
    send(hierarchy, up_topic("district"), [bare(3)])
    district = hierarchy.nodes["district"]
    assert len(held(district, origin)) == 2
    assert district.sync.origins()[origin].forked


def test_a_stream_from_above_is_never_continued_from_below(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    orders = record(hierarchy.nodes["central"], origin, [1, 2])
    hierarchy.settle()
    send(hierarchy, up_topic("district"), [raw_event(origin, 3, note="written by a commune")])
    district = hierarchy.nodes["district"]
    assert held(district, origin) == orders
    (stray,) = district.sync.quarantined()
    assert "other side" in stray.reason
    assert district.replay(stray.digest)
    orders += record(hierarchy.nodes["central"], origin, [3])
    hierarchy.settle()
    assert held(district, origin) == held(hierarchy.nodes["commune"], origin) == orders
    assert not district.sync.forks()


def test_several_holes_close_in_one_poll(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    raws = [raw_event(origin, n) for n in range(1, 121)]
    topic = up_topic("district")
    send(hierarchy, topic, raws[2:5])
    send(hierarchy, topic, raws[6:])
    district = hierarchy.nodes["district"]
    assert held(district, origin) == []
    send(hierarchy, topic, raws[5:6], raws[:2])
    assert held(district, origin) == raws
    assert district.sync.waiting_counts() == {}


@pytest.mark.parametrize(
    "raw",
    [
        raw_event(UUID(int=5), 5).replace(b'"0000000005"', b'"%d"' % 2**70),
        raw_event(UUID(int=5), 5).replace(b'"0000000005"', b"1e999"),
        raw_event(UUID(int=5), 5).replace(b'"0000000005"', b"1.7"),
        raw_event(UUID(int=5), 5).replace(b'"0000000005"', b"5"),
        b" " + b"[" * 1000 + b"]" * 1000,
    ],
    ids=["huge", "infinite", "fraction", "number", "deep"],
)
def test_bytes_that_no_reader_expects_do_not_stop_the_receiver(
    hierarchy: Hierarchy, raw: bytes
) -> None:
    good = uuid4()
    send(hierarchy, up_topic("district"), [raw], [raw_event(good, 1)])
    district = hierarchy.nodes["district"]
    assert len(held(district, good)) == 1
    assert district.sync.quarantine_count() == 1


@pytest.mark.parametrize("head", [b"%d" % 2**63, b'"7"', b"1e999", b"-1", b"1.5"])
def test_an_announcement_that_cannot_be_is_quarantined(hierarchy: Hierarchy, head: bytes) -> None:
    value = encode_heads(Heads("x", {uuid4(): 1}), message_id=uuid4(), now=START)
    value = value.replace(b":1}", b":%s}" % head)
    district = hierarchy.nodes["district"]
    topic = up_topic("district")
    district.carrier.ensure_topics([topic])
    sender = district.carrier.sender()
    sender.send([Message(topic, "control", value, EVENT_MEDIA_TYPE)])
    sender.close()
    district.receivers[1].run_once(timeout=1)
    assert district.sync.quarantine_count() == 1


def test_unknown_types_are_stored_forwarded_and_not_projected(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    record(hierarchy.nodes["commune"], origin, [1, 2])
    hierarchy.settle()
    status = hierarchy.nodes["central"].projector.status()
    assert status.unprojected == 2
    assert not hierarchy.nodes["central"].projector.needs_rebuild


def test_malformed_bytes_are_quarantined_and_replayed(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    district = hierarchy.nodes["district"]
    district.receivers[1].run_once(timeout=0)
    sender = district.carrier.sender()
    topic = up_topic("district")
    good = [raw_event(origin, 1), raw_event(origin, 2)]
    broken = raw_event(origin, 3).replace(b'"specversion":"1.0"', b'"specversion":"9.9"')
    sender.send(
        [
            Message(topic, "x", b"{not json", BATCH_MEDIA_TYPE),
            Message(topic, "x", join_batch(good), "text/plain"),
            Message(topic, str(origin), join_batch([good[0], broken]), BATCH_MEDIA_TYPE),
        ]
    )
    district.receivers[1].run_once(timeout=1)
    items = {item.raw: item for item in district.sync.quarantined()}
    assert set(items) == {b"{not json", join_batch(good), broken}
    assert held(district, origin) == good[:1]
    assert all(item.reason and item.place for item in items.values())
    assert district.replay(items[broken].digest)
    assert district.sync.quarantine_count() == 3
    sender.close()


def test_the_same_unreadable_bytes_again_are_kept_once_and_counted(hierarchy: Hierarchy) -> None:
    district = hierarchy.nodes["district"]
    district.receivers[1].run_once(timeout=0)
    sender = district.carrier.sender()
    message = Message(up_topic("district"), "x", b"[1]", BATCH_MEDIA_TYPE)
    for _ in range(3):
        sender.send([message])
        district.receivers[1].run_once(timeout=1)
    (item,) = district.sync.quarantined()
    assert (item.raw, item.times) == (b"1", 3)
    sender.close()


def test_an_own_stream_is_never_continued_from_outside(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune = hierarchy.nodes["commune"]
    raws = record(commune, origin, [1, 2])
    hierarchy.settle()
    sender = commune.carrier.sender()
    value = join_batch([*raws, raw_event(origin, 3, note="not mine")])
    topic = commune.receivers[0].topic
    sender.send([Message(topic, str(origin), value, BATCH_MEDIA_TYPE)])
    sender.close()
    hierarchy.settle("commune")
    assert held(commune, origin) == raws
    assert not commune.sync.forks()
    assert [item.reason for item in commune.sync.quarantined()] == ["the stream is this node's own"]
    assert commune.origins.directions([origin]) == {origin: Direction.OWN}


def test_what_is_only_on_its_way_is_not_asked_for(hierarchy: Hierarchy) -> None:
    """An announcement may overtake thousands of events; while they come, nobody asks again."""
    origin = uuid4()
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    raws = record(commune, origin, range(1, 61))
    asked: list[object] = []
    receiver = district.receivers[1]
    receiver._gaps._ask = asked.extend
    receiver._gaps._retry_seconds = 0.2
    topic = up_topic("district")
    heads = encode_heads(Heads("commune", {origin: 60}), message_id=uuid4(), now=START)
    district.carrier.ensure_topics([topic])
    sender = district.carrier.sender()
    sender.send([Message(topic, "control", heads, EVENT_MEDIA_TYPE)])
    for raw in raws:
        sender.send([Message(topic, str(origin), join_batch([raw]), BATCH_MEDIA_TYPE)])
        receiver.run_once(timeout=0.05)
        receiver._gaps._next_look = 0.0
    sender.close()
    assert held(district, origin) == raws
    assert asked == []


def test_heads_are_announced_under_steady_load_too(hierarchy: Hierarchy) -> None:
    origin = uuid4()
    commune = hierarchy.nodes["commune"]
    for sequence in range(1, 6):
        record(commune, origin, [sequence])
        commune.forwarders[0].run_once()
        commune.forwarders[0]._announcements._told_at = 0.0
    inbox = commune.carrier.inbox("observer", [up_topic("district")])
    kinds = [delivery.content_type for delivery in inbox.poll(100, 1)]
    inbox.close()
    assert kinds.count(EVENT_MEDIA_TYPE) >= 4


def test_a_stop_that_could_not_be_written_is_found_again(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = uuid4()
    topic = up_topic("district")
    district = hierarchy.nodes["district"]
    send(hierarchy, topic, [raw_event(origin, 1)])

    def away(states: object) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(district.sync, "save_origins", away)
        with pytest.raises(StoreUnavailableError):
            send(hierarchy, topic, [raw_event(origin, 1, note="other")])
    district.receivers[1].reconnect()
    district.receivers[1].run_once(timeout=1)
    assert district.sync.origins()[origin].forked


def test_a_stream_with_a_hole_in_the_log_stops_nobody_else(hierarchy: Hierarchy) -> None:
    damaged, good = uuid4(), uuid4()
    topic = up_topic("district")
    district = hierarchy.nodes["district"]
    raws = [raw_event(damaged, n) for n in range(1, 4)]
    # As a disk would leave it: number 2 is gone, its neighbours are there.
    record(district, damaged, [1, 3])
    send(hierarchy, topic, raws, [raw_event(good, 1)])
    assert len(held(district, good)) == 1
    assert len(held(district, damaged)) == 2
    assert district.receivers[1].damaged == {damaged}
    assert any(
        "hole" in reason.en or "damaged" in reason.en for reason in district.health().reasons
    )


def test_a_poll_larger_than_one_transaction_is_taken_whole(hierarchy: Hierarchy) -> None:
    topic = up_topic("district")
    origins = [uuid4() for _ in range(20)]
    raws = {origin: [raw_event(origin, n) for n in range(1, 501)] for origin in origins}
    send(hierarchy, topic, *raws.values())
    district = hierarchy.nodes["district"]
    assert {origin: held(district, origin) for origin in origins} == raws


def test_a_part_of_a_poll_that_was_recorded_by_somebody_else(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An append of the middle of a poll happens and its answer is lost."""
    topic = up_topic("district")
    district = hierarchy.nodes["district"]
    append, calls = district.log.append, []

    def lossy(events: Sequence[NewEvent]) -> None:
        append(events)
        calls.append(len(events))
        if len(calls) == 2:
            append(events)

    monkeypatch.setattr(district.log, "append", lossy)
    origins = [uuid4() for _ in range(20)]
    raws = {origin: [raw_event(origin, n) for n in range(1, 501)] for origin in origins}
    send(hierarchy, topic, *raws.values())
    assert len(calls) > 2
    assert {origin: held(district, origin) for origin in origins} == raws


def test_offsets_of_many_small_polls_are_kept_once(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    (receiver,) = [r for r in district.receivers if r.name == "receive-below"]
    receiver._commit_seconds = 3_600.0
    origin, raws = uuid4(), list[bytes]()
    committed: list[int] = []
    for number in range(1, 7):
        raws += record(commune, origin, range(number, number + 1))
        commune.forwarders[0].run_once()
        assert receiver.run_once(1.0) > 0
        if number == 1:  # the first is committed at once
            monkeypatch.setattr(receiver._inbox, "commit", lambda: committed.append(1))
    assert committed == []
    assert held(district, origin) == raws
    district = hierarchy.crash("district")  # all of it but the first comes again
    hierarchy.settle("commune", "district")
    assert held(district, origin) == raws
    assert not any(state.forked for state in district.origins.states())


def test_what_is_taken_in_is_committed_before_a_node_stops(
    hierarchy: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    commune, district = hierarchy.nodes["commune"], hierarchy.nodes["district"]
    (receiver,) = [r for r in district.receivers if r.name == "receive-below"]
    receiver._next_commit = float("inf")
    record(commune, uuid4(), range(1, 3))
    commune.forwarders[0].run_once()
    assert receiver.run_once(1.0) > 0
    committed: list[int] = []
    monkeypatch.setattr(receiver._inbox, "commit", lambda: committed.append(1))
    receiver.keep()
    receiver.keep()
    assert committed == [1]
