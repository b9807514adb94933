"""A PostgreSQL server that somebody else runs, given by its URL."""

from collections.abc import Mapping

from infra.backing.errors import BackingError, UnavailableError
from infra.backing.postgres import PostgresBacking, not_answering

VARIABLE = "ANTQ_TEST_POSTGRES"


class EnvironmentPostgres(PostgresBacking):
    """The server at `ANTQ_TEST_POSTGRES`. It is neither started nor stopped here."""

    kind = "environment"
    can_kill = False

    def describe(self) -> str:
        return f"postgres: given address {self.address} ({VARIABLE})"

    def kill(self) -> None:
        raise BackingError(f"postgres: the server of {VARIABLE} is not ours to kill")

    def restart(self) -> None:
        raise BackingError(f"postgres: the server of {VARIABLE} is not ours to restart")

    def stop(self) -> None:
        """Leaves the server and its databases as they are."""


def from_environment(environ: Mapping[str, str]) -> EnvironmentPostgres:
    """The server named in `environ` by a libpq URL of a role that may create databases.

    Raises:
        UnavailableError: the variable is not set.
        BackingError: it is set, but is not such a URL or nothing answers there.
    """
    url = environ.get(VARIABLE, "").strip()
    if not url:
        raise UnavailableError(f"{VARIABLE} is not set")
    if not url.startswith(("postgresql://", "postgres://")):
        raise BackingError(f"postgres: {VARIABLE} must be a URL: postgresql://role@host:port/base")
    reason = not_answering(url)
    if reason is not None:
        raise BackingError(f"postgres: {VARIABLE} names a server that does not answer: {reason}")
    return EnvironmentPostgres(url)
