"""The contract on the Kafka carrier with a real broker, and what is its own: the broker's death."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import (
    CommitFailedError,
    KafkaError,
    KafkaTimeoutError,
    OutOfOrderSequenceNumberError,
    ProducerFencedError,
    UnknownProducerIdError,
)
from kafka.producer.future import FutureRecordMetadata

from services.node.carriers import Carrier, Sender
from services.node.carriers.kafka import KafkaCarrier
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
from tests.node.carriers.suite import CarrierContract

if TYPE_CHECKING:
    from infra.backing import KafkaBacking

pytestmark = pytest.mark.integration


class KafkaRig(Rig):
    def __init__(self, backing: KafkaBacking, monkeypatch: pytest.MonkeyPatch) -> None:
        self._backing = backing
        self._monkeypatch = monkeypatch
        self._given: list[KafkaCarrier] = []

    def carrier(self) -> Carrier:
        carrier = KafkaCarrier(self._backing.bootstrap, client_id="test", partitions=4)
        self._given.append(carrier)
        return carrier

    def close(self) -> None:
        for carrier in self._given:
            carrier.close()

    def delete_topic(self, topic: str) -> None:
        self._backing.delete_topic(topic)

    def fail_send(self, *, persisted: bool) -> AbstractContextManager[None]:
        if persisted:
            return self._lose_answers()
        return self._fail(KafkaProducer, "send", OutOfOrderSequenceNumberError, persisted)

    def fail_poll(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail(KafkaConsumer, "poll", KafkaError, persisted)

    def fail_commit(self, *, persisted: bool) -> AbstractContextManager[None]:
        return self._fail(KafkaConsumer, "commit", CommitFailedError, persisted)

    @contextmanager
    def _lose_answers(self) -> Iterator[None]:
        """Everything sent is at the broker before the answer to the first is lost."""
        senders: set[KafkaProducer] = set()
        send = KafkaProducer.send

        def sending(producer: KafkaProducer, *args: Any, **kwargs: Any) -> Any:
            senders.add(producer)
            return send(producer, *args, **kwargs)

        def failing(*_: Any, **__: Any) -> Any:
            for producer in senders:
                producer.flush()
            raise KafkaTimeoutError

        with self._monkeypatch.context() as patch:
            patch.setattr(KafkaProducer, "send", sending)
            patch.setattr(FutureRecordMetadata, "get", failing)
            yield

    @contextmanager
    def _fail(
        self, owner: type[Any], name: str, error: type[KafkaError], persisted: bool
    ) -> Iterator[None]:
        real: Callable[..., Any] = getattr(owner, name)

        def failing(*args: Any, **kwargs: Any) -> Any:
            if persisted:
                result = real(*args, **kwargs)
                if name == "poll" and not result:
                    return result
            raise error

        with self._monkeypatch.context() as patch:
            patch.setattr(owner, name, failing)
            yield


@pytest.fixture
def rig(kafka: KafkaBacking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    rig = KafkaRig(kafka, monkeypatch)
    yield rig
    rig.close()


@pytest.fixture
def carrier(rig: Rig) -> Carrier:
    return rig.carrier()


@pytest.fixture
def topic(carrier: Carrier) -> str:
    name = f"antq.v1.up.test-{uuid4()}"
    carrier.ensure_topics([name])
    return name


@pytest.fixture
def killable(kafka: KafkaBacking) -> KafkaBacking:
    if not kafka.can_kill:
        pytest.skip("this broker is not ours to kill; run once with one that is")
    return kafka


@contextmanager
def killed(backing: KafkaBacking) -> Iterator[None]:
    """The broker is killed on entering and runs again on leaving, for the other tests as well."""
    backing.kill()
    try:
        yield
    finally:
        backing.restart()


class TestKafkaCarrier(CarrierContract):
    @pytest.fixture
    def rig(self, kafka: KafkaBacking, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        rig = KafkaRig(kafka, monkeypatch)
        yield rig
        rig.close()


def test_a_topic_gets_the_form_that_was_asked_for(
    kafka: KafkaBacking, carrier: Carrier, topic: str
) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    [described] = admin.describe_topics([topic])
    admin.close()
    assert len(described["partitions"]) == 4


@pytest.mark.parametrize(
    "error", [OutOfOrderSequenceNumberError, UnknownProducerIdError, ProducerFencedError]
)
def test_after_an_error_that_ends_a_producer_a_new_sender_works(
    carrier: Carrier, topic: str, error: type[KafkaError]
) -> None:
    sender = carrier.sender()
    sender.send([message(topic, "origin", 0)])
    sender._producer._transaction_manager.transition_to_fatal_error(error())  # type: ignore[attr-defined]  # as the broker's answer would
    with pytest.raises(CarrierUnavailableError, match=error.__name__):
        sender.send([message(topic, "origin", 1)])
    with pytest.raises(CarrierUnavailableError):
        sender.send([message(topic, "origin", 1)])
    carrier.sender().send([message(topic, "origin", 1)])
    found = drain(carrier.inbox("node", [topic]), 2)
    assert numbers(found, "origin") == [0, 1]


def test_the_broker_killed_between_send_and_poll(
    killable: KafkaBacking, rig: Rig, carrier: Carrier, topic: str
) -> None:
    carrier.sender().send([message(topic, "origin", n, size=1000) for n in range(500)])
    carrier.close()
    with killed(killable):
        pass
    found = drain(rig.carrier().inbox("node", [topic]), 500)
    assert numbers(found, "origin") == list(range(500))


def test_the_broker_killed_under_open_senders_and_inboxes(
    killable: KafkaBacking, rig: Rig, carrier: Carrier, topic: str
) -> None:
    """Sending goes on while the broker dies twice; nothing is lost and the order holds."""
    sender, inbox = carrier.sender(), carrier.inbox("node", [topic])
    sender.send([message(topic, "origin", n) for n in range(10)])
    drain(inbox, 10)
    inbox.commit()

    def kill_twice() -> None:
        for _ in range(2):
            with killed(killable):
                pass

    killer = threading.Thread(target=kill_twice)
    killer.start()
    number = 10
    while killer.is_alive() or number == 10:
        wanted = [message(topic, "origin", n) for n in range(number, number + 10)]
        sender = send_stubbornly(carrier, sender, wanted)
        number += 10
    killer.join()
    found = drain_stubbornly(carrier, inbox, "node", topic, number - 10)
    assert once(numbers(found, "origin")) == list(range(10, number))


def test_a_send_to_a_dead_broker_gives_up_within_half_a_minute(
    killable: KafkaBacking, carrier: Carrier, topic: str
) -> None:
    sender, fresh = carrier.sender(), carrier.sender()
    sender.send([message(topic, "origin", 0)])

    def gives_up(one: Sender) -> float:
        started = time.monotonic()
        with pytest.raises(CarrierUnavailableError):
            one.send([message(topic, "origin", 1)])
        return time.monotonic() - started

    # One that knows the topic, one that has never sent: they wait side by side.
    with killed(killable), ThreadPoolExecutor(2) as pool:
        for took in pool.map(gives_up, (sender, fresh)):
            assert took < 30.0
    carrier.sender().send([message(topic, "origin", 1)])
    found = drain(carrier.inbox("node", [topic]), 2)
    assert once(numbers(found, "origin")) == [0, 1]


def test_an_inbox_tells_that_the_broker_is_away_and_a_new_one_goes_on(
    killable: KafkaBacking, carrier: Carrier, topic: str
) -> None:
    carrier.sender().send([message(topic, "origin", n) for n in range(20)])
    inbox = carrier.inbox("node", [topic])
    drain(inbox, 20)
    inbox.commit()
    carrier.sender().send([message(topic, "origin", 20)])
    drain(inbox, 1)
    with killed(killable):
        with pytest.raises(CarrierUnavailableError):
            inbox.commit()
        with pytest.raises(CarrierUnavailableError, match="no broker"):
            drain(inbox, 1)
        with pytest.raises(CarrierUnavailableError):
            carrier.inbox("node", [topic])
    found = drain_stubbornly(carrier, inbox, "node", topic, 1)
    assert numbers(found, "origin") == [20]


def test_an_idle_inbox_costs_next_to_nothing(carrier: Carrier, topic: str) -> None:
    inbox = carrier.inbox("node", [topic])
    inbox.poll(10, 0.5)
    before = time.process_time()
    for _ in range(4):
        inbox.poll(10, 0.5)
    assert time.process_time() - before < 0.2
