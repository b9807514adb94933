"""The backing services as they are on this machine: the real broker and the real database."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from infra.backing import BackingError, KafkaBacking, PostgresBacking
from infra.backing.waiting import wait_until

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


@pytest.fixture
def topic(kafka: KafkaBacking) -> Iterator[str]:
    name = f"antq-test-{uuid.uuid4().hex}"
    kafka.create_topic(name, partitions=2)
    yield name
    kafka.delete_topic(name)


@pytest.fixture
def database(postgres: PostgresBacking) -> Iterator[str]:
    name = f"antq_test_{uuid.uuid4().hex}"
    postgres.create_database(name)
    yield name
    postgres.drop_database(name)


def produce(bootstrap: str, topic: str, values: list[bytes], transaction: str = "") -> None:
    """Send `values` to partition 0 and return when each is acknowledged."""
    options = {"transactional_id": transaction} if transaction else {}
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=4_000_000, **options
    )
    try:
        if transaction:
            producer.init_transactions()
            producer.begin_transaction()
        for sent in [producer.send(topic, value, partition=0) for value in values]:
            sent.get(timeout=SECONDS)
        if transaction:
            producer.commit_transaction()
    finally:
        producer.close()


def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    """The first `count` committed values of partition 0."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4_000_000,
    )
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        values: list[bytes] = []
        deadline = time.monotonic() + SECONDS
        while len(values) < count and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=500).values():
                values += [record.value for record in records]
        return values
    finally:
        consumer.close()


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_a_topic_is_listed_once_created_and_not_once_deleted(kafka: KafkaBacking) -> None:
    name = f"antq-test-{uuid.uuid4().hex}"
    kafka.create_topic(name, partitions=3)
    assert name in kafka.topics()
    with pytest.raises(BackingError, match="TopicAlreadyExists"):
        kafka.create_topic(name)
    kafka.delete_topic(name)
    assert name not in kafka.topics()
    kafka.delete_topic(name)  # absent: no effect
    kafka.create_topic(name)  # the name is free again at once
    kafka.delete_topic(name)


def test_no_topic_appears_by_being_used(kafka: KafkaBacking) -> None:
    name = f"antq-test-{uuid.uuid4().hex}"
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, max_block_ms=1_000)
    try:
        with pytest.raises(KafkaError):
            producer.send(name, b"value").get(timeout=SECONDS)
    finally:
        producer.close()
    assert name not in kafka.topics()


def test_a_record_of_more_than_a_mebibyte_comes_back_as_it_was(
    kafka: KafkaBacking, topic: str
) -> None:
    values = [b"small", os.urandom(1_500_000)]
    produce(kafka.bootstrap, topic, values)
    assert consume(kafka.bootstrap, topic, 2) == values


def test_a_transaction_commits_on_a_single_node(kafka: KafkaBacking, topic: str) -> None:
    produce(kafka.bootstrap, topic, [b"one", b"two"], transaction=f"t-{topic}")
    assert consume(kafka.bootstrap, topic, 2) == [b"one", b"two"]


def test_acknowledged_records_outlive_the_kill_of_the_broker(
    kafka: KafkaBacking, topic: str
) -> None:
    if not kafka.can_kill:
        with pytest.raises(BackingError, match="not ours to kill"):
            kafka.kill()
        return
    address = kafka.bootstrap
    values = [b"%d" % number for number in range(500)]
    produce(address, topic, values)
    kafka.kill()
    with pytest.raises(BackingError):
        kafka.topics()
    kafka.restart()
    assert kafka.bootstrap == address
    assert topic in kafka.topics()
    assert consume(address, topic, len(values)) == values
    produce(address, topic, [b"after"])
    assert consume(address, topic, len(values) + 1)[-1] == b"after"


def test_a_database_is_there_once_created_and_not_once_dropped(postgres: PostgresBacking) -> None:
    name = f"Antq test {uuid.uuid4().hex}"  # a name that only quoting carries
    postgres.create_database(name)
    connection = psycopg.connect(postgres.dsn(name))
    try:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
        with pytest.raises(BackingError, match="already exists"):
            postgres.create_database(name)
        postgres.drop_database(name)  # though a connection is open
    finally:
        connection.close()
    postgres.drop_database(name)  # absent: no effect
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.dsn(name))


def test_the_server_flushes_and_may_serve_many_connections(postgres: PostgresBacking) -> None:
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_committed_rows_and_no_others_outlive_the_kill_of_the_server(
    postgres: PostgresBacking, database: str
) -> None:
    if not postgres.can_kill:
        with pytest.raises(BackingError, match="not ours to kill"):
            postgres.kill()
        return
    address = postgres.dsn(database)
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE rows (n int PRIMARY KEY)")
        connection.execute("INSERT INTO rows SELECT generate_series(1, 1000)")
    open_transaction = psycopg.connect(address)
    open_transaction.execute("INSERT INTO rows VALUES (1001)")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        open_transaction.execute("SELECT 1")
    open_transaction.close()
    postgres.restart()
    assert postgres.dsn(database) == address
    with psycopg.connect(address) as connection:
        count = connection.execute("SELECT count(*), max(n) FROM rows").fetchone()
    assert count == (1000, 1000)


def test_a_running_service_is_restarted_too(postgres: PostgresBacking) -> None:
    if postgres.can_kill:
        postgres.restart()
        postgres.restart()
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A place for temporary files that the database's own account can reach, unlike tmp_path."""
    made = Path(tempfile.mkdtemp(prefix="antq-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


_AS_AT_A_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""A shell starts what runs in the background deaf to Ctrl-C, and children inherit that."""


@pytest.fixture
def foreground(scratch: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`python -m infra.backing up`, with local processes, and the addresses that it printed."""
    environ = {**os.environ, "ANTQ_TEST_BACKING": "local", "TMPDIR": str(scratch)}
    with subprocess.Popen(
        [sys.executable, "-c", _AS_AT_A_TERMINAL, "-m", "infra.backing", "up", "--json"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline() or "{}")
        yield process, addresses
        process.kill()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_services_end_with_the_process_that_started_them_and_leave_no_data(
    foreground: tuple[subprocess.Popen[str], dict[str, str]],
    scratch: Path,
    signum: signal.Signals,
) -> None:
    process, addresses = foreground
    listening = [
        addresses["ANTQ_TEST_KAFKA"],
        urlsplit(addresses["ANTQ_TEST_POSTGRES"]).netloc.rpartition("@")[2],
    ]
    assert all(listens(address) for address in listening)
    assert len(list(scratch.iterdir())) == 2

    process.send_signal(signum)
    status = process.wait(SECONDS)

    assert status == (-signum if signum == signal.SIGKILL else 0)

    def left() -> str | None:
        still = [*filter(listens, listening), *map(str, scratch.iterdir())]
        return f"still there: {still}" if still else None

    wait_until("nothing left", left, seconds=SECONDS)
