"""The sending side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from services.node.carriers import Message
from services.node.carriers.kafka.clients import (
    CLOSE_LIMIT,
    CONTENT_TYPE_HEADER,
    Translated,
    learned,
)
from services.node.errors import CarrierUnavailableError

_SEND_LIMIT: Final = 29.0


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
                topics = {message.topic for message in messages}
                if not topics <= self._known:
                    # For a topic that does not exist the library would wait as for a broker.
                    self._known |= learned(self._client, self._known | topics).keys()
                waiting = [
                    self._producer.send(
                        message.topic,
                        key=message.key.encode(),
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
