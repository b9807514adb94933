"""A broker that somebody else runs, given by its address."""

from collections.abc import Mapping

from infra.backing.errors import BackingError, UnavailableError
from infra.backing.kafka import KafkaBacking
from infra.backing.kafka_probe import not_serving

VARIABLE = "ANTQ_TEST_KAFKA"


class EnvironmentKafka(KafkaBacking):
    """The broker at `ANTQ_TEST_KAFKA`. It is neither started nor stopped here."""

    kind = "environment"
    can_kill = False

    def describe(self) -> str:
        return f"kafka: given address {self.bootstrap} ({VARIABLE})"

    def kill(self) -> None:
        raise BackingError(f"kafka: the broker of {VARIABLE} is not ours to kill")

    def restart(self) -> None:
        raise BackingError(f"kafka: the broker of {VARIABLE} is not ours to restart")

    def stop(self) -> None:
        """Leaves the broker and its topics as they are."""


def from_environment(environ: Mapping[str, str]) -> EnvironmentKafka:
    """The broker named in `environ`.

    Raises:
        UnavailableError: the variable is not set.
        BackingError: it is set and no broker answers there.
    """
    bootstrap = environ.get(VARIABLE, "").strip()
    if not bootstrap:
        raise UnavailableError(f"{VARIABLE} is not set")
    reason = not_serving(bootstrap)
    if reason is not None:
        raise BackingError(f"kafka: {VARIABLE} names a broker that does not answer: {reason}")
    return EnvironmentKafka(bootstrap)
