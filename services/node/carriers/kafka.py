"""The Kafka carrier. The only module of services that knows `kafka`.

Every inbox takes all partitions of its topics by itself instead of joining a consumer group: each
group has exactly one consuming process, so there is nothing to share out, and a killed process has
its partitions back at once when it starts again, without waiting for a session to expire.

With every committed offset goes the id of the topic it belongs to. A topic that was deleted and
created again has another id, so an offset of the old one is never mistaken for a place in the new
one, however long that has become.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final
from uuid import UUID

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import UnknownTopicOrPartitionError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket
from kafka.structs import OffsetAndMetadata, TopicPartition

from services.node.carriers import Delivery, Message
from services.node.errors import CarrierUnavailableError, SettingsError

CONTENT_TYPE_HEADER: Final = "content-type"
"""Where the Kafka protocol binding of CloudEvents puts the content type."""
MAX_RECORD_BYTES: Final = 4 * 2**20
"""The largest record a topic takes: a run of events is far below, a broker's default is not."""

_BLOCK_MS: Final = 7_000
_DELIVERY_MS: Final = 20_000
_REQUEST_MS: Final = 10_000
_SEND_LIMIT: Final = 29.0
_BATCH_BYTES: Final = 2**20
_FETCH_BYTES: Final = 16 * 2**20
_METADATA_MS: Final = 5_000
_AWAY_LIMIT: Final = 10.0
_CLOSE_LIMIT: Final = 5.0
_RETRY: Final = 0.1
_MISSING_LIMIT: Final = 2.0
_ALREADY_EXISTS: Final = 36
_DIRECT: Final = "antq-direct"

_SECRETS: Final = frozenset({"sasl_plain_password", "ssl_password"})
_SECURITY: Final = frozenset(
    {
        "security_protocol",
        "ssl_context",
        "ssl_check_hostname",
        "ssl_cafile",
        "ssl_certfile",
        "ssl_keyfile",
        "ssl_crlfile",
        "ssl_ciphers",
        "ssl_password",
        "sasl_mechanism",
        "sasl_plain_username",
        "sasl_plain_password",
        "sasl_kerberos_name",
        "sasl_kerberos_service_name",
        "sasl_kerberos_domain_name",
        "sasl_oauth_token_provider",
    }
)

_Translated = Callable[[str], AbstractContextManager[None]]
_Form = tuple[UUID | None, frozenset[int]]
"""A topic's id, if the broker tells it, and its partitions: none if there is no such topic."""


