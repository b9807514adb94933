"""The carrier itself: topics, and giving out senders and inboxes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.codec import has_gzip, has_lz4, has_snappy, has_zstd

from domain.refusals import Text
from services.node.carriers.kafka import clients
from services.node.carriers.kafka.clients import DIRECT, MAX_RECORD_BYTES, REQUEST_MS, opened
from services.node.carriers.kafka.inbox import KafkaInbox
from services.node.carriers.kafka.security import checked, hide_authentication
from services.node.carriers.kafka.sender import KafkaSender
from services.node.errors import CarrierUnavailableError, SettingsError

_DELIVERY_MS: Final = 20_000
_BATCH_BYTES: Final = 2**20
_FETCH_BYTES: Final = 16 * 2**20
_METADATA_MS: Final = 5_000
_ALREADY_EXISTS: Final = 36
_CODECS: Final[Mapping[str, Callable[[], bool]]] = {
    "gzip": has_gzip,
    "lz4": has_lz4,
    "snappy": has_snappy,
    "zstd": has_zstd,
}


class KafkaCarrier:
    """Carries through a Kafka cluster, version 2.8 or newer.

    `bootstrap` is "host:port" or several, separated by commas. `partitions` and `replication` hold
    for the topics this carrier creates. `compression` is None or a codec of the client library;
    others than "gzip" need a package of their own at both ends. `security` takes the client
    library's settings `security_protocol`, `sasl_*` and `ssl_*`; none of their values is ever
    logged or shown in an error.

    Raises SettingsError for a security setting that does not exist, or a codec whose package is not
    installed. Connects at the first use.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        partitions: int = 8,
        replication: int = 1,
        compression: str | None = None,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        if compression is not None and not _CODECS.get(compression, lambda: False)():
            raise SettingsError(
                Text(
                    f"kiểu nén Kafka {compression} cần một gói chưa được cài ở đây",
                    f"Kafka compression {compression} needs a package that is not installed here",
                )
            )
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._replication = replication
        self._compression = compression
        self._common: dict[str, Any] = {
            "bootstrap_servers": [server.strip() for server in bootstrap.split(",")],
            "client_id": client_id,
            "bootstrap_timeout_ms": clients.BLOCK_MS,
            "request_timeout_ms": REQUEST_MS,
            # A broker that comes back is found within a second, not within half a minute.
            "reconnect_backoff_max_ms": 1_000,
            "proxy_url": f"{DIRECT}://",
            **checked(security or {}),
        }
        self._open: set[KafkaSender | KafkaInbox] = set()
        self._lock = threading.Lock()
        self._closed = False
        # The library writes requests at level DEBUG, those with the password among them.
        logging.getLogger("kafka.net.connection").addFilter(hide_authentication)

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create those topics that do not exist. Raises CarrierUnavailableError."""
        with self._translated("create topics"):
            admin, _ = opened(KafkaAdminClient, self._common)
            try:
                existing = set(admin.list_topics())
                missing = sorted(set(topics) - existing)
                if missing:
                    self._create(admin, missing)
            finally:
                admin.close()

    def sender(self) -> KafkaSender:
        """A new sender. Raises CarrierUnavailableError."""
        with self._translated("open a sender"):
            producer, client = opened(
                KafkaProducer,
                {
                    **self._common,
                    "acks": "all",
                    "enable_idempotence": True,
                    "delivery_timeout_ms": _DELIVERY_MS,
                    "max_block_ms": clients.BLOCK_MS,
                    "batch_size": _BATCH_BYTES,
                    "max_request_size": MAX_RECORD_BYTES,
                    # While one batch is under way the next fills by itself; a lone event need not
                    # wait for company.
                    "linger_ms": 0,
                    "compression_type": self._compression,
                    "metrics_enabled": False,
                },
            )
        sender = KafkaSender(producer, client, self._translated, self._forget)
        self._remember(sender)
        return sender

    def inbox(self, group: str, topics: Sequence[str]) -> KafkaInbox:
        """A new inbox. Raises CarrierUnavailableError, also if a topic does not exist."""
        with self._translated("open an inbox"):
            consumer, client = opened(
                KafkaConsumer,
                {
                    **self._common,
                    "group_id": group,
                    "auto_offset_reset": "earliest",
                    "enable_auto_commit": False,
                    "fetch_max_bytes": _FETCH_BYTES,
                    "max_partition_fetch_bytes": MAX_RECORD_BYTES,
                    # How soon a new partition or another topic of the same name is noticed.
                    "metadata_max_age_ms": _METADATA_MS,
                    "metrics_enabled": False,
                },
            )
            inbox = KafkaInbox(consumer, client, topics, self._translated, self._forget)
            try:
                inbox.take_place()
            except BaseException:
                inbox.close()
                raise
        self._remember(inbox)
        return inbox

    def erase(self, raw: bytes, tombstone: bytes) -> None:
        """Records cannot be changed: they go when the topic's retention ends."""

    def scrub(self) -> None:
        """See `erase`."""

    def close(self) -> None:
        """Close every sender and inbox; safe to call twice, never raises."""
        with self._lock:
            self._closed = True
            given = list(self._open)
        for one in given:
            one.close()

    def _create(self, admin: Any, topics: Sequence[str]) -> None:
        form = {
            "num_partitions": self._partitions,
            "replication_factor": self._replication,
            "configs": {
                "max.message.bytes": str(MAX_RECORD_BYTES),
                # Acknowledged means: on more than one disk, as soon as there is more than one.
                "min.insync.replicas": str(max(1, self._replication - 1)),
            },
        }
        answer = admin.create_topics(dict.fromkeys(topics, form), raise_errors=False)
        for topic in answer["topics"]:
            if topic["error_code"] not in (0, _ALREADY_EXISTS):
                reason = topic["error_message"] or f"error {topic['error_code']}"
                raise CarrierUnavailableError(f"Kafka did not create {topic['name']}: {reason}")
        admin.wait_for_topics(topics, timeout_ms=REQUEST_MS)

    def _remember(self, one: KafkaSender | KafkaInbox) -> None:
        with self._lock:
            self._open.add(one)
            closed = self._closed
        if closed:
            one.close()

    def _forget(self, one: KafkaSender | KafkaInbox) -> None:
        with self._lock:
            self._open.discard(one)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        if self._closed:
            raise CarrierUnavailableError("this Kafka carrier is closed")
        try:
            yield
        except CarrierUnavailableError:
            raise
        except Exception as error:
            # Not KafkaError alone: timeouts of the socket, a stopped event loop and plain errors of
            # the library's inside come through here as well, and all mean the same to the caller.
            raise CarrierUnavailableError(
                f"could not {what} at Kafka {self._bootstrap}: {type(error).__name__}: {error};"
                " see that the broker runs, is reached under this address and admits this node"
            ) from error
