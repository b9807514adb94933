"""The line between one node and its carrier, which can be cut and mended while the node runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from threading import Event

from services.node.carriers import Carrier, Delivery, Inbox, Message, Sender
from services.node.errors import CarrierUnavailableError


@dataclass(frozen=True)
class Line:
    """Whether there is a connection."""

    _cut: Event = field(default_factory=Event)

    def cut(self) -> None:
        """From now on nothing goes out and nothing comes in."""
        self._cut.set()

    def mend(self) -> None:
        """There is a connection again."""
        self._cut.clear()

    def check(self) -> None:
        """Raises CarrierUnavailableError while the line is cut."""
        if self._cut.is_set():
            raise CarrierUnavailableError("the line is cut")


@dataclass(frozen=True)
class OverLine:
    """A carrier that is reached over a line."""

    carrier: Carrier
    line: Line

    def ensure_topics(self, topics: Sequence[str]) -> None:
        self.line.check()
        self.carrier.ensure_topics(topics)

    def sender(self) -> Sender:
        self.line.check()
        return _Sender(self.carrier.sender(), self.line)

    def inbox(self, group: str, topics: Sequence[str]) -> Inbox:
        self.line.check()
        return _Inbox(self.carrier.inbox(group, topics), self.line)

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        self.carrier.erase(raw, tombstone)

    def scrub(self) -> None:
        self.carrier.scrub()

    def close(self) -> None:
        self.carrier.close()


@dataclass(frozen=True)
class _Sender:
    sender: Sender
    line: Line

    def send(self, messages: Sequence[Message]) -> None:
        self.line.check()
        self.sender.send(messages)

    def close(self) -> None:
        self.sender.close()


@dataclass(frozen=True)
class _Inbox:
    inbox: Inbox
    line: Line

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        self.line.check()
        return self.inbox.poll(limit, timeout)

    def commit(self, held: Collection[Delivery] = ()) -> None:
        self.line.check()
        self.inbox.commit(held)

    def close(self) -> None:
        self.inbox.close()