class KafkaCarrier:
    """Carries through a Kafka cluster, version 2.8 or newer.

    `bootstrap` is "host:port" or several, separated by commas. `partitions` and `replication` hold
    for the topics this carrier creates. `compression` is None or a codec of the client library;
    others than "gzip" need a package of their own at both ends. `security` takes the client
    library's settings `security_protocol`, `sasl_*` and `ssl_*`; none of their values is ever
    logged or shown in an error.

    Raises SettingsError for a security setting that does not exist. Connects at the first use.
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
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._replication = replication
        self._compression = compression
        self._common: dict[str, Any] = {
            "bootstrap_servers": [server.strip() for server in bootstrap.split(",")],
            "client_id": client_id,
            "bootstrap_timeout_ms": _BLOCK_MS,
            "request_timeout_ms": _REQUEST_MS,
            # A broker that comes back is found within a second, not within half a minute.
            "reconnect_backoff_max_ms": 1_000,
            "proxy_url": f"{_DIRECT}://",
            **_checked(security or {}),
        }
        self._open: set[_Sender | _Inbox] = set()
        self._lock = threading.Lock()
        self._closed = False
        # The library writes requests at level DEBUG, those with the password among them.
        logging.getLogger("kafka.net.connection").addFilter(_hide_authentication)

    def ensure_topics(self, topics: Sequence[str]) -> None:
        """Create those topics that do not exist. Raises CarrierUnavailableError."""
        with self._translated("create topics"):
            admin, _ = _opened(KafkaAdminClient, self._common)
            try:
                existing = set(admin.list_topics())
                missing = sorted(set(topics) - existing)
                if missing:
                    self._create(admin, missing)
            finally:
                admin.close()

    def sender(self) -> _Sender:
        """A new sender. Raises CarrierUnavailableError."""
        with self._translated("open a sender"):
            producer, client = _opened(
                KafkaProducer,
                {
                    **self._common,
                    "acks": "all",
                    "enable_idempotence": True,
                    "delivery_timeout_ms": _DELIVERY_MS,
                    "max_block_ms": _BLOCK_MS,
                    "batch_size": _BATCH_BYTES,
                    "max_request_size": MAX_RECORD_BYTES,
                    # While one batch is under way the next fills by itself; a lone event need not
                    # wait for company.
                    "linger_ms": 0,
                    "compression_type": self._compression,
                    "metrics_enabled": False,
                },
            )
        sender = _Sender(producer, client, self._translated, self._forget)
        self._remember(sender)
        return sender

    def inbox(self, group: str, topics: Sequence[str]) -> _Inbox:
        """A new inbox. Raises CarrierUnavailableError, also if a topic does not exist."""
        with self._translated("open an inbox"):
            consumer, client = _opened(
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
            inbox = _Inbox(consumer, client, topics, self._translated, self._forget)
            try:
                inbox.take_place()
            except BaseException:
                inbox.close()
                raise
        self._remember(inbox)
        return inbox

    def close(self) -> None:
        """Close every sender and inbox; safe to call twice, never raises."""
        with self._lock:
            self._closed = True
            opened = list(self._open)
        for one in opened:
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
        admin.wait_for_topics(topics, timeout_ms=_REQUEST_MS)

    def _remember(self, one: _Sender | _Inbox) -> None:
        with self._lock:
            self._open.add(one)
            closed = self._closed
        if closed:
            one.close()

    def _forget(self, one: _Sender | _Inbox) -> None:
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


class _Sender:
    """See `services.node.carriers.Sender`. After an error it stays closed."""

    def __init__(
        self,
        producer: Any,
        client: Any,
        translated: _Translated,
        forget: Callable[[_Sender], None],
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
                    self._known |= _learned(self._client, self._known | topics).keys()
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
                producer.close(timeout=_CLOSE_LIMIT)
                return
        with suppress(Exception):
            # The public close first waits for everything to be sent and leaves its thread running
            # if that fails, which is the case here.
            producer._sender.force_close()
            producer._sender.join(_CLOSE_LIMIT)
            producer.close(timeout=0)


class _Inbox:
    """See `services.node.carriers.Inbox`."""

    def __init__(
        self,
        consumer: Any,
        client: Any,
        topics: Sequence[str],
        translated: _Translated,
        forget: Callable[[_Inbox], None],
    ) -> None:
        self._consumer = consumer
        self._client = client
        self._topics = topics
        self._translated = translated
        self._forget = forget
        self._closed = False
        self._forms: dict[str, _Form] = {}
        self._polled: dict[TopicPartition, int] = {}
        self._away_since: float | None = None

    def take_place(self) -> None:
        """Take every partition where the group left it, or at its oldest message."""
        self._forms = _learned(self._client, self._topics)
        places = [TopicPartition(t, p) for t, (_, parts) in self._forms.items() for p in parts]
        self._consumer.assign(places)
        for place in places:
            topic_id, _ = self._forms[place.topic]
            committed = self._consumer.committed(place, metadata=True, timeout_ms=_REQUEST_MS)
            if committed is None or committed.metadata not in ("", _tag(topic_id)):
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

    def commit(self) -> None:
        """Nothing is sent if nothing was polled since the last one."""
        if not self._polled:
            return
        with self._translated("commit"):
            self._consumer.commit(
                {
                    place: OffsetAndMetadata(offset, _tag(self._forms[place.topic][0]), -1)
                    for place, offset in self._polled.items()
                },
                timeout_ms=_REQUEST_MS,
            )
        self._polled.clear()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._forget(self)
        with suppress(Exception):  # the port: never raises
            self._consumer.close(autocommit=False, timeout_ms=int(_CLOSE_LIMIT * 1000))
        with suppress(Exception):  # the network thread, if the first one failed half-way
            self._client.close()

    def _check_topics(self) -> None:
        for topic, known in self._forms.items():
            now = _form(self._client.cluster, topic)
            other_id = known[0] is not None and now[0] is not None and known[0] != now[0]
            if other_id or (now[1] and now[1] != known[1]):
                raise CarrierUnavailableError(
                    f"topic {topic} was created again or got more partitions; open a new inbox"
                )

    def _watch(self, *, found: bool) -> None:
        """An empty answer and a broker that is gone look the same for a while, not for ever."""
        cluster = self._client.cluster
        reached = any(self._client.connected(broker.node_id) for broker in cluster.brokers())
        if found or (reached and all(_form(cluster, topic)[1] for topic in self._topics)):
            self._away_since = None
        elif self._away_since is None:
            self._away_since = time.monotonic()
        elif time.monotonic() - self._away_since > _AWAY_LIMIT:
            gone = "a topic is gone" if reached else "no broker is reached"
            raise CarrierUnavailableError(f"{gone} since {_AWAY_LIMIT:.0f} seconds")


class _Hidden(str):
    """A secret that the library can use and cannot show: it logs whole configurations."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class _Socket(KafkaNetSocket):  # type: ignore[misc]  # the library is untyped
    """A direct connection whose socket is closed when it fails; the library's own forgets it.

    A node that is cut off for weeks tries once a second, and would live on what the garbage
    collector happens to find. The library chooses its sockets by the scheme of a proxy's address.
    """

    SCHEMES = (_DIRECT,)

    async def sock_connect(
        self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None
    ) -> Any:
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:  # also when the attempt itself is thrown away
            sock.close()
            raise


