"""The order in which a backing service is looked for, with stand-ins for the services."""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from infra.backing import resolve_kafka, resolve_postgres
from infra.backing.choice import Kind, Way, choose
from infra.backing.errors import BackingError, UnavailableError
from infra.backing.kafka_artifacts import POM
from infra.backing.kafka_settings import (
    VERSION,
    container_environment,
    environment_name,
    local_properties,
)
from infra.backing.postgres import SETTINGS
from infra.backing.postgres_environment import EnvironmentPostgres

REASONS: Mapping[Kind, str] = {
    "environment": "no address",
    "docker": "no Docker engine",
    "local": "no Java",
}


def ways(*available: Kind, tried: list[Kind] | None = None) -> list[Way[str]]:
    """The three ways in order; a way taken answers "<kind> because <reason>"."""

    def way(kind: Kind) -> Way[str]:
        def start(reason: str) -> str:
            if tried is not None:
                tried.append(kind)
            if kind not in available:
                raise UnavailableError(REASONS[kind])
            return f"{kind} because {reason}"

        return Way(kind, start)

    return [way("environment"), way("docker"), way("local")]


def test_an_address_in_the_environment_comes_first_and_nothing_else_is_tried() -> None:
    tried: list[Kind] = []
    taken = choose("s", ways("environment", "docker", "local", tried=tried), {})
    assert taken == "environment because first choice"
    assert tried == ["environment"]


def test_docker_comes_second_and_says_that_no_address_was_given() -> None:
    tried: list[Kind] = []
    assert choose("s", ways("docker", "local", tried=tried), {}) == "docker because no address"
    assert tried == ["environment", "docker"]


def test_local_comes_last_and_says_that_there_is_no_engine() -> None:
    assert choose("s", ways("local"), {}) == "local because no Docker engine"


def test_when_nothing_can_serve_every_reason_is_told() -> None:
    with pytest.raises(BackingError, match="no address; no Docker engine; no Java"):
        choose("s", ways(), {})


@pytest.mark.parametrize(
    ("word", "kind"), [("env", "environment"), ("docker", "docker"), ("local", "local")]
)
def test_a_forced_way_is_taken_though_earlier_ones_exist(word: str, kind: Kind) -> None:
    tried: list[Kind] = []
    forced = {"ANTQ_TEST_BACKING": word}
    taken = choose("s", ways("environment", "docker", "local", tried=tried), forced)
    assert taken == f"{kind} because ANTQ_TEST_BACKING={word}"
    assert tried == [kind]


def test_a_forced_way_that_does_not_exist_is_an_error_and_no_other_is_tried() -> None:
    tried: list[Kind] = []
    with pytest.raises(BackingError, match="ANTQ_TEST_BACKING=docker, but no Docker engine") as got:
        choose("s", ways("environment", "local", tried=tried), {"ANTQ_TEST_BACKING": "docker"})
    assert not isinstance(got.value, UnavailableError)
    assert tried == ["docker"]


def test_an_engine_whose_socket_nobody_answers_is_no_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    for resolve in (resolve_kafka, resolve_postgres):
        with pytest.raises(BackingError, match="ANTQ_TEST_BACKING=docker, but no Docker engine"):
            resolve(environ={"ANTQ_TEST_BACKING": "docker"})


def test_an_unknown_word_is_refused_with_the_words_allowed() -> None:
    with pytest.raises(BackingError, match=re.escape("must be one of env|docker|local")):
        choose("s", ways("local"), {"ANTQ_TEST_BACKING": "podman"})


def test_a_way_that_exists_and_fails_is_not_silently_replaced() -> None:
    def fail(_reason: str) -> str:
        raise BackingError("given and dead")

    with pytest.raises(BackingError, match="given and dead"):
        choose("s", [Way("environment", fail), *ways("docker", "local")[1:]], {})


def test_a_given_address_where_nothing_listens_is_an_error() -> None:
    with pytest.raises(BackingError, match="ANTQ_TEST_KAFKA names a broker that does not answer"):
        resolve_kafka(environ={"ANTQ_TEST_KAFKA": "127.0.0.1:1"})
    with pytest.raises(BackingError, match="ANTQ_TEST_POSTGRES names a server that does not"):
        resolve_postgres(environ={"ANTQ_TEST_POSTGRES": "postgresql://u:secret@127.0.0.1:1/db"})


def test_env_forced_without_an_address_names_the_variable() -> None:
    with pytest.raises(BackingError, match="ANTQ_TEST_KAFKA is not set"):
        resolve_kafka(environ={"ANTQ_TEST_BACKING": "env"})
    with pytest.raises(BackingError, match="ANTQ_TEST_POSTGRES is not set"):
        resolve_postgres(environ={"ANTQ_TEST_BACKING": "env"})


def test_a_given_server_is_described_without_its_password_and_never_killed() -> None:
    server = EnvironmentPostgres("postgresql://role:secret@db.example:5433/start?sslmode=require")
    assert server.describe() == "postgres: given address db.example:5433 (ANTQ_TEST_POSTGRES)"
    assert server.dsn("a/b") == "postgresql://role:secret@db.example:5433/a%2Fb?sslmode=require"
    assert not server.can_kill
    with pytest.raises(BackingError, match="not ours to kill"):
        server.kill()
    with pytest.raises(BackingError, match="not ours to restart"):
        server.restart()


def test_property_names_survive_the_way_through_the_container_environment() -> None:
    assert environment_name("log.dirs") == "KAFKA_LOG_DIRS"
    assert environment_name("a_b.c-d") == "KAFKA_A__B_C___D"


def test_both_ways_of_the_broker_differ_in_addresses_and_places_only() -> None:
    local = local_properties("127.0.0.1", 1, 2, "/data")
    container = container_environment("127.0.0.1", 1, 9092)
    differing = {
        key for key, value in local.items() if container.get(environment_name(key)) != value
    }
    assert differing == {
        "listeners",
        "advertised.listeners",
        "inter.broker.listener.name",
        "listener.security.protocol.map",
        "controller.quorum.voters",
        "log.dirs",
    }


def test_topics_are_never_created_by_use_and_batches_of_a_mebibyte_fit() -> None:
    properties = local_properties("127.0.0.1", 1, 2, "/data")
    assert properties["auto.create.topics.enable"] == "false"
    assert int(properties["message.max.bytes"]) >= 1_048_576 + 65_536
    assert properties["replica.fetch.max.bytes"] == properties["message.max.bytes"]
    assert not any(key.startswith("log.flush") for key in properties)


def test_durability_settings_of_the_server_are_left_at_their_defaults() -> None:
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & set(SETTINGS)


def test_the_maven_artifacts_and_the_official_image_are_the_same_version() -> None:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    document = ElementTree.fromstring(POM.read_text())  # noqa: S314 - the repository's own file
    assert document.findtext("m:properties/m:kafka.version", namespaces=namespace) == VERSION
    compose = Path(POM.parents[1] / "compose" / "compose.yaml").read_text()
    assert f"apache/kafka:{VERSION}" in compose
