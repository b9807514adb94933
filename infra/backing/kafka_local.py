"""A broker as a local process: Apache Kafka in KRaft mode, one node, from its Maven artifacts."""

from pathlib import Path

from infra.backing.commands import run
from infra.backing.java import java
from infra.backing.kafka import READY_SECONDS, KafkaBacking
from infra.backing.kafka_artifacts import LOGGING, jars
from infra.backing.kafka_probe import not_serving
from infra.backing.kafka_settings import (
    CLUSTER_ID,
    JVM_HEAP,
    JVM_QUICK_START,
    VERSION,
    local_properties,
)
from infra.backing.ports import LOOPBACK, free_port
from infra.backing.process import ProcessSpec, SupervisedProcess
from infra.backing.scratch import scratch_directory
from infra.backing.waiting import wait_until

_FORMAT_SECONDS = 60.0


class LocalKafka(KafkaBacking):
    """A broker process of our own on the loopback interface; it dies with this process."""

    kind = "local"
    can_kill = True

    def __init__(self, bootstrap: str, process: SupervisedProcess, reason: str) -> None:
        super().__init__(bootstrap)
        self._process = process
        self._reason = reason

    def describe(self) -> str:
        return f"kafka: local process, Apache Kafka {VERSION} on {self.bootstrap} ({self._reason})"

    def kill(self) -> None:
        self._process.kill()

    def restart(self) -> None:
        self._process.kill()
        self.start()

    def start(self) -> None:
        """Start the process and wait until the broker answers.

        Raises:
            BackingError: it ended, or does not answer within a minute; with its last log lines.
        """
        self._process.start()
        wait_until(
            "kafka: start",
            lambda: not_serving(self.bootstrap),
            seconds=READY_SECONDS,
            died=self._process.died,
        )

    def stop(self) -> None:
        self._process.close()


def start_local(reason: str, workdir: Path | None) -> LocalKafka:
    """Format a new data directory, start a broker on it, and wait until it answers.

    Raises:
        UnavailableError: no Java, no jars, and neither can be installed; or not Linux.
        BackingError: the broker does not start.
    """
    program = [str(java()), *JVM_HEAP, *JVM_QUICK_START, f"-Dlog4j2.configurationFile={LOGGING}"]
    program += ["-cp", f"{jars()}/*"]
    with scratch_directory("antq-kafka-", workdir) as scratch:
        port, controller_port = free_port(), free_port()
        properties = local_properties(LOOPBACK, port, controller_port, str(scratch / "data"))
        settings = scratch / "server.properties"
        settings.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        run(
            [*program, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)],
            seconds=_FORMAT_SECONDS,
            directory=scratch,
        )
        process = SupervisedProcess(
            ProcessSpec(
                command=[*program, "kafka.Kafka", str(settings)],
                log=scratch / "kafka.log",
                directory=scratch,
                remove=[scratch],
            )
        )
        broker = LocalKafka(f"{LOOPBACK}:{port}", process, reason)
        try:
            broker.start()
        except BaseException:
            process.close()
            raise
    return broker