def _checked(security: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(security) - _SECURITY)
    if unknown:
        raise SettingsError(f"not a security setting of Kafka: {', '.join(unknown)}")
    return {
        name: _Hidden(value) if name in _SECRETS and value is not None else value
        for name, value in security.items()
    }


def _hide_authentication(record: logging.LogRecord) -> bool:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(type(argument).__name__.startswith("Sasl") for argument in arguments)


def _opened(build: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[Any, Any]:
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


def _learned(client: Any, topics: Iterable[str]) -> dict[str, _Form]:
    """The topics as the cluster has them now.

    Raises CarrierUnavailableError if one does not exist or no broker answers.
    """
    cluster = client.cluster
    cluster.set_topics(topics)  # not add_topic: it changes a set that the network thread reads
    started = time.monotonic()
    while True:
        answered = _refreshed(cluster, _BLOCK_MS / 1000 - (time.monotonic() - started))
        forms = {topic: _form(cluster, topic) for topic in topics}
        missing = sorted(topic for topic, (_, partitions) in forms.items() if not partitions)
        waited = time.monotonic() - started
        if not missing:
            return forms
        if answered and waited > _MISSING_LIMIT:
            raise CarrierUnavailableError(
                f"there is no topic {', '.join(missing)}; create it with ensure_topics"
            )
        if waited > _BLOCK_MS / 1000:
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


def _form(cluster: Any, topic: str) -> _Form:
    topic_id = cluster.topic_id(topic)
    known = topic_id if isinstance(topic_id, UUID) and topic_id.int else None
    return known, frozenset(cluster.partitions_for_topic(topic) or ())


def _tag(topic_id: UUID | None) -> str:
    return "" if topic_id is None else str(topic_id)


def _delivery(record: Any) -> Delivery:
    headers = dict(record.headers)
    return Delivery(
        topic=record.topic,
        key=(record.key or b"").decode(errors="replace"),
        value=bytes(record.value or b""),
        content_type=(headers.get(CONTENT_TYPE_HEADER) or b"").decode(errors="replace"),
        place=f"{record.topic}/{record.partition}@{record.offset}",
    )
