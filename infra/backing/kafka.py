"""A Kafka broker for tests and for the demonstration."""

import abc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from infra.backing.choice import Kind
from infra.backing.errors import BackingError
from infra.backing.kafka_probe import not_serving
from infra.backing.waiting import wait_until

READY_SECONDS = 60.0
_GONE_SECONDS = 30.0


class KafkaBacking(abc.ABC):
    """A broker that answers when the object is handed out.

    Guarantees:
        - `bootstrap` is the same over every `kill` and `restart`.
        - When `kill` returns the broker process is dead, without any shutdown of its own.
        - When `restart` returns the broker answers again on the same address with the same data:
          every record acknowledged before the kill is there (it survived in the page cache).
        - Topics are not created by use; replication is 1; batches up to 4 MiB are taken.
        - When `stop` returns nothing of it runs and its data are gone (environment: untouched).

    A context manager: leaving it calls `stop`.
    """

    kind: ClassVar[Kind]
    can_kill: ClassVar[bool]

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    @abc.abstractmethod
    def describe(self) -> str:
        """One line: which way was taken, where it listens, and why this way."""

    @abc.abstractmethod
    def kill(self) -> None:
        """SIGKILL the broker. Raises BackingError where `can_kill` is false."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Start it again (killing it first if it runs) and wait until it answers.

        Raises BackingError where `can_kill` is false or when it does not answer in time.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End it and remove its data. Idempotent."""

    def create_topic(
        self, name: str, partitions: int = 1, config: Mapping[str, str] | None = None
    ) -> None:
        """Create a topic and wait until every partition has a leader.

        Raises:
            BackingError: it exists already, or the broker refused or did not answer.
        """
        wanted = {
            name: {
                "num_partitions": partitions,
                "replication_factor": 1,
                "configs": dict(config or {}),
            }
        }
        with self._admin(f"create topic {name}") as admin:
            admin.create_topics(wanted, wait_for_metadata=True)

    def delete_topic(self, name: str) -> None:
        """Delete a topic and wait until the broker no longer lists it; no effect if absent.

        Raises:
            BackingError: the broker refused, did not answer, or still lists it after 30 s.
        """
        with self._admin(f"delete topic {name}") as admin:
            try:
                admin.delete_topics([name])
            except UnknownTopicOrPartitionError:
                return
            wait_until(
                f"delete topic {name}",
                lambda: "still listed" if name in admin.list_topics() else None,
                seconds=_GONE_SECONDS,
            )

    def topics(self) -> list[str]:
        """Names of the topics, sorted, without Kafka's own (`__…`).

        Raises:
            BackingError: the broker does not answer.
        """
        with self._admin("list topics") as admin:
            return sorted(name for name in admin.list_topics() if not name.startswith("__"))

    @contextmanager  # Any: the library publishes no types
    def _admin(self, what: str) -> Iterator[Any]:
        # asked first: a client that finds no broker leaves its thread behind
        reason = not_serving(self.bootstrap)
        if reason is not None:
            raise BackingError(f"kafka: {what}: {reason}")
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.bootstrap.split(","), client_id="antq-backing"
            )
            try:
                yield admin
            finally:
                admin.close()
        except KafkaError as error:
            raise BackingError(f"kafka: {what}: {error!r}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
