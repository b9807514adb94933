"""What every carrier must do: one test for each guarantee in the port's docstrings.

An adapter's test module subclasses `CarrierContract` and gives a `rig`; see test_local.py.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from contracts.envelope import BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE, join_batch
from contracts.tombstone import tombstone_of
from services.node.carriers import Carrier, Delivery, Message, Sender
from services.node.errors import CarrierUnavailableError
from tests.node.carriers.rig import (
    Rig,
    drain,
    drain_stubbornly,
    message,
    numbers,
    once,
    send_stubbornly,
)
from tests.node.sync.hierarchy import raw_event


class CarrierContract:
    """Subclass it and give a fixture `rig`."""

    @pytest.fixture
    def carrier(self, rig: Rig) -> Carrier:
        return rig.carrier()

    @pytest.fixture
    def topic(self, carrier: Carrier) -> str:
        name = f"antq.v1.up.test-{uuid4()}"
        carrier.ensure_topics([name])
        return name

    @pytest.fixture
    def sender(self, carrier: Carrier) -> Sender:
        return carrier.sender()

    # --- erasing ---

    def test_erasing_changes_nothing_but_that_event(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        """Its bytes or its tombstone, as the carrier can; the rest as it was sent, in its order."""
        raws = [raw_event(UUID(int=7), number) for number in (1, 2, 3)]
        values = [join_batch(raws), join_batch(raws[:1]), b"[]"]
        sender.send([Message(topic, "k", value, BATCH_MEDIA_TYPE) for value in values])
        tombstone = tombstone_of(raws[1])
        for _ in range(2):
            carrier.erase(raws[1], tombstone)
            carrier.scrub()
        got = [one.value for one in drain(carrier.inbox("later", [topic]), len(values))]
        erased = join_batch([raws[0], tombstone, raws[2]])
        assert got[0] in (values[0], erased)
        assert got[1:] == values[1:]

    # --- what is sent arrives ---

    @pytest.mark.parametrize("content_type", [BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE, ""])
    def test_a_message_arrives_as_it_was_sent(
        self, carrier: Carrier, sender: Sender, topic: str, content_type: str
    ) -> None:
        value = bytes(range(256)) + "Tổ nhân dân".encode()
        sender.send([Message(topic, "origin", value, content_type)])
        [delivery] = drain(carrier.inbox("node", [topic]), 1)
        assert (delivery.topic, delivery.key) == (topic, "origin")
        assert (delivery.value, delivery.content_type) == (value, content_type)
        assert delivery.place.startswith(f"{topic}/")
        assert "@" in delivery.place

    def test_a_key_may_hold_any_text(self, carrier: Carrier, sender: Sender, topic: str) -> None:
        keys = ["", "Xã Tân Phú", "𝄞 ư ơ \u0000", "x" * 1000]
        sender.send([message(topic, key, n) for n, key in enumerate(keys)])
        found = drain(carrier.inbox("node", [topic]), len(keys))
        assert sorted(d.key for d in found) == sorted(keys)

    def test_an_empty_value_and_no_messages_at_all(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([])
        sender.send([Message(topic, "origin", b"", BATCH_MEDIA_TYPE)])
        assert drain(carrier.inbox("node", [topic]), 1)[0].value == b""

    def test_a_run_of_a_mebibyte_and_a_half(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        size = 3 * 2**19
        sender.send([message(topic, "origin", n, size) for n in range(4)])
        found = drain(carrier.inbox("node", [topic]), 4)
        assert numbers(found, "origin") == [0, 1, 2, 3]
        assert all(len(d.value) == size + 1 for d in found)

    def test_what_was_sent_is_there_for_another_process_when_send_returns(
        self, rig: Rig, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", 1)])
        other = rig.carrier().inbox("node", [topic])
        assert numbers(drain(other, 1), "origin") == [1]

    # --- order ---

    def test_messages_of_one_key_keep_their_order_over_sends_and_senders(
        self, carrier: Carrier, topic: str
    ) -> None:
        keys = ["a", "b", "c"]
        for start in range(0, 60, 20):
            sender = carrier.sender()
            for batch in range(start, start + 20, 5):
                sender.send([message(topic, k, n) for n in range(batch, batch + 5) for k in keys])
            sender.close()
        found = drain(carrier.inbox("node", [topic]), 180)
        assert {key: numbers(found, key) for key in keys} == {key: list(range(60)) for key in keys}

    def test_ten_thousand_messages_come_once_and_in_order(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        keys = [str(uuid4()) for _ in range(20)]
        for start in range(0, 10_000, 2_000):
            sender.send(
                [
                    message(topic, keys[n % 20], n // 20, size=100)
                    for n in range(start, start + 2_000)
                ]
            )
        inbox = carrier.inbox("node", [topic])
        found = drain(inbox, 10_000)
        assert {key: numbers(found, key) for key in keys} == {key: list(range(500)) for key in keys}
        assert len({d.place for d in found}) == 10_000
        inbox.commit()
        sender.send([message(topic, keys[0], 500)])
        assert numbers(drain(inbox, 1), keys[0]) == [500]

    def test_two_senders_at_once_lose_nothing(self, carrier: Carrier, topic: str) -> None:
        def work(key: str) -> None:
            sender = carrier.sender()
            for start in range(0, 100, 10):
                sender.send([message(topic, key, n) for n in range(start, start + 10)])
            sender.close()

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, "abc"))
        found = drain(carrier.inbox("node", [topic]), 300)
        assert all(numbers(found, key) == list(range(100)) for key in "abc")

    # --- polling ---

    def test_poll_waits_for_the_first_message_and_no_longer(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        inbox = carrier.inbox("node", [topic])
        started = time.monotonic()
        assert list(inbox.poll(10, 0.3)) == []
        assert 0.25 < time.monotonic() - started < 5.0
        timer = threading.Timer(0.2, sender.send, [[message(topic, "origin", 1)]])
        timer.start()
        started = time.monotonic()
        found = inbox.poll(10, 20.0)
        timer.join()
        assert numbers(found, "origin") == [1]
        assert time.monotonic() - started < 5.0

    def test_a_limit_takes_several_polls_and_loses_nothing(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(100)])
        inbox = carrier.inbox("node", [topic])
        found: list[Delivery] = []
        while len(found) < 100:
            chunk = inbox.poll(7, 5.0)
            assert chunk, f"{len(found)} of 100 messages came"
            found.extend(chunk)
        assert numbers(found, "origin") == list(range(100))

    def test_an_inbox_on_several_topics_gets_theirs_and_no_others(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        others = [f"{topic}-2", f"{topic}-3"]
        carrier.ensure_topics(others)
        sender.send([message(t, t, n) for t in [topic, *others] for n in range(10)])
        inbox = carrier.inbox("node", [topic, others[0]])
        found = drain(inbox, 20)
        assert {d.topic for d in found} == {topic, others[0]}
        assert numbers(found, topic) == numbers(found, others[0]) == list(range(10))
        inbox.commit()
        sender.send([message(others[1], "z", 0), message(topic, topic, 10)])
        assert [d.topic for d in drain(inbox, 1)] == [topic]

    # --- committing ---

    def test_what_was_not_committed_comes_again_and_what_was_does_not(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(5)])
        inbox = carrier.inbox("node", [topic])
        drain(inbox, 5)
        inbox.commit()
        sender.send([message(topic, "origin", n) for n in range(5, 8)])
        drain(inbox, 3)
        inbox.close()
        again = rig.carrier().inbox("node", [topic])
        assert numbers(drain(again, 3), "origin") == [5, 6, 7]
        again.commit()
        again.close()
        sender.send([message(topic, "origin", 8)])
        assert numbers(drain(rig.carrier().inbox("node", [topic]), 1), "origin") == [8]

    def test_commit_covers_what_was_polled_and_nothing_else(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(50)])
        inbox = carrier.inbox("node", [topic])
        first: list[Delivery] = []
        while not first:
            first = list(inbox.poll(10, 5.0))
        inbox.commit()
        inbox.close()
        rest = 50 - len(first)
        found = drain(carrier.inbox("node", [topic]), rest) if rest else []
        assert numbers([*first, *found], "origin") == list(range(50))

    def test_what_is_held_stays_uncommitted_until_it_is_let_go(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(8)])
        inbox = carrier.inbox("node", [topic])
        polled = drain(inbox, 8)
        inbox.commit([polled[3], polled[5]])
        other = rig.carrier().inbox("node", [topic])
        assert numbers(drain(other, 5), "origin") == [3, 4, 5, 6, 7]
        other.close()
        inbox.commit([polled[6]])
        other = rig.carrier().inbox("node", [topic])
        assert numbers(drain(other, 2), "origin") == [6, 7]
        other.close()
        inbox.commit()
        sender.send([message(topic, "origin", 8)])
        assert numbers(drain(rig.carrier().inbox("node", [topic]), 1), "origin") == [8]

    def test_committing_nothing_does_nothing(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", 1)])
        inbox = carrier.inbox("node", [topic])
        inbox.commit()
        inbox.close()
        inbox = carrier.inbox("node", [topic])
        assert numbers(drain(inbox, 1), "origin") == [1]
        inbox.commit()
        inbox.commit()
        sender.send([message(topic, "origin", 2)])
        assert numbers(drain(inbox, 1), "origin") == [2]

    def test_groups_do_not_disturb_each_other(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(5)])
        one = carrier.inbox("one", [topic])
        drain(one, 5)
        one.commit()
        sender.send([message(topic, "origin", 5)])
        two = carrier.inbox("two", [topic])  # comes later, starts with the oldest
        assert numbers(drain(two, 6), "origin") == list(range(6))
        assert numbers(drain(one, 1), "origin") == [5]

    # --- topics ---

    def test_ensuring_a_topic_that_exists_changes_nothing(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", 1)])
        carrier.ensure_topics([])
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda c: c.ensure_topics([topic, topic + "-n"]), [rig.carrier()] * 2))
        assert numbers(drain(carrier.inbox("node", [topic, topic + "-n"]), 1), "origin") == [1]

    def test_a_topic_that_does_not_exist_counts_as_unavailable(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        missing = f"{topic}-missing"
        with pytest.raises(CarrierUnavailableError, match=r"missing|[Tt]imeout"):
            sender.send([message(topic, "origin", 1), message(missing, "origin", 1)])
        with pytest.raises(CarrierUnavailableError, match="missing"):
            carrier.inbox("node", [topic, missing])
        send_stubbornly(carrier, sender, [message(topic, "origin", 2)])

    def test_a_topic_deleted_and_created_again_while_open(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(10)])
        inbox = carrier.inbox("node", [topic])
        drain(inbox, 10)
        inbox.commit()
        rig.delete_topic(topic)
        carrier.ensure_topics([topic])
        fresh = [message(topic, "origin", n) for n in range(100, 103)]
        send_stubbornly(carrier, sender, fresh)
        found = drain_stubbornly(carrier, inbox, "node", topic, 3)
        assert numbers(found, "origin") == [100, 101, 102]

    def test_a_created_again_topic_that_has_grown_past_the_old_place(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(5)])
        open_all_the_time = carrier.inbox("node", [topic])
        drain(open_all_the_time, 5)
        open_all_the_time.commit()
        closed_meanwhile = carrier.inbox("other", [topic])
        drain(closed_meanwhile, 5)
        closed_meanwhile.commit()
        closed_meanwhile.close()
        rig.delete_topic(topic)
        carrier.ensure_topics([topic])
        send_stubbornly(carrier, sender, [message(topic, "origin", n) for n in range(100, 120)])
        other = carrier.inbox("other", [topic])
        assert numbers(drain(other, 20), "origin") == list(range(100, 120))
        found = drain_stubbornly(carrier, open_all_the_time, "node", topic, 20)
        assert sorted(numbers(found, "origin")) == list(range(100, 120))

    def test_polled_before_a_topic_was_created_again_and_committed_after(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(5)])
        inbox = carrier.inbox("node", [topic])
        drain(inbox, 5)
        rig.delete_topic(topic)
        carrier.ensure_topics([topic])
        send_stubbornly(carrier, sender, [message(topic, "origin", n) for n in range(100, 120)])
        try:
            inbox.commit()
        except CarrierUnavailableError:
            inbox.close()
        found = drain_stubbornly(carrier, inbox, "node", topic, 20)
        assert sorted(numbers(found, "origin")) == list(range(100, 120))

    # --- failing ---

    @pytest.mark.parametrize("persisted", [False, True])
    def test_a_send_that_failed_is_repeated(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str, persisted: bool
    ) -> None:
        sender.send([message(topic, "origin", 0)])
        wanted = [message(topic, "origin", n) for n in range(1, 20)]
        with rig.fail_send(persisted=persisted), pytest.raises(CarrierUnavailableError):
            sender.send(wanted)
        sender.close()
        after = carrier.sender()
        after.send(wanted)
        after.send([message(topic, "origin", 20)])
        expected = 21 + (19 if persisted else 0)
        found = numbers(drain(carrier.inbox("node", [topic]), expected), "origin")
        assert once(found) == list(range(21))
        assert len(found) == expected

    @pytest.mark.parametrize("persisted", [False, True])
    def test_a_poll_that_failed_loses_nothing(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str, persisted: bool
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(10)])
        inbox = carrier.inbox("node", [topic])
        with rig.fail_poll(persisted=persisted), pytest.raises(CarrierUnavailableError):
            drain(inbox, 10)
        found = drain_stubbornly(carrier, inbox, "node", topic, 10)
        assert numbers(found, "origin") == list(range(10))

    @pytest.mark.parametrize("persisted", [False, True])
    def test_a_commit_that_failed_may_repeat_and_loses_nothing(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str, persisted: bool
    ) -> None:
        sender.send([message(topic, "origin", n) for n in range(10)])
        inbox = carrier.inbox("node", [topic])
        drain(inbox, 10)
        with rig.fail_commit(persisted=persisted), pytest.raises(CarrierUnavailableError):
            inbox.commit()
        inbox.close()
        sender.send([message(topic, "origin", 10)])
        found = numbers(drain(carrier.inbox("node", [topic]), 1 if persisted else 11), "origin")
        assert found == ([10] if persisted else list(range(11)))

    # --- closing ---

    def test_closing_twice_and_using_after_closing(
        self, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        inbox = carrier.inbox("node", [topic])
        sender.send([message(topic, "origin", 1)])
        drain(inbox, 1)
        for _ in range(2):
            sender.close()
            inbox.close()
        with pytest.raises(CarrierUnavailableError):
            sender.send([message(topic, "origin", 2)])
        with pytest.raises(CarrierUnavailableError):
            inbox.poll(1, 0.0)
        with pytest.raises(CarrierUnavailableError):
            inbox.commit()

    def test_closing_the_carrier_closes_what_it_gave_out(
        self, rig: Rig, carrier: Carrier, sender: Sender, topic: str
    ) -> None:
        sender.send([message(topic, "origin", 1)])
        inbox = carrier.inbox("node", [topic])
        carrier.close()
        carrier.close()
        with pytest.raises(CarrierUnavailableError):
            sender.send([message(topic, "origin", 2)])
        with pytest.raises(CarrierUnavailableError):
            inbox.poll(1, 0.0)
        with pytest.raises(CarrierUnavailableError):
            carrier.sender()
        with pytest.raises(CarrierUnavailableError):
            carrier.inbox("node", [topic])
        with pytest.raises(CarrierUnavailableError):
            carrier.ensure_topics([topic])
        assert numbers(drain(rig.carrier().inbox("node", [topic]), 1), "origin") == [1]
