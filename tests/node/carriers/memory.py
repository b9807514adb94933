"""A carrier in memory, for tests of what stands above a carrier. It passes the contract suite.

broker = MemoryBroker()
carrier = MemoryCarrier(broker)
broker.fail("send", persisted=True)   # the next send is carried out and raises all the same
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from services.node.carriers import Delivery, Message
from services.node.errors import CarrierUnavailableError

Step = Literal["send", "poll", "commit"]


@dataclass
class _Topic:
    number: int
    messages: list[Message] = field(default_factory=list)


class MemoryBroker:
    """What outlives the carriers: topics, messages, what the groups committed."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.topics: dict[str, _Topic] = {}
        self.committed: dict[tuple[str, int], int] = {}
        self._numbers = itertools.count(1)
        self._failures: dict[Step, bool] = {}
        self._down = False

    def fail(self, step: Step, *, persisted: bool) -> None:
        """Let the next call of `step` raise: after doing its work, or instead of it."""
        self._failures[step] = persisted

    def stop(self) -> None:
        """From now on nothing is reached."""
        self._down = True

    def start(self) -> None:
        """It is reached again, with all that was on it."""
        self._down = False

    def create(self, topic: str) -> None:
        with self.changed:
            self.topics.setdefault(topic, _Topic(next(self._numbers)))

    def delete(self, topic: str) -> None:
        with self.changed:
            self.topics.pop(topic, None)

    def topic(self, name: str) -> _Topic:
        if name not in self.topics:
            raise CarrierUnavailableError(f"there is no topic {name}")
        return self.topics[name]

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        with self.changed:
            if self._down:
                raise CarrierUnavailableError("stopped by the test")
            persisted = self._failures.pop(step, None)
            if persisted is False:
                raise CarrierUnavailableError(f"{step} failed by the test")
            yield
            self.changed.notify_all()
            if persisted is True:
                raise CarrierUnavailableError(f"{step} done, and failed by the test")


class MemoryCarrier:
    """`services.node.carriers.Carrier` over a MemoryBroker."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._open: list[MemorySender | MemoryInbox] = []
        self._closed = False

    def ensure_topics(self, topics: Sequence[str]) -> None:
        self._check()
        for topic in topics:
            self._broker.create(topic)

    def sender(self) -> MemorySender:
        self._check()
        self._open.append(sender := MemorySender(self._broker))
        return sender

    def inbox(self, group: str, topics: Sequence[str]) -> MemoryInbox:
        self._check()
        self._open.append(inbox := MemoryInbox(self._broker, group, topics))
        return inbox

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """As a broker whose records cannot be changed."""

    def scrub(self) -> None:
        """See `erase`."""

    def close(self) -> None:
        self._closed = True
        for one in self._open:
            one.close()

    def _check(self) -> None:
        if self._closed:
            raise CarrierUnavailableError("this carrier is closed")


class MemorySender:
    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._closed = False

    def send(self, messages: Sequence[Message]) -> None:
        if self._closed:
            raise CarrierUnavailableError("this sender is closed")
        with self._broker.step("send"):
            for message in messages:
                self._broker.topic(message.topic).messages.append(message)

    def close(self) -> None:
        self._closed = True


class MemoryInbox:
    def __init__(self, broker: MemoryBroker, group: str, topics: Sequence[str]) -> None:
        self._broker = broker
        self._group = group
        self._closed = False
        with broker.changed:
            self._places = {topic: self._place(topic) for topic in topics}

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        try:
            return self._poll(limit, timeout)
        except CarrierUnavailableError:
            self._closed = True  # what it may have taken would be skipped by the next poll
            raise

    def _poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        deadline = time.monotonic() + timeout
        with self._broker.step("poll"):
            while True:
                if self._closed:
                    raise CarrierUnavailableError("this inbox is closed")
                found = [
                    delivery for topic in self._places for delivery in self._take(topic, limit)
                ][:limit]
                for delivery in found:
                    number, taken = self._places[delivery.topic]
                    self._places[delivery.topic] = (number, taken + 1)
                rest = deadline - time.monotonic()
                if found or rest <= 0:
                    return found
                self._broker.changed.wait(rest)

    def commit(self, held: Collection[Delivery] = ()) -> None:
        if self._closed:
            raise CarrierUnavailableError("this inbox is closed")
        with self._broker.step("commit"):
            for topic, (number, taken) in self._places.items():
                first = [one.offset for one in held if one.topic == topic]
                self._broker.committed[self._group, number] = min([taken, *first])

    def close(self) -> None:
        with self._broker.changed:
            self._closed = True
            self._broker.changed.notify_all()

    def _take(self, name: str, limit: int) -> list[Delivery]:
        topic = self._broker.topic(name)
        if topic.number != self._places[name][0]:
            self._places[name] = self._place(name)
        taken = self._places[name][1]
        return [
            Delivery(m.topic, m.key, m.value, m.content_type, f"{name}/0@{place}", offset=place)
            for place, m in enumerate(topic.messages[taken : taken + limit], start=taken)
        ]

    def _place(self, name: str) -> tuple[int, int]:
        number = self._broker.topic(name).number
        return number, self._broker.committed.get((self._group, number), 0)
