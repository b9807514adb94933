"""The broker's settings, one table for the local process and for the container.

Durability: `log.flush.interval.messages` and `log.flush.interval.ms` keep Kafka's defaults, so a
record is acknowledged once it is in the page cache. SIGKILL of the broker process loses none of
these, which is what the tests here rely on; a power failure of a single-node broker could.
"""

from collections.abc import Mapping
from typing import Final

VERSION: Final = "4.2.1"
CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"
JVM_HEAP: Final = ("-Xms128m", "-Xmx512m")
# the client compiler alone and the serial collector: quick to start, small, enough for tests
JVM_QUICK_START: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")

_MEBIBYTE: Final = 1024 * 1024
_LARGEST_BATCH: Final = 4 * _MEBIBYTE

_COMMON: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "message.max.bytes": str(_LARGEST_BATCH),
    "replica.fetch.max.bytes": str(_LARGEST_BATCH),
    # one node, so one copy; one partition each, so that a start does not make fifty
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.segment.bytes": str(16 * _MEBIBYTE),
    "log.cleaner.dedupe.buffer.size": str(8 * _MEBIBYTE),
    # A broker killed with SIGKILL may register again only when its old session has run out:
    # with the default of 9 s every restart would wait for that.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


def local_properties(host: str, port: int, controller_port: int, data: str) -> dict[str, str]:
    """Settings of a broker that is reached where it listens; `data` is its log directory."""
    return {
        **_COMMON,
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@{host}:{controller_port}",
        "log.dirs": data,
    }


def container_environment(host: str, port: int, inner_port: int) -> dict[str, str]:
    """Environment of an `apache/kafka` container published as `host`:`port`.

    The broker writes transaction markers to itself over the network. It cannot reach the
    published address from inside, hence the listener BROKER of its own.
    """
    properties = {
        **_COMMON,
        "listeners": (
            f"PLAINTEXT://0.0.0.0:{inner_port},"
            f"BROKER://127.0.0.1:{inner_port + 1},CONTROLLER://127.0.0.1:{inner_port + 2}"
        ),
        "advertised.listeners": (f"PLAINTEXT://{host}:{port},BROKER://127.0.0.1:{inner_port + 1}"),
        "inter.broker.listener.name": "BROKER",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "controller.quorum.voters": f"1@127.0.0.1:{inner_port + 2}",
        "log.dirs": "/var/lib/kafka/data",
    }
    return {
        **{environment_name(key): value for key, value in properties.items()},
        "CLUSTER_ID": CLUSTER_ID,
        "KAFKA_HEAP_OPTS": " ".join(JVM_HEAP),
        "KAFKA_JVM_PERFORMANCE_OPTS": " ".join(JVM_QUICK_START),
    }


def environment_name(key: str) -> str:
    """The variable by which the `apache/kafka` image sets the property `key`."""
    return "KAFKA_" + key.upper().replace("_", "__").replace("-", "___").replace(".", "_")
