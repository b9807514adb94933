"""Which way a service is provided: environment, then Docker, then local processes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from infra.backing.errors import BackingError, UnavailableError

Kind = Literal["environment", "docker", "local"]

FORCE_VARIABLE = "ANTQ_TEST_BACKING"
_FORCED: Mapping[str, Kind] = {"env": "environment", "docker": "docker", "local": "local"}

T = TypeVar("T")


@dataclass(frozen=True)
class Way(Generic[T]):
    """One way to provide a service.

    `start` receives the reason why this way was reached (for the one-line description) and
    raises `UnavailableError` when the way does not exist on this machine. Any other error it
    raises is final: an address that was given and does not answer is never silently replaced.
    """

    kind: Kind
    start: Callable[[str], T]


def choose(service: str, ways: Sequence[Way[T]], environ: Mapping[str, str]) -> T:
    """Start `service` in the first way that exists here, in the order given.

    `ANTQ_TEST_BACKING=env|docker|local` in `environ` leaves one way only.

    Raises:
        BackingError: the forced way, or every way, is unavailable (the message gives each
            reason), the variable holds another word, or the way taken failed to start.
    """
    forced = environ.get(FORCE_VARIABLE, "")
    if forced:
        return _only(service, ways, forced)
    reasons: list[str] = []
    for way in ways:
        try:
            return way.start(reasons[-1] if reasons else "first choice")
        except UnavailableError as unavailable:
            reasons.append(str(unavailable))
    raise BackingError(f"{service}: no way to provide it here: " + "; ".join(reasons))


def _only(service: str, ways: Sequence[Way[T]], forced: str) -> T:
    if forced not in _FORCED:
        allowed = "|".join(_FORCED)
        raise BackingError(f"{FORCE_VARIABLE} is {forced!r}; it must be one of {allowed}")
    because = f"{FORCE_VARIABLE}={forced}"
    for way in ways:
        if way.kind == _FORCED[forced]:
            try:
                return way.start(because)
            except UnavailableError as unavailable:
                raise BackingError(f"{service}: {because}, but {unavailable}") from unavailable
    raise BackingError(f"{service}: {because}, but {service} has no such way")
