"""The sending side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from kafka.partitioner.default import murmur2

from services.node.carriers import Message
from services.node.carriers.kafka.clients import (
    CLOSE_LIMIT,
    CONTENT_TYPE_HEADER,
    Translated,
    form_of,
    learned,
)
from services.node.errors import CarrierUnavailableError

_SEND_LIMIT: Final = 29.0
_KEYS: Final = 20_000
"""Keys whose partitions are remembered: working one out takes longer than all the rest of sending.
"""


class KafkaSender:
    """See `services.node.carriers.Sender`. After an error it stays closed."""

    def __init__(
        self,
        producer: Any,
        client: Any,
        translated: Translated,
        forget: Callable[[KafkaSender], None],
    ) -> None:
        self._producer = producer
        self._client = client
        self._known: set[str] = set()
        self._translated = translated
        self._forget = forget

    def send(self, messages: Sequence[Message]) -> None:
        """Idempotent: what the library repeats by itself stands on the topic once."""
        if not messages:
            return
        deadline = time.monotonic() + _SEND_LIMIT
        try:
            with self._translated("send"):
                if self._producer is None:
                    raise CarrierUnavailableError("this sender is closed; open a new one")
                self._know({message.topic for message in messages})
                waiting = [
                    self._producer.send(
                        message.topic,
                        key=message.key.encode(),
                        partition=self._partition(message.topic, message.key),
                        value=message.value,
                        headers=[(CONTENT_TYPE_HEADER, message.content_type.encode())],
                    )
                    for message in messages
                ]
                for future in waiting:
                    future.get(timeout=max(0.0, deadline - time.monotonic()))
        except CarrierUnavailableError:
            # What still waits inside must not reach the broker after what the caller sends next.
            self._stop(graceful=False)
            raise

    def close(self) -> None:
        self._stop(graceful=True)

    def _know(self, topics: set[str]) -> None:
        if not topics <= self._known:
            # For a topic that does not exist the library would wait as for a broker.
            self._known |= learned(self._client, self._known | topics).keys()

    def _partition(self, topic: str, key: str) -> int:
        """Where Kafka's own clients put a key.

        Raises CarrierUnavailableError if the topic is gone.
        """
        _, partitions = form_of(self._client.cluster, topic)
        if not partitions:
            raise CarrierUnavailableError(f"there is no topic {topic} any more")
        return _place(key, len(partitions))

    def _stop(self, *, graceful: bool) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        self._forget(self)
        with suppress(Exception):  # the port: never raises
            if graceful:
                producer.close(timeout=CLOSE_LIMIT)
                return
        with suppress(Exception):
            # The public close first waits for everything to be sent and leaves its thread running
            # if that fails, which is the case here.
            producer._sender.force_close()
            producer._sender.join(CLOSE_LIMIT)
            producer.close(timeout=0)


@lru_cache(_KEYS)
def _place(key: str, partitions: int) -> int:
    """The number of a key's partition, of so many from 0 on."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions
