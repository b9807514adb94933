"""The receiving side."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Final

from kafka.structs import OffsetAndMetadata, TopicPartition

from services.node.carriers import Delivery
from services.node.carriers.kafka.clients import (
    CLOSE_LIMIT,
    CONTENT_TYPE_HEADER,
    REQUEST_MS,
    Form,
    Translated,
    form_of,
    learned,
    tag,
)
from services.node.errors import CarrierUnavailableError

_AWAY_LIMIT: Final = 10.0


class KafkaInbox:
    """See `services.node.carriers.Inbox`."""

    def __init__(
        self,
        consumer: Any,
        client: Any,
        topics: Sequence[str],
        translated: Translated,
        forget: Callable[[KafkaInbox], None],
    ) -> None:
        self._consumer = consumer
        self._client = client
        self._topics = topics
        self._translated = translated
        self._forget = forget
        self._closed = False
        self._forms: dict[str, Form] = {}
        self._polled: dict[TopicPartition, int] = {}
        """Where each partition goes on of which not all is committed."""
        self._committed: dict[TopicPartition, int] = {}
        self._away_since: float | None = None

    def take_place(self) -> None:
        """Take every partition where the group left it, or at its oldest message."""
        self._forms = learned(self._client, self._topics)
        places = [TopicPartition(t, p) for t, (_, parts) in self._forms.items() for p in parts]
        self._consumer.assign(places)
        for place in places:
            topic_id, _ = self._forms[place.topic]
            committed = self._consumer.committed(place, metadata=True, timeout_ms=REQUEST_MS)
            if committed is None or committed.metadata not in ("", tag(topic_id)):
                self._consumer.seek_to_beginning(place)
            else:
                self._consumer.seek(place, committed.offset)

    def poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        """An offset beyond the end, of a log that was cut, goes back to the oldest message.

        After an error the inbox stays closed: what it had fetched by then would be skipped.
        """
        try:
            return self._poll(limit, timeout)
        except CarrierUnavailableError:
            self.close()
            raise

    def _poll(self, limit: int, timeout: float) -> Sequence[Delivery]:
        with self._translated("poll"):
            if self._closed:
                raise CarrierUnavailableError("this inbox is closed; open a new one")
            chunks = self._consumer.poll(timeout_ms=int(timeout * 1000), max_records=limit)
            # Before anything is handed over: it may be from a topic that took the name of ours.
            self._check_topics()
            found: list[Delivery] = []
            for place, records in chunks.items():
                found.extend(_delivery(record) for record in records)
                self._polled[place] = records[-1].offset + 1
            self._watch(found=bool(found))
            return found

    def commit(self, held: Collection[Delivery] = ()) -> None:
        """Nothing is sent if nothing was polled, or let go, since the last one."""
        first: dict[TopicPartition, int] = {}
        for one in held:
            place = TopicPartition(one.topic, one.partition)
            first[place] = min(one.offset, first.get(place, one.offset))
        through = {
            place: min(offset, first.get(place, offset)) for place, offset in self._polled.items()
        }
        # What was held before and still is, is committed through there already.
        new = {place: at for place, at in through.items() if self._committed.get(place) != at}
        if not new:
            return
        with self._translated("commit"):
            self._consumer.commit(
                {
                    place: OffsetAndMetadata(offset, tag(self._forms[place.topic][0]), -1)
                    for place, offset in new.items()
                },
                timeout_ms=REQUEST_MS,
            )
        self._committed |= new
        self._polled = {place: at for place, at in self._polled.items() if place in first}

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._forget(self)
        with suppress(Exception):  # the port: never raises
            self._consumer.close(autocommit=False, timeout_ms=int(CLOSE_LIMIT * 1000))
        with suppress(Exception):  # the network thread, if the first one failed half-way
            self._client.close()

    def _check_topics(self) -> None:
        for topic, known in self._forms.items():
            now = form_of(self._client.cluster, topic)
            other_id = known[0] is not None and now[0] is not None and known[0] != now[0]
            if other_id or (now[1] and now[1] != known[1]):
                raise CarrierUnavailableError(
                    f"topic {topic} was created again or got more partitions; open a new inbox"
                )

    def _watch(self, *, found: bool) -> None:
        """An empty answer and a broker that is gone look the same for a while, not for ever."""
        cluster = self._client.cluster
        reached = any(self._client.connected(broker.node_id) for broker in cluster.brokers())
        if found or (reached and all(form_of(cluster, topic)[1] for topic in self._topics)):
            self._away_since = None
        elif self._away_since is None:
            self._away_since = time.monotonic()
        elif time.monotonic() - self._away_since > _AWAY_LIMIT:
            gone = "a topic is gone" if reached else "no broker is reached"
            raise CarrierUnavailableError(f"{gone} since {_AWAY_LIMIT:.0f} seconds")


def _delivery(record: Any) -> Delivery:
    headers = dict(record.headers)
    return Delivery(
        topic=record.topic,
        key=(record.key or b"").decode(errors="replace"),
        value=bytes(record.value or b""),
        content_type=(headers.get(CONTENT_TYPE_HEADER) or b"").decode(errors="replace"),
        place=f"{record.topic}/{record.partition}@{record.offset}",
        partition=record.partition,
        offset=record.offset,
    )
