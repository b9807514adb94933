"""What senders and inboxes share: opening the library's objects, and asking for topics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Final
from uuid import UUID

from kafka.errors import UnknownTopicOrPartitionError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from services.node.errors import CarrierUnavailableError

CONTENT_TYPE_HEADER: Final = "content-type"
"""Where the Kafka protocol binding of CloudEvents puts the content type."""
MAX_RECORD_BYTES: Final = 4 * 2**20
"""The largest record a topic takes: a run of events is far below, a broker's default is not."""
BLOCK_MS = 7_000
REQUEST_MS: Final = 10_000
CLOSE_LIMIT: Final = 5.0
DIRECT: Final = "antq-direct"
_RETRY: Final = 0.1
_MISSING_LIMIT: Final = 2.0

Translated = Callable[[str], AbstractContextManager[None]]
"""Turns what the library raises into CarrierUnavailableError, given what was tried."""
Form = tuple[UUID | None, frozenset[int]]
"""A topic's id, if the broker tells it, and its partitions: none if there is no such topic."""


class _Socket(KafkaNetSocket):  # type: ignore[misc]  # the library is untyped
    """A direct connection whose socket is closed when it fails; the library's own forgets it.

    A node that is cut off for weeks tries once a second, and would live on what the garbage
    collector happens to find. The library chooses its sockets by the scheme of a proxy's address.
    """

    SCHEMES = (DIRECT,)

    async def sock_connect(
        self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None
    ) -> Any:
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:  # also when the attempt itself is thrown away
            sock.close()
            raise


def opened(build: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """A client object of the library and the network client inside it.

    The library leaves threads and sockets behind when it cannot reach a broker while it opens;
    knowing the network client lets us close them.
    """
    clients: list[Any] = []

    def network(**given: Any) -> Any:
        client = KafkaNetClient(**given)
        # The library takes this setting and forgets to pass it on; asking for a deleted topic would
        # create it again, in whatever form the broker likes.
        client.cluster.config["allow_auto_create_topics"] = False
        clients.append(client)
        return client

    try:
        built = build(kafka_client=network, **settings)
    except BaseException:
        for client in clients:
            with suppress(Exception):
                client.close()
        raise
    return built, clients[0]


def learned(client: Any, topics: Iterable[str]) -> dict[str, Form]:
    """The topics as the cluster has them now.

    Raises CarrierUnavailableError if one does not exist or no broker answers.
    """
    cluster = client.cluster
    cluster.set_topics(topics)  # not add_topic: it changes a set that the network thread reads
    started = time.monotonic()
    while True:
        answered = _refreshed(cluster, BLOCK_MS / 1000 - (time.monotonic() - started))
        forms = {topic: form_of(cluster, topic) for topic in topics}
        missing = sorted(topic for topic, (_, partitions) in forms.items() if not partitions)
        waited = time.monotonic() - started
        if not missing:
            return forms
        if answered and waited > _MISSING_LIMIT:
            raise CarrierUnavailableError(
                f"there is no topic {', '.join(missing)}; create it with ensure_topics"
            )
        if waited > BLOCK_MS / 1000:
            raise CarrierUnavailableError(f"no broker answered in {waited:.0f} seconds")
        # Just created, or its broker just came back: the next answer may know it.
        time.sleep(_RETRY)


def _refreshed(cluster: Any, timeout: float) -> bool:
    """Ask for the topics once; whether a broker answered.

    The library's own way to ask can wait for ever.
    """
    done = threading.Event()
    future = cluster.request_update().add_both(lambda *_: done.set())
    done.wait(max(0.0, timeout))
    # For a single topic that does not exist, this answer comes as a failure.
    return bool(future.succeeded() or isinstance(future.exception, UnknownTopicOrPartitionError))


def form_of(cluster: Any, topic: str) -> Form:
    """A topic as the client knows it at this moment."""
    topic_id = cluster.topic_id(topic)
    known = topic_id if isinstance(topic_id, UUID) and topic_id.int else None
    return known, frozenset(cluster.partitions_for_topic(topic) or ())


def tag(topic_id: UUID | None) -> str:
    """What is committed beside an offset."""
    return "" if topic_id is None else str(topic_id)
