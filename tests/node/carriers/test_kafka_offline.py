"""The Kafka carrier without a broker: settings, secrets, and a broker that is not there."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from kafka.protocol.sasl import SaslAuthenticateRequest

from services.node.carriers.kafka import KafkaCarrier, clients, security
from services.node.carriers.kafka.sender import _place
from services.node.errors import CarrierUnavailableError, SettingsError


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address where nothing listens, and nothing will during the test."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "BLOCK_MS", 300)


@pytest.mark.usefixtures("impatient")
def test_without_a_broker_everything_is_unavailable_and_nothing_is_left_open(nowhere: str) -> None:
    carrier = KafkaCarrier(nowhere, client_id="test")
    for attempt in (
        carrier.sender,
        lambda: carrier.inbox("node", ["topic"]),
        lambda: carrier.ensure_topics(["topic"]),
    ):
        with pytest.raises(CarrierUnavailableError, match=nowhere):
            attempt()
    carrier.close()


def test_a_setting_that_is_none_is_refused_without_showing_its_value(nowhere: str) -> None:
    secret = str(uuid4())
    with pytest.raises(SettingsError) as caught:
        KafkaCarrier(nowhere, client_id="test", security={"sasl_password": secret})
    assert "sasl_password" in str(caught.value)
    assert secret not in str(caught.value)


@pytest.mark.usefixtures("impatient")
def test_secrets_are_neither_logged_nor_raised(
    nowhere: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = str(uuid4())
    carrier = KafkaCarrier(
        nowhere,
        client_id="test",
        security={
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "commune",
            "sasl_plain_password": secret,
        },
    )
    for attempt in (carrier.sender, lambda: carrier.ensure_topics(["topic"])):
        with pytest.raises(CarrierUnavailableError) as caught:
            attempt()
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.__cause__)
    # What the library writes about a request once it is connected.
    request = SaslAuthenticateRequest(secret.encode())
    assert secret in str(request)
    logging.getLogger("kafka.net.connection").debug("%s Request %d: %s", "node", 3, request)
    assert "KafkaAdminClient" in caplog.text
    assert secret not in caplog.text


def test_a_hidden_secret_is_still_the_secret() -> None:
    hidden = security.checked({"sasl_plain_password": "geheim", "ssl_password": None})
    assert hidden == {"sasl_plain_password": "geheim", "ssl_password": None}
    assert "\0".join(["user", hidden["sasl_plain_password"]]).encode() == b"user\0geheim"
    assert "geheim" not in str(hidden)


def test_keys_are_put_where_every_kafka_client_puts_them() -> None:
    """The partition of a key is fixed by Kafka's own hash; another client may send beside us."""
    partitioner = KafkaProducer.DEFAULT_CONFIG["partitioner"]

    class Cluster:
        def topics(self) -> set[str]:
            return {"topic"}

        def partitions_for_topic(self, _: str) -> set[int]:
            return set(range(8))

        available_partitions_for_topic = partitions_for_topic

    # From Kafka's UtilsTest.testMurmur2: murmur2("abc") = 479470107.
    assert partitioner.partition("topic", "abc", b"abc", b"", b"", Cluster()) == 479470107 % 8
    for key in ("abc", "control", "018f3c1e-0000-7000-8000-000000000001", "Phường 8"):
        theirs = partitioner.partition("topic", key, key.encode(), b"", b"", Cluster())
        assert _place(key, 8) == theirs
