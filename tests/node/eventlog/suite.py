"""What every event log promises (`services.node.eventlog.EventLog`), each promise a test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from contracts.envelope import decode
from contracts.tombstone import tombstone_of
from services.node.eventlog import (
    EventKey,
    EventLog,
    NewEvent,
    PositionTakenError,
    erased_key,
)
from tests.node.sync.hierarchy import raw_event

ORIGIN = UUID("3b9c7a52-7d0f-4d52-8d0a-4b1f2a3c4d5e")
OTHER = UUID("9c1d1f2e-0a8b-4c57-8a54-0d2f3a4b5c6d")


def event(sequence: int, origin: UUID = ORIGIN, raw: bytes | None = None) -> NewEvent:
    return NewEvent(origin, sequence, "MeetingHeld", b'{"n":%d}' % sequence if raw is None else raw)


def key(sequence: int, *, event_id: UUID | None = None, record_key: str | None = None) -> EventKey:
    return EventKey(
        str(event_id or uuid4()), record_key or str(uuid4()), "c", str(uuid4()), ORIGIN, sequence
    )


class EventLogSuite:
    """Subclasses give `log`, and `reopen`, which opens the same log once more."""

    def test_an_empty_log(self, log: EventLog) -> None:
        assert log.read(0, 10) == []
        assert (log.head(ORIGIN), log.position(), dict(log.heads())) == (0, 0, {})
        assert log.read_stream(ORIGIN, 1, 10) == []
        log.append([])

    def test_bytes_come_back_exactly_and_in_order(self, log: EventLog) -> None:
        raws = [bytes(range(256)), b"", "Phường 8".encode(), b"x" * 65_535]
        log.append([event(i + 1, raw=raw) for i, raw in enumerate(raws)])
        read = log.read(0, 10)
        assert [e.raw for e in read] == raws
        assert [(e.origin, e.sequence) for e in read] == [(ORIGIN, i) for i in range(1, 5)]
        assert [e.raw for e in log.read_stream(ORIGIN, 2, 3)] == raws[1:3]
        assert (log.head(ORIGIN), dict(log.heads())) == (4, {ORIGIN: 4})

    def test_a_batch_of_many_bytes_comes_back_exactly(self, log: EventLog) -> None:
        raws = [bytes([number]) * 60_001 for number in range(1, 41)]
        log.append(
            [event(i + 1, raw=raw) for i, raw in enumerate(raws)],
            [key(i + 1, record_key=f"{i}" * 2_000) for i in range(40)],
        )
        assert [e.raw for e in log.read(0, 100)] == raws

    def test_positions_grow_and_pages_join_without_loss(self, log: EventLog) -> None:
        for start in range(1, 49, 7):
            log.append([event(i) for i in range(start, start + 7)])
        seen: list[int] = []
        after = 0
        while page := log.read(after, 5):
            seen += [e.sequence for e in page]
            assert [e.position for e in page] == sorted({e.position for e in page})
            assert page[0].position > after
            after = page[-1].position
        assert seen == list(range(1, 50))
        assert after == log.position()

    def test_a_batch_is_recorded_only_on_what_was_seen(self, log: EventLog) -> None:
        log.append([event(1)], seen=0)
        for seen in (0, -1):
            with pytest.raises(PositionTakenError):
                log.append([event(2)], [key(2)], seen=seen)
        (position,) = log.append([event(2)], [key(2)], seen=log.position())
        assert position == log.position()
        with pytest.raises(PositionTakenError):
            log.append([event(2), event(3)], seen=position)  # a place that is taken leaves a hole
        log.append([event(3)], seen=position)
        assert [one.sequence for one in log.read(0, 10)] == [1, 2, 3]

    def test_bytes_alone_are_those_of_the_events(self, log: EventLog) -> None:
        log.append([event(i, raw=bytes([i]) * i) for i in range(1, 9)])
        pages = [log.read_bytes(after, 3) for after in (0, 3, 6, 8)]
        found = [(position, raw) for page in pages for position, raw in page]
        assert found == [(one.position, one.raw) for one in log.read(0, 10)]
        assert [len(page) for page in pages] == [3, 3, 2, 0]

    def test_an_append_tells_the_positions(self, log: EventLog) -> None:
        assert list(log.append([])) == []
        first = list(log.append([event(1)]))
        more = list(log.append([event(i) for i in range(2, 6)]))
        assert [*first, *more] == [e.position for e in log.read(0, 10)]
        assert more == list(range(more[0], more[0] + 4))

    def test_a_taken_place_refuses_the_whole_batch(self, log: EventLog) -> None:
        log.append([event(1)])
        with pytest.raises(PositionTakenError):
            log.append([event(1, OTHER), event(1, raw=b"other")], [key(1)])
        assert log.head(OTHER) == 0
        assert [e.raw for e in log.read(0, 10)] == [b'{"n":1}']
        log.append([event(2)], [key(2)])
        assert log.head(ORIGIN) == 2

    def test_a_taken_key_refuses_the_whole_batch(self, log: EventLog) -> None:
        taken = key(1)
        log.append([event(1)], [taken])
        for again in (
            key(2, event_id=UUID(taken.event_id)),
            key(2, record_key=taken.record_key),
        ):
            with pytest.raises(PositionTakenError):
                log.append([event(2)], [again])
        assert log.head(ORIGIN) == 1
        assert log.find_keys([taken.event_id], []) == [taken]

    def test_keys_are_found_by_either_half(self, log: EventLog) -> None:
        keys = [key(i) for i in range(1, 1_203)]
        log.append([event(i) for i in range(1, 1_203)], keys)
        assert log.find_keys([str(uuid4())], ["nothing"]) == []
        by_event = log.find_keys([k.event_id for k in keys], [])
        by_record = log.find_keys([], [k.record_key for k in keys])
        both = log.find_keys([keys[0].event_id], [keys[0].record_key, keys[1].record_key])
        assert set(by_event) == set(by_record) == set(keys)
        assert sorted(k.sequence for k in both) == [1, 2]

    def test_keys_that_are_restored_take_no_place(self, log: EventLog) -> None:
        taken = key(1)
        log.append([event(1), event(2), event(3)], [taken])
        missing = [key(2), key(3)]
        again = key(2, event_id=UUID(taken.event_id))
        other = key(2, record_key=taken.record_key)
        log.restore_keys([*missing, again, other])
        log.restore_keys(missing)
        found = log.find_keys([k.event_id for k in (taken, *missing, other)], [again.record_key])
        assert set(found) == {taken, *missing}
        with pytest.raises(PositionTakenError):
            log.append([event(4)], [key(4, record_key=missing[0].record_key)])
        log.restore_keys([])

    def test_what_was_appended_is_there_after_opening_again(
        self, log: EventLog, reopen: Callable[[], EventLog]
    ) -> None:
        log.append([event(1), event(2)], [key(1)])
        again = reopen()
        assert [e.sequence for e in again.read(0, 10)] == [1, 2]
        with pytest.raises(PositionTakenError):
            again.append([event(2)])
        again.append([event(3)])
        assert log.head(ORIGIN) == 3

    def test_a_reader_never_misses_what_writers_commit_beside_it(
        self, log: EventLog, reopen: Callable[[], EventLog]
    ) -> None:
        """Positions become visible in their order, whoever writes."""
        batches, writers = 40, 4
        logs = [reopen() for _ in range(writers)]
        origins = [uuid4() for _ in range(writers)]

        def write(number: int) -> None:
            for batch in range(batches):
                first = batch * 3 + 1
                logs[number].append(
                    [event(s, origins[number]) for s in range(first, first + 3)],
                )

        threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
        for thread in threads:
            thread.start()
        after, seen = 0, 0
        while seen < batches * writers * 3:
            for logged in log.read(after, 50):
                assert logged.position > after
                after, seen = logged.position, seen + 1
            if not any(t.is_alive() for t in threads) and not log.read(after, 1):
                break
        for thread in threads:
            thread.join()
        assert seen == batches * writers * 3

    def test_two_writers_of_one_origin_never_share_a_number(
        self, log: EventLog, reopen: Callable[[], EventLog]
    ) -> None:
        other = reopen()
        taken = threading.Barrier(2)
        won: list[str] = []

        def write(name: str, mine: EventLog) -> None:
            for sequence in range(1, 30):
                taken.wait()
                try:
                    mine.append([event(sequence, raw=name.encode())])
                    won.append(name)
                except PositionTakenError:
                    pass

        threads = [
            threading.Thread(target=write, args=("a", log)),
            threading.Thread(target=write, args=("b", other)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 29
        assert [e.sequence for e in log.read(0, 100)] == list(range(1, 30))

    # -- erasing

    def test_erasing_puts_a_tombstone_in_the_place_and_nowhere_else(
        self, log: EventLog, reopen: Callable[[], EventLog]
    ) -> None:
        origin, other = ORIGIN, OTHER
        raws = {(o, n): raw_event(o, n, note="secret") for o in (origin, other) for n in (1, 2, 3)}
        log.append([NewEvent(o, n, "FromTheFuture", raw) for (o, n), raw in raws.items()])
        positions = [one.position for one in log.read(0, 10)]
        tombstone = tombstone_of(raws[origin, 2])
        for _ in range(2):  # doing it again changes nothing
            assert log.erase(origin, 2, tombstone)
        for one in (log, reopen()):
            held = {(e.origin, e.sequence): e.raw for e in one.read(0, 10)}
            assert held == {**raws, (origin, 2): tombstone}
            assert [e.position for e in one.read(0, 10)] == positions
            assert [e.raw for e in one.read_stream(origin, 2, 2)] == [tombstone]
        assert (log.head(origin), log.head(other)) == (3, 3)
        assert not log.erase(origin, 4, tombstone)

    def test_an_erased_place_is_never_given_again(self, log: EventLog) -> None:
        raw = raw_event(ORIGIN, 1)
        log.append([NewEvent(ORIGIN, 1, "FromTheFuture", raw)])
        log.erase(ORIGIN, 1, tombstone_of(raw))
        with pytest.raises(PositionTakenError):
            log.append([NewEvent(ORIGIN, 1, "FromTheFuture", raw)])

    def test_the_senders_key_goes_and_is_recognised_all_the_same(self, log: EventLog) -> None:
        raw = raw_event(ORIGIN, 1)
        own = decode(raw).event_id
        taken, beside = key(1, event_id=UUID(own), record_key="name of a person"), key(2)
        log.append([NewEvent(ORIGIN, 1, "FromTheFuture", raw), event(2)], [taken, beside])
        for _ in range(2):
            log.erase(ORIGIN, 1, tombstone_of(raw))
        assert log.find_keys([], ["name of a person"]) == []
        (found,) = log.find_keys([], [erased_key("name of a person")])
        assert (found.event_id, found.content, found.sequence) == (own, "", 1)
        assert log.find_keys([beside.event_id], []) == [beside]

    def test_redactions_and_tombstones_are_listed(self, log: EventLog) -> None:
        raws = [raw_event(ORIGIN, n) for n in range(1, 6)]
        kinds = ["MeetingHeld", "EventRedacted", "MeetingHeld", "EventRedacted", "MeetingHeld"]
        log.append([NewEvent(ORIGIN, n, kinds[n - 1], raws[n - 1]) for n in range(1, 6)])
        log.erase(ORIGIN, 3, tombstone_of(raws[2]))
        found = log.erasures(0)
        assert [(e.origin, e.sequence) for e in found] == [(ORIGIN, 2), (ORIGIN, 3), (ORIGIN, 4)]
        assert [e.position for e in found] == [log.read(0, 9)[n - 1].position for n in (2, 3, 4)]
        assert [e.sequence for e in log.erasures(found[1].position)] == [4]

    def test_scrubbing_leaves_all_that_is_recorded(
        self, log: EventLog, reopen: Callable[[], EventLog]
    ) -> None:
        log.append([event(n) for n in range(1, 200)], [key(1)])
        before = list(log.read(0, 1_000))
        log.scrub()
        assert list(reopen().read(0, 1_000)) == before
        log.append([event(200)])
        assert log.position() > before[-1].position
