"""A carrier under test, and what tests do with it: send, receive, and not give up."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from contracts.envelope import BATCH_MEDIA_TYPE
from services.node.carriers import Carrier, Delivery, Inbox, Message, Sender
from services.node.errors import CarrierUnavailableError

PATIENCE = 40.0
"""Seconds a carrier may take to find itself again after something happened to it."""


class Rig(ABC):
    """A carrier under test and what can be done to it from outside."""

    @abstractmethod
    def carrier(self) -> Carrier:
        """Another carrier on the same topics, as a further process has it; the rig closes it."""

    @abstractmethod
    def delete_topic(self, topic: str) -> None:
        """Delete a topic with all that is on it."""

    @abstractmethod
    def fail_send(self, *, persisted: bool) -> AbstractContextManager[None]:
        """Within, `send` fails: after it reached the carrier, or before."""

    @abstractmethod
    def fail_poll(self, *, persisted: bool) -> AbstractContextManager[None]:
        """Within, `poll` fails: after it took messages, or before."""

    @abstractmethod
    def fail_commit(self, *, persisted: bool) -> AbstractContextManager[None]:
        """Within, `commit` fails: after it reached the carrier, or before."""


def message(topic: str, key: str, number: int, size: int = 0) -> Message:
    return Message(topic, key, b"%d" % number + b"." * size, BATCH_MEDIA_TYPE)


def numbers(deliveries: Iterable[Delivery], key: str) -> list[int]:
    """The numbers that `message` put in, in the order in which they came."""
    return [int(d.value.partition(b".")[0]) for d in deliveries if d.key == key]


def drain(inbox: Inbox, count: int, within: float = PATIENCE) -> list[Delivery]:
    """Poll until `count` messages came."""
    deadline = time.monotonic() + within
    found: list[Delivery] = []
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} messages came"
        found.extend(inbox.poll(500, 0.5))
    return found


def once(values: Sequence[int]) -> list[int]:
    """Each value where it came first: what a receiver makes of repetitions."""
    return list(dict.fromkeys(values))


def send_stubbornly(carrier: Carrier, sender: Sender, messages: Sequence[Message]) -> Sender:
    """Send as a forwarder does: after an error, all of them again through a new sender."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            sender.send(messages)
        except CarrierUnavailableError:
            assert time.monotonic() < deadline, "the sender did not find itself again"
            sender.close()
            sender = open_stubbornly_sender(carrier, deadline)
        else:
            return sender


def open_stubbornly_sender(carrier: Carrier, deadline: float) -> Sender:
    while True:
        try:
            return carrier.sender()
        except CarrierUnavailableError:
            assert time.monotonic() < deadline, "no sender could be opened"


def drain_stubbornly(
    carrier: Carrier, inbox: Inbox, group: str, topic: str, count: int
) -> list[Delivery]:
    """Receive `count` different messages as a receiver does: after an error, with a new inbox."""
    deadline = time.monotonic() + PATIENCE
    found: dict[tuple[str, bytes], Delivery] = {}
    current: Inbox | None = inbox
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} messages came"
        try:
            current = current or carrier.inbox(group, [topic])
            for delivery in current.poll(500, 0.5):
                found.setdefault((delivery.key, delivery.value), delivery)
        except CarrierUnavailableError:
            if current is not None:
                current.close()
            current = None
    if current is not None:
        current.close()
    return list(found.values())
