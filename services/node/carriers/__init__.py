"""Carriers: how bytes travel between nodes. The contract is here, the adapters beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes for one topic. Messages with the same key keep their order; others need not."""

    topic: str
    key: str
    """The origin's UUID for a run of events; a name of its own for a control message."""
    value: bytes
    content_type: str
    """`contracts.envelope.BATCH_MEDIA_TYPE` or `EVENT_MEDIA_TYPE`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it arrived, and where it stood."""

    topic: str
    key: str
    value: bytes
    content_type: str
    """As the sender gave it; "" if it gave none."""
    place: str
    """Where it stood at the carrier, for a person: "topic/partition@offset"."""
    partition: int = 0
    offset: int = -1
    """The same for the carrier, which orders the messages of a partition by their offsets; -1 for
    what no carrier brought."""


class Sender(Protocol):
    """Sends messages. Used by one thread."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send these messages in this order.

        When it returns, every one of them is durable at the carrier, and those of one key stand
        there in the order given, after those of earlier calls. It pipelines: it does not wait for
        one acknowledgement before it sends the next message.

        Raises CarrierUnavailableError if that is not certain (a topic that does not exist counts as
        unavailable); then any of the messages may have arrived, and sending them all again is
        right, because receivers ignore what they hold. It never waits more than about 30 seconds.
        """

    def close(self) -> None:
        """Let go of the carrier; safe to call twice, never raises."""


class Inbox(Protocol):
    """Receives what was sent to some topics, on behalf of a named group. Used by one thread."""

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        """At most about `limit` further messages (a carrier may hand over the whole of a fetched
        chunk), waiting up to `timeout` seconds for the first; empty if none came.

        Messages of one key come in the order in which they stand at the carrier. A group that
        never committed starts with the oldest message kept. Raises CarrierUnavailableError.
        """

    def commit(self, held: Collection[Delivery] = ()) -> None:
        """Everything polled so far will not be delivered to this group again, but for `held`.

        `held` are deliveries of this inbox that are not taken in yet: they and what follows them in
        their partitions stay uncommitted, until a later commit does not name them. What was polled
        and not committed comes again from a new inbox of the same group: at least once, never lost
        between the two. Raises CarrierUnavailableError, after which delivery may repeat.
        """

    def close(self) -> None:
        """Let go of the carrier without committing; safe to call twice, never raises."""


class Carrier(Protocol):
    """A way of carrying. Every adapter passes `tests/node/carriers/suite.py`.

    If a topic is deleted with what is on it and created again, senders and inboxes that were open
    go on by themselves or raise CarrierUnavailableError and work when opened anew; messages that
    stood on it and were not polled are gone, which receivers notice and ask for.
    """

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create those topics that do not exist. Raises CarrierUnavailableError."""

    def sender(self) -> Sender:
        """A new sender. Raises CarrierUnavailableError."""

    def inbox(self, group: str, topics: Sequence[str]) -> Inbox:
        """A new inbox for `group` on `topics`. Raises CarrierUnavailableError."""

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """Replace an event's exact bytes by its tombstone in what is kept, if messages can be
        changed at all. Where they cannot (Kafka) they go when the topic's retention ends: see the
        operator's manual. Raises CarrierUnavailableError."""

    def scrub(self) -> None:
        """Let files forget what `erase` replaced. Raises CarrierUnavailableError if it has to be
        tried again."""

    def close(self) -> None:
        """Let go of everything; safe to call twice, never raises."""
